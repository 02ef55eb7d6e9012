#include "cli/counts.h"

#include <string.h>

bool
counts_action(const char *word, enum guard_action *out)
{
	unsigned i;

	for (i = 0; word != NULL && i < ACTION_COUNT; i++) {
		if (strcmp(guard_action_word((enum guard_action)i), word) ==
		    0) {
			*out = (enum guard_action)i;
			return true;
		}
	}
	return false;
}

bool
counts_of_us(enum verdict_reason reason)
{
	return reason == REASON_BLOCKED_POLICY ||
	    reason == REASON_BLOCKED_IP_LISTED ||
	    reason == REASON_BLOCKED_NO_PTR ||
	    reason == REASON_BLOCKED_AUTH ||
	    reason == REASON_BLOCKED_HELO ||
	    reason == REASON_RATE_LIMITED;
}

bool
counts_of_limits(enum verdict_reason reason)
{
	return reason == REASON_BUDGET_EXHAUSTED ||
	    reason == REASON_WARMUP_LIMIT ||
	    reason == REASON_ALL_SOURCES_RESTING ||
	    reason == REASON_PREFLIGHT_FAILED;
}

void
counts_add(struct counts *c, const struct verdict_line *line)
{
	bool observed = line->mode != NULL &&
	    strcmp(line->mode, guard_mode_word(MODE_OBSERVE)) == 0;
	enum guard_action action;

	c->verdicts++;
	c->states[verdict_state_of(line->reason)]++;
	c->refused_us += counts_of_us(line->reason);
	if (counts_action(line->action, &action))
		(observed ? c->observed : c->done)[action]++;
	if (c->first_ms == 0 || line->time_ms < c->first_ms)
		c->first_ms = line->time_ms;
	if (line->time_ms > c->last_ms)
		c->last_ms = line->time_ms;
}

uint64_t
counts_watched(const struct counts *c)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < ACTION_COUNT; i++)
		n += c->observed[i];
	return n;
}

unsigned
counts_share(uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return 0;
	return (unsigned)((double)part * 1000 / (double)whole + 0.5);
}
