#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/peers_internal.h"
#include "probe/source.h"

#define LINGER_MS	500	/* an idle session waits for the next question */

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

/* The session takes no more questions. */
static void
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

static void
on_linger(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	line_leave(arg);
}

/* What the session has cost since the last time is its question's. */
static void
line_charge(struct line *line)
{
	struct session_use use, *own = &line->charged;
	int64_t now = clock_mono_ms();
	struct ask_result *r;

	session_use(line->session, &use);
	counters_add(line->peer->peers->counters, line->source,
	    line->peer->provider, COUNT_RCPTS, use.rcpts - own->rcpts);
	if (line->ask != NULL) {
		r = &line->ask->result;
		r->use.sent += use.sent - own->sent;
		r->use.received += use.received - own->received;
		r->use.round_trips += use.round_trips - own->round_trips;
		r->use.rcpts += use.rcpts - own->rcpts;
		r->session_ms += now - line->charged_ms;
	}
	line->charged = use;
	line->charged_ms = now;
}

static void
line_take(struct line *line, struct ask *a)
{
	char text[128];

	line_charge(line);
	ask_unqueue(a);
	line->ask = a;
	a->line = line;
	if (line->answered > 0) {
		snprintf(text, sizeof text, "asked on a session that is "
		    "%lld ms old and answered %u before",
		    (long long)(clock_mono_ms() - line->opened_ms),
		    line->answered);
		ask_tell(a, STORY_CONNECT, text);
	}
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
 * One that is asked again wants a session that has not answered yet; one that
 * shares with nobody has got its own when that was opened.
 */
static struct ask *
next_ask(const struct line *line)
{
	struct ask *a;

	DL_FOREACH(line->peer->waiting, a)
		if (!a->params.own_session &&
		    (!a->again || line->answered == 0))
			return a;
	return NULL;
}

/* What waits wants another session, and the host allows no more. */
static bool
is_in_the_way(const struct peer *peer)
{
	return peer->waiting != NULL &&
	    peer->line_count >= peer_sessions_max(peer);
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
		set_idle(line, false);
		evtimer_del(line->linger);
		session_ask(line->session, &line->ask->rcpt);
	} else {
		wanted = !line->idle && is_in_the_way(line->peer);
		set_idle(line, true);
		/* Others may wait for a session; and without its timer ... */
		if (wanted || peers_are_crowded(line->peer->peers) ||
		    evtimer_add(line->linger, &linger) == -1)
			line_leave(line);
	}
}

static void
line_idle(void *arg)
{
	struct line *line = arg;

	line_next(line);
}

static void
line_unasked(void *arg, enum fault fault)
{
	struct line *line = arg;

	line_charge(line);
	if (line->ask != NULL)
		ask_finish(line->ask, fault, STAGE_MAIL, NULL);
}

static void
line_answer(void *arg, const struct reply *reply)
{
	struct line *line = arg;
	bool again;

	line_charge(line);
	line_learn_one_session(line);
	again = line->ask != NULL && line_one_too_many(line, reply);
	line->answered++;
	if (!again && line->ask != NULL)
		ask_finish(line->ask, FAULT_NONE, STAGE_RCPT, reply);
}

static void
line_refused(void *arg, enum stage stage, const struct reply *reply)
{
	struct line *line = arg;
	bool for_all = line_is_for_all(line, stage);

	line_charge(line);
	line_ends(line);
	if (line->answered > 0 && stage == STAGE_MAIL && line_once_more(line))
		return;
	if (for_all && line_wait_for_other(line))
		return;
	if (line->ask != NULL)
		ask_finish(line->ask, FAULT_NONE, stage, reply);
	if (for_all && !line_others_stand(line))
		peer_fail_all(line->peer, FAULT_NONE, stage, reply);
}

static void
line_failed(void *arg, enum stage stage, enum fault fault)
{
	struct line *line = arg;

	line_charge(line);
	line_ends(line);
	if (line->ask == NULL || line_worth_again(line, stage, fault))
		return;
	ask_finish(line->ask, fault, stage, NULL);
	if (stage < STAGE_MAIL && !line_others_stand(line))
		peer_fail_all(line->peer, fault, stage, NULL);
}

static void
line_over(void *arg)
{
	struct line *line = arg;
	struct peer *peer = line->peer;

	line_free(line);
	peer_run(peer);
}

static void
line_tell(void *arg, enum story_kind kind, const char *text)
{
	struct line *line = arg;

	ask_tell(line->ask, kind, text);
}

static const struct session_events line_events = {
	.idle = line_idle,
	.answer = line_answer,
	.unasked = line_unasked,
	.refused = line_refused,
	.failed = line_failed,
	.over = line_over,
	.tell = line_tell,
};

