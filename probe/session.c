#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "common/log.h"
#include "common/text.h"
#include "probe/session.h"

#define QUIT_WAIT_MS	2000
#define READ_MAX	(2 * REPLY_LINE_MAX)

struct session {
	struct session_params p;
	const struct session_events *ev;
	void *arg;
	struct bufferevent *bev;
	struct event *step_timer;	/* connect, one reply, QUIT */
	struct event *limit_timer;	/* session_timeout */
	struct event *turn;		/* idle, said in a turn of its own */
	struct smtp_params sp;
	struct smtp smtp;
	struct reply reply;
	bool reply_taken;		/* the next octet begins a new one */
	size_t bytes;
	bool connected;
	bool ending;			/* only QUIT's answer is waited for */
	enum fault unasked;		/* to be told in the next turn */
	char host[256];
};

static void on_read(struct bufferevent *bev, void *arg);

static void
arm(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	evtimer_add(timer, &tv);
}

static void
tell(struct session *s, enum story_kind kind, const char *text)
{
	s->ev->tell(s->arg, kind, text);
}

/* Tells each CRLF- or LF-ended line of text as a step of its own. */
static void
tell_lines(struct session *s, enum story_kind kind, const char *text,
    unsigned code)
{
	char line[EVIDENCE_TEXT_MAX + 8];
	const char *end;
	size_t len;

	for (; *text != '\0' || code != 0; text = end) {
		len = strcspn(text, "\r\n");
		end = text + len;
		end += strspn(end, "\r");
		end += *end == '\n';
		if (code != 0)
			snprintf(line, sizeof line, "%03u%c%.*s", code,
			    *end == '\0' ? ' ' : '-', (int)len, text);
		else
			snprintf(line, sizeof line, "%.*s", (int)len, text);
		tell(s, kind, line);
		if (*end == '\0')
			break;
	}
}

static void
rest(struct session *s)
{
	evtimer_del(s->step_timer);
	evtimer_del(s->limit_timer);
	event_del(s->turn);
}

static void act(struct session *s, const struct smtp_step *step);

/* over follows: after QUIT's answer, or in the next turn. */
static void
end(struct session *s, const struct smtp_step *step)
{
	rest(s);
	s->ending = true;
	if (step->act == SMTP_DO_SEND || step->act == SMTP_DO_READ) {
		act(s, step);
		arm(s->step_timer, QUIT_WAIT_MS);
		return;
	}
	if (s->bev != NULL)
		bufferevent_disable(s->bev, EV_READ);
	arm(s->step_timer, 0);
}

static void
fail(struct session *s, enum fault fault)
{
	static const struct smtp_step hang_up = { .act = SMTP_DO_CLOSE };
	enum stage stage = s->connected ? smtp_stage(&s->smtp) : STAGE_CONNECT;

	if (s->ending) {
		s->ev->over(s->arg);
		return;
	}
	end(s, &hang_up);
	s->ev->failed(s->arg, stage, fault);
}

/* A handshake that stalls is one that failed: in plain they may do better. */
static enum fault
silence(const struct session *s)
{
	if (!s->connected)
		return FAULT_CONNECT;
	return s->smtp.state == SMTP_TLS ? FAULT_TLS : FAULT_TIMEOUT;
}

static void
on_step_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	fail(s, silence(s));
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail(arg, FAULT_TIMEOUT);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	if (s->unasked != FAULT_NONE) {
		enum fault fault = s->unasked;

		s->unasked = FAULT_NONE;
		event_active(s->turn, EV_TIMEOUT, 0);
		s->ev->unasked(s->arg, fault);
	} else {
		s->ev->idle(s->arg);
	}
}

static void
tell_tls_error(struct session *s)
{
	char why[128], line[192];

	tls_error(s->bev, why, sizeof why);
	snprintf(line, sizeof line, "TLS handshake failed: %s",
	    why[0] != '\0' ? why : "connection closed");
	tell(s, STORY_CONNECT, line);
}

static void
on_connected(struct session *s)
{
	char line[64];

	if (s->smtp.state == SMTP_TLS) {
		struct smtp_step step;

		snprintf(line, sizeof line, "%s established",
		    tls_version(s->bev));
		tell(s, STORY_CONNECT, line);
		smtp_encrypted(&s->smtp, &step);
		act(s, &step);
		return;
	}
	s->connected = true;
	tell(s, STORY_CONNECT, "connected");
	arm(s->step_timer, s->p.reply_timeout_ms);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct session *s = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		if (!s->ending)		/* it was given up in this very turn */
			on_connected(s);
		return;
	}
	if (s->smtp.state == SMTP_TLS) {
		tell_tls_error(s);
		fail(s, FAULT_TLS);
		return;
	}
	if (!s->connected)
		tell(s, STORY_CONNECT, strerror(EVUTIL_SOCKET_ERROR()));
	else if (!s->ending)
		tell(s, STORY_CONNECT, what & BEV_EVENT_EOF ?
		    "they closed the connection" : "the connection was reset");
	fail(s, s->connected ? FAULT_CLOSED : FAULT_CONNECT);
}

