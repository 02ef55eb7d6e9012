#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "probe/peers_internal.h"

#define LINGER_MS	500	/* an idle session waits for the next question */
#define PLAIN_AGAIN_S	3600	/* after a failed handshake: no STARTTLS */

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

/* The session takes no more questions. */
static void
line_ends(struct line *line)
{
	evtimer_del(line->linger);
	line->idle = false;
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

static void
line_take(struct line *line, struct ask *a)
{
	char text[128];

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

static struct ask *
next_to_share(const struct peer *peer)
{
	struct ask *a;

	DL_FOREACH(peer->waiting, a)
		if (!a->params.own_session)
			return a;
	return NULL;
}

void
line_next(struct line *line)
{
	const struct timeval linger = { .tv_usec = LINGER_MS * 1000 };
	struct ask *a;

	if (line->answered >= (line->single ? 1 : line->peer->asks_max)) {
		line_leave(line);
		return;
	}
	if (line->ask == NULL && (a = next_to_share(line->peer)) != NULL)
		line_take(line, a);
	if (line->ask != NULL) {
		line->idle = false;
		evtimer_del(line->linger);
		session_ask(line->session, &line->ask->rcpt);
	} else {
		line->idle = true;
		/* Others may wait for a session; and without its timer ... */
		if (line->peer->peers->queue != NULL ||
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
line_answer(void *arg, const struct reply *reply)
{
	struct line *line = arg;

	line->answered++;
	if (line->ask != NULL)
		ask_finish(line->ask, FAULT_NONE, STAGE_RCPT, reply);
}

static void
line_unasked(void *arg, enum fault fault)
{
	struct line *line = arg;

	if (line->ask != NULL)
		ask_finish(line->ask, fault, STAGE_MAIL, NULL);
}

static bool
others_stand(const struct line *line)
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
static bool
once_more(struct line *line)
{
	struct ask *a = line->ask;

	if (a == NULL || a->again || a->params.done == NULL)
		return false;
	ask_tell(a, STORY_NOTE, "once more, on a new connection");
	line->ask = NULL;
	a->line = NULL;
	a->again = true;
	ask_queue_first(a);
	return true;
}

static void
line_refused(void *arg, enum stage stage, const struct reply *reply)
{
	struct line *line = arg;

	line_ends(line);
	if (line->answered > 0 && stage == STAGE_MAIL && once_more(line))
		return;
	if (line->ask != NULL)
		ask_finish(line->ask, FAULT_NONE, stage, reply);
	if (stage < STAGE_MAIL && !others_stand(line))
		peer_fail_all(line->peer, FAULT_NONE, stage, reply);
}

/* After a handshake that failed: in plain. */
static bool
worth_again(struct line *line, enum stage stage, enum fault fault)
{
	if (fault == FAULT_TLS) {
		line->peer->plain_until_ms =
		    clock_mono_ms() + PLAIN_AGAIN_S * 1000;
		return once_more(line);
	}
	return line->answered > 0 && stage >= STAGE_MAIL &&
	    fault == FAULT_CLOSED && once_more(line);
}

static void
line_failed(void *arg, enum stage stage, enum fault fault)
{
	struct line *line = arg;

	line_ends(line);
	if (line->ask == NULL || worth_again(line, stage, fault))
		return;
	ask_finish(line->ask, fault, stage, NULL);
	if (stage < STAGE_MAIL && !others_stand(line))
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

static const struct net_addr *
source_for(const struct peers *p, int family)
{
	size_t i;

	for (i = 0; i < p->conf->identity.source_count; i++)
		if (p->conf->identity.sources[i].address.family == family)
			return &p->conf->identity.sources[i].address;
	return NULL;
}

static struct session *
line_dial(struct line *line)
{
	struct peer *peer = line->peer;
	struct peers *p = peer->peers;
	struct session_params sp = {
		.base = p->base,
		.host = peer->host,
		.addr = peer->addr,
		.port = (uint16_t)p->conf->smtp.port,
		.source = source_for(p, peer->addr.family),
		.rules = &p->rules,
		.helo = p->conf->identity.helo,
		.sender = p->conf->identity.sender,
		.connect_timeout_ms = p->conf->smtp.connect_timeout_ms,
		.reply_timeout_ms = p->conf->smtp.reply_timeout_ms,
		.session_timeout_ms = p->conf->smtp.session_timeout_ms,
	};

	if (p->conf->smtp.tls == TLS_MAY &&
	    peer->plain_until_ms <= clock_mono_ms())
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
		line->opened_ms = clock_mono_ms();
		line->conf = conf_ref(peer->peers->conf);
		line->linger = evtimer_new(peer->peers->base, on_linger, line);
	}
	tell_dialling(a, peer);
	if (line != NULL && line->linger != NULL &&
	    (line->session = line_dial(line)) != NULL) {
		DL_APPEND(peer->lines, line);
		peer->line_count++;
		peer->peers->stats.sessions++;
		peer->peers->stats.opened++;
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
	peer_fail_all(peer, err == ENOMEM || err == EMFILE || err == ENFILE ?
	    FAULT_LOCAL : FAULT_CONNECT, STAGE_CONNECT, NULL);
	return false;
}
