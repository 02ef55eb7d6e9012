#include "probe/smtp.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

_Static_assert(SMTP_SEND_MAX > sizeof("RSET\r\n") +
    sizeof("MAIL FROM:<> SMTPUTF8\r\n") + ADDRESS_MAX +
    sizeof("RCPT TO:<>\r\n") + ADDRESS_MAX, "a pipelined group fits");
_Static_assert(SMTP_SEND_MAX > sizeof("EHLO \r\n") + SMTP_HELO_MAX,
    "EHLO fits");

#define TRANSACTION	3		/* RSET, MAIL, RCPT */

/*
 * In BANNER to DRAIN and QUIT the next reply is that to the command that the
 * state is named after. hangup is what a 421 tells then: it may come at any
 * time (RFC 5321, 3.8), and a session that it ends need not say QUIT.
 */
static const struct {
	enum stage stage;
	bool owed;
	enum smtp_outcome hangup;
} states[SMTP_STATE_COUNT] = {
	[SMTP_BANNER] = { STAGE_BANNER, true, SMTP_REFUSED },
	[SMTP_EHLO] = { STAGE_EHLO, true, SMTP_REFUSED },
	[SMTP_HELO] = { STAGE_EHLO, true, SMTP_REFUSED },
	[SMTP_STARTTLS] = { STAGE_STARTTLS, true, SMTP_REFUSED },
	[SMTP_TLS] = { STAGE_STARTTLS, false, SMTP_SAID_TOO_MUCH },
	[SMTP_READY] = { STAGE_MAIL, false, SMTP_SESSION_OVER },
	[SMTP_RSET] = { STAGE_RSET, true, SMTP_SESSION_OVER },
	[SMTP_MAIL] = { STAGE_MAIL, true, SMTP_REFUSED },
	[SMTP_RCPT] = { STAGE_RCPT, true, SMTP_ANSWER },
	[SMTP_DRAIN] = { STAGE_MAIL, true, SMTP_NOTHING },
	[SMTP_ANSWERED] = { STAGE_RSET, false, SMTP_SESSION_OVER },
	[SMTP_QUIT] = { STAGE_QUIT, true, SMTP_NOTHING },
	[SMTP_CLOSED] = { STAGE_QUIT, false, SMTP_SAID_TOO_MUCH },
};

bool
smtp_owed(const struct smtp *s)
{
	return states[s->state].owed;
}

enum stage
smtp_stage(const struct smtp *s)
{
	return states[s->state].stage;
}

static bool
has_no_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 32 || *s == 127)
			return false;
	return true;
}

static bool
is_plain(const char *s)
{
	while ((unsigned char)*s >= 32 && (unsigned char)*s < 127)
		s++;
	return *s == '\0';
}

bool
smtp_begin(struct smtp *s, const struct smtp_params *params)
{
	memset(s, 0, sizeof(*s));
	s->params = params;
	s->state = SMTP_BANNER;
	return params->helo[0] != '\0' &&
	    strlen(params->helo) <= SMTP_HELO_MAX &&
	    strlen(params->sender) <= ADDRESS_MAX &&
	    is_plain(params->helo) && is_plain(params->sender);
}

static void
step_clear(struct smtp_step *step, enum stage stage)
{
	step->act = SMTP_DO_READ;
	step->outcome = SMTP_NOTHING;
	step->stage = stage;
	step->send[0] = '\0';
	step->send_len = 0;
}

/*
 * Adds one command to what is to be sent: the parts up to NULL, and CRLF. It
 * fits, and has no line end within, since smtp_begin and smtp_recipient let
 * nothing else pass.
 */
static void
say(struct smtp_step *step, const char *part, ...)
{
	va_list ap;

	va_start(ap, part);
	for (; part != NULL; part = va_arg(ap, const char *))
		step->send_len += text_copy(step->send + step->send_len, part,
		    sizeof(step->send) - step->send_len);
	va_end(ap);
	step->send_len += text_copy(step->send + step->send_len, "\r\n",
	    sizeof(step->send) - step->send_len);
	step->act = SMTP_DO_SEND;
}

