/*
 * source_keep: what makes a source rest survives a restart, and which are
 * retired. Items of STORE_LEDGERS, JSON objects:
 *
 *   "s/ADDRESS"  rests, since, why; order: word, cause, at, by
 *   "r/ADDRESS"  as retired.h says
 *
 * One that cannot be read rests, or is retired.
 */
#ifndef RCPTGUARD_SOURCE_KEEP_H
#define RCPTGUARD_SOURCE_KEEP_H

#include "common/store.h"
#include "probe/clerk.h"
#include "probe/retired.h"
#include "probe/source.h"

void source_keep(struct clerk *clerk, const struct source *s);

/* Those of the pool that the store knows. store may be NULL. */
void source_recall(struct store *store, struct source_pool *pool);

void retired_keep(struct clerk *clerk, const struct retirement *r);
void retired_drop(struct clerk *clerk, const struct net_addr *addr);
void retired_recall(struct store *store, struct retired *set);

#endif
