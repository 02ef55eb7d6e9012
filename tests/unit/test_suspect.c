#include "milter/suspect.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

#define MINUTE	INT64_C(60000)

static const struct conf_flood limits = {
	.enabled = true,
	.window_s = 600,
	.min_recipients = 20,
	.undeliverable_ratio = 0.3,
	.hold_s = 1800,
};

static const struct {
	const char *says;
	enum verdict_reason reason;
	int64_t age_s;
	enum suspect_weight weight;
} weights[] = {
	{ "an unknown user is bad", REASON_NO_SUCH_USER, 0, SUSPECT_BAD },
	{ "known for a day to be bad, it is bad all the same",
	    REASON_NO_SUCH_DOMAIN, 86400, SUSPECT_BAD },
	{ "an address found good now is a good signup", REASON_ACCEPTED, 0,
	    SUSPECT_GOOD },
	{ "found good within the window, while its first mail was deferred",
	    REASON_ACCEPTED, 600, SUSPECT_GOOD },
	{ "known to be good since before the window it is a customer",
	    REASON_ACCEPTED, 601, SUSPECT_NOT_COUNTED },
	{ "risky is judged, and not undeliverable", REASON_CATCH_ALL, 0,
	    SUSPECT_GOOD },
	{ "a probe that still runs says nothing", REASON_PROBE_RUNNING, 0,
	    SUSPECT_NOT_COUNTED },
	{ "nor does a time out", REASON_TIMEOUT, 0, SUSPECT_NOT_COUNTED },
	{ "nor a refusal of us", REASON_BLOCKED_IP_LISTED, 0,
	    SUSPECT_NOT_COUNTED },
	{ "nor a fault of ours", REASON_PROBE_UNAVAILABLE, 0,
	    SUSPECT_NOT_COUNTED },
	{ "nor who asked not to be probed", REASON_EXCLUDED_BY_REQUEST, 0,
	    SUSPECT_NOT_COUNTED },
	{ "who is not asked for want of budget may be weighed otherwise",
	    REASON_BUDGET_EXHAUSTED, 0, SUSPECT_NOT_ASKED },
	{ "and who brings lists", REASON_SUBMITTER_NOT_ALLOWED, 0,
	    SUSPECT_NOT_ASKED },
};

START_TEST(verdicts_have_their_weight)
{
	ck_assert_msg(suspect_weigh(weights[_i].reason, weights[_i].age_s,
	    &limits) == weights[_i].weight, "%s", weights[_i].says);
}
END_TEST

/* Evenly mixed, one a second, the last one bad. */
static struct suspect
after(const struct conf_flood *l, int all, int bad, int64_t *now,
    enum suspect_change *change)
{
	struct suspect s = { 0 };
	int i;

	for (i = 0; i < all; i++, *now += 1000)
		s = suspect_count(s, l, (i + 1) * bad / all > i * bad / all,
		    *now, change);
	return s;
}

static const struct {
	const char *says;
	int64_t min;
	double ratio;
	int all, bad;
	bool attack;
} counts[] = {
	{ "all bad, but one too few", 20, 0.3, 19, 19, false },
	{ "enough, all bad", 20, 0.3, 20, 20, true },
	{ "enough, and the very share", 20, 0.3, 20, 6, true },
	{ "enough, and one less than the share", 20, 0.3, 20, 5, false },
	{ "many, and just below the share", 20, 0.3, 500, 149, false },
	{ "many, and the share", 20, 0.3, 500, 150, true },
	{ "all good", 1, 0.3, 100, 0, false },
	{ "a share of nothing still needs a bad one", 1, 0.0, 100, 0, false },
	{ "and has it", 1, 0.0, 100, 1, true },
	{ "one alone where one is enough", 1, 1.0, 1, 1, true },
	{ "a share of one, and one is good", 2, 1.0, 10, 9, false },
};

START_TEST(an_attack_is_enough_of_a_share)
{
	struct conf_flood l = limits;
	enum suspect_change change;
	struct suspect s;
	int64_t now = 1000;

	l.min_recipients = counts[_i].min;
	l.undeliverable_ratio = counts[_i].ratio;
	s = after(&l, counts[_i].all, counts[_i].bad, &now, &change);
	ck_assert_msg(suspect_attacks(&s, now) == counts[_i].attack, "%s",
	    counts[_i].says);
}
END_TEST

START_TEST(what_is_older_than_the_window_is_forgotten)
{
	enum suspect_change change;
	struct suspect s = { 0 };
	int64_t now = 0;
	int i;

	/* 19 bad ones within ten minutes, again and again. */
	for (i = 0; i < 1000; i++, now += 35 * 1000) {
		s = suspect_count(s, &limits, true, now, &change);
		ck_assert(!suspect_attacks(&s, now));
	}
}
END_TEST

START_TEST(an_attack_ends_by_itself_and_goes_on_with_each_sign)
{
	enum suspect_change change;
	int64_t now = 1000, last;
	struct suspect s = after(&limits, 19, 19, &now, &change);

	ck_assert_int_eq(change, SUSPECT_SAME);
	s = suspect_count(s, &limits, true, now, &change);
	ck_assert_int_eq(change, SUSPECT_BEGINS);
	ck_assert(suspect_attacks(&s, now + 30 * MINUTE - 1));
	ck_assert(!suspect_attacks(&s, now + 30 * MINUTE));
	last = now += 9 * MINUTE;
	s = suspect_count(s, &limits, true, now, &change);
	ck_assert_int_eq(change, SUSPECT_GOES_ON);
	/* Good ones do not prolong it, nor a bad one among old counts. */
	s = suspect_count(s, &limits, false, now + MINUTE, &change);
	ck_assert_int_eq(change, SUSPECT_SAME);
	s = suspect_count(s, &limits, true, now + 20 * MINUTE, &change);
	ck_assert_int_eq(change, SUSPECT_SAME);
	ck_assert(suspect_attacks(&s, last + 30 * MINUTE - 1));
	ck_assert(!suspect_attacks(&s, last + 30 * MINUTE));
}
END_TEST

START_TEST(another_window_begins_to_count_anew_and_ends_no_attack)
{
	struct conf_flood wide = limits;
	enum suspect_change change;
	int64_t now = 1000;
	struct suspect s = after(&limits, 20, 20, &now, &change);

	wide.window_s = 3600;
	s = suspect_count(s, &wide, true, now, &change);
	ck_assert_int_eq(change, SUSPECT_SAME);
	ck_assert(suspect_attacks(&s, now));
	ck_assert_uint_eq(rolling_count(&s.judged, s.window_ms, now), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("suspect");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, verdicts_have_their_weight, 0, COUNT(weights));
	tcase_add_loop_test(tc, an_attack_is_enough_of_a_share, 0,
	    COUNT(counts));
	tcase_add_test(tc, what_is_older_than_the_window_is_forgotten);
	tcase_add_test(tc, an_attack_ends_by_itself_and_goes_on_with_each_sign);
	tcase_add_test(tc,
	    another_window_begins_to_count_anew_and_ends_no_attack);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
