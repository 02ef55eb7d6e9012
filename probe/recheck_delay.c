#include "probe/recheck.h"

static const uint32_t delays[] = { 60, 300, 900, 1800 };

#define ATTEMPTS_MAX	(sizeof delays / sizeof delays[0])

uint32_t
recheck_hold(enum verdict_reason reason, unsigned attempt,
    uint32_t retry_after_s)
{
	return recheck_delay(reason, attempt > ATTEMPTS_MAX ?
	    (unsigned)ATTEMPTS_MAX : attempt, retry_after_s);
}

uint32_t
recheck_delay(enum verdict_reason reason, unsigned attempt,
    uint32_t retry_after_s)
{
	if (reason != REASON_GREYLISTED || attempt < 1 ||
	    attempt > ATTEMPTS_MAX)
		return 0;
	if (retry_after_s == 0)
		return delays[attempt - 1];
	return retry_after_s < RECHECK_NAMED_MAX_S ? retry_after_s + 1 :
	    RECHECK_NAMED_MAX_S;
}
