#include "milter/suspect.h"

/* Counts over another window cannot be read: after a reload they begin anew. */
static struct suspect
with_window(struct suspect s, int64_t window_ms)
{
	if (s.window_ms == window_ms)
		return s;
	return (struct suspect){ .window_ms = window_ms, .until = s.until };
}

static bool
is_attack(const struct suspect *s, const struct conf_flood *limits,
    int64_t now)
{
	uint64_t judged = rolling_count(&s->judged, s->window_ms, now);
	uint64_t bad = rolling_count(&s->bad, s->window_ms, now);

	return judged >= (uint64_t)limits->min_recipients && bad > 0 &&
	    (double)bad >= limits->undeliverable_ratio * (double)judged;
}

struct suspect
suspect_count(struct suspect s, const struct conf_flood *limits, bool bad,
    int64_t now, enum suspect_change *change)
{
	bool was = suspect_attacks(&s, now);

	*change = SUSPECT_SAME;
	s = with_window(s, limits->window_s * 1000);
	rolling_add(&s.judged, s.window_ms, now, 1);
	if (bad)
		rolling_add(&s.bad, s.window_ms, now, 1);
	if (!bad || !is_attack(&s, limits, now))
		return s;
	*change = was ? SUSPECT_GOES_ON : SUSPECT_BEGINS;
	if (s.until < now + limits->hold_s * 1000)
		s.until = now + limits->hold_s * 1000;
	return s;
}

bool
suspect_attacks(const struct suspect *s, int64_t now)
{
	return now < s->until;
}

enum suspect_weight
suspect_weigh(enum verdict_reason reason, int64_t age_s,
    const struct conf_flood *limits)
{
	if (reason == REASON_BUDGET_EXHAUSTED ||
	    reason == REASON_WARMUP_LIMIT ||
	    reason == REASON_SUBMITTER_NOT_ALLOWED)
		return SUSPECT_NOT_ASKED;
	switch (verdict_state_of(reason)) {
	case STATE_DELIVERABLE:
		return age_s <= limits->window_s ? SUSPECT_GOOD :
		    SUSPECT_NOT_COUNTED;
	case STATE_UNDELIVERABLE:
		return SUSPECT_BAD;
	case STATE_RISKY:
		return SUSPECT_GOOD;
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return SUSPECT_NOT_COUNTED;
}
