/*
 * line_again: whether a question that its session did not answer is asked
 * again, and what the host is known by then.
 */
#include <stdio.h>
#include <stdlib.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/line_internal.h"
#include "probe/toomany.h"

#define NO_TLS_MS	(3600 * 1000)
#define FEW_RCPTS_MS	(24 * 3600 * 1000)
#define ONE_SESSION_MS	(3600 * 1000)
#define NO_GROUPS_MS	(3600 * 1000)
#define UNSURE_MS	(24 * 3600 * 1000)

bool
line_others_stand(const struct line *line)
{
	const struct line *l;

	DL_FOREACH(line->peer->lines, l)
		if (l != line && !l->leaving)
			return true;
	return false;
}

/*
 * Asks its question again on a new session, but only once. A session that had
 * answered may be at a limit of its own (MAIL refused), or be dropped after
 * RSET or a bad recipient, as some servers do; what was answered stands.
 */
bool
line_once_more(struct line *line)
{
	struct ask *a = line->ask;

	if (a == NULL || a->again || a->params.done == NULL)
		return false;
	ask_tell(a, STORY_NOTE, "once more, on a new connection");
	line->ask = NULL;
	a->line = NULL;
	a->again = true;
	ask_requeue(a);
	return true;
}

/* The story tells it to who asked, the log to the admin. */
static void
tell_learned(struct line *line, const char *text, const char *advice)
{
	char ip[NET_TEXT_SIZE];

	ask_tell(line->ask, STORY_NOTE, text);
	net_addr_text(&line->peer->addr, ip);
	log_info("%s [%s]: %s (%s in providers.conf says it for good)",
	    line->peer->host, ip, text, advice);
}

/* It answered as many as it is known to take. */
static bool
is_full(const struct line *line)
{
	unsigned known = hostmem_rcpts(line->peer->peers->memory,
	    &line->peer->addr, clock_mono_ms());

	return known > 0 && known <= line->answered;
}

/* What it answered on this session is what it takes. */
static void
learn_few_rcpts(struct line *line, const char *why)
{
	char text[160], count[32] = "one recipient";
	struct hostmem *memory = line->peer->peers->memory;
	int64_t now = clock_mono_ms();

	if (line->answered > 1)
		snprintf(count, sizeof count, "%u recipients", line->answered);
	snprintf(text, sizeof text, "%s; for a day it is asked %s a session",
	    why, count);
	tell_learned(line, text, "rcpts_per_session");
	hostmem_learn_rcpts(memory, &line->peer->addr, line->answered, now,
	    now + FEW_RCPTS_MS);
}

/* It refused one session beside this, and answers on this. */
void
line_learn_one_session(struct line *line)
{
	struct peer *peer = line->peer;
	int64_t now = clock_mono_ms();

	if (!peer->wary || hostmem_has(peer->peers->memory, &peer->addr,
	    HABIT_ONE_SESSION, now))
		return;
	tell_learned(line, "it takes one session at a time, and for an hour "
	    "has no more", "connections");
	hostmem_learn(peer->peers->memory, &peer->addr, HABIT_ONE_SESSION,
	    now + ONE_SESSION_MS);
}

/* A limit of its sessions says nothing about groups. */
void
line_learn_no_groups(struct line *line)
{
	if (!is_full(line))
		hostmem_learn(line->peer->peers->memory, &line->peer->addr,
		    HABIT_NO_GROUPS, clock_mono_ms() + NO_GROUPS_MS);
}

/* It answered one behind another. */
static void
learn_it_shares(const struct line *line)
{
	struct hostmem *memory = line->peer->peers->memory;
	int64_t now = clock_mono_ms();

	hostmem_shared(memory, &line->peer->addr, now);
	if (!session_is_countable(line->session))
		hostmem_learn(memory, &line->peer->addr, HABIT_NO_GROUPS,
		    now + UNSURE_MS);
}

static bool
others_may_be_asked(const struct line *line)
{
	const struct peer *peer = line->peer;

	return line_others_stand(line) ||
	    (peer->line_count < peer_sessions_max(peer) &&
	    !peers_are_crowded(peer->peers));
}

/* Its reply is still to come in this session, and will be nobody's. */
static bool
leave_its_place(struct ask *a)
{
	struct ask *nobody = calloc(1, sizeof *nobody);

	if (nobody == NULL)
		return false;
	nobody->peer = a->peer;
	nobody->line = a->line;
	nobody->rcpt = a->rcpt;
	nobody->again = true;
	DL_REPLACE_ELEM(a->line->behind, a, nobody);
	return true;
}

