/*
 * smtp_rows: the dialogue with a mail host as a table, and what runs it.
 */
#ifndef RCPTGUARD_TESTS_UNIT_SMTP_ROWS_H
#define RCPTGUARD_TESTS_UNIT_SMTP_ROWS_H

#include "probe/smtp.h"

#define TURNS_MAX	12

/*
 * What happens to the dialogue, and what it then says. In: "rcpt JOE" (at
 * example.org), "behind JOE", "tls", "quit", "early BYTES", or input from the
 * peer, which is read as a session reads it. Out: "outcome stage: act", one
 * for each step, or only the act: read, idle, close, handshake, "not now", or
 * the lines to be sent.
 */
struct turn {
	const char *in, *out;
};

struct smtp_row {
	const char *says;
	bool tls;
	struct turn turns[TURNS_MAX];
};

#define EHLO_PLAIN	"250 mx.example\r\n"
#define EHLO_PIPE	"250-mx.example\r\n250 PIPELINING\r\n"
#define GREET		{ "220 mx\r\n", "EHLO probe.example" }
#define READY_PLAIN	GREET, { EHLO_PLAIN, "ready ehlo: idle" }
#define READY_PIPE	GREET, { EHLO_PIPE, "ready ehlo: idle" }
#define MAIL		"MAIL FROM:<check@probe.example>"
#define ASK_TWO \
	{ "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" }, \
	{ "behind ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" }
#define ASK_THREE	ASK_TWO, \
	{ "behind bob", "RSET / " MAIL " / RCPT TO:<bob@example.org>" }

extern const struct smtp_params smtp_plain;	/* without TLS */

/* At example.org. */
struct address smtp_rcpt(const char *local);

/* Fails the test if the dialogue says anything else. */
void smtp_row_run(const struct smtp_row *row);

#endif
