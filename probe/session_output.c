/*
 * session_output: what a session says, and how both sides' words are told.
 */
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "probe/session_internal.h"

#define CODE_LEN	4		/* "250-" */
#define RCPT		"RCPT TO:<"

/* "250-"; a code has three digits. */
static size_t
put_code(char *out, unsigned code)
{
	out[0] = (char)('0' + code / 100 % 10);
	out[1] = (char)('0' + code / 10 % 10);
	out[2] = (char)('0' + code % 10);
	out[3] = '-';
	return CODE_LEN;
}

void
session_tell_lines(struct session *s, enum story_kind kind, const char *text,
    unsigned code)
{
	char line[EVIDENCE_TEXT_MAX + 8];
	const size_t room = sizeof line - 1 - CODE_LEN;
	const char *end;
	size_t len, at = 0;

	if (code != 0)
		at = put_code(line, code);
	for (; *text != '\0' || code != 0; text = end) {
		len = strcspn(text, "\r\n");
		end = text + len;
		end += strspn(end, "\r");
		end += *end == '\n';
		if (code != 0)
			line[CODE_LEN - 1] = *end == '\0' ? ' ' : '-';
		if (len > room)
			len = room;
		memcpy(line + at, text, len);
		line[at + len] = '\0';
		session_tell(s, kind, line);
		if (*end == '\0')
			break;
	}
}

/* A group fits. Were it not so, no reply would come, and time would end it. */
static void
hold_back(struct session_cork *cork, const char *text, size_t len)
{
	if (len > sizeof cork->text - cork->len)
		return;
	memcpy(cork->text + cork->len, text, len);
	cork->len += len;
}

/*
 * At once: what we say is short and the socket mostly takes it, which spares
 * the loop a turn and two calls that ask for its being writable. bufferevent
 * takes what is left, and finds out about errors.
 */
static void
say(struct session *s, const char *text, size_t len)
{
	ssize_t n = 0;

	if (s->corked != NULL) {
		hold_back(s->corked, text, len);
		return;
	}
	if (!s->smtp.encrypted &&
	    evbuffer_get_length(bufferevent_get_output(s->bev)) == 0)
		n = send(bufferevent_getfd(s->bev), text, len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		n = 0;
	/* Without memory the reply does not come, and time ends it. */
	if ((size_t)n < len)
		bufferevent_write(s->bev, text + n, len - (size_t)n);
}

void
session_send(struct session *s, const struct smtp_step *step)
{
	session_tell_lines(s, STORY_SENT, step->send, 0);
	s->use.sent += step->send_len;
	/* No address holds CRLF, so only a command begins like that. */
	s->use.rcpts += strncmp(step->send, RCPT, strlen(RCPT)) == 0 ||
	    strstr(step->send, "\r\n" RCPT) != NULL;
	say(s, step->send, step->send_len);
}

void
session_cork(struct session *s, struct session_cork *cork)
{
	cork->len = 0;
	s->corked = cork;
}

void
session_uncork(struct session *s)
{
	const struct session_cork *cork = s->corked;

	s->corked = NULL;
	if (cork->len > 0)
		say(s, cork->text, cork->len);
}
