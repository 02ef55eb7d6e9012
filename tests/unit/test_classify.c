#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/classify.h"
#include "tests/unit/rules_fixture.h"
#include "tests/unit/suite.h"

static struct rules *rules;

struct row {
	const char *says;
	enum stage stage;
	const char *reply;
	enum verdict_reason reason;
};

#define R	STAGE_RCPT
#define M	STAGE_MAIL
#define B	STAGE_BANNER
#define E	STAGE_EHLO
#define U	STAGE_NONE

/* The laws, and the table of meanings, a row for each fact. */
static const struct row facts[] = {
	{ "a 2xx at RCPT is acceptance", R, "250 2.1.5 Ok", REASON_ACCEPTED },
	{ "a forwarded user is accepted", R, "251 User not local; will "
	    "forward to <a@example.com>", REASON_ACCEPTED },
	{ "252 is acceptance, its worth is the caller's matter", R,
	    "252 2.1.5 Cannot VRFY user", REASON_ACCEPTED },
	{ "words at RCPT do not outweigh a 2xx", R,
	    "250 user unknown, but fine", REASON_ACCEPTED },
	{ "354 answers nothing that was asked", R, "354 go ahead",
	    REASON_AMBIGUOUS_REFUSAL },
	{ "no such user at MAIL is about our sender", M,
	    "550 5.1.1 No such user", REASON_BLOCKED_POLICY },
	{ "no such user in a banner is about us", B,
	    "554 5.1.1 User unknown", REASON_BLOCKED_POLICY },
	{ "no such user at EHLO is about us", E, "550 User unknown",
	    REASON_BLOCKED_POLICY },
	{ "a full mailbox at MAIL is not the recipient's", M,
	    "552 5.2.2 mailbox full", REASON_BLOCKED_POLICY },
	{ "4xx is never final", R, "450 4.1.1 User unknown",
	    REASON_TEMPORARY_ERROR },
	{ "4xx with a final enhanced code is not final", R,
	    "450 5.1.1 User unknown", REASON_TEMPORARY_ERROR },
	{ "5xx with a temporary enhanced code is in doubt", R,
	    "550 4.1.1 hm", REASON_TEMPORARY_ERROR },
	{ "a bare 550 proves nothing", R, "550 no", REASON_AMBIGUOUS_REFUSAL },
	{ "a bare 550 without text proves nothing", R, "550",
	    REASON_AMBIGUOUS_REFUSAL },
	{ "5.7.1 is about us", R, "550 5.7.1 Message refused",
	    REASON_BLOCKED_POLICY },
	{ "5.7.1 with user words is about the user", R,
	    "550 5.7.1 No such user!", REASON_NO_SUCH_USER },
	{ "5.1.1 with a block list is about us", R, "550 5.1.1 blocked using "
	    "Spamhaus", REASON_BLOCKED_IP_LISTED },
	{ "5.1.0 with a refused sender is about us", R,
	    "550 5.1.0 <a@example.net> sender rejected",
	    REASON_BLOCKED_POLICY },
	{ "words in the address do not count", R,
	    "550 5.1.1 <blocked.spam@spamhaus.example>: user unknown",
	    REASON_NO_SUCH_USER },
	{ "words in a link do not count", R, "550 5.1.1 user unknown, see "
	    "http://policy.example.com/rate/limit", REASON_NO_SUCH_USER },
	{ "all lines count: the second says why", R, "550-Requested action "
	    "not taken: mailbox unavailable\n550 Your IP address has been "
	    "blocked", REASON_BLOCKED_POLICY },
	/* no such user */
	{ "5.1.1 alone", R, "550 5.1.1", REASON_NO_SUCH_USER },
	{ "5.1.3 alone", R, "501 5.1.3 Bad", REASON_NO_SUCH_USER },
	{ "5.1.10", R, "550 5.1.10 Null", REASON_NO_SUCH_USER },
	{ "5.4.310", R, "550 5.4.310 DNS", REASON_NO_SUCH_USER },
	{ "edge block of Microsoft 365", R, "550 5.4.1 Recipient address "
	    "rejected: Access denied. AS(201806281) [X.prod.protection."
	    "outlook.com]", REASON_NO_SUCH_USER },
	{ "Microsoft consumer", R, "550 5.5.0 Requested action not taken: "
	    "mailbox unavailable (S2017062302)", REASON_NO_SUCH_USER },
	{ "GMX", R, "550 Requested action not taken: mailbox unavailable",
	    REASON_NO_SUCH_USER },
	{ "Comcast", R, "550 5.1.1 Not our customer", REASON_NO_SUCH_USER },
	{ "QQ", R, "550 Mailbox not found. http://service.mail.qq.com/",
	    REASON_NO_SUCH_USER },
	{ "Orange", R, "550 5.1.1 Adresse d au moins un destinataire "
	    "invalide. Invalid recipient. OFR_416 [416]",
	    REASON_NO_SUCH_USER },
	{ "Barracuda", R, "550 5.1.1 cuda_nsu", REASON_NO_SUCH_USER },
	{ "Google", R, "550-5.1.1 The email account that you tried to reach "
	    "does not exist. Please try\n550 5.1.1 https://support.google."
	    "com/mail/?p=NoSuchUser a1-2 - gsmtp", REASON_NO_SUCH_USER },
	{ "a null MX behind the relay", R, "556 5.1.10 Recipient address has "
	    "a null MX", REASON_NO_SUCH_USER },
	/* full */
	{ "Google, temporary", R, "452 4.2.2 out of storage "
	    "https://support.google.com/mail/?p=OverQuotaTemp x - gsmtp",
	    REASON_MAILBOX_FULL },
	{ "Google, permanent", R, "552 5.2.2 out of storage "
	    "https://support.google.com/mail/?p=OverQuotaPerm x - gsmtp",
	    REASON_MAILBOX_FULL_LONG },
	{ "GMX, full", R, "552 Requested mail action aborted: exceeded "
	    "storage allocation", REASON_MAILBOX_FULL },
	{ "Orange, full", R, "552 5.1.1 Boite du destinataire pleine. "
	    "Recipient overquota. OFR_417 [417]", REASON_MAILBOX_FULL },
	{ "too many recipients is not full", R,
	    "452 4.5.3 Too many recipients", REASON_RATE_LIMITED },
	{ "a full server disk is not a full mailbox", R,
	    "452 4.3.1 Insufficient system storage", REASON_TEMPORARY_ERROR },
	{ "a large message is not a full mailbox", R,
	    "552 5.3.4 Message size exceeds fixed limit",
	    REASON_AMBIGUOUS_REFUSAL },
	{ "quota words with 5.7.1", R, "550 5.7.1 email quota exceeded",
	    REASON_MAILBOX_FULL },
	/* disabled, moved */
	{ "5.2.1", R, "550 5.2.1 hm", REASON_MAILBOX_DISABLED },
	{ "5.7.13", R, "525 5.7.13 hm", REASON_MAILBOX_DISABLED },
	{ "5.7.504", R, "550 5.7.504 [a@example.com]: Recipient address "
	    "rejected: Access denied", REASON_MAILBOX_DISABLED },
	{ "Google, disabled", R, "550 5.2.1 hm https://support.google.com/"
	    "mail/?p=DisabledUser x - gsmtp", REASON_MAILBOX_DISABLED },
	{ "Yahoo, disabled", U, "554 30 Sorry, your message to a@yahoo.com "
	    "cannot be delivered. This mailbox is disabled (554.30).",
	    REASON_MAILBOX_DISABLED },
	{ "Apple, inactive", R, "550 5.1.1 <a@icloud.com>: inactive email "
	    "address", REASON_MAILBOX_DISABLED },
	{ "QQ, deactivated", R, "550 a@qq.com is a deactivated mailbox.",
	    REASON_MAILBOX_DISABLED },
	{ "Laposte, archived", R, "550 5.5.0 Boite du destinataire archivee. "
	    "Archived recipient. LPN007_420", REASON_MAILBOX_DISABLED },
	{ "5.1.6", R, "550 5.1.6 recipient no longer on server: a@icloud.com",
	    REASON_MAILBOX_MOVED },
	/* the mailbox's own rate: it is alive */
	{ "Google, per mailbox, for now", R, "450 4.2.1 The user you are "
	    "trying to contact is receiving mail at a rate that prevents",
	    REASON_ACCEPTED_RATE_LIMITED_MAILBOX },
	{ "Google, per mailbox, refused", R, "550 5.2.1 The user you are "
	    "trying to contact is receiving mail at a rate that prevents",
	    REASON_ACCEPTED_RATE_LIMITED_MAILBOX },
	{ "5.2.121", R, "550 5.2.121 hm",
	    REASON_ACCEPTED_RATE_LIMITED_MAILBOX },
	/* about us */
	{ "Microsoft, block list", M, "550 5.7.1 Unfortunately, messages from "
	    "[192.0.2.1] weren't sent. (S3140)", REASON_BLOCKED_IP_LISTED },
	{ "Microsoft, banned", R, "550 5.7.606 Access denied, banned sending "
	    "IP [192.0.2.1]", REASON_BLOCKED_IP_LISTED },
	{ "Yahoo, block list", M, "553 5.7.1 [BL21] Connections will not be "
	    "accepted from 192.0.2.1", REASON_BLOCKED_IP_LISTED },
	{ "Comcast, block list", B, "554 mx 192.0.2.1 found on one or more "
	    "DNSBLs, see http://postmaster.comcast.net/#BL000001",
	    REASON_BLOCKED_IP_LISTED },
	{ "GMX, block list at banner", B, "554-Nemesis ESMTP Service not "
	    "available\n554-No SMTP service\n554 IP address is black listed",
	    REASON_BLOCKED_IP_LISTED },
	{ "Mimecast, reputation", R, "550 Local CT IP Reputation - (reject)",
	    REASON_BLOCKED_POLICY },
	{ "Orange, source blocked", B, "550 mwinf ME Adresse IP source "
	    "bloquee pour incident de spam. OFR006_102",
	    REASON_BLOCKED_IP_LISTED },
	{ "no PTR", R, "550 5.7.25 hm", REASON_BLOCKED_NO_PTR },
	{ "no reverse name", R, "450 4.7.25 Client host rejected: cannot "
	    "find your hostname, [192.0.2.4]", REASON_BLOCKED_NO_PTR },
	{ "a dynamic address", B, "554 dynamic IP addresses are not "
	    "accepted", REASON_BLOCKED_NO_PTR },
	{ "HELO with their own name", R, "550 5.7.506 Access Denied, Bad HELO",
	    REASON_BLOCKED_HELO },
	{ "DMARC", R, "550 5.7.509 Access denied, sending domain does not "
	    "pass DMARC", REASON_BLOCKED_AUTH },
	{ "SPF at Google", R, "550 5.7.27 SPF did not pass",
	    REASON_BLOCKED_AUTH },
	{ "Google, an administrator's own rule", R, "550 5.7.1 Message "
	    "refused a1-2 - gcdp", REASON_BLOCKED_POLICY },
	{ "Microsoft, customer's rule", R, "550 5.7.513 hm",
	    REASON_BLOCKED_IP_LISTED },
	/* rate */
	{ "Microsoft, throttled", M, "451 4.7.650 The mail server has been "
	    "temporarily rate limited (S775)", REASON_RATE_LIMITED },
	{ "Microsoft, IPv6 range", R, "550 5.7.508 hm", REASON_RATE_LIMITED },
	{ "Yahoo, deferred", M, "421 4.7.0 [TSS04] Messages from 192.0.2.1 "
	    "temporarily deferred", REASON_RATE_LIMITED },
	{ "Yahoo, lasting", M, "553 5.7.2 [TSS09] All messages from "
	    "192.0.2.1 will be permanently deferred",
	    REASON_BLOCKED_POLICY },
	{ "Apple, volume", R, "421 4.7.0 [HCM1] hm", REASON_RATE_LIMITED },
	{ "QQ, frequency", R, "550 Ip frequency limited",
	    REASON_RATE_LIMITED },
	{ "QQ, recipient flooded", R, "550 Mailbox unavailable or access "
	    "denied", REASON_RECIPIENT_FLOODED },
	{ "several regions in one session", R, "451 4.4.4 Temporary server "
	    "error. ATTR38 recipients belong to multiple regions",
	    REASON_RATE_LIMITED },
	/* greylisting, relaying, TLS */
	{ "greylisting with a full mailbox's code", R, "452 4.2.2 Greylisted",
	    REASON_GREYLISTED },
	{ "Mimecast holds", R, "451 Internal resource temporarily "
	    "unavailable", REASON_GREYLISTED },
	{ "not yet authorised", R, "451 192.0.2.1 is not yet authorized to "
	    "deliver mail", REASON_GREYLISTED },
	{ "relaying, 554", R, "554 5.7.1 <a@example.com>: Relay access "
	    "denied", REASON_RELAY_DENIED },
	{ "relaying, 551", R, "551 not our domain, relay refused",
	    REASON_RELAY_DENIED },
	{ "rcpthosts", R, "553 sorry, that domain isn't in my list of "
	    "allowed rcpthosts (#5.7.1)", REASON_RELAY_DENIED },
	{ "a table called relay is no relaying", R, "550 5.1.1 <a@b.example>: "
	    "Recipient address rejected: User unknown in relay recipient "
	    "table", REASON_NO_SUCH_USER },
	{ "TLS wanted", M, "530 5.7.0 Must issue a STARTTLS command first",
	    REASON_TLS_REQUIRED },
	/* words of one refusal in another */
	{ "their user database is not our user", R, "550 user database not "
	    "found", REASON_AMBIGUOUS_REFUSAL },
	{ "a sender's list is no list of users", R, "550 Your email address "
	    "is not in the list of allowed senders", REASON_BLOCKED_POLICY },
	{ "unavailable for now, with a final code", R, "550 The email account "
	    "that you tried to reach is temporarily unavailable",
	    REASON_AMBIGUOUS_REFUSAL },
	{ "an address not recognised by them is no refusal of us", R,
	    "551 You have sent an email to an address not recognised by our "
	    "system. The email has been refused.", REASON_NO_SUCH_USER },
	{ "the domain that the sender has", R, "550 your domain does not "
	    "receive mail", REASON_BLOCKED_POLICY },
	{ "a block list in another language, with 5.1.1", R, "550 5.1.1 Su "
	    "servidor se encuentra en una lista negra",
	    REASON_BLOCKED_IP_LISTED },
	{ "Mimecast defers unknown users", R, "451 Recipient temporarily "
	    "unavailable", REASON_TEMPORARY_ERROR },
};

