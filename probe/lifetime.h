/*
 * lifetime: how long a verdict is served, from the reason's own lifetimes and
 * the admin's settings (store.positive_*, negative_*, unknown_expire).
 *
 * Pure. Where both say something the admin's word counts for what is
 * deliverable, and the shorter one for all else: a DNS answer must not live
 * for days because a mailbox's refusal may.
 */
#ifndef RCPTGUARD_LIFETIME_H
#define RCPTGUARD_LIFETIME_H

#include "common/conf.h"
#include "common/verdict.h"

struct verdict_lifetime lifetime_of(enum verdict_reason reason,
    const struct conf *conf);

/* A verdict made now. retry_after_s: the server named a time, or 0. */
struct verdict lifetime_verdict(enum verdict_reason reason,
    const struct conf *conf, int64_t now, uint32_t retry_after_s,
    unsigned code, unsigned attempt);

#endif
