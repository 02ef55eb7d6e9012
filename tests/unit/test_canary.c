#include "probe/canary_judge.h"
#include "tests/unit/suite.h"

#include <string.h>

struct judge_row {
	const char *says;
	enum verdict_reason good, bad;
	enum canary_drift drift;
};

static const struct judge_row judge_rows[] = {
	{ "as it should be", REASON_ACCEPTED, REASON_NO_SUCH_USER, DRIFT_NONE },
	{ "a full mailbox exists", REASON_MAILBOX_FULL, REASON_NO_SUCH_USER,
	    DRIFT_NONE },
	{ "so does a role", REASON_ROLE, REASON_MAILBOX_DISABLED, DRIFT_NONE },
	{ "both accepted", REASON_ACCEPTED, REASON_ACCEPTED,
	    DRIFT_ALL_ACCEPTED },
	{ "found to be a catch-all", REASON_CATCH_ALL, REASON_CATCH_ALL,
	    DRIFT_ALL_ACCEPTED },
	{ "both refused", REASON_NO_SUCH_USER, REASON_NO_SUCH_USER,
	    DRIFT_ALL_REFUSED },
	{ "the wrong way round", REASON_NO_SUCH_USER, REASON_ACCEPTED,
	    DRIFT_REVERSED },
	{ "refused us for the good one", REASON_BLOCKED_IP_LISTED,
	    REASON_NO_SUCH_USER, DRIFT_REFUSED_US },
	{ "refused us for the bad one", REASON_ACCEPTED,
	    REASON_BLOCKED_POLICY, DRIFT_REFUSED_US },
	{ "slowed us down", REASON_RATE_LIMITED, REASON_TIMEOUT,
	    DRIFT_REFUSED_US },
	{ "the budget was used up", REASON_BUDGET_EXHAUSTED,
	    REASON_NO_SUCH_USER, DRIFT_UNCLEAR },
	{ "greylisted", REASON_ACCEPTED, REASON_GREYLISTED, DRIFT_UNCLEAR },
	{ "no answer", REASON_TIMEOUT, REASON_TIMEOUT, DRIFT_UNCLEAR },
	{ "the domain is gone, which is no answer of a host",
	    REASON_NO_SUCH_DOMAIN, REASON_NO_SUCH_DOMAIN, DRIFT_UNCLEAR },
};

START_TEST(two_answers_are_judged)
{
	const struct judge_row *row = &judge_rows[_i];
	enum canary_drift drift = canary_judge(row->good, row->bad);

	ck_assert_msg(drift == row->drift, "%s: %s", row->says,
	    canary_drift_word(drift));
}
END_TEST

struct round_row {
	const char *says;
	const char *rounds;		/* r right, w wrong, u unclear */
	bool lowered;
	uint32_t wrong, right;
};

/* Three in a row. */
static const struct round_row round_rows[] = {
	{ "at first it is trusted", "", false, 0, 0 },
	{ "two wrong ones do not yet count", "ww", false, 2, 0 },
	{ "three do", "www", true, 3, 0 },
	{ "not in a row", "wwrww", false, 2, 0 },
	{ "an unclear one between counts not", "wuwuw", true, 3, 0 },
	{ "unclear ones alone do nothing", "uuuu", false, 0, 0 },
	{ "two right ones do not raise it again", "wwwrr", true, 0, 2 },
	{ "three do", "wwwrrr", false, 0, 3 },
	{ "a wrong one between", "wwwrrwrr", true, 0, 2 },
	{ "once more", "wwwrrrwww", true, 3, 0 },
};

static struct canary_record
run(const char *rounds)
{
	struct canary_record r = { 0 };
	int64_t now = 1000;

	for (; *rounds != '\0'; rounds++)
		r = canary_next(&r, *rounds == 'u' ? REASON_TIMEOUT :
		    REASON_ACCEPTED, *rounds == 'w' ? REASON_ACCEPTED :
		    REASON_NO_SUCH_USER, 3, now++);
	return r;
}

START_TEST(rounds_lower_and_raise)
{
	const struct round_row *row = &round_rows[_i];
	struct canary_record r = run(row->rounds);

	ck_assert_msg(r.lowered == row->lowered && r.wrong == row->wrong &&
	    r.right == row->right, "%s: %d %u %u", row->says, r.lowered,
	    r.wrong, r.right);
}
END_TEST

START_TEST(the_time_of_a_change_is_kept)
{
	ck_assert_int_eq(run("www").changed_at, 1002);
	ck_assert_int_eq(run("wwww").changed_at, 1002);
	ck_assert_int_eq(run("wwwu").asked_at, 1003);
	ck_assert_int_eq(run("wwwrrr").changed_at, 1005);
}
END_TEST

START_TEST(a_record_survives_the_store)
{
	struct canary_record r, back;
	uint8_t data[CANARY_ITEM_MAX];
	size_t i, k, len;

	for (i = 0; i < COUNT(round_rows); i++) {
		r = run(round_rows[i].rounds);
		len = canary_pack(&r, data);
		ck_assert_uint_gt(len, 0);
		ck_assert(canary_unpack(data, len, &back));
		ck_assert(back.lowered == r.lowered && back.drift == r.drift);
		ck_assert(back.good == r.good && back.bad == r.bad);
		ck_assert(back.wrong == r.wrong && back.right == r.right);
		ck_assert(back.asked_at == r.asked_at &&
		    back.changed_at == r.changed_at);
		for (k = 0; k < len; k++)
			ck_assert(!canary_unpack(data, k, &back));
		data[len] = 0;
		ck_assert(!canary_unpack(data, len + 1, &back));
		ck_assert(!back.lowered && back.asked_at == 0);
	}
}
END_TEST

START_TEST(damage_is_told)
{
	uint8_t other[] = { 2, 0, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t drift[] = { 1, 0, DRIFT_COUNT, 0, 0, 0, 0, 0, 0 };
	uint8_t reason[] = { 1, 0, 0, 99, 0, 0, 0, 0, 0 };
	uint8_t lowered[] = { 1, 2, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t good[] = { 1, 1, 0, 1, 15, 0, 0, 0, 0 };
	struct canary_record r;

	ck_assert(!canary_unpack(other, sizeof other, &r));
	ck_assert(!canary_unpack(drift, sizeof drift, &r));
	ck_assert(!canary_unpack(reason, sizeof reason, &r));
	ck_assert(!canary_unpack(lowered, sizeof lowered, &r));
	ck_assert(canary_unpack(good, sizeof good, &r));
	ck_assert(r.lowered && r.bad == REASON_NO_SUCH_USER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("canary");
	TCase *tc = tcase_create("canary");

	tcase_add_loop_test(tc, two_answers_are_judged, 0, COUNT(judge_rows));
	tcase_add_loop_test(tc, rounds_lower_and_raise, 0, COUNT(round_rows));
	tcase_add_test(tc, the_time_of_a_change_is_kept);
	tcase_add_test(tc, a_record_survives_the_store);
	tcase_add_test(tc, damage_is_told);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
