/* Recipients asked behind one another, in one group of commands. */
#include <string.h>

#include "tests/unit/smtp_rows.h"
#include "tests/unit/suite.h"

static const struct smtp_row rows[] = {
	{ "a refused RSET closes, since replies are owed", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "502 what\r\n250 ok\r\n250 ok\r\n",
	      "session over rset: close" } } },
	{ "who waits is asked in the same group, and answered in order",
	  false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n550 no joe\r\n", "read; answer rcpt: read" },
	    { "250 reset\r\n250 ok\r\n250 ann\r\n",
	      "read; read; answer rcpt: read" },
	    { "250 reset\r\n250 ok\r\n452 bob\r\n",
	      "read; read; answer rcpt: idle" },
	    { "rcpt joe", "RSET / " MAIL " / RCPT TO:<joe@example.org>" } } },
	{ "all answers may come at once", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no\r\n250 reset\r\n250 ok\r\n250 ok\r\n",
	      "read; answer rcpt: read; read; read; answer rcpt: idle" } } },
	{ "a group begins with RSET where a transaction is open", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "behind bob", "RSET / " MAIL " / RCPT TO:<bob@example.org>" },
	    { "250 reset\r\n250 ok\r\n250 ok\r\n",
	      "read; read; answer rcpt: read" } } },
	{ "a reply too many is not the next recipient's", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no joe\r\n550 no joe\r\n250 ok\r\n"
	      "250 ok\r\n",
	      "read; answer rcpt: read; session over rset: close" } } },
	{ "nor is a success too many: MAIL is answered as the first time",
	  false, {
	    READY_PIPE, ASK_TWO,
	    { "250 2.1.0 ok\r\n250 2.1.5 joe\r\n250 2.1.5 joe\r\n"
	      "250 2.0.0 ok\r\n250 2.1.0 ok\r\n550 5.1.1 ann\r\n",
	      "read; answer rcpt: read; read; said too much mail: close" } } },
	{ "also behind one that was answered before", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 2.1.0 ok\r\n550 5.1.1 joe\r\n",
	      "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "250 2.0.0 ok\r\n250 2.0.0 ok\r\n250 2.1.0 ok\r\n",
	      "read; said too much mail: close" } } },
	{ "nor is RSET's success one that is worded as MAIL's: two of them are",
	  false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n250 ok\r\n250 ok\r\n",
	      "read; answer rcpt: read; said too much rset: close" } } },
	{ "one that is missing puts MAIL's where RSET's was to be", false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n250 reset\r\n250 ok\r\n",
	      "read; answer rcpt: read; said too much rset: close" } } },
	{ "who is asked alone has to wait for it, whatever its words", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "250 ok\r\n250 ok\r\n", "read; answer rcpt: idle" },
	    { "rcpt ann", "RSET / " MAIL " / RCPT TO:<ann@example.org>" },
	    { "250 ok\r\n250 ok\r\n550 no\r\n",
	      "read; read; answer rcpt: idle" } } },
	{ "without enhanced codes by its words, but for names and numbers",
	  false, {
	    READY_PIPE, ASK_THREE,
	    { "250 sender ok q1a at 10:01\r\n550 no\r\n",
	      "read; answer rcpt: read" },
	    { "250 reset\r\n250 sender ok q2b at 10:02\r\n250 ann\r\n",
	      "read; read; answer rcpt: read" },
	    { "250 ann\r\n250 reset\r\n",
	      "read; said too much mail: close" } } },
	{ "a refused sender ends a group once all have had their replies",
	  false, {
	    READY_PIPE, ASK_TWO,
	    { "550 no\r\n503 need MAIL\r\n250 ok\r\n550 no\r\n"
	      "503 need MAIL\r\n",
	      "refused mail: read; read; read; read; QUIT" } } },
	{ "also one that is refused in the midst of it", false, {
	    READY_PIPE, ASK_THREE,
	    { "250 ok\r\n250 joe\r\n250 reset\r\n451 slow\r\n",
	      "read; answer rcpt: read; read; refused mail: read" },
	    { "503 no\r\n250 ok\r\n451 slow\r\n503 no\r\n",
	      "read; read; read; QUIT" } } },
	{ "421 answers its recipient, and nobody behind it", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n421 bye\r\n", "read; answer rcpt: close" } } },
	{ "421 for RSET leaves the next one unasked", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n250 joe\r\n421 bye\r\n",
	      "read; answer rcpt: read; session over rset: close" } } },
	{ "more than was asked for is too much behind the last", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no\r\n250 reset\r\n250 ok\r\n550 no\r\n"
	      "550 no\r\n",
	      "read; answer rcpt: read; read; read; "
	      "said too much rcpt: close" } } },
	{ "QUIT is not sent in the midst of a group", false, {
	    READY_PIPE, ASK_TWO,
	    { "250 ok\r\n550 no\r\n", "read; answer rcpt: read" },
	    { "quit", "close" } } },
	{ "without PIPELINING nobody is asked behind another", false, {
	    READY_PLAIN,
	    { "rcpt joe", MAIL },
	    { "behind ann", "not now" },
	    { "250 ok\r\n", "RCPT TO:<joe@example.org>" } } },
	{ "nor where none is asked", false, {
	    READY_PIPE, { "behind ann", "not now" } } },
	{ "nor who needs SMTPUTF8 of a peer that lacks it", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "behind j\xc3\xb6", "not now" },
	    { "250 ok\r\n250 ok\r\n", "read; answer rcpt: idle" } } },
	{ "nor an address with a line end", false, {
	    READY_PIPE,
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "behind a\r\nDATA", "not now" } } },
	{ "each has SMTPUTF8 where it is needed", false, {
	    GREET,
	    { "250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n",
	      "ready ehlo: idle" },
	    { "rcpt joe", MAIL " / RCPT TO:<joe@example.org>" },
	    { "behind j\xc3\xb6", "RSET / " MAIL " SMTPUTF8 / "
	      "RCPT TO:<j\xc3\xb6@example.org>" } } },

	/* SMTPUTF8 and what may not be sent */
};

