#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>

#include "common/text.h"
#include "probe/loop.h"
#include "probe/session_internal.h"

#define QUIT_WAIT_MS	2000
#define PARK_MS		500	/* without a word; most answer sooner */
#define TURN_MS		3	/* at most */

/* Without memory for it, the time is up at once. */
static void
arm(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	if (evtimer_add(timer, &tv) == -1)
		event_active(timer, EV_TIMEOUT, 0);
}

void
session_tell(struct session *s, enum story_kind kind, const char *text)
{
	s->ev->tell(s->arg, kind, text);
}

/* --- time ---------------------------------------------------------------- */

void
session_step_within(struct session *s, int64_t ms)
{
	s->more_ms = 0;
	arm(s->step_timer, ms);
}

/* Of a reply that is long in coming, the second part of the time is parked. */
static void
wait_reply(struct session *s)
{
	int64_t ms = s->p.reply_timeout_ms;

	if (s->p.parking == NULL || ms <= PARK_MS) {
		session_step_within(s, ms);
		return;
	}
	session_step_within(s, PARK_MS);
	s->more_ms = ms - PARK_MS;
}

/* Without memory for that, it is heard as before. */
static void
park(struct session *s)
{
	session_step_within(s, s->more_ms);
	if (parking_enter(s->p.parking, &s->parked,
	    bufferevent_getfd(s->bev)))
		bufferevent_disable(s->bev, EV_READ);
}

/* Without memory for it the reply does not come, and time ends it. */
static void
hear(void *arg)
{
	struct session *s = arg;

	bufferevent_enable(s->bev, EV_READ);
}

void
session_unpark(struct session *s)
{
	if (s->parked.parking == NULL)
		return;
	parking_leave(&s->parked);
	hear(s);
}

static void
rest(struct session *s)
{
	connect_cancel(s->connect);
	s->connect = NULL;
	evtimer_del(s->step_timer);
	evtimer_del(s->limit_timer);
	event_del(s->turn);
	session_stop_tls(s);
}

/*
 * over follows: after QUIT's answer, or in the next turn. The time for all
 * replies that are owed before QUIT is one.
 */
void
session_end(struct session *s, const struct smtp_step *step)
{
	if (s->ending && step->act == SMTP_DO_READ)
		return;
	rest(s);
	s->ending = true;
	if (step->act == SMTP_DO_SEND || step->act == SMTP_DO_READ) {
		session_unpark(s);
		session_act(s, step);
		session_step_within(s, QUIT_WAIT_MS);
		return;
	}
	parking_leave(&s->parked);
	if (s->bev != NULL)
		bufferevent_disable(s->bev, EV_READ);
	session_step_within(s, 0);
}

void
session_fail(struct session *s, enum fault fault)
{
	static const struct smtp_step hang_up = { .act = SMTP_DO_CLOSE };
	enum stage stage = s->connected ? smtp_stage(&s->smtp) : STAGE_CONNECT;

	if (s->ending) {
		s->ev->over(s->arg);
		return;
	}
	session_tell_held(s);
	session_end(s, &hang_up);
	s->ev->failed(s->arg, stage, fault);
}

/* The loop may have no quiet moment: clients ask for as long as they like. */
static void
wait_turn(struct session *s)
{
	event_active(s->turn, EV_TIMEOUT, 0);
	session_step_within(s, TURN_MS);
}

static void
take_turn(struct session *s)
{
	enum fault fault = s->unasked;

	evtimer_del(s->step_timer);
	if (fault != FAULT_NONE) {
		s->unasked = FAULT_NONE;
		wait_turn(s);
		s->ev->unasked(s->arg, fault);
	} else {
		s->ev->idle(s->arg);
	}
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	take_turn(arg);
}

static void
on_step_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	if (event_pending(s->turn, EV_TIMEOUT, NULL)) {
		event_del(s->turn);
		take_turn(s);
		return;
	}
	if (s->more_ms > 0) {
		park(s);
		return;
	}
	if (s->shake != NULL)
		session_tls_is_late(s);
	else
		session_fail(s, FAULT_TIMEOUT);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	session_fail(s, FAULT_TIMEOUT);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct session *s = arg;

	(void)bev;
	session_tell_held(s);
	if (!s->ending)
		session_tell(s, STORY_CONNECT, what & BEV_EVENT_EOF ?
		    "they closed the connection" : "the connection was reset");
	session_fail(s, FAULT_CLOSED);
}

/*
 * No high watermark: libevent reads some 16 KiB in a turn at most,
 * session_on_read leaves nothing behind for long, and to set one without
 * memory ends the process.
 */
bool
session_attach(struct session *s, struct bufferevent *bev)
{
	if (bev == NULL)
		return false;
	s->bev = bev;
	bufferevent_setcb(bev, session_on_read, NULL, on_event, s);
	return bufferevent_enable(bev, EV_READ | EV_WRITE) == 0;
}

void
session_act(struct session *s, const struct smtp_step *step)
{
	switch (step->act) {
	case SMTP_DO_SEND:
		session_send(s, step);
		s->use.round_trips++;
		wait_reply(s);
		break;
	case SMTP_DO_READ:
		wait_reply(s);
		break;
	case SMTP_DO_TLS:
		evtimer_del(s->step_timer);
		session_start_tls(s);
		break;
	case SMTP_DO_IDLE:
		rest(s);
		wait_turn(s);
		break;
	case SMTP_DO_CLOSE:
		session_step_within(s, 0);
		s->ending = true;
		break;
	}
}