/*
 * No high watermark: libevent reads some 16 KiB in a turn at most, on_read
 * leaves nothing behind, and to set one without memory ends the process.
 */
static bool
attach(struct session *s, struct bufferevent *bev)
{
	if (bev == NULL)
		return false;
	s->bev = bev;
	bufferevent_setcb(bev, on_read, NULL, on_event, s);
	return bufferevent_enable(bev, EV_READ | EV_WRITE) == 0;
}

static void
start_tls(struct session *s)
{
	evutil_socket_t fd = bufferevent_getfd(s->bev);
	struct bufferevent *secure;

	secure = tls_bufferevent(s->p.tls, s->p.base, fd, s->host);
	if (secure == NULL) {
		fail(s, FAULT_LOCAL);
		return;
	}
	bufferevent_setfd(s->bev, -1);
	bufferevent_free(s->bev);
	s->bev = NULL;
	if (!attach(s, secure)) {
		fail(s, FAULT_LOCAL);
		return;
	}
	arm(s->step_timer, s->p.reply_timeout_ms);
}

static void
act(struct session *s, const struct smtp_step *step)
{
	switch (step->act) {
	case SMTP_DO_SEND:
		tell_lines(s, STORY_SENT, step->send, 0);
		/* Without memory the reply does not come, and time ends it. */
		bufferevent_write(s->bev, step->send, step->send_len);
		arm(s->step_timer, s->p.reply_timeout_ms);
		break;
	case SMTP_DO_READ:
		arm(s->step_timer, s->p.reply_timeout_ms);
		break;
	case SMTP_DO_TLS:
		start_tls(s);
		break;
	case SMTP_DO_IDLE:
		rest(s);
		event_active(s->turn, EV_TIMEOUT, 0);
		break;
	case SMTP_DO_CLOSE:
		arm(s->step_timer, 0);
		s->ending = true;
		break;
	}
}

static void
end_and_fail(struct session *s, const struct smtp_step *step,
    enum fault fault)
{
	end(s, step);
	s->ev->failed(s->arg, step->stage, fault);
}

/* True if input that is left may be read on in this turn. */
static bool
follow(struct session *s, const struct smtp_step *step)
{
	if (s->ending) {
		end(s, step);
		return false;
	}
	switch (step->outcome) {
	case SMTP_NOTHING:
	case SMTP_IS_READY:
		act(s, step);
		return step->act == SMTP_DO_READ;
	case SMTP_ANSWER:
		act(s, step);
		s->ev->answer(s->arg, &s->reply);
		return false;
	case SMTP_NO_SMTPUTF8:
		s->unasked = FAULT_NO_SMTPUTF8;
		act(s, step);
		return false;
	case SMTP_UNSENDABLE:
		s->unasked = FAULT_LOCAL;
		act(s, step);
		return false;
	case SMTP_REFUSED:
		end(s, step);
		s->ev->refused(s->arg, step->stage, &s->reply);
		return false;
	case SMTP_SESSION_OVER:
		end_and_fail(s, step, FAULT_CLOSED);
		return false;
	case SMTP_BAD_REPLY:
		tell(s, STORY_NOTE, "that code cannot answer this command");
		end_and_fail(s, step, FAULT_PROTOCOL);
		return false;
	case SMTP_SAID_TOO_MUCH:
		tell(s, STORY_NOTE, "they said more than they were asked");
		end_and_fail(s, step, FAULT_PROTOCOL);
		return false;
	}
	return false;
}

static bool
on_reply(struct session *s, const char *left, size_t left_len)
{
	struct smtp_step step;
	char behind[4];
	struct evbuffer *in = bufferevent_get_input(s->bev);

	tell_lines(s, STORY_RECEIVED, s->reply.text, s->reply.code);
	s->reply_taken = true;
	if (left_len == 0 && evbuffer_get_length(in) > 0) {
		left_len = (size_t)evbuffer_copyout(in, behind, sizeof behind);
		left = behind;
	}
	smtp_reply(&s->smtp, &s->reply, left, left_len, &step);
	return follow(s, &step);
}

