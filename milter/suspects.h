/*
 * suspects: the clients of all guards (suspect.h), and which recipients of
 * theirs were counted lately, in two tables of fixed size.
 *
 * Who is under attack keeps its place until the attack is over; else the one
 * that was quiet for longest makes room. A client that finds none is not
 * watched. A recipient is counted once in a window; when the table forgets it
 * for want of room it is counted again, which errs on the side of an attack
 * seen, and that only defers.
 *
 * Pure but for allocation; the owner locks. Times are milliseconds of the
 * monotonic clock. Keys are keyed hashes and never 0.
 */
#ifndef RCPTGUARD_SUSPECTS_H
#define RCPTGUARD_SUSPECTS_H

#include "common/attack.h"
#include "milter/suspect.h"

#define SUSPECTS_WAYS	8
#define SUSPECTS_SETS	128		/* with the ways: 1024 clients */
#define SUSPECTS_SEEN	65536		/* recipients */

struct suspect_entry {
	uint64_t key;			/* 0: free */
	int64_t used_at;
	int64_t told_until;		/* that the probe knows of */
	struct suspect state;
	struct attack attack;		/* id "": none */
};

struct suspects;

struct suspects *suspects_create(void);		/* NULL: no memory */
void suspects_destroy(struct suspects *s);	/* NULL is fine */

/* NULL: there is none. What is returned lives until the next suspects_take. */
struct suspect_entry *suspects_find(struct suspects *s, uint64_t key);
/* The same, made if need be (attack and state zero). NULL: no room. */
struct suspect_entry *suspects_take(struct suspects *s, uint64_t key,
    int64_t now);

/* Whether this recipient of a client's was not counted in the last window. */
bool suspects_is_fresh(struct suspects *s, uint64_t key, int64_t window_ms,
    int64_t now);

/* The index-th entry of all, free or not; NULL past the end. */
struct suspect_entry *suspects_at(struct suspects *s, size_t index);

#endif