static void
judge(const struct row *row, struct reply_meaning *m)
{
	struct reply_facts f;
	static char text[4096];
	char enhanced[16];

	memset(&f, 0, sizeof(f));
	f.stage = row->stage;
	ck_assert(strlen(row->reply) < sizeof(text));
	ck_assert_msg(reply_split(row->reply, strlen(row->reply), &f.code,
	    enhanced, text), "%s: no reply", row->says);
	f.enhanced = enhanced;
	f.text = text;
	classify_reply(rules, &f, m);
	ck_assert_ptr_nonnull(m->rule);
}

START_TEST(replies_mean_what_they_say)
{
	struct reply_meaning m;

	judge(&facts[_i], &m);
	ck_assert_msg(m.reason == facts[_i].reason, "%s: %s by %s",
	    facts[_i].says, verdict_reason_word(m.reason), m.rule);
}
END_TEST

/* Times that servers name. */
static const struct {
	const char *reply;
	uint32_t seconds;
} waits[] = {
	{ "450 4.7.1 Greylisted for 5 minutes", 300 },
	{ "451 greylisted for 300 seconds", 300 },
	{ "450 Greylisting in action, please come back in 00:04:30", 270 },
	{ "451 4.7.1 Greylisting, try again in 1 hour", 3600 },
	{ "421 Too many connections, try again in 10 min", 600 },
	{ "450 4.2.0 Greylisted, see http://example.com/?60", 0 },
	{ "451 try again later", 0 },
	{ "451 Greylisted, retry in 99 hours", 86400 },
	{ "451 Greylisted, please try again in 4 minutes 59 seconds", 299 },
	{ "450 4.7.1 Greylisted for 0 minutes, 45 seconds.", 45 },
	{ "451 greylisted, try again in 1 hour and 30 minutes", 5400 },
	{ "451 greylisted, try again in 1h, 2m, 3s", 3723 },
	{ "450 4.7.1 Greylisting for 2h", 7200 },
	{ "450 greylisted. Delay: 300 s", 300 },
	{ "451 4.7.1 Greylisted. Retry-After: 300", 300 },
	{ "451 greylisted, try again after 2026-11-22 04:00:00", 0 },
	{ "451 greylisted, retry after 2 attempts", 0 },
	{ "451 greylisted, wait 10 minutes; 20 servers are asked", 600 },
	{ "450 bitte versuchen Sie es in 5 Minuten again in 7 minutes", 420 },
	{ "550 5.1.1 No such user, try again in 5 minutes", 0 },
};

