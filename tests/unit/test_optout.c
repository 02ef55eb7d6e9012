/* Messages to our contact, bounce messages, and who is believed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authres.h"
#include "cli/dsn.h"
#include "cli/message.h"
#include "cli/optout.h"
#include "tests/unit/suite.h"

#define ID		"mx.shop.example"
#define PASS		"Authentication-Results: mx.shop.example;\n\t" \
			"dmarc=pass (p=none) header.from=a.example\n"
#define FROM		"From: \"The Postmaster\" <Postmaster@A.example>\n"
#define ASKS		"Subject: probes\n\nHello,\nexclude a.example\n"

/* --- Authentication-Results ------------------------------------------------- */

static const struct {
	const char *says, *field;
	bool read;
	const char *got;		/* of dmarc and dkim: pass, fail, - */
} results[] = {
	{ "DMARC", ID "; dmarc=pass header.from=a.example", true, "pass -" },
	{ "DMARC of another domain", ID "; dmarc=pass header.from=b.example",
	    true, "fail -" },
	{ "of a domain below", ID "; dmarc=pass header.from=x.a.example",
	    true, "fail -" },
	{ "DMARC failed", ID "; dmarc=fail header.from=a.example", true,
	    "fail -" },
	{ "DKIM", ID "; dkim=pass header.d=a.example header.s=s1", true,
	    "- pass" },
	{ "one of two signatures", ID "; dkim=fail header.d=a.example; "
	    "dkim=pass header.d=a.example", true, "- pass" },
	{ "a signature of somebody else", ID "; dkim=pass "
	    "header.d=bulk.example", true, "- fail" },
	{ "both, a version and comments", ID " 1 (x; dmarc=pass (y)); "
	    "dkim=pass (1024) header.d=a.example; dmarc=pass "
	    "header.from=A.EXAMPLE", true, "pass pass" },
	{ "a result in a comment is none", ID "; none (; dmarc=pass "
	    "header.from=a.example)", true, "- -" },
	{ "two DMARC results", ID "; dmarc=fail header.from=a.example; "
	    "dmarc=pass header.from=a.example", true, "fail -" },
	{ "SPF alone", ID "; spf=pass smtp.mailfrom=a.example", true, "- -" },
	{ "another server", "mx.evil.example; dmarc=pass "
	    "header.from=a.example", false, NULL },
	{ "a server whose name begins alike", ID ".evil.example; dmarc=pass "
	    "header.from=a.example", false, NULL },
	{ "another version", ID " 2; dmarc=pass header.from=a.example", false,
	    NULL },
	{ "quotes", ID "; dmarc=pass reason=\"x\" header.from=a.example",
	    false, NULL },
	{ "a comment that is not closed", ID "; dmarc=pass (header.from="
	    "a.example", false, NULL },
	{ "no results", ID, false, NULL },
	{ "nothing", "", false, NULL },
};

START_TEST(results_are_read_strictly)
{
	struct authres r;
	char got[32];
	bool read = authres_read(results[_i].field, ID, "a.example", &r);

	ck_assert_msg(read == results[_i].read, "%s", results[_i].says);
	if (!read)
		return;
	snprintf(got, sizeof got, "%s %s", !r.has_dmarc ? "-" :
	    r.dmarc_pass ? "pass" : "fail", !r.has_dkim ? "-" : r.dkim_pass ?
	    "pass" : "fail");
	ck_assert_msg(strcmp(got, results[_i].got) == 0, "%s: %s",
	    results[_i].says, got);
	ck_assert(!authres_read(results[_i].field, "", "a.example", &r));
}
END_TEST

/* --- requests --------------------------------------------------------------- */

