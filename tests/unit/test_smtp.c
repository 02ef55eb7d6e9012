/* The dialogue of one recipient after another; test_smtp_group.c has groups. */
#include "tests/unit/smtp_rows.h"
#include "tests/unit/suite.h"

#include <string.h>

static const struct smtp_row rows[] = {
	{ "a plain peer is asked step by step", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "550 5.1.1 no\r\n", "answer rcpt: idle" },
	    { "quit", "QUIT" },
	    { "221 bye\r\n", "close" } } },
	{ "the next recipient of a plain peer begins with RSET", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET" },
	    { "250 ok\r\n", MAIL },
	    { "250 ok\r\n", "RCPT TO:<ann@example.org>" },
	    { "251 forwarded\r\n", "answer rcpt: idle" } } },
	{ "a success that comes again, late, is not the next recipient's",
	  false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 2.1.0 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "250 2.1.5 joe\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET" },
	    { "250 2.1.5 joe\r\n", MAIL },
	    { "250 2.0.0 ok\r\n", "said too much mail: close" } } },
	{ "with PIPELINING, MAIL and RCPT go together", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n", "read" },
	    { "252 who knows\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "250 ok\r\n250 ok\r\n550 no\r\n",
	      "read; read; answer rcpt: idle" } } },

	/* greeting */
	{ "a banner that refuses us ends the session", false, {
	    { "554 go away\r\n", "refused banner: QUIT" },
	    { "221 bye\r\n", "close" } } },
	{ "a banner that defers us ends the session", false, {
	    { "450 later\r\n", "refused banner: QUIT" } } },
	{ "after a 421 there is no QUIT", false, {
	    { "421 busy\r\n", "refused banner: close" } } },
	{ "a banner of 354 answers nothing", false, {
	    { "354 go on\r\n", "bad reply banner: close" } } },
	{ "the words of a refused peer do not matter", false, {
	    { "554 go\r\n250 stay\r\n", "refused banner: close" } } },
	{ "a peer that talks ahead of EHLO is not believed", false, {
	    { "220 mx\r\n250 mx\r\n", "said too much banner: close" } } },

	/* EHLO and HELO */
	{ "an unknown EHLO is followed by HELO", false, {
	    GREET,
	    { "502 what\r\n", "HELO probe.example" },
	    { "250 mx\r\n", "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "500, too", false, {
	    GREET, { "500 what\r\n", "HELO probe.example" } } },
	{ "501, too", false, {
	    GREET, { "501 what\r\n", "HELO probe.example" } } },
	{ "504, too", false, {
	    GREET, { "504 what\r\n", "HELO probe.example" } } },
	{ "HELO is said once", false, {
	    GREET,
	    { "500 what\r\n", "HELO probe.example" },
	    { "500 what\r\n", "refused ehlo: QUIT" } } },
	{ "a refusal by policy is not followed by HELO", false, {
	    GREET, { "550 5.7.1 listed\r\n", "refused ehlo: QUIT" } } },
	{ "503 is not followed by HELO", false, {
	    GREET, { "503 polite people wait\r\n", "refused ehlo: QUIT" } } },
	{ "a deferral is not followed by HELO", false, {
	    GREET, { "451 later\r\n", "refused ehlo: QUIT" } } },
	{ "421 to EHLO closes", false, {
	    GREET, { "421 later\r\n", "refused ehlo: close" } } },
	{ "354 to EHLO answers nothing", false, {
	    GREET, { "354 x\r\n", "bad reply ehlo: close" } } },
	{ "a greeting that comes again is no reply to EHLO", false, {
	    GREET, { "220 mx\r\n", "bad reply ehlo: close" } } },
	{ "nor to HELO", false, {
	    GREET,
	    { "500 what\r\n", "HELO probe.example" },
	    { "220 mx\r\n", "bad reply ehlo: close" } } },
	{ "HELO brings no extensions, whatever its reply says", true, {
	    GREET,
	    { "502 what\r\n", "HELO probe.example" },
	    { "250-mx\r\n250-STARTTLS\r\n250 PIPELINING\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "keywords have no case and may have parameters", false, {
	    GREET,
	    { "250-mx\r\n250-SIZE 1\r\n250 pipelining yes\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "the greeting is no keyword", false, {
	    GREET,
	    { "250 PIPELINING\r\n", "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a keyword is a whole word", false, {
	    GREET,
	    { "250-mx\r\n250-XPIPELINING\r\n250 PIPELININGS\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a second reply to EHLO is too much", false, {
	    GREET,
	    { EHLO_PLAIN EHLO_PLAIN, "said too much ehlo: close" } } },

	/* STARTTLS */
	{ "TLS is taken when offered, and all is asked anew", true, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n",
	      "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "tls", "EHLO probe.example" },
	    { EHLO_PLAIN, "ready ehlo: idle" },
	    { "rcpt j\xc3\xb6", "no smtputf8 rcpt: idle" },
	    { "rcpt joe", MAIL } } },
	{ "what was learned in plain is forgotten, even before HELO", true, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "tls", "EHLO probe.example" },
	    { "502 what\r\n", "HELO probe.example" },
	    { "250 mx\r\n", "ready ehlo: idle" },
	    { "rcpt joe", MAIL } } },
	{ "under TLS it is not taken again", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "tls", "EHLO probe.example" },
	    { "250-mx\r\n250 STARTTLS\r\n", "ready ehlo: idle" } } },
	{ "TLS is not taken when not wanted", false, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "ready ehlo: idle" } } },
	{ "refused TLS leaves the session plain, with its extensions", true, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "454 4.7.0 not now\r\n", "ready starttls: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "unknown STARTTLS leaves the session plain", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "502 what\r\n", "ready starttls: idle" } } },
	{ "250 to STARTTLS leaves everything open", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "250 ok\r\n", "bad reply starttls: close" } } },
	{ "421 to STARTTLS closes", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "421 no\r\n", "refused starttls: close" } } },
	{ "plain text behind the 220 is never read under TLS", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n250 mx\r\n", "said too much starttls: close" } } },
	{ "not one octet of it", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n2", "said too much starttls: close" } } },
	{ "a handshake nobody began ends the session", true, {
	    GREET, { "tls", "session over ehlo: close" } } },

	/* MAIL */
	{ "a refused sender ends the session", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "550 5.7.1 no\r\n", "refused mail: QUIT" } } },
	{ "a refused sender is told at once, then the rest is read", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "451 4.7.1 no\r\n", "refused mail: read" },
	    { "503 5.5.1 need MAIL\r\n", "QUIT" },
	    { "221 bye\r\n", "close" } } },
	{ "after a refused sender no RCPT reply is an answer", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "550 no\r\n250 ok\r\n", "refused mail: read; QUIT" } } },
	{ "nor is a 421, which closes", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "550 no\r\n421 bye\r\n", "refused mail: read; close" } } },
	{ "QUIT is not sent while a reply is owed", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "550 no\r\n", "refused mail: read" },
	    { "quit", "close" } } },
	{ "421 to MAIL closes", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "421 no\r\n250 ok\r\n", "refused mail: close" } } },
	{ "354 to MAIL answers nothing", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "354 x\r\n", "bad reply mail: close" } } },

	/* RCPT */
	{ "421 answers the recipient and closes", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "421 4.7.0 slow down\r\n", "answer rcpt: close" } } },
	{ "220 to RCPT answers nothing", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "220 mx\r\n", "bad reply rcpt: close" } } },
	{ "221 to RCPT answers nothing", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "221 bye\r\n", "bad reply rcpt: close" } } },
	{ "354 to RCPT answers nothing", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "354 x\r\n", "bad reply rcpt: close" } } },
	{ "an answer with a reply too many is not believed", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n250 ok\r\n550 no\r\n",
	      "read; said too much rcpt: close" } } },
	{ "an answer with a goodbye behind it is", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n421 too many errors\r\n",
	      "read; answer rcpt: close" } } },
	{ "half a goodbye will do", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n4", "read; answer rcpt: close" } } },
	{ "a reply ahead of RCPT is too much", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n250 ok\r\n", "said too much mail: close" } } },

	/* RSET */
	{ "a refused RSET ends the session with the recipient unasked",
	  false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" },
	    { "550 no\r\n", "answer rcpt: idle" },
	    { "rcpt ann", "RSET" },
	    { "502 what\r\n", "session over rset: QUIT" } } },
	{ "421 to RSET leaves the recipient unasked", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "421 bye\r\n", "session over rset: close" } } },

	/* several in one group */
	{ "SMTPUTF8 is said where it is needed", false, {
	    GREET,
	    { "250-mx\r\n250 SMTPUTF8\r\n", "ready ehlo: idle" },
	    { "rcpt j\xc3\xb6", MAIL " SMTPUTF8" },
	    { "250 ok\r\n", "RCPT TO:<j\xc3\xb6@example.org>" } } },
	{ "and not where it is not", false, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "without it nothing is sent and the next may be asked", false, {
	    READY_PLAIN,
	    { "rcpt j\xc3\xb6", "no smtputf8 rcpt: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a line end in an address is never sent", false, {
	    READY_PLAIN,
	    { "rcpt a\r\nDATA", "unsendable rcpt: idle" },
	    { "rcpt a\nb", "unsendable rcpt: idle" },
	    { "rcpt a\177b", "unsendable rcpt: idle" },
	    { "rcpt joe", MAIL } } },
	{ "a recipient is not taken while a reply is owed", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "rcpt ann", "session over rcpt: close" } } },

	/* input that nobody asked for */
	{ "a peer that hangs up between recipients is believed", false, {
	    READY_PLAIN,
	    { "early 421 idle\r\n", "session over mail: close" } } },
	{ "anything else between recipients is too much", false, {
	    READY_PLAIN,
	    { "early 250 ok\r\n", "said too much mail: close" } } },
	{ "a reply between recipients is too much", false, {
	    READY_PLAIN, { "250 ok\r\n", "said too much mail: close" } } },
	{ "a 421 between recipients ends the session", false, {
	    READY_PLAIN, { "421 ok\r\n", "session over mail: close" } } },
	{ "QUIT before the greeting is a close", false, {
	    { "quit", "close" } } },
	{ "QUIT under the handshake is a close", true, {
	    GREET,
	    { "250-mx\r\n250 STARTTLS\r\n", "STARTTLS" },
	    { "220 go\r\n", "handshake" },
	    { "quit", "close" } } },
	{ "whatever answers QUIT, it is over", false, {
	    READY_PLAIN, { "quit", "QUIT" },
	    { "354 x\r\n250 y\r\n", "close" } } },
	{ "after the close there is nothing", false, {
	    READY_PLAIN, { "quit", "QUIT" }, { "221 x\r\n", "close" },
	    { "quit", "close" },
	    { "rcpt joe", "session over rcpt: close" },
	    { "250 x\r\n", "said too much quit: close" } } },
};

