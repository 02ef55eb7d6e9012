#include "milter/breaker.h"

struct breaker
breaker_enter(struct breaker b, int64_t now, int64_t most,
    enum breaker_refusal *why)
{
	if (b.open && now < b.until) {
		*why = BREAKER_OPEN;
		return b;
	}
	if (b.waiting >= most) {
		*why = BREAKER_FULL;
		return b;
	}
	if (b.open)
		b.until = now + BREAKER_TRIAL_MS;
	b.waiting++;
	*why = BREAKER_GO;
	return b;
}

struct breaker
breaker_leave(struct breaker b, int64_t now, enum breaker_end end)
{
	b.waiting--;
	switch (end) {
	case BREAKER_ANSWERED:
	case BREAKER_DEAD:
		b.open = false;
		b.until = 0;
		break;
	case BREAKER_HUNG:
		b.open = true;
		b.until = now + BREAKER_PAUSE_MS;
		break;
	case BREAKER_STOPPED:
		break;
	}
	return b;
}
