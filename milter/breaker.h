/*
 * breaker: whether a miss may wait for the probe.
 *
 * A probe that hangs costs each miss its whole wait, so the first silence
 * opens the breaker: for BREAKER_PAUSE_MS misses are unknown at once, then one
 * call is let through as a trial. A dead probe (no socket, refused) does not
 * open it: that answer costs nothing, and the probe is used again as soon as
 * it is back.
 *
 * Pure: the next state is a return value. Times are milliseconds of the
 * monotonic clock.
 */
#ifndef RCPTGUARD_BREAKER_H
#define RCPTGUARD_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_PAUSE_MS	5000
/* Longer than any guard's wait: a trial that never came back. */
#define BREAKER_TRIAL_MS	10000

struct breaker {			/* all zero: closed, nobody waits */
	bool open;
	int64_t until;			/* open: no trial before */
	int64_t waiting;		/* calls under way */
};

enum breaker_refusal {
	BREAKER_GO,
	BREAKER_OPEN,			/* the probe hung just now */
	BREAKER_FULL			/* as many wait as may */
};

/* With BREAKER_GO the call counts as waiting until breaker_leave. */
struct breaker breaker_enter(struct breaker b, int64_t now, int64_t most,
    enum breaker_refusal *why);

enum breaker_end {
	BREAKER_ANSWERED,		/* a whole answer: the probe is well */
	BREAKER_DEAD,			/* gone: cheap to ask again */
	BREAKER_HUNG,			/* silent, backlog full, garbage */
	BREAKER_STOPPED			/* we gave up: says nothing of it */
};

struct breaker breaker_leave(struct breaker b, int64_t now,
    enum breaker_end end);

#endif
