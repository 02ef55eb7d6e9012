#include <stdio.h>
#include <string.h>

#include "common/jval.h"
#include "common/text.h"
#include "probe/http_answer.h"

struct word {
	const char *word;
	enum verdict_reason reason;
};

static const struct word statuses[] = {
	{ "valid", REASON_ACCEPTED },
	{ "invalid", REASON_NO_SUCH_USER },
	{ "catch-all", REASON_CATCH_ALL },
	{ "catch_all", REASON_CATCH_ALL },
	{ "unknown", REASON_TEMPORARY_ERROR },
	{ NULL, REASON_MAX }
};

static const struct word states[] = {
	{ "deliverable", REASON_ACCEPTED },
	{ "undeliverable", REASON_NO_SUCH_USER },
	{ "unknown", REASON_TEMPORARY_ERROR },
	{ NULL, REASON_MAX }
};

static bool
from_list(const struct word *list, const char *word,
    enum verdict_reason *out)
{
	for (; list->word != NULL; list++)
		if (strcmp(list->word, word) == 0) {
			*out = list->reason;
			return true;
		}
	return false;
}

/* An endpoint judges addresses; what our own budgets say is not its matter. */
static bool
may_say(enum verdict_reason reason)
{
	switch (verdict_state_of(reason)) {
	case STATE_DELIVERABLE:
	case STATE_UNDELIVERABLE:
	case STATE_RISKY:
	case STATE_UNKNOWN:
		return true;
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		return false;
	}
	return false;
}

static bool
from_reason(const char *word, const char *state, enum verdict_reason *out,
    char *why, size_t size)
{
	enum verdict_reason reason;

	if (!verdict_reason_from_word(word, &reason) || !may_say(reason))
		return text_refuse(why, size, "no address has the reason",
		    word);
	if (state != NULL && strcmp(state,
	    verdict_state_word(verdict_state_of(reason))) != 0)
		return text_refuse(why, size,
		    "its reason does not belong to the state", state);
	*out = reason;
	return true;
}

static bool
from_object(const struct jval *v, enum verdict_reason *out, char *why,
    size_t size)
{
	const struct jval *member[3] = { jval_get(v, "reason"),
	    jval_get(v, "state"), jval_get(v, "status") };
	const char *word[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		word[i] = jval_text(member[i]);
		if (member[i] != NULL && word[i] == NULL) {
			snprintf(why, size, "its reason, state or status is "
			    "no string");
			return false;
		}
	}
	if (word[0] != NULL)
		return from_reason(word[0], word[1], out, why, size);
	if (word[1] != NULL)
		return from_list(states, word[1], out) ||
		    text_refuse(why, size,
		    "without a reason no address has the state", word[1]);
	if (word[2] != NULL)
		return from_list(statuses, word[2], out) ||
		    text_refuse(why, size, "no address has the status",
		    word[2]);
	snprintf(why, size, "it has no reason, state or status");
	return false;
}

bool
http_answer_read(const char *body, size_t len, enum verdict_reason *out,
    char *why, size_t size)
{
	struct jval *v = jval_parse(body, len);
	bool ok;

	if (!jval_is_object(v)) {
		snprintf(why, size, "it is no JSON object");
		jval_free(v);
		return false;
	}
	ok = from_object(v, out, why, size);
	jval_free(v);
	return ok;
}