START_TEST(named_times_are_read)
{
	struct row row = { waits[_i].reply, R, waits[_i].reply, 0 };
	struct reply_meaning m;

	judge(&row, &m);
	if (verdict_state_of(m.reason) != STATE_UNKNOWN)
		return;
	if (waits[_i].reply[0] == '4')
		ck_assert_msg(m.retry_after_s == waits[_i].seconds, "%s: %u",
		    waits[_i].reply, m.retry_after_s);
}
END_TEST

START_TEST(hosts_and_sessions)
{
	static const struct {
		enum stage stage;
		const char *reply;
		bool next;
	} row[] = {
		{ R, "554 5.7.1 Relay access denied", true },
		{ R, "421 4.3.2 Shutting down", true },
		{ B, "554 No SMTP service here", true },
		{ R, "550 5.1.1 User unknown", false },
		{ R, "250 ok", false },
		{ B, "220 ok", false },
		{ M, "550 5.7.1 sender refused", false },
	};
	struct reply_meaning m;
	struct row one = { "", R, "", 0 };
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		one.stage = row[i].stage;
		one.reply = row[i].reply;
		judge(&one, &m);
		ck_assert_msg(m.next_host == row[i].next, "%s", row[i].reply);
	}
}
END_TEST

START_TEST(without_rules_codes_decide)
{
	static const struct row row[] = {
		{ "2xx", R, "250 ok", REASON_ACCEPTED },
		{ "4xx", R, "450 User unknown", REASON_TEMPORARY_ERROR },
		{ "5xx", R, "550 5.1.1 User unknown",
		    REASON_AMBIGUOUS_REFUSAL },
		{ "5xx at MAIL", M, "550 no", REASON_BLOCKED_POLICY },
	};
	struct rules *kept = rules;
	struct reply_meaning m;
	size_t i;

	rules = NULL;
	for (i = 0; i < COUNT(row); i++) {
		judge(&row[i], &m);
		ck_assert_msg(m.reason == row[i].reason, "%s", row[i].says);
	}
	rules = kept;
}
END_TEST

