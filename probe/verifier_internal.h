/*
 * verifier_internal: what verifier.c (who asks) and flight.c (what is under
 * way) share.
 */
#ifndef RCPTGUARD_VERIFIER_INTERNAL_H
#define RCPTGUARD_VERIFIER_INTERNAL_H

#include <event2/event_struct.h>

#include "common/table.h"
#include "probe/recheck.h"
#include "probe/submitter.h"
#include "probe/turns.h"
#include "probe/verifier.h"

/*
 * One address under way, and all who wait for it. One that has ended is in the
 * table no more: in verifier->ended, until all are answered.
 */
struct flight {
	char key[ADDRESS_MAX + 1];	/* canonical */
	struct address addr;
	char submitter[SUBMITTER_NAME_MAX + 1];
	bool evidence;			/* somebody wants it */
	unsigned put_off;		/* times by greylisting, if it is again */
	struct verifier *verifier;
	struct job *job;
	struct waiter *waiters;
	int64_t began_ms;
	struct answer answer;		/* its evidence is the flight's own */
	struct flight *prev, *next;	/* of ended */
	UT_hash_handle hh;
};

struct waiter {
	struct flight *flight;
	struct event timer;
	bool evidence;
	answer_fn *done;
	void *arg;
	struct waiter *prev, *next;
};

struct verifier {
	const struct job_tools *tools;
	struct store *store;
	struct clerk *clerk;
	struct recheck *recheck;
	struct submitters *submitters;
	struct flight *flights;		/* in the order of their beginning */
	struct flight *ended;
	struct sweep *sweeps;
	struct turns *sweeping;		/* a piece each */
	struct event *deliver;
	char own_sender[ADDRESS_MAX + 1];	/* canonical */
	struct verifier_stats stats;
};

/* flight.c */

/* What a misspelt domain may mean; else the answer stays as it is. */
void answer_suggest(const struct verifier *v, const struct address *addr,
    struct answer *a);

/* NULL: no memory. */
struct waiter *flight_wait(struct flight *f, const struct verify_params *p);

/*
 * Begins a probe. submitter: who brings the address; known: what was known of
 * it, or NULL. NULL: too many are under way, or no memory.
 */
struct flight *flight_start(struct verifier *v, const struct address *addr,
    const char *submitter, const struct verdict *known);

/* NULL: there is none. */
struct flight *flight_of(const struct verifier *v,
    const struct address *addr);

/* Nobody is told. */
void flight_cancel(struct flight *f);
void flights_drop_ended(struct verifier *v);

/* verifier->deliver: answers some of those who waited for what has ended. */
void flights_deliver(evutil_socket_t fd, short what, void *arg);

#endif