void
line_stalls(struct line *line)
{
	struct ask *a, *before;

	if (line->behind == NULL || !others_may_be_asked(line))
		return;
	line_learn_no_groups(line);
	/* From the last on, so that they keep their order. */
	for (a = line->behind->prev; a != NULL; a = before) {
		before = a == line->behind ? NULL : a->prev;
		if (a->params.done != NULL && leave_its_place(a))
			ask_release(a);
	}
	peer_run(line->peer);
}

/*
 * In a group those behind one too many are told the same: that is not the one
 * time that they may be asked again.
 */
static bool
give_back(struct line *line)
{
	struct ask *a = line->ask;

	if (a->params.done == NULL)
		return false;
	line->ask = NULL;
	ask_release(a);
	return true;
}

/* A reply to its being the second, or later, is not the recipient's. */
bool
line_one_too_many(struct line *line, const struct reply *reply)
{
	if (line->answered == 0)
		return false;
	if (!toomany_recipients(reply->code, reply->enhanced, reply->text)) {
		learn_it_shares(line);
		return false;
	}
	if (is_full(line))
		return give_back(line);
	learn_few_rcpts(line, "they take no further recipient");
	return line_once_more(line);
}

/* One that has answered is not gone yet. */
static bool
one_says_quit(const struct line *line)
{
	const struct line *l;

	DL_FOREACH(line->peer->lines, l)
		if (l != line && l->answered > 0)
			return true;
	return false;
}

/*
 * This session was never let in, while another stands: its question is that
 * one's, or that of the next when it stands alone. So it comes to an end.
 */
bool
line_wait_for_other(struct line *line)
{
	struct ask *a = line->ask;

	if (a == NULL || a->params.done == NULL || line->answered > 0 ||
	    (!line_others_stand(line) && !one_says_quit(line)))
		return false;
	ask_tell(a, STORY_NOTE, "another session to this host is not "
	    "over; it is waited for");
	line->peer->wary = true;
	line->ask = NULL;
	a->line = NULL;
	ask_requeue(a);
	return true;
}

/* Of MAIL with SMTPUTF8 another recipient may need nothing. */
bool
line_is_for_all(const struct line *line, enum stage stage)
{
	return stage < STAGE_MAIL || (stage == STAGE_MAIL &&
	    line->answered == 0 && line->ask != NULL &&
	    !line->ask->rcpt.utf8_local);
}

/*
 * The session had answered, and broke before the next recipient's reply, or
 * its replies are out of count.
 */
static bool
dropped_second(struct line *line, enum stage stage, enum fault fault)
{
	struct peer *peer = line->peer;

	if (line->answered == 0 || stage < STAGE_MAIL)
		return false;
	if (fault != FAULT_CLOSED && fault != FAULT_PROTOCOL &&
	    !(fault == FAULT_TIMEOUT && stage == STAGE_RSET))
		return false;
	if (hostmem_dropped(peer->peers->memory, &peer->addr) &&
	    !is_full(line))
		learn_few_rcpts(line, "they left a further recipient "
		    "unanswered again");
	return true;
}

/* In a group its commands may not have been heard behind a refusal. */
static bool
fell_in_group(struct line *line, enum fault fault)
{
	if (!line->grouped ||
	    (fault != FAULT_TIMEOUT && fault != FAULT_PROTOCOL))
		return false;
	line_learn_no_groups(line);
	return true;
}

static bool
not_let_in(enum stage stage, enum fault fault)
{
	return stage < STAGE_MAIL && (fault == FAULT_CONNECT ||
	    fault == FAULT_CLOSED || fault == FAULT_TIMEOUT);
}

bool
line_worth_again(struct line *line, enum stage stage, enum fault fault)
{
	struct peer *peer = line->peer;
	bool fell;

	if (fault == FAULT_TLS) {
		hostmem_learn(peer->peers->memory, &peer->addr, HABIT_NO_TLS,
		    clock_mono_ms() + NO_TLS_MS);
		return line_once_more(line);
	}
	if (not_let_in(stage, fault))
		return line_wait_for_other(line);
	fell = fell_in_group(line, fault);
	return (dropped_second(line, stage, fault) || fell) &&
	    line_once_more(line);
}