static void
say_mail(const struct smtp *s, struct smtp_step *step)
{
	say(step, "MAIL FROM:<", s->params->sender, ">",
	    s->rcpt.utf8_local ? " SMTPUTF8" : "", NULL);
}

static void
say_rcpt(const struct smtp *s, struct smtp_step *step)
{
	say(step, "RCPT TO:<", s->rcpt.local, "@", s->rcpt.domain, ">", NULL);
}

/*
 * Each of the following sets the step and returns the next state. First the
 * ways to end.
 */
static enum smtp_state
leave(struct smtp_step *step, enum smtp_outcome outcome)
{
	step->outcome = outcome;
	say(step, "QUIT", NULL);
	return SMTP_QUIT;
}

static enum smtp_state
hang_up(struct smtp_step *step, enum smtp_outcome outcome)
{
	step->outcome = outcome;
	step->act = SMTP_DO_CLOSE;
	step->send[0] = '\0';
	step->send_len = 0;
	return SMTP_CLOSED;
}

static enum smtp_state
start_mail(const struct smtp *s, struct smtp_step *step)
{
	say_mail(s, step);
	if (s->pipelining)
		say_rcpt(s, step);
	return SMTP_MAIL;
}

static enum smtp_state
be_ready(struct smtp_step *step)
{
	step->act = SMTP_DO_IDLE;
	step->outcome = SMTP_IS_READY;
	return SMTP_READY;
}

static enum smtp_state
greeted(const struct smtp *s, struct smtp_step *step)
{
	if (!s->starttls || !s->params->tls || s->encrypted)
		return be_ready(step);
	say(step, "STARTTLS", NULL);
	return SMTP_STARTTLS;
}

static enum smtp_state
on_banner(const struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code / 100 != 2)
		return leave(step, SMTP_REFUSED);
	say(step, "EHLO ", s->params->helo, NULL);
	return SMTP_EHLO;
}

static void
forget_ehlo(struct smtp *s)
{
	s->pipelining = s->starttls = s->smtputf8 = false;
	s->ehlo_cut = false;
}

static bool
keyword_is(const char *line, size_t len, const char *keyword)
{
	return strlen(keyword) == len && strncasecmp(line, keyword, len) == 0;
}

/* The first line of text is the greeting; each other one a keyword. */
static void
learn_ehlo(struct smtp *s, const struct reply *r)
{
	const char *line;
	size_t len;
	int i;

	forget_ehlo(s);
	s->ehlo_cut = r->text_len >= REPLY_TEXT_MAX;
	line = strchr(r->text, '\n');
	for (i = 0; line != NULL && i < SMTP_EHLO_LINES; i++) {
		line++;
		len = strcspn(line, " \t\r\n");
		if (keyword_is(line, len, "PIPELINING"))
			s->pipelining = true;
		else if (keyword_is(line, len, "STARTTLS"))
			s->starttls = true;
		else if (keyword_is(line, len, "SMTPUTF8"))
			s->smtputf8 = true;
		line = strchr(line, '\n');
	}
}

/*
 * "I do not know this" (RFC 5321, 3.2) asks for HELO. Any other refusal, as
 * 550 or 554, is said of us and HELO would change nothing.
 */
static enum smtp_state
on_ehlo(struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code / 100 == 2) {
		learn_ehlo(s, r);
		return greeted(s, step);
	}
	if (r->code != 500 && r->code != 501 && r->code != 502 &&
	    r->code != 504)
		return leave(step, SMTP_REFUSED);
	say(step, "HELO ", s->params->helo, NULL);
	return SMTP_HELO;
}

static enum smtp_state
on_helo(const struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code / 100 != 2)
		return leave(step, SMTP_REFUSED);
	return greeted(s, step);
}

/*
 * Of the successes only 220 starts TLS (RFC 3207, 4). After another one
 * nobody knows what the peer expects.
 */
static enum smtp_state
on_starttls(struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code == 220) {
		forget_ehlo(s);
		step->act = SMTP_DO_TLS;
		return SMTP_TLS;
	}
	if (r->code / 100 == 2)
		return hang_up(step, SMTP_BAD_REPLY);
	return be_ready(step);
}

