#include "probe/recheck.h"

uint32_t
recheck_delay(enum verdict_reason reason, unsigned attempt,
    uint32_t retry_after_s)
{
	static const uint32_t delays[] = { 60, 300, 900, 1800 };

	if (reason != REASON_GREYLISTED || attempt < 1 ||
	    attempt > sizeof delays / sizeof delays[0])
		return 0;
	if (retry_after_s == 0)
		return delays[attempt - 1];
	return retry_after_s < RECHECK_NAMED_MAX_S ? retry_after_s + 1 :
	    RECHECK_NAMED_MAX_S;
}
