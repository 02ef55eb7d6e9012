#include "probe/teach.h"

static enum verdict_reason
nothing(const char **why, const char *text)
{
	*why = text;
	return (enum verdict_reason)0;
}

static enum verdict_reason
by_bounce(const struct teach_facts *f, const char **why)
{
	if (!f->quoted)
		return nothing(why, "not in the host's own words");
	if (f->stage != STAGE_RCPT || f->code < 500)
		return nothing(why, "it was not the recipient that was "
		    "refused for good");
	if (verdict_state_of(f->meaning) != STATE_UNDELIVERABLE)
		return nothing(why, "the reply does not say that there is no "
		    "such mailbox");
	*why = "their host refused the recipient of a message of ours";
	return f->meaning;
}

static enum verdict_reason
by_delivery(const struct teach_facts *f, const char **why)
{
	if (f->accepts_everything)
		return nothing(why, "their hosts take everything");
	switch (verdict_state_of(f->known->reason)) {
	case STATE_RISKY:
		return nothing(why, "that a host takes it does not settle "
		    "the risk");
	case STATE_DELIVERABLE:
		if (!verdict_is_stale(f->known, f->now))
			return nothing(why, "that was known");
		break;
	case STATE_UNDELIVERABLE:
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	*why = "their host took a message of ours";
	return REASON_KNOWN_BY_SIGNAL;
}

enum verdict_reason
teach(const struct teach_facts *f, const char **why)
{
	if (f->at > f->now + TEACH_AHEAD_S)
		return nothing(why, "its time is to come");
	if (f->at < f->now - TEACH_FRESH_S)
		return nothing(why, "it is too long ago");
	if (f->known->checked_at > f->at)
		return nothing(why, "what is known is newer");
	if (!f->theirs)
		return nothing(why, "the relay is no mail host of the domain");
	switch (f->kind) {
	case OUTCOME_SENT:
		return by_delivery(f, why);
	case OUTCOME_BOUNCED:
		return by_bounce(f, why);
	case OUTCOME_DEFERRED:
	case OUTCOME_KIND_COUNT:
		break;
	}
	return nothing(why, "a delay says nothing of the address");
}