/* With one reply too many or too few it is MAIL's or RCPT's that comes. */
static enum smtp_state
on_rset(struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code / 100 != 2)
		return s->pipelining ? hang_up(step, SMTP_SESSION_OVER) :
		    leave(step, SMTP_SESSION_OVER);
	s->alike = s->mail_mark == reply_mark(r);
	if (s->alike && s->group)
		return hang_up(step, SMTP_SAID_TOO_MUCH);
	return s->pipelining ? SMTP_MAIL : start_mail(s, step);
}

/* A refusal is told at once, with the reply it stands in. */
static enum smtp_state
on_mail(struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code / 100 != 2) {
		if (!s->pipelining)
			return leave(step, SMTP_REFUSED);
		step->outcome = SMTP_REFUSED;
		s->drain = 1 + TRANSACTION * s->behind;
		return SMTP_DRAIN;
	}
	if (s->mail_mark == 0)
		s->mail_mark = reply_mark(r);
	if (s->mail_mark != reply_mark(r))
		return hang_up(step, SMTP_SAID_TOO_MUCH);
	if (!s->pipelining)
		say_rcpt(s, step);
	return SMTP_RCPT;
}

static enum smtp_state
on_rcpt(struct smtp *s, struct smtp_step *step)
{
	step->outcome = SMTP_ANSWER;
	if (s->behind > 0) {
		s->behind--;
		return SMTP_RSET;
	}
	step->act = SMTP_DO_IDLE;
	return SMTP_ANSWERED;
}

static enum smtp_state
on_drain(struct smtp *s, struct smtp_step *step)
{
	return --s->drain > 0 ? SMTP_DRAIN : leave(step, SMTP_NOTHING);
}

/* 354 answers DATA, 334 AUTH, 221 QUIT; a second greeting would shift all that
 * is to come. More may be owed, so there is no QUIT. */
static bool
cannot_answer(const struct smtp *s, unsigned code)
{
	if (s->state == SMTP_DRAIN || s->state == SMTP_QUIT)
		return false;
	if (code == 220)
		return s->state != SMTP_BANNER && s->state != SMTP_STARTTLS;
	return code < 200 || code == 221 || code / 100 == 3 || code > 599;
}

static enum smtp_state
next_state(struct smtp *s, const struct reply *r, struct smtp_step *step)
{
	if (r->code == 421)
		return hang_up(step, states[s->state].hangup);
	if (!smtp_owed(s))
		return hang_up(step, SMTP_SAID_TOO_MUCH);
	if (cannot_answer(s, r->code))
		return hang_up(step, SMTP_BAD_REPLY);
	switch (s->state) {
	case SMTP_BANNER:
		return on_banner(s, r, step);
	case SMTP_EHLO:
		return on_ehlo(s, r, step);
	case SMTP_HELO:
		return on_helo(s, r, step);
	case SMTP_STARTTLS:
		return on_starttls(s, r, step);
	case SMTP_RSET:
		return on_rset(s, r, step);
	case SMTP_MAIL:
		return on_mail(s, r, step);
	case SMTP_RCPT:
		return on_rcpt(s, step);
	case SMTP_DRAIN:
		return on_drain(s, step);
	case SMTP_QUIT:
		return hang_up(step, SMTP_NOTHING);
	case SMTP_TLS:
	case SMTP_READY:
	case SMTP_ANSWERED:
	case SMTP_CLOSED:
	case SMTP_STATE_COUNT:
		break;
	}
	return hang_up(step, SMTP_SAID_TOO_MUCH);
}

/* Whether the input is a 421, or may be the beginning of one. */
static bool
is_hangup(const char *in, size_t len)
{
	return memcmp(in, "421", len < 3 ? len : 3) == 0;
}