START_TEST(a_provider_has_its_own_words)
{
	struct reply_facts f = { R, 421, "", "policy violations", NULL,
	    NULL };
	struct reply_meaning m;

	classify_reply(rules, &f, &m);
	ck_assert_int_eq(m.reason, REASON_TEMPORARY_ERROR);
	f.provider = "gmx";
	classify_reply(rules, &f, &m);
	ck_assert_int_eq(m.reason, REASON_RATE_LIMITED);
	ck_assert_str_eq(m.rule, "gmx.unknown-ratio");
	f.text = NULL;
	f.enhanced = NULL;
	classify_reply(rules, &f, &m);
	ck_assert_str_eq(m.rule, "code.421");
}
END_TEST

/* Who is meant by a name, where the session is known. */
static const struct {
	const char *says, *enhanced, *text;
	enum verdict_reason reason;
} meant[] = {
	{ "our HELO name that is not there is ours", "5.4.4",
	    "mx.probe.example does not exist", REASON_BLOCKED_POLICY },
	{ "so is our sender's domain", "", "Unknown domain probe.test",
	    REASON_BLOCKED_POLICY },
	{ "also with the code of a recipient's domain", "5.1.2",
	    "Host probe.test does not exist", REASON_BLOCKED_POLICY },
	{ "our sender is no recipient", "5.1.1",
	    "<verify@probe.test>: user unknown", REASON_BLOCKED_POLICY },
	{ "nor where it stands last", "", "No such user <verify@probe.test>",
	    REASON_BLOCKED_POLICY },
	{ "the recipient's domain is its own", "5.4.4",
	    "rcpt.example does not exist", REASON_NO_SUCH_USER },
	{ "a third one proves nothing", "5.4.4",
	    "other.example does not exist", REASON_AMBIGUOUS_REFUSAL },
	{ "a recipient that is unknown to a host of ours is unknown", "5.1.1",
	    "<a@rcpt.example>: user unknown (asked by mx.probe.example)",
	    REASON_NO_SUCH_USER },
};

