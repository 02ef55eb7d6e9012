/*
 * recent: which addresses were asked for again in the last seconds, so that a
 * popular one is not asked for at each of its recipients.
 *
 * A small table that forgets: two addresses in one place drive each other out,
 * which costs a request and nothing else. Pure; one owner.
 */
#ifndef RCPTGUARD_RECENT_H
#define RCPTGUARD_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#define RECENT_SIZE	256

struct recent {				/* all zero: nothing was asked */
	struct {
		uint64_t hash;
		int64_t until;
	} slots[RECENT_SIZE];
};

/*
 * True if address was marked less than for_ms ago; else marks it. now:
 * milliseconds of the monotonic clock.
 */
bool recent_or_mark(struct recent *r, const char *address, int64_t now,
    int64_t for_ms);

#endif
