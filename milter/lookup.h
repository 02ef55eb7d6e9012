/*
 * lookup: the verdict store as the milter sees it: perhaps not there yet,
 * perhaps replaced by the probe, never a reason to fail. The store finds both
 * by itself; here is what the answer path makes of its statuses.
 */
#ifndef RCPTGUARD_LOOKUP_H
#define RCPTGUARD_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/attack.h"
#include "common/conf.h"
#include "common/override.h"
#include "common/store.h"

struct lookup;

/*
 * NULL: no memory. Before threads are made: a child looks whether the file can
 * be read without harm.
 */
struct lookup *lookup_open(const struct conf *c);
void lookup_close(struct lookup *l);		/* NULL is fine */

/*
 * Any thread. True: a verdict in force (not expired at now, wall seconds);
 * *refresh says that it should be verified again. False: a miss, whatever the
 * cause.
 */
bool lookup_verdict(struct lookup *l, const struct address *addr, int64_t now,
    struct verdict *out, bool *refresh);

/* Any thread. True: the admin's own word, in force at now (wall seconds). */
bool lookup_override(struct lookup *l, const struct address *addr,
    int64_t now, struct override *out);

/*
 * Calls each for the attacks of an earlier milter that are not over at now
 * (wall seconds).
 */
void lookup_attacks(struct lookup *l, int64_t now, attack_fn *each,
    void *arg);

/* One thread, now and then: says in the log when the store came or went. */
void lookup_tell(struct lookup *l);

#endif
