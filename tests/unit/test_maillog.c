/* Lines of Postfix's and Sendmail's logs, and what is made to look like one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/maillog.h"
#include "tests/unit/suite.h"

#define NOW		1795219200	/* 2026-11-21 00:00:00 UTC */
#define T		"2026-11-20T20:20:33.123456+00:00 mta "
#define P		T "postfix/smtp[123]: "
#define RELAY		"relay=mx.example.org[192.0.2.7]:25, delay=0.5, " \
			"delays=0.1/0/0.2/0.2, "
#define SAID		"host mx.example.org[192.0.2.7] said: "
#define IN_RCPT		" (in reply to RCPT TO command))"
#define UNKNOWN		"550 5.1.1 <ann@example.org>: Recipient address " \
			"rejected: User unknown"
#define S		T "sm-mta[77]: "
#define CTL		"ctladdr=<app@shop.example> (33/33), " \
			"delay=00:00:01, xdelay=00:00:01, "

/* what: KIND ADDRESS QID RELAY IP QUOTED STAGE CODE ENHANCED TEXT */
static const struct {
	const char *says, *line;
	const char *what;		/* NULL: it is no line of ours */
} rows[] = {
	{ "a delivery", P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1)",
	    "sent ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes none "
	    "250 2.0.0 Ok: queued as 1" },
	{ "a bounce at RCPT", P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=5.1.1, status=bounced (" SAID UNKNOWN IN_RCPT,
	    "bounced ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes "
	    "rcpt 550 5.1.1 <ann@example.org>: Recipient address rejected: "
	    "User unknown" },
	{ "of an alias", P "4ABC12345: to=<ann@example.org>, "
	    "orig_to=<list@shop.example>, " RELAY
	    "dsn=5.1.1, status=bounced (" SAID "550 no" IN_RCPT,
	    "bounced ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes "
	    "rcpt 550 - no" },
	{ "a bounce at the end of DATA is not about the recipient alone",
	    P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=5.7.1, status=bounced (" SAID "554 5.7.1 spam "
	    "(in reply to end of DATA command))",
	    "bounced ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes "
	    "none 554 5.7.1 spam" },
	{ "at MAIL", P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=5.7.1, status=bounced (" SAID "550 5.7.1 go away "
	    "(in reply to MAIL FROM command))",
	    "bounced ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes "
	    "mail 550 5.7.1 go away" },
	{ "deferred", P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=4.2.2, status=deferred (" SAID "452 4.2.2 full" IN_RCPT,
	    "deferred ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes "
	    "rcpt 452 4.2.2 full" },
	{ "no connection", P "4ABC12345: to=<ann@example.org>, relay=none, "
	    "delay=30, dsn=4.4.1, status=deferred (connect to "
	    "mx.example.org[192.0.2.7]:25: Connection timed out)",
	    "deferred ann@example.org 4ABC12345 - - no none 0 4.4.1 -" },
	{ "a bounce by our own MTA is not in their words",
	    P "4ABC12345: to=<ann@example.org>, relay=none, delay=1, "
	    "dsn=5.4.4, status=bounced (Host or domain name not found)",
	    "bounced ann@example.org 4ABC12345 - - no none 0 5.4.4 -" },
	{ "words of another host than the relay",
	    P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=5.1.1, status=bounced (host mx2.example.org[192.0.2.8] "
	    "said: 550 5.1.1 no" IN_RCPT,
	    "bounced ann@example.org 4ABC12345 mx.example.org 192.0.2.7 no "
	    "none 0 5.1.1 -" },
	{ "IPv6", P "4ABC12345: to=<ann@example.org>, relay=mx.example.org"
	    "[2001:db8::7]:25, delay=1, dsn=2.0.0, status=sent (250 ok)",
	    "sent ann@example.org 4ABC12345 mx.example.org 2001:db8::7 yes "
	    "none 250 - ok" },
	{ "another instance of Postfix", T "postfix-out/smtp[9]: 4ABC12345: "
	    "to=<ann@example.org>, " RELAY "dsn=2.0.0, status=sent (250 ok)",
	    "sent ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes none "
	    "250 - ok" },
	{ "traditional time", "Nov 20 20:20:33 mta postfix/smtp[1]: "
	    "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=2.0.0, status=sent (250 ok)",
	    "sent ann@example.org 4ABC12345 mx.example.org 192.0.2.7 yes none "
	    "250 - ok" },
	{ "local delivery", T "postfix/local[1]: 4ABC12345: "
	    "to=<ann@example.org>, relay=local, delay=1, dsn=5.1.1, "
	    "status=bounced (unknown user: \"ann\")", NULL },
	{ "a filter by LMTP", T "postfix/lmtp[1]: 4ABC12345: "
	    "to=<ann@example.org>, " RELAY "dsn=2.0.0, status=sent (250 ok)",
	    NULL },
	{ "a socket is no relay", P "4ABC12345: to=<ann@example.org>, "
	    "relay=mx.example.org[private/filter], delay=1, dsn=2.0.0, "
	    "status=sent (250 ok)", NULL },
	{ "Postfix's own probe", P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=2.1.5, status=deliverable (250 ok)", NULL },
	{ "another program", T "notpostfix[1]: 4ABC12345: "
	    "to=<ann@example.org>, " RELAY "dsn=2.0.0, status=sent (250 ok)",
	    NULL },
	{ "no queue id", T "postfix/smtp[1]: connect to mx.example.org"
	    "[192.0.2.7]:25: Connection refused", NULL },
	{ "the fields of a victim in the local part",
	    P "4ABC12345: to=<x>, " RELAY "dsn=5.1.1, status=bounced (" SAID
	    UNKNOWN IN_RCPT "@evil.example>, " RELAY
	    "dsn=2.0.0, status=sent (250 ok)", NULL },
	{ "in the address before the aliases",
	    P "4ABC12345: to=<ann@example.org>, orig_to=<x>, " RELAY
	    "dsn=5.1.1, status=bounced (" SAID UNKNOWN IN_RCPT
	    "@evil.example>, " RELAY "dsn=2.0.0, status=sent (250 ok)",
	    NULL },
	{ "another recipient in the reply", P "4ABC12345: "
	    "to=<ann@example.org>, " RELAY "dsn=5.1.1, status=bounced (" SAID
	    "550 5.1.1 x to=<bob@example.org>, status=bounced" IN_RCPT,
	    NULL },
	{ "a local part with blanks is never taken", P "4ABC12345: "
	    "to=<a b@example.org>, " RELAY "dsn=2.0.0, status=sent (250 ok)",
	    NULL },
	{ "cut off", P "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=5.1.1, status=bounced (" SAID "550 5.1.1 no", NULL },
	{ "a time to come", "2026-11-25T20:20:33+00:00 mta postfix/smtp[1]: "
	    "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=2.0.0, status=sent (250 ok)", NULL },
	{ "no time", "mta postfix/smtp[1]: 4ABC12345: to=<ann@example.org>, "
	    RELAY "dsn=2.0.0, status=sent (250 ok)", NULL },
	{ "nothing", "", NULL },

	{ "Sendmail delivers", S "5AKKKX2Z012345: to=<ann@example.org>, " CTL
	    "mailer=esmtp, pri=30, relay=mx.example.org. [192.0.2.7], "
	    "dsn=2.0.0, stat=Sent (ok 1)",
	    "sent ann@example.org 5AKKKX2Z012345 mx.example.org 192.0.2.7 no "
	    "none 250 2.0.0 -" },
	{ "Sendmail bounces, without the reply", S "5AKKKX2Z012345: "
	    "to=<ann@example.org>, " CTL "mailer=esmtp, pri=30, "
	    "relay=mx.example.org. [192.0.2.7], dsn=5.1.1, stat=User unknown",
	    "bounced ann@example.org 5AKKKX2Z012345 mx.example.org 192.0.2.7 "
	    "no rcpt 550 5.1.1 -" },
	{ "and with it", S "5AKKKX2Z012345: to=<ann@example.org>, " CTL
	    "mailer=esmtp, pri=30, relay=mx.example.org. [192.0.2.7], "
	    "reply=550 5.1.1 no such user, dsn=5.1.1, stat=User unknown",
	    "bounced ann@example.org 5AKKKX2Z012345 mx.example.org 192.0.2.7 "
	    "yes rcpt 550 5.1.1 no such user" },
	{ "Sendmail defers", S "5AKKKX2Z012345: to=<ann@example.org>, " CTL
	    "mailer=esmtp, pri=30, relay=mx.example.org. [192.0.2.7], "
	    "dsn=4.0.0, stat=Deferred: Connection refused",
	    "deferred ann@example.org 5AKKKX2Z012345 mx.example.org 192.0.2.7 "
	    "no none 450 4.0.0 -" },
	{ "two recipients", S "5AKKKX2Z012345: "
	    "to=<ann@example.org>,<bob@example.org>, " CTL
	    "mailer=esmtp, pri=30, relay=mx.example.org. [192.0.2.7], "
	    "dsn=2.0.0, stat=Sent (ok)",
	    "sent ann@example.org,bob@example.org 5AKKKX2Z012345 "
	    "mx.example.org 192.0.2.7 no none 250 2.0.0 -" },
	{ "a smart host", S "5AKKKX2Z012345: to=<ann@example.org>, " CTL
	    "mailer=relay, pri=30, relay=smart.shop.example. [192.0.2.9], "
	    "dsn=2.0.0, stat=Sent (ok)", NULL },
	{ "a local mailbox", S "5AKKKX2Z012345: to=<ann@example.org>, " CTL
	    "mailer=local, pri=30, dsn=5.1.1, stat=User unknown", NULL },
	{ "a reply that looks like fields", S "5AKKKX2Z012345: "
	    "to=<ann@example.org>, " CTL "mailer=esmtp, pri=30, "
	    "relay=mx.example.org. [192.0.2.7], reply=550 x, dsn=2.0.0, "
	    "stat=Sent, dsn=5.1.1, stat=User unknown", NULL },
};

static void
show(const struct maillog_event *e, char *out, size_t size)
{
	char list[256] = "", one[ADDRESS_MAX + 1];
	size_t i;

	for (i = 0; i < e->count; i++) {
		address_wire(&e->addr[i], one);
		snprintf(list + strlen(list), sizeof list - strlen(list),
		    "%s%s", i > 0 ? "," : "", one);
	}
	snprintf(out, size, "%s %s %s %s %s %s %s %u %s %s",
	    outcome_kind_word(e->kind), list, e->qid,
	    e->relay[0] != '\0' ? e->relay : "-",
	    e->ip[0] != '\0' ? e->ip : "-", e->quoted ? "yes" : "no",
	    stage_word(e->stage), e->code,
	    e->enhanced[0] != '\0' ? e->enhanced : "-",
	    e->text[0] != '\0' ? e->text : "-");
}

START_TEST(lines_are_read)
{
	struct maillog_event e;
	bool good = maillog_read(rows[_i].line, strlen(rows[_i].line), NOW,
	    &e);
	char got[1024];

	ck_assert_msg(good == (rows[_i].what != NULL), "%s", rows[_i].says);
	if (!good)
		return;
	show(&e, got, sizeof got);
	ck_assert_msg(strcmp(got, rows[_i].what) == 0, "%s:\n%s", rows[_i].says,
	    got);
	ck_assert_int_eq(e.at, NOW - 24 * 3600 + 20 * 3600 + 20 * 60 + 33);
}
END_TEST

START_TEST(a_day_without_a_year_is_the_last_one)
{
	static const char line[] = "Dec 31 23:59:59 mta postfix/smtp[1]: "
	    "4ABC12345: to=<ann@example.org>, " RELAY
	    "dsn=2.0.0, status=sent (250 ok)";
	struct maillog_event e;

	ck_assert(maillog_read(line, strlen(line), 1798761700, &e));
	ck_assert_int_eq(e.at, 1798761599);	/* 2026, asked in 2027 */
}
END_TEST

START_TEST(a_line_too_long_or_with_a_nul_is_none)
{
	static char line[MAILLOG_LINE_MAX + 2];
	struct maillog_event e;
	int n = snprintf(line, sizeof line, "%s", rows[0].line);

	ck_assert(maillog_read(line, (size_t)n, NOW, &e));
	ck_assert(!maillog_read(line, (size_t)n + 1, NOW, &e));
	memset(line + n - 1, 'x', sizeof line - (size_t)n);
	line[sizeof line - 1] = ')';
	ck_assert(!maillog_read(line, sizeof line, NOW, &e));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("maillog");
	TCase *t = tcase_create("all");

	setenv("TZ", "UTC", 1);
	tzset();
	tcase_add_loop_test(t, lines_are_read, 0, COUNT(rows));
	tcase_add_test(t, a_day_without_a_year_is_the_last_one);
	tcase_add_test(t, a_line_too_long_or_with_a_nul_is_none);
	suite_add_tcase(s, t);
	return suite_run(s);
}