/* Takes octets of in; *used says how many. True: read on. */
static bool
take(struct session *s, const char *in, size_t len, size_t *used)
{
	struct smtp_step step;
	enum reply_status status;

	if (!smtp_owed(&s->smtp)) {
		*used = len;
		smtp_early(&s->smtp, in, len, &step);
		return follow(s, &step);
	}
	if (s->reply_taken)
		reply_reset(&s->reply);
	s->reply_taken = false;
	status = reply_feed(&s->reply, in, len, used);
	if (status == REPLY_DONE)
		return on_reply(s, in + *used, len - *used);
	if (status == REPLY_MORE)
		return true;
	tell(s, STORY_NOTE, reply_status_text(status));
	fail(s, FAULT_PROTOCOL);
	return false;
}

/* True: all of it was taken, and more may be read in this turn. */
static bool
take_all(struct session *s, const char *data, size_t len)
{
	size_t at = 0, used;

	s->bytes += len;
	if (s->bytes > SESSION_BYTES_MAX) {
		tell(s, STORY_NOTE, "they sent more than 64 KiB");
		fail(s, FAULT_PROTOCOL);
		return false;
	}
	for (; at < len; at += used)
		if (!take(s, data + at, len - at, &used))
			return false;
	return true;
}

/*
 * Octets leave the buffer before they are looked at: what they lead to may
 * end the session, or replace the connection by one under TLS. A step that
 * does not read on has left nothing behind it, or made it the session's end.
 */
static void
on_read(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;
	char data[READ_MAX];
	int n;

	do {
		n = evbuffer_remove(bufferevent_get_input(bev), data,
		    sizeof data);
	} while (n > 0 && take_all(s, data, (size_t)n));
}

static bool
make_events(struct session *s)
{
	s->step_timer = evtimer_new(s->p.base, on_step_timeout, s);
	s->limit_timer = evtimer_new(s->p.base, on_limit, s);
	s->turn = event_new(s->p.base, -1, 0, on_turn, s);
	return s->step_timer != NULL && s->limit_timer != NULL &&
	    s->turn != NULL;
}

/* A NULL address tells libevent that connect() is under way on fd. */
static bool
watch_connect(struct session *s, int fd)
{
	struct bufferevent *bev;

	bev = bufferevent_socket_new(s->p.base, fd,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL) {
		evutil_closesocket(fd);
		return false;
	}
	return attach(s, bev) &&
	    bufferevent_socket_connect(bev, NULL, 0) == 0;
}

struct session *
session_open(const struct session_params *p,
    const struct session_events *events, void *arg)
{
	struct session *s;
	int fd;

	fd = dial(&p->addr, p->port, p->source, p->rules);
	if (fd == -1)
		return NULL;
	if ((s = calloc(1, sizeof *s)) == NULL) {
		evutil_closesocket(fd);
		errno = ENOMEM;
		return NULL;
	}
	s->p = *p;
	s->ev = events;
	s->arg = arg;
	text_copy(s->host, p->host != NULL ? p->host : "", sizeof s->host);
	s->sp.helo = p->helo;
	s->sp.sender = p->sender;
	s->sp.tls = p->tls != NULL;
	if (!smtp_begin(&s->smtp, &s->sp)) {
		evutil_closesocket(fd);
		free(s);
		errno = EINVAL;
		return NULL;
	}
	reply_reset(&s->reply);
	if (!make_events(s)) {
		evutil_closesocket(fd);
		session_free(s);
		errno = ENOMEM;
		return NULL;
	}
	if (!watch_connect(s, fd)) {
		session_free(s);
		errno = ENOMEM;
		return NULL;
	}
	arm(s->step_timer, p->connect_timeout_ms);
	arm(s->limit_timer, p->session_timeout_ms);
	return s;
}

void
session_ask(struct session *s, const struct address *rcpt)
{
	struct smtp_step step;

	arm(s->limit_timer, s->p.session_timeout_ms);
	smtp_recipient(&s->smtp, rcpt, &step);
	if (step.outcome == SMTP_NO_SMTPUTF8)
		s->unasked = FAULT_NO_SMTPUTF8;
	else if (step.outcome == SMTP_UNSENDABLE)
		s->unasked = FAULT_LOCAL;
	act(s, &step);
}

void
session_leave(struct session *s)
{
	struct smtp_step step;

	smtp_quit(&s->smtp, &step);
	end(s, &step);
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
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
	free(s);
}

const char *
session_tls(const struct session *s)
{
	return s->smtp.encrypted ? tls_version(s->bev) : "";
}
