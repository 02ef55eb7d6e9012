/*
 * suspect: one client of a guard, and whether it brings a bounce attack.
 *
 * Fresh recipients are counted over a rolling window, and the undeliverable
 * ones among them. When there are enough and the share is large enough, the
 * client is under suspicion for a while, which begins anew with each further
 * undeliverable one as long as the window says so, and ends by itself.
 *
 * Pure: the next state is a return value. Times are milliseconds of the
 * monotonic clock.
 */
#ifndef RCPTGUARD_SUSPECT_H
#define RCPTGUARD_SUSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/rolling.h"
#include "common/verdict.h"

struct suspect {			/* all zero: nothing was seen */
	int64_t window_ms;		/* that the counts are over */
	struct rolling judged, bad;
	int64_t until;			/* of the attack; 0: none */
};

enum suspect_change {
	SUSPECT_SAME,
	SUSPECT_BEGINS,			/* the attack begins */
	SUSPECT_GOES_ON			/* until is later than it was */
};

/* One fresh recipient was judged. */
struct suspect suspect_count(struct suspect s, const struct conf_flood *limits,
    bool bad, int64_t now, enum suspect_change *change);

bool suspect_attacks(const struct suspect *s, int64_t now);

/*
 * Whether a verdict is counted, and as what: unknown and pending say nothing of
 * the client. Nor does an address known to be good since before the window:
 * that is a customer's, and order mail must not hide an attack. What the probe
 * did not ask because it protects itself is for the caller to weigh: just a
 * flood makes it stop asking.
 */
enum suspect_weight {
	SUSPECT_NOT_COUNTED,
	SUSPECT_GOOD,
	SUSPECT_BAD,
	SUSPECT_NOT_ASKED
};
enum suspect_weight suspect_weigh(enum verdict_reason reason, int64_t age_s,
    const struct conf_flood *limits);

#endif
