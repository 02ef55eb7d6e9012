#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "probe/session_internal.h"

static void
end_and_fail(struct session *s, const struct smtp_step *step,
    enum fault fault)
{
	free(s->held);
	s->held = NULL;
	session_end(s, step);
	s->ev->failed(s->arg, step->stage, fault);
}

static void
count_octets(struct session *s)
{
	s->use.received += s->uncounted;
	s->uncounted = 0;
}

void
session_tell_held(struct session *s)
{
	struct reply_kept *held = s->held;
	struct reply reply;

	s->held = NULL;
	if (held != NULL) {
		reply_restore(&reply, held);
		s->ev->answer(s->arg, &reply);
	}
	free(held);
	count_octets(s);
}

/*
 * With a reply too many before it, what looks like the recipient's success is
 * MAIL's, and his own reply comes as that to the next RSET. So it is held until
 * that one is known. True: read on.
 */
static bool
on_answer(struct session *s, const struct smtp_step *step,
    const struct reply *reply)
{
	s->bytes = 0;
	session_act(s, step);
	if (step->act != SMTP_DO_READ || reply->code / 100 != 2) {
		s->ev->answer(s->arg, reply);
	} else if ((s->held = reply_keep(reply)) == NULL) {
		session_fail(s, FAULT_LOCAL);
		return false;
	}
	if (step->act != SMTP_DO_READ)
		return false;
	session_wait_on(s);
	return true;
}

/* RSET is refused, or the reply to the recipient before it came too late. */
static void
on_session_over(struct session *s, const struct smtp_step *step)
{
	if (s->held == NULL) {
		end_and_fail(s, step, FAULT_CLOSED);
		return;
	}
	session_tell(s, STORY_NOTE, "a success, and then a refusal of RSET: "
	    "it may be that of the recipient");
	end_and_fail(s, step, FAULT_PROTOCOL);
}

/* True if input that is left may be read on in this turn. */
static bool
follow(struct session *s, const struct smtp_step *step,
    const struct reply *reply)
{
	if (s->ending) {
		session_end(s, step);
		return step->act == SMTP_DO_READ;
	}
	switch (step->outcome) {
	case SMTP_NOTHING:
	case SMTP_IS_READY:
		session_act(s, step);
		return step->act == SMTP_DO_READ;
	case SMTP_ANSWER:
		return on_answer(s, step, reply);
	case SMTP_NO_SMTPUTF8:
		s->unasked = FAULT_NO_SMTPUTF8;
		session_act(s, step);
		return false;
	case SMTP_UNSENDABLE:
		s->unasked = FAULT_LOCAL;
		session_act(s, step);
		return false;
	case SMTP_REFUSED:
		session_end(s, step);
		s->ev->refused(s->arg, step->stage, reply);
		return false;
	case SMTP_SESSION_OVER:
		on_session_over(s, step);
		return false;
	case SMTP_BAD_REPLY:
		session_tell(s, STORY_NOTE,
		    "that code cannot answer this command");
		end_and_fail(s, step, FAULT_PROTOCOL);
		return false;
	case SMTP_SAID_TOO_MUCH:
		session_tell(s, STORY_NOTE,
		    "they said more than they were asked");
		end_and_fail(s, step, FAULT_PROTOCOL);
		return false;
	}
	return false;
}

/*
 * A refusal is told at once, and its session may be gone then. What is behind
 * it, the reply to a RCPT that went out with MAIL, is read in a later turn.
 */
static void
put_back(struct session *s, const char *left, size_t len)
{
	struct evbuffer *in = bufferevent_get_input(s->bev);

	if (len > 0 && evbuffer_prepend(in, left, len) == -1)
		return;			/* time ends it */
	s->bytes -= len;
	if (evbuffer_get_length(in) == 0)
		return;
	bufferevent_trigger(s->bev, EV_READ,
	    BEV_OPT_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
}

static bool
on_reply(struct session *s, const struct reply *reply, const char *left,
    size_t left_len)
{
	struct smtp_step step;
	char behind[4];
	const char *rest = left;
	size_t rest_len = left_len;

	if (rest_len == 0) {
		ev_ssize_t n = evbuffer_copyout(bufferevent_get_input(s->bev),
		    behind, sizeof behind);

		rest = behind;
		rest_len = n > 0 ? (size_t)n : 0;
	}
	smtp_reply(&s->smtp, reply, rest, rest_len, &step);
	if ((reply->code / 100 == 2 || reply->code == 421) &&
	    step.outcome != SMTP_SAID_TOO_MUCH)
		session_tell_held(s);
	count_octets(s);
	session_tell_lines(s, STORY_RECEIVED, reply->text, reply->code);
	if (step.outcome == SMTP_REFUSED && step.act == SMTP_DO_READ)
		put_back(s, left, left_len);
	return follow(s, &step, reply);
}

/* The rest of it comes in a later turn. */
static bool
keep_begun(struct session *s, const struct reply *reply)
{
	if ((s->reply = malloc(sizeof *s->reply)) == NULL) {
		session_fail(s, FAULT_LOCAL);
		return false;
	}
	*s->reply = *reply;
	return true;
}

/* What of it was begun in an earlier turn. */
static void
take_begun(struct session *s, struct reply *reply)
{
	if (s->reply == NULL) {
		reply_reset(reply);
		return;
	}
	*reply = *s->reply;
	free(s->reply);
	s->reply = NULL;
}

/* Takes octets of in; *used says how many. True: read on. */
static bool
take(struct session *s, const char *in, size_t len, size_t *used)
{
	struct smtp_step step;
	enum reply_status status;
	struct reply reply;

	if (!smtp_owed(&s->smtp)) {
		*used = len;
		s->use.received += len;
		smtp_early(&s->smtp, in, len, &step);
		return follow(s, &step, NULL);
	}
	take_begun(s, &reply);
	status = reply_feed(&reply, in, len, used);
	s->uncounted += *used;
	if (status == REPLY_DONE)
		return on_reply(s, &reply, in + *used, len - *used);
	if (status == REPLY_MORE)
		return keep_begun(s, &reply);
	session_tell_held(s);
	session_tell(s, STORY_NOTE, reply_status_text(status));
	session_fail(s, FAULT_PROTOCOL);
	return false;
}

/* True: all of it was taken, and more may be read in this turn. */
static bool
take_all(struct session *s, const char *data, size_t len)
{
	size_t at = 0, used;

	s->bytes += len;
	if (s->bytes > SESSION_BYTES_MAX) {
		session_tell(s, STORY_NOTE, "they sent more than 64 KiB");
		session_fail(s, FAULT_PROTOCOL);
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
void
session_on_read(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;
	char data[SESSION_READ_MAX];
	int n;

	session_unpark(s);
	do {
		n = evbuffer_remove(bufferevent_get_input(bev), data,
		    sizeof data);
	} while (n > 0 && take_all(s, data, (size_t)n));
}
