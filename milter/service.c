#include "milter/service.h"

#include "common/clock.h"

bool
service_may_say(atomic_llong *at, int64_t period_ms)
{
	long long last = atomic_load(at), now = clock_mono_ms();

	if (last != 0 && now < last + period_ms)
		return false;
	return atomic_compare_exchange_strong(at, &last, now);
}
