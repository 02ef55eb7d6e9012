#include "tests/unit/smtp_rows.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

const struct smtp_params smtp_plain = {
	.helo = "probe.example", .sender = "check@probe.example"
};
static const struct smtp_params secure = {
	.helo = "probe.example", .sender = "check@probe.example", .tls = true
};

static const char *
outcome_word(enum smtp_outcome outcome)
{
	switch (outcome) {
	case SMTP_NOTHING:
		return "";
	case SMTP_IS_READY:
		return "ready ";
	case SMTP_ANSWER:
		return "answer ";
	case SMTP_NO_SMTPUTF8:
		return "no smtputf8 ";
	case SMTP_UNSENDABLE:
		return "unsendable ";
	case SMTP_REFUSED:
		return "refused ";
	case SMTP_SESSION_OVER:
		return "session over ";
	case SMTP_BAD_REPLY:
		return "bad reply ";
	case SMTP_SAID_TOO_MUCH:
		return "said too much ";
	}
	return "?";
}

/* The lines with " / " in place of each CRLF but the last. */
static void
render_send(const struct smtp_step *step, char *out, size_t size)
{
	size_t i, n = 0;

	ck_assert_uint_eq(strlen(step->send), step->send_len);
	ck_assert_uint_ge(step->send_len, 2);
	ck_assert_str_eq(step->send + step->send_len - 2, "\r\n");
	for (i = 0; i + 2 < step->send_len && n + 4 < size; i++) {
		if (step->send[i] != '\r') {
			out[n++] = step->send[i];
			continue;
		}
		ck_assert_int_eq(step->send[++i], '\n');
		memcpy(out + n, " / ", 3);
		n += 3;
	}
	out[n] = '\0';
}

static void
render(const struct smtp_step *step, char *out, size_t size)
{
	char act[SMTP_SEND_MAX + 16];

	switch (step->act) {
	case SMTP_DO_READ:
		strcpy(act, "read");
		break;
	case SMTP_DO_SEND:
		render_send(step, act, sizeof(act));
		break;
	case SMTP_DO_TLS:
		strcpy(act, "handshake");
		break;
	case SMTP_DO_IDLE:
		strcpy(act, "idle");
		break;
	case SMTP_DO_CLOSE:
		strcpy(act, "close");
		break;
	}
	if (out[0] != '\0')
		strcat(out, "; ");
	ck_assert_uint_gt(size, strlen(out) + strlen(act) + 64);
	if (step->outcome != SMTP_NOTHING)
		sprintf(out + strlen(out), "%s%s: ",
		    outcome_word(step->outcome), stage_word(step->stage));
	strcat(out, act);
}

struct address
smtp_rcpt(const char *local)
{
	struct address rcpt;
	const char *c;

	memset(&rcpt, 0, sizeof(rcpt));
	strcpy(rcpt.local, local);
	strcpy(rcpt.domain, "example.org");
	for (c = local; *c != '\0'; c++)
		if ((unsigned char)*c > 127)
			rcpt.utf8_local = true;
	return rcpt;
}

static void
give_recipient(struct smtp *s, const char *local, struct smtp_step *step)
{
	struct address rcpt = smtp_rcpt(local);

	smtp_recipient(s, &rcpt, step);
}

/* What cannot be asked behind another must leave the dialogue as it was. */
static void
give_behind(struct smtp *s, const char *local, char *out, size_t size)
{
	struct address rcpt = smtp_rcpt(local);
	struct smtp was = *s;
	struct smtp_step step;

	if (smtp_behind(s, &rcpt, &step)) {
		render(&step, out, size);
		return;
	}
	ck_assert_mem_eq(s, &was, sizeof was);
	strcpy(out, "not now");
}

/* Reads input as a session does, and renders every step it leads to. */
static void
give_input(struct smtp *s, const char *in, char *out, size_t size)
{
	static struct reply r;
	struct smtp_step step;
	size_t used, left = strlen(in);

	do {
		reply_reset(&r);
		ck_assert_int_eq(reply_feed(&r, in, left, &used), REPLY_DONE);
		in += used;
		left -= used;
		smtp_reply(s, &r, in, left, &step);
		render(&step, out, size);
	} while (step.act == SMTP_DO_READ && left > 0);
}

static void
take_turn(struct smtp *s, const char *in, char *out, size_t size)
{
	struct smtp_step step;

	out[0] = '\0';
	if (strncmp(in, "behind ", 7) == 0) {
		give_behind(s, in + 7, out, size);
		return;
	}
	if (strncmp(in, "rcpt ", 5) == 0)
		give_recipient(s, in + 5, &step);
	else if (strcmp(in, "tls") == 0)
		smtp_encrypted(s, &step);
	else if (strcmp(in, "quit") == 0)
		smtp_quit(s, &step);
	else if (strncmp(in, "early ", 6) == 0)
		smtp_early(s, in + 6, strlen(in + 6), &step);
	else {
		give_input(s, in, out, size);
		return;
	}
	render(&step, out, size);
}

void
smtp_row_run(const struct smtp_row *row)
{
	const struct turn *turn;
	char out[2048];
	struct smtp s;

	ck_assert(smtp_begin(&s, row->tls ? &secure : &smtp_plain));
	ck_assert(smtp_owed(&s));
	for (turn = row->turns; turn->in != NULL; turn++) {
		take_turn(&s, turn->in, out, sizeof(out));
		ck_assert_msg(strcmp(out, turn->out) == 0,
		    "%s: after \"%s\": %s", row->says, turn->in, out);
	}
}