/* What a step becomes when input is left that nothing asked for. */
static enum smtp_outcome
outcome_with_rest(enum smtp_outcome outcome, bool hangup)
{
	switch (outcome) {
	case SMTP_ANSWER:
		return hangup ? SMTP_ANSWER : SMTP_SAID_TOO_MUCH;
	case SMTP_NOTHING:
	case SMTP_IS_READY:
	case SMTP_NO_SMTPUTF8:
	case SMTP_UNSENDABLE:
	case SMTP_SAID_TOO_MUCH:
		return SMTP_SAID_TOO_MUCH;
	case SMTP_REFUSED:
	case SMTP_SESSION_OVER:
	case SMTP_BAD_REPLY:
		return outcome;
	}
	return SMTP_SAID_TOO_MUCH;
}

void
smtp_reply(struct smtp *s, const struct reply *r, const char *rest,
    size_t rest_len, struct smtp_step *step)
{
	step_clear(step, smtp_stage(s));
	s->state = next_state(s, r, step);
	if (rest_len == 0 || step->act == SMTP_DO_READ ||
	    step->act == SMTP_DO_CLOSE)
		return;
	s->state = hang_up(step, outcome_with_rest(step->outcome,
	    is_hangup(rest, rest_len)));
}

void
smtp_early(struct smtp *s, const char *in, size_t len, struct smtp_step *step)
{
	step_clear(step, smtp_stage(s));
	s->state = hang_up(step, is_hangup(in, len) ?
	    states[s->state].hangup : SMTP_SAID_TOO_MUCH);
}

void
smtp_encrypted(struct smtp *s, struct smtp_step *step)
{
	step_clear(step, STAGE_EHLO);
	if (s->state != SMTP_TLS) {
		s->state = hang_up(step, SMTP_SESSION_OVER);
		return;
	}
	s->encrypted = true;
	say(step, "EHLO ", s->params->helo, NULL);
	s->state = SMTP_EHLO;
}

/*
 * address_parse lets nothing else pass. This is the last place where a line
 * end in an address could become a command of its own.
 */
static bool
is_sendable(const struct address *rcpt)
{
	return strlen(rcpt->local) + 1 + strlen(rcpt->domain) <= ADDRESS_MAX &&
	    is_plain(rcpt->domain) &&
	    has_no_control(rcpt->local) &&
	    (rcpt->utf8_local || is_plain(rcpt->local));
}

void
smtp_recipient(struct smtp *s, const struct address *rcpt,
    struct smtp_step *step)
{
	step_clear(step, STAGE_RCPT);
	if (s->state != SMTP_READY && s->state != SMTP_ANSWERED) {
		s->state = hang_up(step, SMTP_SESSION_OVER);
		return;
	}
	step->act = SMTP_DO_IDLE;
	if (!is_sendable(rcpt)) {
		step->outcome = SMTP_UNSENDABLE;
		return;
	}
	if (rcpt->utf8_local && !s->smtputf8) {
		step->outcome = s->ehlo_cut ? SMTP_UNSENDABLE :
		    SMTP_NO_SMTPUTF8;
		return;
	}
	s->rcpt = *rcpt;
	s->group = false;
	if (s->state == SMTP_READY) {
		s->state = start_mail(s, step);
		return;
	}
	say(step, "RSET", NULL);
	if (s->pipelining)
		start_mail(s, step);
	s->state = SMTP_RSET;
}

static bool
is_group(const struct smtp *s)
{
	return s->pipelining && (s->state == SMTP_RSET ||
	    s->state == SMTP_MAIL || s->state == SMTP_RCPT);
}

bool
smtp_behind(struct smtp *s, const struct address *rcpt, struct smtp_step *step)
{
	if (!is_group(s) || s->behind + 1 >= SMTP_GROUP_MAX ||
	    !is_sendable(rcpt) || (rcpt->utf8_local && !s->smtputf8))
		return false;
	step_clear(step, STAGE_RCPT);
	s->rcpt = *rcpt;
	say(step, "RSET", NULL);
	start_mail(s, step);
	s->group = true;
	s->behind++;
	return true;
}

void
smtp_quit(struct smtp *s, struct smtp_step *step)
{
	step_clear(step, STAGE_QUIT);
	if (s->state == SMTP_READY || s->state == SMTP_ANSWERED)
		s->state = leave(step, SMTP_NOTHING);
	else
		s->state = hang_up(step, SMTP_NOTHING);
}