/* NULL: none may be used now. */
static const struct source *
source_for(const struct peer *peer, int family)
{
	struct source_choice c;

	source_choose(peer->peers->sources, peer->stick, family,
	    clock_wall_s(), &c);
	return c.source;
}

/*
 * The sources of both addresses, and the name that goes with them. An address
 * without a source, or whose source has another name, is not dialled. False,
 * with errno: neither can be.
 */
static bool
choose_sources(struct line *line, struct session_params *sp)
{
	const struct source *s = source_for(line->peer, sp->addr.family), *o;

	if (s == NULL && sp->other.family != 0) {
		sp->addr = sp->other;
		sp->other.family = 0;
		s = source_for(line->peer, sp->addr.family);
	}
	if (s == NULL) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	text_copy(line->helo, s->helo, sizeof line->helo);
	sp->source = s->implied ? NULL : &s->addr;
	if (!s->implied)
		net_addr_text(&s->addr, line->source);
	if (sp->other.family == 0)
		return true;
	o = source_for(line->peer, sp->other.family);
	if (o == NULL || strcmp(o->helo, s->helo) != 0)
		sp->other.family = 0;
	else
		sp->other_source = o->implied ? NULL : &o->addr;
	return true;
}

/* addr was slow a short while ago: other goes first then. */
static void
put_in_order(const struct peers *p, struct net_addr *addr,
    struct net_addr *other)
{
	struct net_addr first = *other;
	int64_t now = clock_mono_ms();

	if (first.family == 0 ||
	    !hostmem_has(p->memory, addr, HABIT_SLOW, now) ||
	    hostmem_has(p->memory, other, HABIT_SLOW, now))
		return;
	*other = *addr;
	*addr = first;
}

static struct session *
line_dial(struct line *line, const struct ask *a)
{
	struct peer *peer = line->peer;
	struct peers *p = peer->peers;
	struct session_params sp = {
		.base = p->base,
		.host = peer->host,
		.addr = peer->addr,
		.other = a->other,
		.port = (uint16_t)p->conf->smtp.port,
		.rules = &p->rules,
		.helo = line->helo,
		.sender = p->conf->identity.sender,
		.connect_timeout_ms = p->conf->smtp.connect_timeout_ms,
		.reply_timeout_ms = p->conf->smtp.reply_timeout_ms,
		.session_timeout_ms = p->conf->smtp.session_timeout_ms,
	};

	put_in_order(p, &sp.addr, &sp.other);
	if (!choose_sources(line, &sp))
		return NULL;
	if (p->conf->smtp.tls == TLS_MAY && !hostmem_has(p->memory,
	    &peer->addr, HABIT_NO_TLS, clock_mono_ms()))
		sp.tls = p->tls;
	return session_open(&sp, &line_events, line);
}

static void
tell_dialling(struct ask *a, const struct peer *peer)
{
	char text[384], ip[NET_TEXT_SIZE];

	net_addr_text(&peer->addr, ip);
	snprintf(text, sizeof text, "connecting to %s [%s]", peer->host, ip);
	ask_tell(a, STORY_CONNECT, text);
}

bool
line_open(struct peer *peer)
{
	struct line *line = calloc(1, sizeof *line);
	struct ask *a = peer->waiting;
	int err = ENOMEM;

	if (line != NULL) {
		line->peer = peer;
		line->opened_ms = line->charged_ms = clock_mono_ms();
		line->conf = conf_ref(peer->peers->conf);
		line->linger = evtimer_new(peer->peers->base, on_linger, line);
	}
	tell_dialling(a, peer);
	if (line != NULL && line->linger != NULL &&
	    (line->session = line_dial(line, a)) != NULL) {
		DL_APPEND(peer->lines, line);
		peer->line_count++;
		peer->peers->stats.sessions++;
		peer->peers->stats.opened++;
		counters_add(peer->peers->counters, line->source,
		    peer->provider, COUNT_CONNECTS, 1);
		line->single = a->params.own_session;
		line_take(line, a);
		return true;
	}
	if (line != NULL && line->linger != NULL)
		err = errno;
	if (line != NULL && line->linger != NULL)
		event_free(line->linger);
	if (line != NULL)
		conf_unref(line->conf);
	free(line);
	ask_tell(a, STORY_CONNECT, strerror(err));
	peer_fail_all(peer, err == ENOMEM || err == EMFILE || err == ENFILE ||
	    err == EADDRNOTAVAIL ? FAULT_LOCAL : FAULT_CONNECT, STAGE_CONNECT, NULL);
	return false;
}
