/*
 * pursuit: what became of addresses that were deferred, and which ones that
 * were undeliverable turned out to be good. Addresses are told apart by a
 * keyed hash; none is kept.
 *
 * One episode begins when an address is deferred and ends when it is let
 * through or refused. Decisions come in about the order of time.
 *
 * Pure but for allocation and the random key; one thread.
 */
#ifndef RCPTGUARD_PURSUIT_H
#define RCPTGUARD_PURSUIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/histogram.h"
#include "common/verdict.h"

/* Postfix and Sendmail try a deferred message at least each hour by default;
 * who was deferred later than this before the end may yet come. */
#define PURSUIT_PATIENCE_MS	INT64_C(14400000)

enum pursuit_event {
	PURSUIT_DEFERRED,
	PURSUIT_PASSED,			/* accepted, held or tagged */
	PURSUIT_REFUSED,
	PURSUIT_WATCHED			/* nothing was done: only its state */
};

struct pursuit_sum {
	uint64_t deferrals;		/* decisions */
	uint64_t episodes;		/* addresses, each time from the start */
	uint64_t passed, refused;	/* how they ended */
	uint64_t again;			/* came again, and only to be deferred */
	uint64_t gone;			/* did not come again */
	uint64_t may_come;		/* too early to say */
	uint64_t unfollowed;		/* deferrals: table full, no address */
	struct histogram waited_s;	/* until passed */
	uint64_t turned_good;		/* undeliverable, then deliverable */
	bool good_cut;			/* or more: the table was full */
};

struct pursuit;

/* most: addresses at a time, in each of two tables. NULL: no memory. */
struct pursuit *pursuit_new(size_t most);
void pursuit_free(struct pursuit *p);	/* NULL is fine */

/* False: no memory. address may be anything. */
bool pursuit_add(struct pursuit *p, const char *address, int64_t time_ms,
    enum pursuit_event event, enum verdict_state state);

/* until_ms: when the time that is looked at ends. */
void pursuit_end(const struct pursuit *p, int64_t until_ms,
    struct pursuit_sum *out);

#endif