static const struct {
	const char *says, *message;
	const char *grants;		/* NULL: the admin decides */
	const char *about;		/* FROM [asks] names */
} requests[] = {
	{ "a postmaster for his domain", PASS FROM ASKS, "a.example",
	    "Postmaster@a.example [a.example] a.example" },
	{ "abuse, by the subject", PASS "From: abuse@a.example\n"
	    "Subject: EXCLUDE a.example.\n\n", "a.example",
	    "abuse@a.example [a.example] a.example" },
	{ "with a signature of the domain", "Authentication-Results: " ID
	    "; dkim=pass header.d=a.example\n" FROM ASKS, "a.example",
	    "Postmaster@a.example [a.example] a.example" },
	{ "with CRLF, folded, and an mbox line", "From x Sat\r\n"
	    "Authentication-Results: " ID ";\r\n dmarc=pass\r\n "
	    "header.from=a.example\r\nFrom:\r\n postmaster@a.example\r\n\r\n"
	    "exclude a.example\r\n", "a.example",
	    "postmaster@a.example [a.example] a.example" },
	{ "quoted-printable", PASS FROM "Content-Transfer-Encoding: "
	    "quoted-printable\n\nexclude a=2Eexa=\nmple\n", "a.example",
	    "Postmaster@a.example [a.example] a.example" },
	{ "base64 in a multipart", PASS FROM "Content-Type: multipart/mixed; "
	    "boundary=b\n\n--b\nContent-Type: text/html\n\n<b>x</b>\n--b\n"
	    "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
	    "ZXhjbHVkZSBhLmV4YW1wbGUK\n--b--\n", "a.example",
	    "Postmaster@a.example [a.example] a.example" },
	{ "HTML alone", PASS FROM "Content-Type: text/html\n\n"
	    "<p>exclude <a href=\"x\">a.example</a></p>\n",
	    "a.example", "Postmaster@a.example [a.example] a.example" },

	{ "nobody says that it is he", FROM ASKS, NULL,
	    "Postmaster@a.example [a.example] a.example" },
	{ "a server that is not ours says it", "Authentication-Results: "
	    "mx.evil.example; dmarc=pass header.from=a.example\n" FROM ASKS,
	    NULL, "Postmaster@a.example [a.example] a.example" },
	{ "the topmost of ours counts", "Authentication-Results: " ID
	    "; dmarc=fail header.from=a.example\n" PASS FROM ASKS, NULL,
	    "Postmaster@a.example [a.example] a.example" },
	{ "a signature does not make failed DMARC good",
	    "Authentication-Results: " ID "; dkim=pass header.d=a.example; "
	    "dmarc=fail header.from=a.example\n" FROM ASKS, NULL,
	    "Postmaster@a.example [a.example] a.example" },
	{ "another address of the domain", PASS "From: ann@a.example\n" ASKS,
	    NULL, "ann@a.example [a.example] a.example" },
	{ "for another domain", PASS FROM "\nexclude b.example\n", NULL,
	    "Postmaster@a.example [b.example] a.example b.example" },
	{ "for two", PASS FROM "\nexclude a.example\nexclude b.example\n",
	    NULL, "Postmaster@a.example [-] a.example b.example" },
	{ "for a domain below", PASS FROM "\nexclude x.a.example\n", NULL,
	    "Postmaster@a.example [x.a.example] a.example x.a.example" },
	{ "a complaint that asks for nothing", PASS FROM
	    "\nYou probe mail.a.example too much!\n", NULL,
	    "Postmaster@a.example [-] a.example mail.a.example" },
	{ "an address is no domain", PASS FROM "\nexclude x@a.example\n", NULL,
	    "Postmaster@a.example [-] a.example" },
	{ "what he quotes is not his", PASS FROM "\n> exclude a.example\n",
	    NULL, "Postmaster@a.example [-] a.example" },
	{ "a machine's answer", PASS FROM "Auto-Submitted: auto-replied\n"
	    ASKS, NULL, "Postmaster@a.example [a.example] a.example" },
	{ "two From fields", PASS FROM "From: abuse@b.example\n" ASKS, NULL,
	    "\"The Postmaster\" <Postmaster@A.example> [a.example] "
	    "a.example" },
	{ "two addresses", PASS "From: postmaster@a.example, x@b.example\n"
	    ASKS, NULL, "postmaster@a.example, x@b.example [a.example] "
	    "a.example" },
	{ "an address in a comment", PASS "From: x@b.example "
	    "(postmaster@a.example)\n" ASKS, NULL,
	    "x@b.example (postmaster@a.example) [a.example] a.example" },
	{ "a name that looks like an address", PASS
	    "From: \"postmaster@a.example\" <x@b.example>\n" ASKS, NULL,
	    "x@b.example [a.example] b.example a.example" },
	{ "no From", PASS ASKS, NULL, " [a.example] a.example" },
	{ "nothing at all", "", NULL, " [-] " },
};

START_TEST(who_is_granted)
{
	static struct optout o;
	const char *why, *grants;
	char text[2048], got[8192];
	size_t i, len = strlen(requests[_i].message);

	memcpy(text, requests[_i].message, len);
	len = message_normal(text, len);
	optout_read(text, len, ID, &o);
	grants = optout_grants(&o, &why);
	ck_assert_msg((grants == NULL) == (requests[_i].grants == NULL),
	    "%s: %s", requests[_i].says, why);
	if (grants != NULL)
		ck_assert_str_eq(grants, requests[_i].grants);
	snprintf(got, sizeof got, "%s [%s] ", o.from, o.asks[0] != '\0' ?
	    o.asks : "-");
	for (i = 0; i < o.domain_count; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s",
		    i > 0 ? " " : "", o.domains[i]);
	ck_assert_msg(strcmp(got, requests[_i].about) == 0, "%s:\n%s",
	    requests[_i].says, got);
	/* without a server of ours nothing is granted */
	optout_read(text, len, "", &o);
	ck_assert_ptr_null(optout_grants(&o, &why));
}
END_TEST

