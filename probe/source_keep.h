/*
 * source_keep: what makes a source rest survives a restart: an item of
 * STORE_LEDGERS, "s/ADDRESS", the text "RESTS SINCE WHY".
 */
#ifndef RCPTGUARD_SOURCE_KEEP_H
#define RCPTGUARD_SOURCE_KEEP_H

#include "common/store.h"
#include "probe/clerk.h"
#include "probe/source.h"

void source_keep(struct clerk *clerk, const struct source *s);

/* Those of the pool that the store knows. store may be NULL. */
void source_recall(struct store *store, struct source_pool *pool);

#endif
