/*
 * session_tls: how the handshake of a session ended.
 */
#include <stdio.h>
#include <string.h>

#include "probe/session_internal.h"

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
