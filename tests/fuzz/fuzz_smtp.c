/*
 * The first octet says what is wanted, the rest is what the peer says: pieces
 * of input, with "|" between those that arrive apart. A model beside the
 * machine keeps its own list of commands that wait for a reply, and holds the
 * machine to the rules of the dialogue.
 */
#include <string.h>

#include "probe/reply.h"
#include "probe/smtp.h"
#include "tests/fuzz/fuzz.h"

#define WANT_TLS	0x01
#define WANT_UTF8	0x02
#define WANT_EARLY	0x04		/* input between recipients is given */
#define WANT_GROUP	0x08		/* recipients are asked together */
#define RCPTS_SHIFT	4		/* 0 to 3 recipients */

enum verb { BANNER, EHLO, HELO, STARTTLS, MAIL, RCPT, RSET, QUIT };

static const char *const lines[] = {
	[EHLO] = "EHLO probe.example\r\n",
	[HELO] = "HELO probe.example\r\n",
	[STARTTLS] = "STARTTLS\r\n",
	[MAIL] = "MAIL FROM:<check@probe.example>",
	[RCPT] = "RCPT TO:<",
	[RSET] = "RSET\r\n",
	[QUIT] = "QUIT\r\n",
};

#define OWED_MAX	(4 * 3)		/* transactions of RSET, MAIL, RCPT */

struct model {
	struct smtp smtp;
	struct smtp_params params;
	const char *in, *end;
	enum verb owed[OWED_MAX];	/* first in, first out */
	unsigned owed_count;
	bool sender_taken;		/* MAIL's reply was 2xx, RSET's too */
	bool quit, ended, early, group;
	unsigned steps, rcpts, rcpts_given;
	bool utf8;
};

static void
owe(struct model *m, enum verb verb)
{
	PROPERTY(m->owed_count < OWED_MAX);
	m->owed[m->owed_count++] = verb;
}

/* Which command a line is; it must be exactly one of those there are. */
static enum verb
verb_of(const struct model *m, const char *line, size_t len)
{
	static const char ascii[] = "RCPT TO:<joe@example.org>\r\n";
	static const char utf8[] = "RCPT TO:<j\xc3\xb6@example.org>\r\n";
	const char *rcpt = m->utf8 ? utf8 : ascii;
	enum verb v;

	for (v = EHLO; v < QUIT; v++)
		if (strncmp(line, lines[v], strlen(lines[v])) == 0)
			break;
	line += strlen(lines[v]);
	len -= strlen(lines[v]);
	if (v == MAIL)
		PROPERTY(len == (m->utf8 ? 11 : 2) &&
		    memcmp(line, m->utf8 ? " SMTPUTF8\r\n" : "\r\n", len) == 0);
	else if (v == RCPT)
		PROPERTY(strcmp(line, rcpt + strlen(lines[RCPT])) == 0);
	else if (v == QUIT)
		PROPERTY(strcmp(line - 6, lines[QUIT]) == 0);
	else
		PROPERTY(len == 0);
	return v;
}

static void
owe_lines(struct model *m, const struct smtp_step *step)
{
	const char *line = step->send, *end;

	PROPERTY(strlen(step->send) == step->send_len);
	PROPERTY(step->send_len > 0);
	for (; *line != '\0'; line = end) {
		end = strstr(line, "\r\n");
		PROPERTY(end != NULL);
		end += 2;
		PROPERTY(strcspn(line, "\r\n") == (size_t)(end - line) - 2);
		owe(m, verb_of(m, line, (size_t)(end - line)));
	}
}

/* Nothing is owed; a group is [RSET] MAIL RCPT and needs PIPELINING. */
static void
check_send(struct model *m, const struct smtp_step *step)
{
	PROPERTY(m->owed_count == 0 && !m->quit && !m->ended);
	owe_lines(m, step);
	if (m->owed_count > 1) {
		PROPERTY(m->smtp.pipelining);
		PROPERTY(m->owed[m->owed_count - 1] == RCPT);
		PROPERTY(m->owed[m->owed_count - 2] == MAIL);
		PROPERTY(m->owed_count == 2 || m->owed[0] == RSET);
	}
	m->quit = m->owed[0] == QUIT;
}

/* Behind a transaction: RSET MAIL RCPT. */
static void
check_behind(struct model *m, const struct smtp_step *step)
{
	unsigned before = m->owed_count;

	PROPERTY(before > 1 && m->smtp.pipelining && !m->quit && !m->ended);
	PROPERTY(m->owed[before - 1] == RCPT && step->act == SMTP_DO_SEND);
	owe_lines(m, step);
	PROPERTY(m->owed_count == before + 3 && m->owed[before] == RSET &&
	    m->owed[before + 1] == MAIL && m->owed[before + 2] == RCPT);
}

static void
check_tls(const struct smtp *s)
{
	PROPERTY(s->params->tls && !s->encrypted);
	PROPERTY(!s->pipelining && !s->starttls && !s->smtputf8);
}

static void
check_step(struct model *m, const struct smtp_step *step)
{
	PROPERTY(++m->steps < 10 + 8 * (m->rcpts + 1));
	PROPERTY(!m->ended);
	PROPERTY(step->act == SMTP_DO_SEND || step->send_len == 0);
	switch (step->act) {
	case SMTP_DO_SEND:
		check_send(m, step);
		break;
	case SMTP_DO_READ:
		PROPERTY(m->owed_count > 0);
		break;
	case SMTP_DO_TLS:
		PROPERTY(m->owed_count == 0);
		check_tls(&m->smtp);
		break;
	case SMTP_DO_IDLE:
		PROPERTY(m->owed_count == 0 && !m->quit);
		break;
	case SMTP_DO_CLOSE:
		PROPERTY(m->smtp.state == SMTP_CLOSED);
		m->ended = true;
		break;
	}
	if (!m->ended)
		PROPERTY(smtp_owed(&m->smtp) == (m->owed_count > 0));
}