START_TEST(dialogue_goes_as_the_table_says)
{
	smtp_row_run(&rows[_i]);
}
END_TEST

/* The longest of everything fits in what a step can hold. */
START_TEST(longest_group_fits)
{
	char sender[ADDRESS_MAX + 1];
	struct smtp_params params = { .helo = "h", .sender = sender };
	struct address rcpt = { .utf8_local = true };
	struct smtp_step step;
	struct smtp s;

	memset(sender, 's', ADDRESS_MAX);
	sender[ADDRESS_MAX] = '\0';
	memset(rcpt.local, 'l', ADDRESS_LOCAL_MAX);
	memset(rcpt.domain, 'd', ADDRESS_MAX - 1 - ADDRESS_LOCAL_MAX);
	ck_assert(smtp_begin(&s, &params));
	s.state = SMTP_ANSWERED;
	s.pipelining = s.smtputf8 = true;
	smtp_recipient(&s, &rcpt, &step);
	ck_assert_int_eq(step.act, SMTP_DO_SEND);
	ck_assert_uint_eq(step.send_len, strlen(step.send));
	ck_assert_str_eq(step.send + step.send_len - 3, ">\r\n");
	rcpt.domain[ADDRESS_MAX - 1 - ADDRESS_LOCAL_MAX] = 'd';
	s.state = SMTP_ANSWERED;
	smtp_recipient(&s, &rcpt, &step);
	ck_assert_int_eq(step.outcome, SMTP_UNSENDABLE);
}
END_TEST

START_TEST(a_group_has_an_end)
{
	struct address rcpt = smtp_rcpt("joe");
	struct smtp_step step;
	struct smtp s;
	int n;

	ck_assert(smtp_begin(&s, &smtp_plain));
	s.state = SMTP_READY;
	s.pipelining = true;
	smtp_recipient(&s, &rcpt, &step);
	for (n = 1; n < SMTP_GROUP_MAX; n++)
		ck_assert(smtp_behind(&s, &rcpt, &step));
	ck_assert(!smtp_behind(&s, &rcpt, &step));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("smtp_group");
	TCase *t = tcase_create("smtp_group");

	tcase_add_loop_test(t, dialogue_goes_as_the_table_says, 0,
	    COUNT(rows));
	tcase_add_test(t, longest_group_fits);
	tcase_add_test(t, a_group_has_an_end);
	suite_add_tcase(s, t);
	return suite_run(s);
}