START_TEST(dialogue_goes_as_the_table_says)
{
	smtp_row_run(&rows[_i]);
}
END_TEST

START_TEST(every_line_of_ehlo_is_looked_at)
{
	char in[4096] = "250-mx\r\n";
	struct smtp_step step;
	struct smtp s;
	struct reply r;
	size_t used;
	int i, filler;

	for (filler = 1; filler < SMTP_EHLO_LINES - 1; filler++) {
		strcpy(in, "250-mx\r\n");
		for (i = 0; i < filler; i++)
			strcat(in, "250-X\r\n");
		strcat(in, "250 PIPELINING\r\n");
		smtp_begin(&s, &smtp_plain);
		s.state = SMTP_EHLO;
		reply_reset(&r);
		ck_assert_int_eq(reply_feed(&r, in, strlen(in), &used),
		    REPLY_DONE);
		smtp_reply(&s, &r, NULL, 0, &step);
		ck_assert(s.pipelining);
	}
}
END_TEST

static const char long_helo[SMTP_HELO_MAX + 2] = {
	[0 ... SMTP_HELO_MAX] = 'h'
};
static const char long_sender[ADDRESS_MAX + 2] = {
	[0 ... ADDRESS_MAX] = 's'
};

static const struct {
	const char *says, *helo, *sender;
	bool good;
} identities[] = {
	{ "an address", "h.example", "s@h.example", true },
	{ "the null reverse-path", "h.example", "", true },
	{ "the longest HELO", long_helo + 1, "", true },
	{ "a HELO one too long", long_helo, "", false },
	{ "the longest sender", "h", long_sender + 1, true },
	{ "a sender one too long", "h", long_sender, false },
	{ "no HELO", "", "s@h.example", false },
	{ "a line end in HELO", "h\r\nDATA", "", false },
	{ "a line end in the sender", "h", "s\nx@h", false },
	{ "a HELO that is not ASCII", "h\xc3\xb6", "", false },
	{ "a sender that is not ASCII", "h", "s\xc3\xb6@h", false },
};

START_TEST(identity_is_looked_at)
{
	struct smtp_params params = {
		.helo = identities[_i].helo, .sender = identities[_i].sender
	};
	struct smtp s;

	ck_assert_msg(smtp_begin(&s, &params) == identities[_i].good, "%s",
	    identities[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("smtp");
	TCase *t = tcase_create("smtp");

	tcase_add_loop_test(t, dialogue_goes_as_the_table_says, 0,
	    COUNT(rows));
	tcase_add_test(t, every_line_of_ehlo_is_looked_at);
	tcase_add_loop_test(t, identity_is_looked_at, 0, COUNT(identities));
	suite_add_tcase(s, t);
	return suite_run(s);
}