/* The octets up to the next "|": all that has arrived. */
static size_t
arrived(const struct model *m)
{
	const char *bar;

	bar = memchr(m->in, '|', (size_t)(m->end - m->in));
	return (size_t)((bar == NULL ? m->end : bar) - m->in);
}

/* A reply has come to the oldest command that waits. */
static void
on_reply(struct model *m, const struct reply *r, struct smtp_step *step)
{
	enum verb verb;
	bool good = r->code / 100 == 2;
	size_t i;

	PROPERTY(m->owed_count > 0);
	verb = m->owed[0];
	for (i = 1; i < m->owed_count; i++)
		m->owed[i - 1] = m->owed[i];
	m->owed_count--;
	if (verb == RSET || verb == MAIL)
		m->sender_taken = verb == MAIL && good;
	smtp_reply(&m->smtp, r, m->in, arrived(m), step);
	if (step->outcome == SMTP_ANSWER)
		PROPERTY(verb == RCPT && m->sender_taken);
	if (step->act == SMTP_DO_TLS)
		PROPERTY(verb == STARTTLS && r->code == 220 &&
		    arrived(m) == 0);
	if (step->act == SMTP_DO_IDLE || step->act == SMTP_DO_SEND)
		PROPERTY(arrived(m) == 0 && m->owed_count == 0);
	if (step->outcome == SMTP_REFUSED)
		PROPERTY(step->stage < STAGE_RCPT && !good);
}

/* Reads on to the next whole reply. False: the peer is at its end. */
static bool
read_reply(struct model *m, struct reply *r)
{
	enum reply_status status = REPLY_MORE;
	size_t used;

	reply_reset(r);
	while (status == REPLY_MORE && m->in < m->end) {
		status = reply_feed(r, m->in, arrived(m), &used);
		m->in += used;
		if (status == REPLY_MORE && m->in < m->end)
			m->in++;
	}
	return status == REPLY_DONE;
}

static void
be_idle(struct model *m, struct smtp_step *step)
{
	struct address rcpt = { .domain = "example.org" };

	if (m->in < m->end && *m->in == '|')
		m->in++;
	if (m->early && arrived(m) > 0) {
		smtp_early(&m->smtp, m->in, arrived(m), step);
		PROPERTY(step->act == SMTP_DO_CLOSE);
		return;
	}
	if (m->rcpts_given == m->rcpts) {
		smtp_quit(&m->smtp, step);
		PROPERTY(step->act == SMTP_DO_SEND);
		return;
	}
	m->rcpts_given++;
	strcpy(rcpt.local, m->utf8 ? "j\xc3\xb6" : "joe");
	rcpt.utf8_local = m->utf8;
	smtp_recipient(&m->smtp, &rcpt, step);
	PROPERTY(step->act == SMTP_DO_SEND ||
	    (step->outcome == SMTP_NO_SMTPUTF8 && !m->smtp.smtputf8));
}

/* The rest of them in one group, as far as it goes. */
static void
ask_behind(struct model *m)
{
	struct address rcpt = { .domain = "example.org" };
	struct smtp_step step;

	strcpy(rcpt.local, m->utf8 ? "j\xc3\xb6" : "joe");
	rcpt.utf8_local = m->utf8;
	while (m->rcpts_given > 0 && m->rcpts_given < m->rcpts &&
	    smtp_behind(&m->smtp, &rcpt, &step)) {
		m->rcpts_given++;
		check_behind(m, &step);
	}
}

static void
run(struct model *m)
{
	static struct reply r;
	struct smtp_step step;

	step.act = SMTP_DO_READ;
	while (step.act != SMTP_DO_CLOSE) {
		switch (step.act) {
		case SMTP_DO_READ:
		case SMTP_DO_SEND:
			if (m->in < m->end && arrived(m) == 0)
				m->in++;
			if (!read_reply(m, &r))
				return;
			on_reply(m, &r, &step);
			break;
		case SMTP_DO_TLS:
			smtp_encrypted(&m->smtp, &step);
			PROPERTY(m->smtp.encrypted);
			break;
		case SMTP_DO_IDLE:
			be_idle(m, &step);
			break;
		case SMTP_DO_CLOSE:
			break;
		}
		check_step(m, &step);
		if (m->group && step.act == SMTP_DO_SEND)
			ask_behind(m);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct model m;

	if (len == 0)
		return 0;
	memset(&m, 0, sizeof(m));
	m.params.helo = "probe.example";
	m.params.sender = "check@probe.example";
	m.params.tls = (data[0] & WANT_TLS) != 0;
	m.utf8 = (data[0] & WANT_UTF8) != 0;
	m.early = (data[0] & WANT_EARLY) != 0;
	m.group = (data[0] & WANT_GROUP) != 0;
	m.rcpts = (data[0] >> RCPTS_SHIFT) & 3;
	m.in = (const char *)data + 1;
	m.end = (const char *)data + len;
	owe(&m, BANNER);
	PROPERTY(smtp_begin(&m.smtp, &m.params));
	run(&m);
	return 0;
}
