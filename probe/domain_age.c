#include "probe/domain_age.h"

#define DAY_S	86400

int64_t
domain_age_days(int64_t since, int64_t now)
{
	return since < now ? (now - since) / DAY_S : 0;
}

enum domain_age
domain_age(int64_t since, int64_t now)
{
	int64_t days = domain_age_days(since, now);

	if (since <= 0)
		return DOMAIN_AGE_UNKNOWN;
	if (days < DOMAIN_BLOCKED_DAYS)
		return DOMAIN_AGE_BLOCKED;
	return days < DOMAIN_HELD_DAYS ? DOMAIN_AGE_HELD : DOMAIN_AGE_GROWN;
}
