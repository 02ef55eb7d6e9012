#include "milter/answer.h"
#include "tests/unit/suite.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

static const struct answer_row {
	const char *says;
	enum guard_action action;
	enum verdict_state state;
	enum guard_verify verify;
	const char *code, *enhanced;	/* NULL: nothing is said */
} rows[] = {
	{ "reject a bad recipient", ACTION_REJECT, STATE_UNDELIVERABLE,
	    VERIFY_RECIPIENT, "550", "5.1.1" },
	{ "tempfail a bad recipient", ACTION_TEMPFAIL, STATE_UNDELIVERABLE,
	    VERIFY_RECIPIENT, "450", "4.1.1" },
	{ "tempfail while the probe runs", ACTION_TEMPFAIL, STATE_PENDING,
	    VERIFY_RECIPIENT, "451", "4.7.1" },
	{ "tempfail the unknown", ACTION_TEMPFAIL, STATE_UNKNOWN,
	    VERIFY_RECIPIENT, "451", "4.7.1" },
	{ "tempfail the risky", ACTION_TEMPFAIL, STATE_RISKY,
	    VERIFY_RECIPIENT, "451", "4.7.1" },
	{ "a rejection of the unknown stays temporary", ACTION_REJECT,
	    STATE_UNKNOWN, VERIFY_RECIPIENT, "451", "4.7.1" },
	{ "reject a bad sender", ACTION_REJECT, STATE_UNDELIVERABLE,
	    VERIFY_SENDER, "550", "5.1.7" },
	{ "tempfail a bad sender", ACTION_TEMPFAIL, STATE_UNDELIVERABLE,
	    VERIFY_SENDER, "450", "4.1.7" },
	{ "tempfail a sender while the probe runs", ACTION_TEMPFAIL,
	    STATE_PENDING, VERIFY_SENDER, "451", "4.7.1" },
	{ "accept says nothing", ACTION_ACCEPT, STATE_UNDELIVERABLE,
	    VERIFY_RECIPIENT, NULL, NULL },
	{ "hold says nothing", ACTION_HOLD, STATE_RISKY, VERIFY_RECIPIENT,
	    NULL, NULL },
	{ "tag says nothing", ACTION_TAG, STATE_RISKY, VERIFY_RECIPIENT,
	    NULL, NULL },
};

START_TEST(an_action_and_a_state_make_a_reply)
{
	const struct answer_row *r = &rows[_i];
	const struct answer *a = answer_for(r->action, r->state, r->verify);

	if (r->code == NULL) {
		ck_assert_msg(a == NULL, "%s", r->says);
		return;
	}
	ck_assert_msg(a != NULL, "%s", r->says);
	ck_assert_msg(strcmp(a->code, r->code) == 0, "%s: %s", r->says,
	    a->code);
	ck_assert_msg(strcmp(a->enhanced, r->enhanced) == 0, "%s: %s",
	    r->says, a->enhanced);
}
END_TEST

/*
 * What Debian's fail2ban 1.0.2 counts in postfix's and sendmail's logs, as
 * POSIX expressions over "CODE ENHANCED TEXT"; and the same words without
 * their place, so that a later filter does not catch us either.
 */
static const char *const banned[] = {
	"^[45][50][04] [45]\\.[0-9]\\.[0-9]+ ((<[^>]*>)?: )?"
	    "(((Helo command|(Sender|Recipient) address) rejected: )?"
	    "(Service unavailable|(Client host|Command|Data command) rejected|"
	    "Relay access denied|(Host|Domain) not found|"
	    "need fully-qualified hostname|match|"
	    "[Uu](ser unknown|ndeliverable address)))",
	"[Uu]ser unknown", "[Uu]ndeliverable address", "rejected",
	"[Nn]ot found", "[Uu]navailable", "[Dd]enied", "[Rr]elay",
	"Rejected: ", "does not exist$", "No such user here", "blocked",
};

START_TEST(a_flood_is_deferred)
{
	static const enum ring_flood floods[] = { FLOOD_ATTACK, FLOOD_BOMB };
	const struct answer *a = answer_for_flood(floods[_i]);

	ck_assert_str_eq(a->code, "451");
	ck_assert_str_eq(a->enhanced, "4.7.1");
	ck_assert_ptr_null(answer_for_flood(FLOOD_NONE));
}
END_TEST

START_TEST(no_reply_looks_like_an_attack_to_fail2ban)
{
	const struct answer *a;
	char line[512], text[ANSWER_TEXT_MAX];
	regex_t re;
	size_t i;

	ck_assert_int_eq(regcomp(&re, banned[_i], REG_EXTENDED | REG_NOSUB),
	    0);
	for (i = 0; (a = answer_at(i)) != NULL; i++) {
		answer_text(a, "0123456789abcdef", text);
		snprintf(line, sizeof(line), "%s %s %s", a->code, a->enhanced,
		    text);
		ck_assert_msg(regexec(&re, line, 0, NULL, 0) != 0,
		    "\"%s\" matches %s", line, banned[_i]);
	}
	regfree(&re);
}
END_TEST

START_TEST(the_expression_catches_what_the_filter_catches)
{
	static const char *const bad[] = {
		"550 5.1.1 User unknown in table",
		("450 4.1.1 <x@y.example>: Recipient address rejected: "
		    "undeliverable address: no"),
		"550 5.7.1 Command rejected",
	};
	regex_t re;
	size_t i;

	ck_assert_int_eq(regcomp(&re, banned[0], REG_EXTENDED | REG_NOSUB), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(regexec(&re, bad[i], 0, NULL, 0) == 0, "%s",
		    bad[i]);
	regfree(&re);
}
END_TEST

START_TEST(every_reply_is_one_safe_line_that_ends_in_its_id)
{
	const struct answer *a;
	char text[ANSWER_TEXT_MAX];
	size_t i, k, len;

	for (i = 0; (a = answer_at(i)) != NULL; i++) {
		len = answer_text(a, "0123456789abcdef", text);
		ck_assert_uint_eq(len, strlen(text));
		ck_assert_msg(len <= 200, "%s is long", text);
		for (k = 0; k < len; k++)
			ck_assert_msg(text[k] >= 32 && text[k] < 127 &&
			    text[k] != '%', "octet %d", text[k]);
		ck_assert_str_eq(text + len - 19, " (0123456789abcdef)");
		ck_assert_msg(a->code[0] == a->enhanced[0], "%s %s", a->code,
		    a->enhanced);
		ck_assert_msg(a->code[0] == '4' || a->code[0] == '5', "%s",
		    a->code);
	}
	ck_assert_uint_eq(i, 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("answer");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, an_action_and_a_state_make_a_reply, 0,
	    COUNT(rows));
	tcase_add_loop_test(tc, a_flood_is_deferred, 0, 2);
	tcase_add_loop_test(tc, no_reply_looks_like_an_attack_to_fail2ban, 0,
	    COUNT(banned));
	tcase_add_test(tc, the_expression_catches_what_the_filter_catches);
	tcase_add_test(tc, every_reply_is_one_safe_line_that_ends_in_its_id);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