START_TEST(what_is_shown_is_plain_and_cut)
{
	static struct optout o;
	static char text[300000];
	size_t len;

	len = (size_t)snprintf(text, sizeof text, "From: a@b.example\n"
	    "Message-ID: <x\x1b[31m@b.example>\nSubject: \xff\\\n\n");
	memset(text + len, 'v', sizeof text - len);
	optout_read(text, sizeof text, ID, &o);
	ck_assert_str_eq(o.id, "<x?[31m@b.example>");
	ck_assert_msg(strncmp(o.excerpt, "??: vvv", 7) == 0, "%.20s",
	    o.excerpt);
	ck_assert_uint_le(strlen(o.excerpt), COMPLAINT_TEXT_MAX);
	ck_assert_ptr_null(strchr(o.excerpt, '\\'));
}
END_TEST

/* --- bounce messages -------------------------------------------------------- */

#define REPORT(status, returned) \
	"Content-Type: multipart/report; report-type=delivery-status;\n" \
	" boundary=\"b c\"\n\n--b c\n\nText\n--b c\n" \
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n" \
	status "\n--b c\nContent-Type: message/rfc822\n\n" returned \
	"\n--b c--\n"
#define RETURNED "Received: by mta (Postfix) with ESMTP id 4ABC12345\n" \
	"\tfor <ann@a.example>; Sat, 21 Nov 2026\n" \
	"Received: from x by y id 12; z\n\nbody id 4BODY1234 x\n"

static const struct {
	const char *says, *message;
	const char *what;		/* NULL: none */
} bounces[] = {
	{ "a bounce", REPORT("Final-Recipient: rfc822; ann@a.example\n"
	    "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; MX.a.example\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no\n such user\n", RETURNED),
	    "ann@a.example 550 5.1.1 mx.a.example yes no such user 4ABC12345"
	},
	{ "without a reply", REPORT("Final-Recipient: rfc822;ann@a.example\n"
	    "Action: failed\nStatus: 5.1.1 (x)\n", RETURNED),
	    "ann@a.example 550 5.1.1  no  4ABC12345" },
	{ "as we wrote the address", REPORT("Original-Recipient: rfc822; "
	    "ann@a.example\nFinal-Recipient: rfc822; root@b.example\n"
	    "Action: failed\nStatus: 5.1.1\n", RETURNED),
	    "ann@a.example 550 5.1.1  no  4ABC12345" },
	{ "a delay", REPORT("Final-Recipient: rfc822; ann@a.example\n"
	    "Action: delayed\nStatus: 4.4.1\n", RETURNED), NULL },
	{ "delivered", REPORT("Final-Recipient: rfc822; ann@a.example\n"
	    "Action: delivered\nStatus: 2.1.5\n", RETURNED), NULL },
	{ "an X.400 address", REPORT("Final-Recipient: x400; /C=a/\n"
	    "Action: failed\nStatus: 5.1.1\n", RETURNED), NULL },
	{ "no queue id", REPORT("Final-Recipient: rfc822; ann@a.example\n"
	    "Action: failed\nStatus: 5.1.1\n", "Subject: x\n\n"),
	    "ann@a.example 550 5.1.1  no " },
	{ "another kind of message", "Subject: x\n\nFinal-Recipient: rfc822; "
	    "ann@a.example\nAction: failed\nStatus: 5.1.1\n", NULL },
	{ "nothing", "", NULL },
};

START_TEST(bounces_are_read)
{
	static struct dsn d;
	char wire[ADDRESS_MAX + 1], got[4096];
	size_t i;
	bool good = dsn_read(bounces[_i].message, strlen(bounces[_i].message),
	    &d);

	ck_assert_msg(good == (bounces[_i].what != NULL), "%s",
	    bounces[_i].says);
	if (!good)
		return;
	address_wire(&d.rcpts[0].addr, wire);
	snprintf(got, sizeof got, "%s %u %s %s %s %s", wire, d.rcpts[0].code,
	    d.rcpts[0].enhanced, d.rcpts[0].host,
	    d.rcpts[0].quoted ? "yes" : "no", d.rcpts[0].text);
	for (i = 0; i < d.qid_count; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), " %s",
		    d.qids[i]);
	ck_assert_msg(strcmp(got, bounces[_i].what) == 0, "%s:\n%s",
	    bounces[_i].says, got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("optout");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, results_are_read_strictly, 0, COUNT(results));
	tcase_add_loop_test(t, who_is_granted, 0, COUNT(requests));
	tcase_add_test(t, what_is_shown_is_plain_and_cut);
	tcase_add_loop_test(t, bounces_are_read, 0, COUNT(bounces));
	suite_add_tcase(s, t);
	return suite_run(s);
}
