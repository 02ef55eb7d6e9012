/*
 * session_tls: the handshake of a session.
 *
 * Its descriptor is parked while the host is to answer: with thousands of
 * answers at once the loop would be told of all of them in every turn, and an
 * answer takes as long to work through as hundreds of replies.
 */
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "probe/session_internal.h"

/* TLS 1.3, and what is resumed, wait once; a whole TLS 1.2 twice. */
static uint32_t
handshake_trips(const char *version)
{
	return strncmp(version, "TLSv1.3", 7) == 0 ||
	    strstr(version, "resumed") != NULL ? 1 : 2;
}

static void
done(struct session *s)
{
	struct tls_shake *shake = s->shake;
	struct smtp_step step;
	char line[64];

	s->shake = NULL;
	session_stop_tls(s);
	if (!session_attach(s, tls_shake_bufferevent(shake, s->p.base))) {
		session_fail(s, FAULT_LOCAL);
		return;
	}
	snprintf(line, sizeof line, "encrypted: %s", tls_version(s->bev));
	s->use.round_trips += handshake_trips(tls_version(s->bev));
	session_tell(s, STORY_CONNECT, line);
	smtp_encrypted(&s->smtp, &step);
	session_act(s, &step);
}

static void
failed(struct session *s)
{
	char why[128], line[192];

	tls_shake_error(s->shake, why, sizeof why);
	snprintf(line, sizeof line, "TLS handshake failed: %s",
	    why[0] != '\0' ? why : "connection closed");
	session_tell(s, STORY_CONNECT, line);
	session_fail(s, FAULT_TLS);
}

/* In plain they may do better. */
void
session_tls_is_late(struct session *s)
{
	session_tell(s, STORY_CONNECT,
	    "TLS handshake failed: it did not end in time");
	session_fail(s, FAULT_TLS);
}

static void
go_on(struct session *s)
{
	switch (tls_shake(s->shake)) {
	case TLS_DONE:
		done(s);
		return;
	case TLS_READS:
		if (!parking_enter(s->p.parking, &s->answered,
		    tls_shake_fd(s->shake)))
			session_fail(s, FAULT_LOCAL);
		return;
	case TLS_WRITES:
		if (event_add(s->shake_event, NULL) == -1)
			session_fail(s, FAULT_LOCAL);
		return;
	case TLS_FAILED:
		failed(s);
		return;
	}
}

static void
on_step(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

/* A callback each: several of them would hold the loop for long. */
void
session_on_tls_answer(void *arg)
{
	struct session *s = arg;

	event_active(s->shake_event, EV_READ, 0);
}

static bool
begin(struct session *s)
{
	evutil_socket_t fd = bufferevent_getfd(s->bev);

	s->shake_event = event_new(s->p.base, fd, EV_WRITE, on_step, s);
	if (s->shake_event == NULL)
		return false;
	s->shake = tls_shake_new(s->p.tls, fd, s->host, &s->addr);
	if (s->shake == NULL)
		return false;
	bufferevent_setfd(s->bev, -1);
	bufferevent_free(s->bev);
	s->bev = NULL;
	return true;
}

void
session_start_tls(struct session *s)
{
	/* Said in plain: libevent read more than is taken at once. */
	if (evbuffer_get_length(bufferevent_get_input(s->bev)) > 0) {
		session_on_read(s->bev, s);
		return;
	}
	if (!begin(s)) {
		session_fail(s, FAULT_LOCAL);
		return;
	}
	session_step_within(s, s->p.reply_timeout_ms);
	event_active(s->shake_event, EV_WRITE, 0);
}

void
session_stop_tls(struct session *s)
{
	parking_leave(&s->answered);
	if (s->shake_event != NULL)
		event_free(s->shake_event);
	s->shake_event = NULL;
	tls_shake_free(s->shake);
	s->shake = NULL;
}