START_TEST(names_tell_who_is_meant)
{
	const struct reply_names names = { "mx.probe.example",
	    "verify@probe.test", "rcpt.example" };
	struct reply_facts f = { R, 550, meant[_i].enhanced, meant[_i].text,
	    NULL, &names };
	struct reply_meaning m;

	classify_reply(rules, &f, &m);
	ck_assert_msg(m.reason == meant[_i].reason, "%s: %s by %s",
	    meant[_i].says, verdict_reason_word(m.reason), m.rule);
}
END_TEST

/* A rule that does not finish might have said that it is about us. */
START_TEST(a_cut_match_refuses_nobody)
{
	char text[3001];
	struct reply_facts f = { R, 550, "5.1.1", text, NULL, NULL };
	struct reply_meaning m;
	struct conf_errors e;
	struct rules *own;

	conf_errors_init(&e);
	own = fixture_build("rules = ( { id = \"slow\"; reason = "
	    "\"blocked_policy\"; text = \"(?:a+)+(?:a+)+[bd]\"; } ); "
	    "enhanced = ( { id = \"e\"; reason = \"no_such_user\"; "
	    "enhanced = \"5.1.1\"; } );", "", &e);
	ck_assert_ptr_nonnull(own);
	(void)snprintf(text, sizeof(text), "short");
	classify_reply(own, &f, &m);
	ck_assert_int_eq(m.reason, REASON_NO_SUCH_USER);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 2] = 'c';
	text[sizeof(text) - 1] = '\0';
	classify_reply(own, &f, &m);
	ck_assert_int_eq(m.reason, REASON_AMBIGUOUS_REFUSAL);
	ck_assert_str_eq(m.rule, "engine.doubt");
	rules_free(own);
	conf_errors_clear(&e);
}
END_TEST

