#include <stdlib.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/line_internal.h"

#define LINGER_MS	500	/* an idle session waits for the next question */
#define STALL_MS	1500	/* those behind one that is not answered wait */

void
line_free(struct line *line)
{
	struct peer *peer = line->peer;

	DL_DELETE(peer->lines, line);
	peer->line_count--;
	peer->peers->stats.sessions--;
	event_active(peer->peers->run, EV_TIMEOUT, 0);
	session_free(line->session);
	event_free(line->linger);
	conf_unref(line->conf);
	free(line);
}

static void
set_idle(struct line *line, bool idle)
{
	struct peer *peer = line->peer;

	if (line->idle == idle)
		return;
	line->idle = idle;
	DL_DELETE(peer->lines, line);
	if (idle)
		DL_PREPEND(peer->lines, line);
	else
		DL_APPEND(peer->lines, line);
}

void
line_ends(struct line *line)
{
	evtimer_del(line->linger);
	set_idle(line, false);
	line->leaving = true;
}

void
line_leave(struct line *line)
{
	line_ends(line);
	session_leave(line->session);
}

void
line_lingered(evutil_socket_t fd, short what, void *arg)
{
	struct line *line = arg;

	(void)fd;
	(void)what;
	if (line->idle)
		line_leave(line);
	else
		line_stalls(line);
}

/* Without its timer they wait as long as the one before them. */
void
line_watch_group(struct line *line)
{
	const struct timeval stall = { .tv_sec = STALL_MS / 1000,
	    .tv_usec = STALL_MS % 1000 * 1000 };

	if (line->behind != NULL)
		evtimer_add(line->linger, &stall);
	else
		evtimer_del(line->linger);
}

void
line_charge(struct line *line, struct ask *a)
{
	struct session_use use, *own = &line->charged;
	int64_t now = clock_mono_ms();
	struct ask_result *r;

	session_use(line->session, &use);
	counters_add(line->peer->peers->counters, line->source,
	    line->peer->provider, COUNT_RCPTS, use.rcpts - own->rcpts);
	if (a != NULL) {
		r = &a->result;
		r->use.sent += use.sent - own->sent;
		r->use.received += use.received - own->received;
		r->use.round_trips += use.round_trips - own->round_trips;
		r->use.rcpts += use.rcpts - own->rcpts;
		r->session_ms += now - line->charged_ms;
	}
	line->charged = use;
	line->charged_ms = now;
}

void
line_take(struct line *line, struct ask *a)
{
	char text[128], age_ms[TEXT_NUMBER], answered[TEXT_NUMBER];

	line_charge(line, line->ask);
	ask_unqueue(a);
	line->ask = a;
	a->line = line;
	if (line->answered > 0) {
		text_number((uint64_t)(clock_mono_ms() - line->opened_ms),
		    age_ms);
		text_number(line->answered, answered);
		text_join(text, sizeof text, "asked on a session that is ",
		    age_ms, " ms old and answered ", answered, " before",
		    NULL);
		ask_tell(a, STORY_CONNECT, text);
	}
}

/* Asks it in the same group; false: it is to wait for another turn. */
static bool
line_takes_behind(struct line *line, struct ask *a)
{
	char text[128], age_ms[TEXT_NUMBER];
	bool taken;

	line->saying = a;
	taken = session_ask_behind(line->session, &a->rcpt);
	line->saying = NULL;
	if (!taken)
		return false;
	line_charge(line, a);
	ask_unqueue(a);
	DL_APPEND(line->behind, a);
	a->line = line;
	text_number((uint64_t)(clock_mono_ms() - line->opened_ms), age_ms);
	text_join(text, sizeof text, "asked in one group with others on a "
	    "session that is ", age_ms, " ms old", NULL);
	ask_tell(a, STORY_CONNECT, text);
	return true;
}

static unsigned
asks_max(const struct peer *peer)
{
	unsigned learned = hostmem_rcpts(peer->peers->memory, &peer->addr,
	    clock_mono_ms());

	return learned > 0 && learned < peer->asks_max ? learned :
	    peer->asks_max;
}

/*
 * One that is asked again wants to be the first of a session; one that shares
 * with nobody has got its own when that was opened.
 */
static struct ask *
next_ask(const struct line *line)
{
	bool first = line->answered == 0 && line->ask == NULL;
	struct ask *a;

	DL_FOREACH(line->peer->waiting, a)
		if (!a->again || first)
			return a;
	return NULL;
}

/* What waits wants another session, and the host allows no more. */
static bool
is_in_the_way(const struct peer *peer)
{
	return peer_first(peer) != NULL &&
	    peer->line_count >= peer_sessions_max(peer);
}

/*
 * Each session that is idle has its share of what waits: they are there to be
 * used side by side. Those that are busy, or are being opened, have a question
 * of their own; what would be left for them costs a write and a round trip more.
 */
static unsigned
group_max(const struct line *line)
{
	const struct peer *peer = line->peer;
	unsigned left = asks_max(peer) - line->answered, idle = 1, n = 0;
	const struct line *l;
	const struct ask *a;

	for (l = peer->lines; l != NULL && l->idle; l = l->next)
		idle++;
	DL_FOREACH(peer->waiting, a)
		if (++n >= idle * SMTP_GROUP_MAX)
			break;
	n = 1 + n / idle;
	return n < left ? n : left;
}

/* Asks what waits behind the question under way, in the same group. */
static void
ask_behind(struct line *line)
{
	unsigned n, max = group_max(line);
	struct ask *a;

	for (n = 1; n < max && (a = next_ask(line)) != NULL; n++) {
		if (!line_takes_behind(line, a))
			break;
	}
}

/* In a group are asked only those whose host is known to answer several. */
static bool
is_for_group(const struct line *line)
{
	const struct peer *peer = line->peer;
	const struct hostmem *memory = peer->peers->memory;
	int64_t now = clock_mono_ms();

	return !line->single && peer->waiting != NULL &&
	    hostmem_has(memory, &peer->addr, HABIT_SHARES, now) &&
	    !hostmem_has(memory, &peer->addr, HABIT_NO_GROUPS, now);
}

static void
line_ask(struct line *line)
{
	bool group = is_for_group(line);
	struct session_cork cork;

	set_idle(line, false);
	evtimer_del(line->linger);
	if (group)
		session_cork(line->session, &cork);
	session_ask(line->session, &line->ask->rcpt);
	if (group) {
		line_charge(line, line->ask);
		ask_behind(line);
		session_uncork(line->session);
	}
	line->grouped = line->behind != NULL;
	line_watch_group(line);
}

void
line_next(struct line *line)
{
	const struct timeval linger = { .tv_usec = LINGER_MS * 1000 };
	struct ask *a;
	bool wanted;

	if (line->answered >= (line->single ? 1 : asks_max(line->peer))) {
		line_leave(line);
		return;
	}
	if (line->ask == NULL && (a = next_ask(line)) != NULL)
		line_take(line, a);
	if (line->ask != NULL) {
		line_ask(line);
	} else {
		wanted = !line->idle && is_in_the_way(line->peer);
		set_idle(line, true);
		/* Others may wait for a session; and without its timer ... */
		if (wanted || peers_are_crowded(line->peer->peers) ||
		    evtimer_add(line->linger, &linger) == -1)
			line_leave(line);
	}
}
