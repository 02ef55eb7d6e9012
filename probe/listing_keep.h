/*
 * listing_keep: the book of listings survives a restart: items of
 * STORE_LISTINGS, "WHAT ZONE", listing.h's object.
 */
#ifndef RCPTGUARD_LISTING_KEEP_H
#define RCPTGUARD_LISTING_KEEP_H

#include "common/store.h"
#include "probe/clerk.h"
#include "probe/listing.h"

void listing_keep(struct clerk *clerk, const struct listing *l);
void listing_drop(struct clerk *clerk, const struct listing *l);

/* Those that the store knows. store may be NULL. */
void listings_recall(struct store *store, struct clerk *clerk,
    struct listing_book *book);

#endif
