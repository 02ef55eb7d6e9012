#include "milter/answer.h"

#include <stdio.h>

enum kind { KIND_REFUSED, KIND_DOUBTED, KIND_CHECKING, KIND_COUNT };

/*
 * 4.1.1 and 4.7.1 as Postfix's verify(8) and Sendmail's greylists use them:
 * senders know to come again. x.1.7 is the same for a sender address.
 */
static const struct answer answers[2][KIND_COUNT] = {
	[VERIFY_RECIPIENT] = {
		[KIND_REFUSED] = { "550", "5.1.1",
		    "This address does not accept mail, please check its "
		    "spelling" },
		[KIND_DOUBTED] = { "450", "4.1.1",
		    "This address does not seem to accept mail, please check "
		    "its spelling or try again later" },
		[KIND_CHECKING] = { "451", "4.7.1",
		    "This address is still being checked, please try again "
		    "in a few minutes" },
	},
	[VERIFY_SENDER] = {
		[KIND_REFUSED] = { "550", "5.1.7",
		    "This sender address does not accept mail, please check "
		    "its spelling" },
		[KIND_DOUBTED] = { "450", "4.1.7",
		    "This sender address does not seem to accept mail, please "
		    "check its spelling or try again later" },
		[KIND_CHECKING] = { "451", "4.7.1",
		    "This sender address is still being checked, please try "
		    "again in a few minutes" },
	},
};

/* Nothing of the address is said, and nothing is lost: 4.7.1 for both. */
static const struct answer attacked = { "451", "4.7.1",
    "Many addresses given here lately do not accept mail, so this one must "
    "wait; please try again later" };
static const struct answer bombed = { "451", "4.7.1",
    "Much mail was sent to this address lately, please try again later" };
static const struct answer *const floods[] = { &attacked, &bombed };
#define FLOODS	(sizeof(floods) / sizeof(floods[0]))

const struct answer *
answer_for(enum guard_action action, enum verdict_state state,
    enum guard_verify verify)
{
	bool bad = state == STATE_UNDELIVERABLE;

	switch (action) {
	case ACTION_REJECT:
		return &answers[verify][bad ? KIND_REFUSED : KIND_CHECKING];
	case ACTION_TEMPFAIL:
		return &answers[verify][bad ? KIND_DOUBTED : KIND_CHECKING];
	case ACTION_ACCEPT:
	case ACTION_HOLD:
	case ACTION_TAG:
	case ACTION_COUNT:
		break;
	}
	return NULL;
}

const struct answer *
answer_for_flood(enum ring_flood flood)
{
	switch (flood) {
	case FLOOD_NONE:
		break;
	case FLOOD_ATTACK:
		return &attacked;
	case FLOOD_BOMB:
		return &bombed;
	}
	return NULL;
}

size_t
answer_text(const struct answer *a, const char *id, char out[ANSWER_TEXT_MAX])
{
	int n = snprintf(out, ANSWER_TEXT_MAX, "%s (%s)", a->text, id);

	if (n < 0) {
		out[0] = '\0';
		return 0;
	}
	return n < ANSWER_TEXT_MAX ? (size_t)n : ANSWER_TEXT_MAX - 1;
}

const struct answer *
answer_at(size_t index)
{
	if (index >= 2 * (size_t)KIND_COUNT + FLOODS)
		return NULL;
	if (index >= 2 * (size_t)KIND_COUNT)
		return floods[index - 2 * (size_t)KIND_COUNT];
	return &answers[index / KIND_COUNT][index % KIND_COUNT];
}