static const struct {
	const char *line, *says;
	bool good;
} lines[] = {
	{ "rcpt\t550 5.1.1 User unknown",
	    "undeliverable\tno_such_user\tuser.unknown", true },
	{ "unknown\t250 ok", "deliverable\taccepted\tcode.2xx", true },
	{ "rcpt\t252 will try", "deliverable\taccepted\tcode.2xx", true },
	{ "banner\t220 mx", "deliverable\taccepted\tcode.2xx", true },
	{ "rcpt\t220 mx", "unknown\tambiguous_refusal\tcode.none", true },
	{ "rcpt\t221 bye", "unknown\tambiguous_refusal\tcode.none", true },
	{ "banner\t221 bye", "unknown\tambiguous_refusal\tcode.none", true },
	{ "rcpt\t550-5.1.1 The user\\n550 5.1.1 is unknown",
	    "undeliverable\tno_such_user\tuser.unknown", true },
	{ "rcpt 550", "no TAB", false },
	{ "lunch\t550 no", "no such stage", false },
	{ "rcpt\tno such user", "no SMTP reply", false },
	{ "rcpt\t", "no SMTP reply", false },
	{ "", "no TAB", false },
};

START_TEST(lines_are_judged)
{
	char out[CLASSIFY_LINE_SIZE];

	ck_assert_int_eq(classify_line(rules, NULL, lines[_i].line, out,
	    sizeof(out)), lines[_i].good);
	if (lines[_i].good)
		ck_assert_str_eq(out, lines[_i].says);
	else
		ck_assert_msg(strstr(out, lines[_i].says) != NULL, "%s", out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("classify");
	TCase *t = tcase_create("classify");
	int failed;

	rules = fixture_rules();
	tcase_add_loop_test(t, replies_mean_what_they_say, 0, COUNT(facts));
	tcase_add_loop_test(t, named_times_are_read, 0, COUNT(waits));
	tcase_add_test(t, hosts_and_sessions);
	tcase_add_test(t, without_rules_codes_decide);
	tcase_add_test(t, a_provider_has_its_own_words);
	tcase_add_test(t, a_cut_match_refuses_nobody);
	tcase_add_loop_test(t, names_tell_who_is_meant, 0, COUNT(meant));
	tcase_add_loop_test(t, lines_are_judged, 0, COUNT(lines));
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	failed = suite_run(s);
	rules_free(rules);
	return failed;
}
