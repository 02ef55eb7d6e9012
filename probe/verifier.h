/*
 * verifier: who asks for an address gets the best answer at hand.
 *
 * The order of work: our own sender, overrides, exclusions, the store, what
 * waits to be stored, a probe. An address asked twice is probed once; whoever
 * waits gets the result; what comes after a caller's wait still lands in the
 * store. The number of addresses under way is bounded (probe.queue): above it
 * the answer is probe_unavailable at once.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_VERIFIER_H
#define RCPTGUARD_VERIFIER_H

#include "probe/clerk.h"
#include "probe/job.h"

struct verifier;
struct waiter;

struct answer {
	enum verdict_reason reason;
	enum verdict_source source;
	int64_t age_s;
	char *evidence;			/* JSON or NULL; lives during the call */
	/* possible_typo: what may be meant; else "" */
	char suggestion[ADDRESS_MAX + 1];
};

typedef void answer_fn(void *arg, const struct answer *answer);

struct verify_params {
	const struct address *addr;	/* copied */
	const char *submitter;		/* the guard that asks, or ""; copied */
	bool stranger;			/* names no guard and is not the admin */
	bool fresh;			/* do not serve from the store */
	bool evidence;			/* fill answer.evidence */
	int64_t wait_ms;		/* then: probe_running; 0: do not wait */
	answer_fn *done;		/* NULL: nobody waits (refresh) */
	void *arg;
};

/* All borrowed. tools and store may change between turns of the loop. */
struct verifier *verifier_create(const struct job_tools *tools,
    struct store *store, struct clerk *clerk);
/* After tools->conf has changed. */
void verifier_reconfigured(struct verifier *v);
void verifier_destroy(struct verifier *v);	/* nobody is called any more */

/*
 * done is called once, maybe before this returns; the handle is then NULL.
 * Otherwise it is valid until done is called or waiter_cancel.
 */
struct waiter *verifier_ask(struct verifier *v, const struct verify_params *p);
void waiter_cancel(struct waiter *w);

/*
 * e has been put into the table: ends the probes that it forbids, closes their
 * sessions and forgets the mail hosts that it is about. done is called, in a
 * later turn, when no question that it forbids is under way any more, which
 * with the time that it took is logged. e is copied. False: no memory.
 */
typedef void verifier_excluded_fn(void *arg);
bool verifier_exclude(struct verifier *v, const struct exclusion *e,
    verifier_excluded_fn *done, void *arg);

/*
 * An address that waits to be asked again, as greylisting wants it, is not:
 * it was forgotten, or is known by other means. whole: all of its domain.
 */
void verifier_wait_no_more(struct verifier *v, const struct address *addr,
    bool whole);

/* What it works with. */
const struct job_tools *verifier_tools(const struct verifier *v);

/*
 * What is remembered of an address, also if it has expired. False: nothing,
 * or its domain is excluded.
 */
bool verifier_known(struct verifier *v, const struct address *addr,
    struct verdict *out);

/*
 * The evidence of submitter_not_allowed for a guard, a submitter or "". The
 * caller frees. NULL: no memory.
 */
char *verifier_why_refused(const struct verifier *v, const char *name);

struct verifier_stats {
	size_t in_flight, waiters, waiting_again;
	uint64_t asked, from_store, joined, started, overflow;
	uint64_t ended[STATE_COUNT];
};
void verifier_stats(const struct verifier *v, struct verifier_stats *out);

#endif