static bool
make_events(struct session *s)
{
	s->step_timer = evtimer_new(s->p.base, on_step_timeout, s);
	s->limit_timer = evtimer_new(s->p.base, on_limit, s);
	s->turn = event_new(s->p.base, -1, 0, on_turn, s);
	return s->step_timer != NULL && s->limit_timer != NULL &&
	    s->turn != NULL && event_priority_set(s->turn, LOOP_LATER) == 0;
}

static void
on_connect(void *arg, int fd, const struct net_addr *addr, int err)
{
	struct session *s = arg;
	char ip[NET_TEXT_SIZE], line[96];
	struct bufferevent *bev;

	s->connect = NULL;
	if (fd == -1) {
		session_tell(s, STORY_CONNECT, strerror(err));
		session_fail(s, FAULT_CONNECT);
		return;
	}
	if (!net_addr_equal(addr, &s->addr)) {
		s->other = s->addr;
		s->addr = *addr;
	}
	s->connected = true;
	s->use.round_trips += 2;	/* this, and the banner to come */
	bev = bufferevent_socket_new(s->p.base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL)
		evutil_closesocket(fd);
	if (!session_attach(s, bev)) {
		session_fail(s, FAULT_LOCAL);
		return;
	}
	net_addr_text(addr, ip);
	snprintf(line, sizeof line, "connected%s%s",
	    s->other.family != 0 ? " to " : "",
	    s->other.family != 0 ? ip : "");
	session_tell(s, STORY_CONNECT, line);
	wait_reply(s);
}

static void
on_other(void *arg, const struct net_addr *other)
{
	struct session *s = arg;
	char ip[NET_TEXT_SIZE], line[96];

	s->other = *other;
	net_addr_text(other, ip);
	snprintf(line, sizeof line, "no answer in %d ms; connecting to %s too",
	    CONNECT_OTHER_MS, ip);
	session_tell(s, STORY_CONNECT, line);
}

static bool
start(struct session *s)
{
	struct connect_params cp = {
		.base = s->p.base,
		.addr = s->p.addr,
		.other = s->p.other,
		.source = s->p.source,
		.other_source = s->p.other_source,
		.port = s->p.port,
		.rules = s->p.rules,
		.timeout_ms = s->p.connect_timeout_ms,
	};

	errno = EINVAL;
	if (!smtp_begin(&s->smtp, &s->sp))
		return false;
	errno = ENOMEM;
	if (!make_events(s))
		return false;
	s->connect = connect_start(&cp, on_connect, on_other, s);
	if (s->connect == NULL)
		return false;
	arm(s->limit_timer, s->p.session_timeout_ms);
	return true;
}

struct session *
session_open(const struct session_params *p,
    const struct session_events *events, void *arg)
{
	struct session *s = calloc(1, sizeof *s);
	int saved;

	if (s == NULL)
		return NULL;
	s->p = *p;
	s->ev = events;
	s->arg = arg;
	s->parked.ready = hear;
	s->parked.arg = s;
	s->answered.ready = session_on_tls_answer;
	s->answered.arg = s;
	s->addr = p->addr;
	text_copy(s->host, p->host != NULL ? p->host : "", sizeof s->host);
	s->sp.helo = p->helo;
	s->sp.sender = p->sender;
	s->sp.tls = p->tls != NULL;
	if (start(s))
		return s;
	saved = errno;
	session_free(s);
	errno = saved;
	return NULL;
}

void
session_wait_on(struct session *s)
{
	arm(s->limit_timer, s->p.session_timeout_ms);
}

void
session_ask(struct session *s, const struct address *rcpt)
{
	struct smtp_step step;

	session_wait_on(s);
	smtp_recipient(&s->smtp, rcpt, &step);
	if (step.outcome == SMTP_NO_SMTPUTF8)
		s->unasked = FAULT_NO_SMTPUTF8;
	else if (step.outcome == SMTP_UNSENDABLE)
		s->unasked = FAULT_LOCAL;
	session_act(s, &step);
}

bool
session_ask_behind(struct session *s, const struct address *rcpt)
{
	struct smtp_step step;

	if (!smtp_behind(&s->smtp, rcpt, &step))
		return false;
	session_send(s, &step);
	return true;
}

void
session_leave(struct session *s)
{
	struct smtp_step step;

	smtp_quit(&s->smtp, &step);
	session_end(s, &step);
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	connect_cancel(s->connect);
	parking_leave(&s->parked);
	session_stop_tls(s);
	if (s->bev != NULL && s->smtp.encrypted)
		tls_farewell(s->bev);
	if (s->bev != NULL)
		bufferevent_free(s->bev);
	if (s->step_timer != NULL)
		event_free(s->step_timer);
	if (s->limit_timer != NULL)
		event_free(s->limit_timer);
	if (s->turn != NULL)
		event_free(s->turn);
	free(s->reply);
	free(s->held);
	free(s);
}

bool
session_is_countable(const struct session *s)
{
	return !s->smtp.alike;
}

const char *
session_tls(const struct session *s)
{
	return s->smtp.encrypted ? tls_version(s->bev) : "";
}

void
session_addresses(const struct session *s, struct net_addr *addr,
    struct net_addr *other)
{
	*addr = s->addr;
	*other = s->other;
}

void
session_use(const struct session *s, struct session_use *out)
{
	*out = s->use;
}
