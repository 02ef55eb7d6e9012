#include "milter/breaker.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

/* One story a test, told with a clock of its own. */

START_TEST(a_healthy_probe_lets_all_wait)
{
	struct breaker b = { 0 };
	enum breaker_refusal why;
	int64_t t;

	for (t = 0; t < 100; t++) {
		b = breaker_enter(b, t, 1, &why);
		ck_assert_int_eq(why, BREAKER_GO);
		b = breaker_leave(b, t, BREAKER_ANSWERED);
	}
	ck_assert_int_eq(b.waiting, 0);
}
END_TEST

START_TEST(no_more_wait_than_may)
{
	struct breaker b = { 0 };
	enum breaker_refusal why;

	b = breaker_enter(b, 1, 2, &why);
	b = breaker_enter(b, 1, 2, &why);
	ck_assert_int_eq(why, BREAKER_GO);
	b = breaker_enter(b, 1, 2, &why);
	ck_assert_int_eq(why, BREAKER_FULL);
	ck_assert_int_eq(b.waiting, 2);
	b = breaker_leave(b, 2, BREAKER_ANSWERED);
	b = breaker_enter(b, 2, 2, &why);
	ck_assert_int_eq(why, BREAKER_GO);
}
END_TEST

START_TEST(after_silence_nobody_waits_for_a_while_then_one_tries)
{
	struct breaker b = { 0 };
	enum breaker_refusal why;

	b = breaker_enter(b, 1000, 9, &why);
	b = breaker_leave(b, 4000, BREAKER_HUNG);
	b = breaker_enter(b, 4000, 9, &why);
	ck_assert_int_eq(why, BREAKER_OPEN);
	b = breaker_enter(b, 4000 + BREAKER_PAUSE_MS - 1, 9, &why);
	ck_assert_int_eq(why, BREAKER_OPEN);
	b = breaker_enter(b, 4000 + BREAKER_PAUSE_MS, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
	b = breaker_enter(b, 4000 + BREAKER_PAUSE_MS, 9, &why);
	ck_assert_int_eq(why, BREAKER_OPEN);
	ck_assert_int_eq(b.waiting, 1);
	b = breaker_leave(b, 4100 + BREAKER_PAUSE_MS, BREAKER_ANSWERED);
	b = breaker_enter(b, 4100 + BREAKER_PAUSE_MS, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
}
END_TEST

START_TEST(a_trial_that_hangs_begins_the_pause_again)
{
	struct breaker b = { .open = true, .until = 0 };
	enum breaker_refusal why;

	b = breaker_enter(b, 100, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
	b = breaker_leave(b, 3100, BREAKER_HUNG);
	b = breaker_enter(b, 3100 + BREAKER_PAUSE_MS - 1, 9, &why);
	ck_assert_int_eq(why, BREAKER_OPEN);
	b = breaker_enter(b, 3100 + BREAKER_PAUSE_MS, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
}
END_TEST

START_TEST(a_trial_that_was_stopped_does_not_block_the_next_for_good)
{
	struct breaker b = { .open = true, .until = 0 };
	enum breaker_refusal why;

	b = breaker_enter(b, 100, 9, &why);
	b = breaker_leave(b, 200, BREAKER_STOPPED);
	b = breaker_enter(b, 100 + BREAKER_TRIAL_MS, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
}
END_TEST

START_TEST(a_dead_probe_is_asked_each_time)
{
	struct breaker b = { 0 };
	enum breaker_refusal why;
	int64_t t;

	for (t = 0; t < 10; t++) {
		b = breaker_enter(b, t, 9, &why);
		ck_assert_int_eq(why, BREAKER_GO);
		b = breaker_leave(b, t, BREAKER_DEAD);
	}
}
END_TEST

START_TEST(a_hung_probe_that_died_is_asked_again_at_once)
{
	struct breaker b = { .open = true, .until = 5000, .waiting = 1 };
	enum breaker_refusal why;

	b = breaker_leave(b, 1000, BREAKER_DEAD);
	b = breaker_enter(b, 1001, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
}
END_TEST

START_TEST(a_late_answer_shows_that_the_probe_lives)
{
	struct breaker b = { .open = true, .until = 9000, .waiting = 1 };
	enum breaker_refusal why;

	b = breaker_leave(b, 5000, BREAKER_ANSWERED);
	b = breaker_enter(b, 5001, 9, &why);
	ck_assert_int_eq(why, BREAKER_GO);
	ck_assert_int_eq(b.waiting, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("breaker");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_healthy_probe_lets_all_wait);
	tcase_add_test(tc, no_more_wait_than_may);
	tcase_add_test(tc,
	    after_silence_nobody_waits_for_a_while_then_one_tries);
	tcase_add_test(tc, a_trial_that_hangs_begins_the_pause_again);
	tcase_add_test(tc,
	    a_trial_that_was_stopped_does_not_block_the_next_for_good);
	tcase_add_test(tc, a_dead_probe_is_asked_each_time);
	tcase_add_test(tc, a_hung_probe_that_died_is_asked_again_at_once);
	tcase_add_test(tc, a_late_answer_shows_that_the_probe_lives);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
