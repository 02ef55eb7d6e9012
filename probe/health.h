/*
 * health: one record of how a source address is: what rests it, how it is
 * taken, and where it stands on its ramp.
 *
 * Pure but for allocation; wall seconds are given.
 */
#ifndef RCPTGUARD_HEALTH_H
#define RCPTGUARD_HEALTH_H

#include "common/rate.h"
#include "probe/source.h"

struct health {
	const struct source *source;
	/* Of the last day: replies that decided, and those that refused us. */
	uint64_t answered, refused;
	int64_t good_at;		/* last reply that was none; 0: none */
	int64_t refused_until;		/* it rests for refusals; 0: no */
	bool has_ramp;			/* and those below are set: */
	unsigned step, steps;		/* from 1 */
	struct rate limit;
	uint64_t used;
	bool recovering, held;
};

/*
 * { address, helo, state, rests: [ { by, since, why, until } ], listed,
 *   answers_day, refusals_day, refusal_ratio, last_good_at, last_good_age_s,
 *   order: { word, cause, at, by },
 *   ramp: { step, steps, limit, span, used, recovering, held } }
 * A time that is not known, and an order or a ramp that is not there, are left
 * out; the ratio of no answers is 0. The caller owns it. NULL: no memory.
 */
struct jval;
struct jval *health_json(const struct health *h, int64_t now);

#endif
