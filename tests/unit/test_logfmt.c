#include "config.h"			/* strcasestr */

#include "milter/logfmt.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

static struct ring_entry
refusal(void)
{
	struct ring_entry e = {
		.kind = RING_DECISION,
		.id = "0123456789abcdef",
		.qid = "4XyZ12abc",
		.address = "nobody@example.org",
		.sender = "no-reply@shop.example",
		.client = "10.1.2.3",
		.auth = "shop",
		.guard = "signup",
		.role = VERIFY_RECIPIENT,
		.reason = REASON_NO_SUCH_USER,
		.source = SOURCE_STORE,
		.action = ACTION_REJECT,
		.mode = MODE_ENFORCE,
		.code = 550,
		.age_s = 60,
		.took_ms = 3,
	};

	return e;
}

START_TEST(a_decision_is_told_whole)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];
	size_t len = logfmt_line(&e, true, line);

	ck_assert_str_eq(line, "id=0123456789abcdef qid=4XyZ12abc "
	    "state=undeliverable reason=no_such_user action=reject "
	    "mode=enforce code=550 rcpt=nobody@example.org client=10.1.2.3 "
	    "auth=shop sender=no-reply@shop.example guard=signup "
	    "source=store age=60 ms=3");
	ck_assert_uint_eq(len, strlen(line));
}
END_TEST

START_TEST(what_is_not_known_is_a_dash)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];

	e.qid[0] = e.auth[0] = e.sender[0] = '\0';
	e.client[0] = '\0';
	e.code = 0;
	logfmt_line(&e, true, line);
	ck_assert_ptr_nonnull(strstr(line, " qid=- state="));
	ck_assert_ptr_nonnull(strstr(line,
	    " code=- rcpt=nobody@example.org client=- auth=- sender=- "));
}
END_TEST

START_TEST(addresses_can_be_kept_out)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];

	strcpy(e.sender, "\"a@b\"@shop.example");
	logfmt_line(&e, false, line);
	ck_assert_ptr_null(strstr(line, "nobody"));
	ck_assert_ptr_nonnull(strstr(line, " rcpt=*@example.org "));
	ck_assert_ptr_nonnull(strstr(line, " sender=*@shop.example "));
	strcpy(e.sender, "root");
	logfmt_line(&e, false, line);
	ck_assert_ptr_nonnull(strstr(line, " sender=* "));
}
END_TEST

START_TEST(a_judged_sender_has_no_recipient)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];

	e.role = VERIFY_SENDER;
	logfmt_line(&e, true, line);
	ck_assert_ptr_null(strstr(line, "rcpt="));
	ck_assert_ptr_nonnull(strstr(line, " role=sender "));
}
END_TEST

START_TEST(a_queue_id_is_tied_to_its_decision)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];

	e.kind = RING_QUEUED;
	e.code = 0;
	logfmt_line(&e, true, line);
	ck_assert_str_eq(line, "id=0123456789abcdef qid=4XyZ12abc");
	e.code = 550;
	logfmt_line(&e, true, line);
	ck_assert_str_eq(line,
	    "id=0123456789abcdef qid=4XyZ12abc code=550 at=end-of-message");
}
END_TEST

static const struct hostile_row {
	const char *says, *text, *shown;
} hostile[] = {
	{ "a blank is quoted", "a b", " auth=\"a b\" " },
	{ "an equals sign is quoted", "a=b", " auth=\"a=b\" " },
	{ "a quote cannot end the value", "a\" mode=\"x",
	    " auth=\"a\\x22 mode=\\x22x\" " },
	{ "a line feed does not begin a line", "a\nid=1",
	    " auth=\"a\\x0Aid=1\" " },
	{ "an escape drives no terminal", "\033[2J", " auth=\\x1B[2J " },
	{ "a format stays text", "%n%s", " auth=%n%s " },
	{ "an octet above 127 is shown as a number", "\xE9",
	    " auth=\\xE9 " },
};

START_TEST(foreign_text_stays_in_its_field)
{
	const struct hostile_row *r = &hostile[_i];
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];
	const char *p;

	strcpy(e.auth, r->text);
	logfmt_line(&e, true, line);
	ck_assert_msg(strcasestr(line, r->shown) != NULL, "%s: %s", r->says,
	    line);
	for (p = line; *p != '\0'; p++)
		ck_assert_msg(*p >= 32 && *p < 127, "%s", r->says);
}
END_TEST

START_TEST(a_limit_is_named_behind_the_decision)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];

	e.flood = FLOOD_BOMB;
	logfmt_line(&e, true, line);
	ck_assert_ptr_nonnull(strstr(line, " ms=3 flood=mail_bomb"));
	e.flood = FLOOD_ATTACK;
	logfmt_line(&e, true, line);
	ck_assert_ptr_nonnull(strstr(line, " ms=3 flood=bounce_attack"));
}
END_TEST

START_TEST(an_attack_is_told_when_it_begins_and_ends)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];

	e.kind = RING_ATTACK;
	e.attack = (struct ring_attack){ ATTACK_BEGINS, 1000, 2800, 22, 9,
	    0 };
	logfmt_line(&e, true, line);
	ck_assert_str_eq(line, "id=0123456789abcdef flood=bounce_attack "
	    "phase=begins guard=signup mode=enforce client=10.1.2.3 auth=shop "
	    "judged=22 undeliverable=9 put_off=0 for=1800");
	e.attack.phase = ATTACK_GOES_ON;
	ck_assert_uint_eq(logfmt_line(&e, true, line), 0);
	ck_assert_str_eq(line, "");
	e.attack.phase = ATTACK_ENDS;
	e.attack.put_off = 7;
	logfmt_line(&e, true, line);
	ck_assert_str_eq(line, "id=0123456789abcdef flood=bounce_attack "
	    "phase=ends guard=signup client=10.1.2.3 auth=shop judged=22 "
	    "undeliverable=9 put_off=7 for=1800");
}
END_TEST

START_TEST(the_longest_fields_fit)
{
	struct ring_entry e = refusal();
	char line[LOGFMT_SIZE];
	size_t len;

	memset(e.qid, '\001', sizeof(e.qid) - 1);
	memset(e.address, '\001', sizeof(e.address) - 1);
	memset(e.sender, '\001', sizeof(e.sender) - 1);
	memset(e.auth, '\001', sizeof(e.auth) - 1);
	memset(e.guard, '\001', sizeof(e.guard) - 1);
	e.age_s = INT64_MAX;
	e.took_ms = INT64_MAX;
	e.flood = FLOOD_ATTACK;
	len = logfmt_line(&e, true, line);
	ck_assert_uint_lt(len, LOGFMT_SIZE - 1);
	ck_assert_str_eq(line + len - 42, "ms=9223372036854775807 "
	    "flood=bounce_attack");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logfmt");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_decision_is_told_whole);
	tcase_add_test(tc, what_is_not_known_is_a_dash);
	tcase_add_test(tc, addresses_can_be_kept_out);
	tcase_add_test(tc, a_judged_sender_has_no_recipient);
	tcase_add_test(tc, a_queue_id_is_tied_to_its_decision);
	tcase_add_loop_test(tc, foreign_text_stays_in_its_field, 0,
	    COUNT(hostile));
	tcase_add_test(tc, a_limit_is_named_behind_the_decision);
	tcase_add_test(tc, an_attack_is_told_when_it_begins_and_ends);
	tcase_add_test(tc, the_longest_fields_fit);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
