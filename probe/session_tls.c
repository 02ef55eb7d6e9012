/*
 * session_tls: what is done when the server is ready for a handshake, and how
 * that ended.
 */
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "probe/session_internal.h"

static void
shake_hands(struct session *s)
{
	evutil_socket_t fd = bufferevent_getfd(s->bev);
	struct bufferevent *secure;

	secure = tls_bufferevent(s->p.tls, s->p.base, fd, s->host,
	    &s->addr);
	if (secure == NULL) {
		session_fail(s, FAULT_LOCAL);
		return;
	}
	bufferevent_setfd(s->bev, -1);
	bufferevent_free(s->bev);
	s->bev = NULL;
	if (!session_attach(s, secure)) {
		session_fail(s, FAULT_LOCAL);
		return;
	}
	session_step_within(s, s->p.reply_timeout_ms);
}

/*
 * What they said while it waited is none of the handshake's: if it has been
 * read in this turn it must be heard before that connection is given up.
 */
void
session_on_place(void *arg)
{
	struct session *s = arg;

	session_wait_on(s);
	if (evbuffer_get_length(bufferevent_get_input(s->bev)) > 0)
		session_on_read(s->bev, s);
	else
		shake_hands(s);
}

void
session_start_tls(struct session *s)
{
	if (s->p.handshakes == NULL ||
	    handshakes_enter(s->p.handshakes, &s->handshake))
		shake_hands(s);
}

void
session_tell_tls_error(struct session *s)
{
	char why[128], line[192];

	tls_error(s->bev, why, sizeof why);
	snprintf(line, sizeof line, "TLS handshake failed: %s",
	    why[0] != '\0' ? why : "connection closed");
	session_tell(s, STORY_CONNECT, line);
}

/* TLS 1.3, and what is resumed, wait once; a whole TLS 1.2 twice. */
static uint32_t
handshake_trips(const char *version)
{
	return strncmp(version, "TLSv1.3", 7) == 0 ||
	    strstr(version, "resumed") != NULL ? 1 : 2;
}

void
session_encrypted(struct session *s)
{
	struct smtp_step step;
	char line[64];

	handshakes_leave(&s->handshake);
	snprintf(line, sizeof line, "encrypted: %s", tls_version(s->bev));
	s->use.round_trips += handshake_trips(tls_version(s->bev));
	session_tell(s, STORY_CONNECT, line);
	smtp_encrypted(&s->smtp, &step);
	session_act(s, &step);
}
