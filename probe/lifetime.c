#include <string.h>

#include "probe/lifetime.h"

#define RETRY_AFTER_MAX_S	86400	/* a server may not silence us longer */

static uint32_t
least(uint32_t a, int64_t b)
{
	return b < (int64_t)a ? (uint32_t)b : a;
}

struct verdict_lifetime
lifetime_of(enum verdict_reason reason, const struct conf *conf)
{
	struct verdict_lifetime l = verdict_lifetime_of(reason);

	if (l.expire_s == 0)
		return l;
	switch (verdict_state_of(reason)) {
	case STATE_DELIVERABLE:
		l.refresh_s = (uint32_t)conf->store.positive_refresh_s;
		l.expire_s = (uint32_t)conf->store.positive_expire_s;
		break;
	case STATE_UNDELIVERABLE:
		l.refresh_s = least(l.refresh_s,
		    conf->store.negative_refresh_s);
		l.expire_s = least(l.expire_s, conf->store.negative_expire_s);
		break;
	case STATE_UNKNOWN:
		l.expire_s = least(l.expire_s, conf->store.unknown_expire_s);
		l.refresh_s = least(l.refresh_s, l.expire_s);
		break;
	case STATE_RISKY:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return l;
}

struct verdict
lifetime_verdict(enum verdict_reason reason, const struct conf *conf,
    int64_t now, uint32_t retry_after_s, unsigned code, unsigned attempt)
{
	struct verdict_lifetime l = lifetime_of(reason, conf);
	struct verdict v;

	/* Asking a greylister again before its time only starts it anew. */
	if (verdict_state_of(reason) == STATE_UNKNOWN && l.expire_s > 0 &&
	    retry_after_s > l.expire_s) {
		l.expire_s = retry_after_s > RETRY_AFTER_MAX_S ?
		    RETRY_AFTER_MAX_S : retry_after_s;
		l.refresh_s = l.expire_s;
	}
	memset(&v, 0, sizeof v);
	v.reason = reason;
	v.checked_at = now;
	v.refresh_at = now + l.refresh_s;
	v.expire_at = now + l.expire_s;
	v.code = (uint16_t)code;
	v.attempt = (uint8_t)(attempt > 255 ? 255 : attempt);
	return v;
}
