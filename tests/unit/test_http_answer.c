/* What an endpoint says of an address, and what it says in vain. */
#include <stdlib.h>
#include <string.h>

#include "probe/http_answer.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says, *body;
	enum verdict_reason reason;
} taken[] = {
	{ "state and reason", "{\"state\":\"deliverable\","
	    "\"reason\":\"accepted\"}", REASON_ACCEPTED },
	{ "a reason alone", "{\"reason\":\"mailbox_moved\"}",
	    REASON_MAILBOX_MOVED },
	{ "a risk", "{\"reason\":\"disposable\",\"state\":\"risky\"}",
	    REASON_DISPOSABLE },
	{ "an unknown with its reason", "{\"reason\":\"greylisted\"}",
	    REASON_GREYLISTED },
	{ "deliverable alone", "{\"state\":\"deliverable\"}",
	    REASON_ACCEPTED },
	{ "undeliverable alone", "{\"state\":\"undeliverable\"}",
	    REASON_NO_SUCH_USER },
	{ "unknown alone", "{\"state\":\"unknown\"}",
	    REASON_TEMPORARY_ERROR },
	{ "valid", "{\"status\":\"valid\"}", REASON_ACCEPTED },
	{ "invalid", "{\"status\":\"invalid\"}", REASON_NO_SUCH_USER },
	{ "catch-all", "{\"status\":\"catch-all\"}", REASON_CATCH_ALL },
	{ "catch_all", "{\"status\":\"catch_all\"}", REASON_CATCH_ALL },
	{ "status unknown", "{\"status\":\"unknown\"}",
	    REASON_TEMPORARY_ERROR },
	{ "a reason before a status", "{\"status\":\"invalid\","
	    "\"reason\":\"accepted\"}", REASON_ACCEPTED },
	{ "a state before a status", "{\"status\":\"invalid\","
	    "\"state\":\"deliverable\"}", REASON_ACCEPTED },
	{ "members that nobody knows", "{\"a\":{\"reason\":1},"
	    "\"reason\":\"accepted\"}", REASON_ACCEPTED },
	{ "blanks around", " \r\n{\"reason\" : \"accepted\"}\n",
	    REASON_ACCEPTED },
};

static const struct {
	const char *says, *body, *why;
} refused[] = {
	{ "nothing", "", "JSON" },
	{ "a string", "\"valid\"", "JSON" },
	{ "an array", "[{\"reason\":\"accepted\"}]", "JSON" },
	{ "an object cut off", "{\"reason\":\"no_such_user\"", "JSON" },
	{ "something behind the object", "{\"reason\":\"no_such_user\"}x",
	    "JSON" },
	{ "a member given twice", "{\"reason\":\"accepted\","
	    "\"reason\":\"no_such_user\"}", "JSON" },
	{ "UTF-8 that is none", "{\"reason\":\"\xff\"}", "JSON" },
	{ "an empty object", "{}", "no reason, state or status" },
	{ "a reason that is null", "{\"reason\":null}", "no string" },
	{ "a reason that is a number", "{\"reason\":15}", "no string" },
	{ "a state that is a list", "{\"state\":[\"deliverable\"],"
	    "\"reason\":\"accepted\"}", "no string" },
	{ "a reason nobody knows", "{\"reason\":\"gone\"}", "\"gone\"" },
	{ "a reason in capitals", "{\"reason\":\"NO_SUCH_USER\"}",
	    "NO_SUCH_USER" },
	{ "a reason of ours", "{\"reason\":\"warmup_limit\"}",
	    "warmup_limit" },
	{ "a reason that nothing is stored for",
	    "{\"reason\":\"probe_running\"}", "probe_running" },
	{ "a reason of another state", "{\"state\":\"deliverable\","
	    "\"reason\":\"no_such_user\"}", "deliverable" },
	{ "risky without a reason", "{\"state\":\"risky\"}", "risky" },
	{ "a state that is not one", "{\"state\":\"fine\"}", "fine" },
	{ "a status nobody knows", "{\"status\":\"do_not_mail\"}",
	    "do_not_mail" },
	{ "an escape in a word", "{\"reason\":\"\\u001b[2J\"}",
	    "\\x1B[2J" },
};

START_TEST(answers_that_are_taken)
{
	enum verdict_reason reason = REASON_MAX;
	char why[160] = "";

	ck_assert_msg(http_answer_read(taken[_i].body,
	    strlen(taken[_i].body), &reason, why, sizeof why), "%s: %s",
	    taken[_i].says, why);
	ck_assert_msg(reason == taken[_i].reason, "%s: %s", taken[_i].says,
	    verdict_reason_word(reason));
}
END_TEST

START_TEST(answers_that_say_nothing)
{
	enum verdict_reason reason = REASON_MAX;
	char why[160] = "";

	ck_assert_msg(!http_answer_read(refused[_i].body,
	    strlen(refused[_i].body), &reason, why, sizeof why),
	    "%s: taken as %s", refused[_i].says, verdict_reason_word(reason));
	ck_assert_int_eq(reason, REASON_MAX);
	ck_assert_msg(strstr(why, refused[_i].why) != NULL, "%s: %s",
	    refused[_i].says, why);
}
END_TEST

START_TEST(a_long_word_is_cut)
{
	char body[4000], why[160];
	enum verdict_reason reason;

	memset(body, 'x', sizeof body);
	memcpy(body, "{\"reason\":\"", 11);
	memcpy(body + sizeof body - 2, "\"}", 2);
	ck_assert(!http_answer_read(body, sizeof body, &reason, why,
	    sizeof why));
	ck_assert_uint_lt(strlen(why), sizeof why - 1);
	ck_assert_ptr_nonnull(strstr(why, "x...\""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_answer");
	TCase *t = tcase_create("http_answer");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, answers_that_are_taken, 0, COUNT(taken));
	tcase_add_loop_test(t, answers_that_say_nothing, 0, COUNT(refused));
	tcase_add_test(t, a_long_word_is_cut);
	return suite_run(s);
}
