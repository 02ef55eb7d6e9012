/*
 * recheck: addresses that a greylisting server put off are asked again, by the
 * same source, sender and recipient, after the time the server named or 60 s,
 * 5 min, 15 min and 30 min; then no more.
 *
 * What waits is in the store (STORE_WAITING, sealed, since it names addresses)
 * and so survives restarts.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_RECHECK_H
#define RCPTGUARD_RECHECK_H

#include <event2/event.h>

#include "common/address.h"
#include "common/store.h"
#include "common/verdict.h"
#include "probe/clerk.h"

#define RECHECK_MAX		10000	/* addresses waiting */
#define RECHECK_NAMED_MAX_S	86400	/* a server may not name more */

struct recheck;

/* Asks addr anew. False: not now (busy); it is tried again in a minute. */
typedef bool recheck_run_fn(void *arg, const struct address *addr);

/* Takes up what waits in the store; that may be NULL. */
struct recheck *recheck_create(struct event_base *base, struct store *store,
    struct clerk *clerk, recheck_run_fn *run, void *arg);
void recheck_destroy(struct recheck *r);	/* what waits stays stored */

/* After every verdict on an address: plans its next question, or none. */
void recheck_note(struct recheck *r, const struct address *addr,
    enum verdict_reason reason, unsigned attempt, uint32_t retry_after_s);

/*
 * Instead of recheck_note, where nobody was asked: what waits goes on waiting,
 * until at (seconds since the epoch; 0: a minute), and has not lost an attempt.
 */
void recheck_put_off(struct recheck *r, const struct address *addr,
    int64_t at);

/* It waits no more: what is known of it by now, or nothing, is enough. */
void recheck_forget(struct recheck *r, const struct address *addr);

/* The same for all of which is says true. */
typedef bool recheck_is_fn(void *arg, const struct address *addr);
void recheck_forget_all(struct recheck *r, recheck_is_fn *is, void *arg);

/* Which attempt its next question will be; 0: it does not wait. */
unsigned recheck_attempt(const struct recheck *r, const struct address *addr);

size_t recheck_waiting(const struct recheck *r);

/* Pure: seconds to the next question after this attempt; 0: no more. */
uint32_t recheck_delay(enum verdict_reason reason, unsigned attempt,
    uint32_t retry_after_s);

/*
 * Pure: seconds that nobody else may ask it, since to ask a greylister before
 * its time can start the wait anew. After the last attempt: as long as before
 * it.
 */
uint32_t recheck_hold(enum verdict_reason reason, unsigned attempt,
    uint32_t retry_after_s);

#endif
