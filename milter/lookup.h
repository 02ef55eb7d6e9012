/*
 * lookup: the verdict store as the milter sees it: perhaps not there yet,
 * perhaps replaced by the probe, never a reason to fail.
 *
 * The milter may start before the probe has made the store, and the probe sets
 * a damaged file aside and begins a new one; both are found by lookup_tend.
 */
#ifndef RCPTGUARD_LOOKUP_H
#define RCPTGUARD_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/store.h"

struct lookup;

/* NULL: no memory. Strings are copied; nothing is opened before lookup_tend. */
struct lookup *lookup_new(const struct conf *c);
void lookup_free(struct lookup *l);		/* NULL is fine */

/*
 * One thread, every few seconds: opens the store when it has come, opens it
 * again when another file has taken its place. Says so once a change.
 */
void lookup_tend(struct lookup *l);

/*
 * Any thread. True: a verdict in force (not expired at now, wall seconds);
 * *refresh says that it should be verified again. False: a miss, whatever the
 * cause.
 */
bool lookup_verdict(struct lookup *l, const struct address *addr, int64_t now,
    struct verdict *out, bool *refresh);

#endif
