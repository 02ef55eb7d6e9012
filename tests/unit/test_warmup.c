/* The ramp over months of fake time, and what is fair. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/budget.h"
#include "probe/warmup.h"
#include "tests/unit/suite.h"

#define MINUTE		INT64_C(60000)
#define HOUR		(60 * MINUTE)
#define DAY		(24 * HOUR)
#define T0		INT64_C(1700000000000)

static struct rates steps, none;

static void
read_steps(void)
{
	char why[128];

	ck_assert(rates_parse_steps("100/day 1000/week 100000/month "
	    "100000/day", &steps, why, sizeof why));
}

/* One try every ms, all clean; counts by day. */
static void
send_for(struct warmup *w, int64_t *now, int64_t ms, int64_t every,
    unsigned *sent)
{
	int64_t end = *now + ms, retry;

	for (*sent = 0; *now < end; *now += every) {
		if (!warmup_ask(w, &steps, *now, &retry)) {
			ck_assert(retry > *now);
			continue;
		}
		warmup_begin(w, *now);
		warmup_note(w, &steps, false, *now);
		(*sent)++;
	}
}

START_TEST(months_of_ramp)
{
	static const unsigned most_after[] = { 100, 1000, 100000 };
	struct warmup w;
	int64_t now = T0;
	unsigned day, sent, step_at[4] = { 0 }, week[7] = { 0 }, sum, i;

	warmup_init(&w, &steps, 0);
	for (day = 0; day < 90; day++) {
		unsigned before = w.step;

		send_for(&w, &now, DAY, 2 * MINUTE, &sent);
		if (w.step != before)
			step_at[w.step] = day;
		week[day % 7] = sent;
		for (sum = 0, i = 0; i < 7; i++)
			sum += week[i];
		if (before == 0 && w.step == 0)
			ck_assert_uint_le(sent, most_after[0]);
		if (before == 1 && w.step == 1)
			ck_assert_uint_le(sum, most_after[1] + 100);
	}
	ck_assert_uint_eq(w.step, 3);
	ck_assert_uint_eq(step_at[1], 1);
	ck_assert_uint_ge(step_at[2], 8);
	ck_assert_uint_le(step_at[2], 9);
	ck_assert_uint_ge(step_at[3], 38);
	ck_assert_uint_le(step_at[3], 40);
	ck_assert(!w.recovering);
}
END_TEST

START_TEST(lying_idle_is_no_warming)
{
	struct warmup w;

	warmup_init(&w, &steps, 0);
	warmup_note(&w, &steps, false, T0);
	ck_assert_int_eq(warmup_note(&w, &steps, false, T0 + 200 * DAY),
	    WARMUP_UP);
	ck_assert_uint_eq(w.step, 1);
	ck_assert_int_eq(warmup_note(&w, &steps, false, T0 + 201 * DAY),
	    WARMUP_SAME);
}
END_TEST

static const struct {
	const char *says;
	int64_t age;
	unsigned step;
} ages[] = {
	{ "an address of unknown age", 0, 0 },
	{ "one from the future", -5 * DAY, 0 },
	{ "of this day", DAY - 1, 0 },
	{ "a day old", DAY, 1 },
	{ "a week old", 7 * DAY, 1 },
	{ "a day and a week", 8 * DAY, 2 },
	{ "a month", 37 * DAY, 2 },
	{ "a day, a week and a month", 38 * DAY, 3 },
	{ "years", 3000 * DAY, 3 },
};

START_TEST(the_first_step_by_age)
{
	struct warmup w;

	warmup_init(&w, &steps, ages[_i].age);
	ck_assert_msg(w.step == ages[_i].step, "%s: %u", ages[_i].says,
	    w.step);
}
END_TEST

START_TEST(no_steps_no_ramp)
{
	struct warmup w;
	struct rate r;
	int64_t retry;

	warmup_init(&w, &none, DAY);
	ck_assert(!warmup_limit(&w, &none, &r));
	ck_assert(warmup_ask(&w, &none, T0, &retry));
	ck_assert_int_eq(warmup_note(&w, &none, false, T0), WARMUP_SAME);
	ck_assert_int_eq(warmup_listed(&w, &none), WARMUP_SAME);
}
END_TEST

START_TEST(refusals_make_it_fall_and_recover)
{
	struct warmup w;
	struct rate r;
	int64_t now = T0;
	unsigned i, sent;

	warmup_init(&w, &steps, 9 * DAY);
	ck_assert_uint_eq(w.step, 2);
	for (i = 0; i < WARMUP_REFUSED - 1; i++)
		ck_assert_int_eq(warmup_note(&w, &steps, true, now),
		    WARMUP_SAME);
	ck_assert_int_eq(warmup_note(&w, &steps, true, now), WARMUP_DOWN);
	ck_assert_uint_eq(w.step, 1);
	ck_assert(w.recovering);
	ck_assert(warmup_limit(&w, &steps, &r));
	ck_assert_uint_eq(r.count, 500);
	send_for(&w, &now, 6 * DAY, HOUR, &sent);
	ck_assert(w.recovering);
	send_for(&w, &now, 2 * DAY, HOUR, &sent);
	ck_assert(!w.recovering);
	ck_assert_uint_eq(w.step, 1);
	send_for(&w, &now, 8 * DAY, HOUR, &sent);
	ck_assert_uint_eq(w.step, 2);
}
END_TEST

START_TEST(few_refusals_among_many_answers_are_life)
{
	struct warmup w;
	unsigned i;

	warmup_init(&w, &steps, 9 * DAY);
	for (i = 0; i < 100; i++)
		warmup_note(&w, &steps, false, T0);
	for (i = 0; i < 11; i++)
		ck_assert_int_eq(warmup_note(&w, &steps, true, T0),
		    WARMUP_SAME);
	ck_assert_int_eq(warmup_note(&w, &steps, true, T0), WARMUP_DOWN);
}
END_TEST

START_TEST(listed_at_the_lowest_step_halves_it)
{
	struct warmup w;
	struct rate r;

	warmup_init(&w, &steps, 0);
	ck_assert_int_eq(warmup_listed(&w, &steps), WARMUP_DOWN);
	ck_assert(warmup_limit(&w, &steps, &r));
	ck_assert_uint_eq(r.count, 50);
	ck_assert_uint_eq(w.step, 0);
}
END_TEST

START_TEST(steps_that_a_reload_took_away)
{
	struct rates two = steps;
	struct warmup w;
	struct rate r;

	two.count = 2;
	warmup_init(&w, &steps, 3000 * DAY);
	ck_assert(warmup_limit(&w, &two, &r));
	ck_assert_uint_eq(r.count, 1000);
}
END_TEST

START_TEST(a_young_domain_holds_it_to_the_first_step)
{
	struct warmup w;
	struct rate r;
	int64_t now = T0;
	unsigned sent, day;

	warmup_init(&w, &steps, 3000 * DAY);
	ck_assert_uint_eq(w.step, 3);
	for (day = 0; day < 7; day++) {
		warmup_hold(&w, true);
		ck_assert(warmup_limit(&w, &steps, &r));
		ck_assert_uint_eq(r.count, 100);
		send_for(&w, &now, DAY, MINUTE, &sent);
		ck_assert_uint_le(sent, 100);
		ck_assert_uint_ge(sent, 90);
	}
	ck_assert_uint_eq(w.step, 3);
	warmup_hold(&w, false);
	ck_assert(warmup_limit(&w, &steps, &r));
	ck_assert_uint_eq(r.count, 100000);
	ck_assert(warmup_ask(&w, &steps, now, &now));
}
END_TEST

START_TEST(what_is_held_does_not_climb_and_may_fall)
{
	struct warmup w;
	int64_t now = T0;
	unsigned sent, i;

	warmup_init(&w, &steps, 0);
	warmup_hold(&w, true);
	send_for(&w, &now, 30 * DAY, HOUR, &sent);
	ck_assert_uint_eq(sent, 30 * 24);
	ck_assert_uint_eq(w.step, 0);
	warmup_hold(&w, false);
	send_for(&w, &now, 20 * HOUR, HOUR, &sent);
	ck_assert_uint_eq(w.step, 0);	/* its clean period begins now */
	send_for(&w, &now, 8 * HOUR, HOUR, &sent);
	ck_assert_uint_eq(w.step, 1);
	warmup_hold(&w, true);
	for (i = 0; i < 2 * WARMUP_REFUSED && w.step > 0; i++)
		warmup_note(&w, &steps, true, now);
	ck_assert_uint_eq(w.step, 0);
	ck_assert(w.recovering);
}
END_TEST

START_TEST(a_restart_keeps_step_and_use)
{
	struct warmup w, again;
	uint8_t raw[2048], raw2[2048];
	int64_t now = T0, retry, retry2;
	unsigned sent;

	warmup_init(&w, &steps, 0);
	send_for(&w, &now, 3 * HOUR, MINUTE, &sent);
	ck_assert_uint_eq(sent, 100);
	w.recovering = true;
	struct packer p = { raw, raw + sizeof raw, false };
	warmup_pack(&w, &p);
	ck_assert(!p.full);
	struct unpacker u = { raw, p.at, false };
	warmup_unpack(&again, &u);
	ck_assert(!u.bad && u.at == u.end);
	ck_assert(again.recovering && again.clean_since == w.clean_since);
	ck_assert(!warmup_ask(&w, &steps, now, &retry));
	ck_assert(!warmup_ask(&again, &steps, now, &retry2));
	ck_assert_int_eq(retry, retry2);
	struct packer p2 = { raw2, raw2 + sizeof raw2, false };
	warmup_pack(&again, &p2);
	ck_assert_int_eq(p.at - raw, p2.at - raw2);
	ck_assert_mem_eq(raw, raw2, (size_t)(p.at - raw));
}
END_TEST

/* --- budgets ------------------------------------------------------------- */

START_TEST(the_tightest_limit_says_when)
{
	struct account a = { 0 };
	const struct rate *hit = NULL;
	struct rates limits;
	int64_t now = T0, retry = 0;
	char why[128];
	int i;

	ck_assert(rates_parse("2/minute 3/hour", &limits, why, sizeof why));
	for (i = 0; i < 2; i++) {
		ck_assert(budget_ask(&a, &limits, now, &retry, &hit));
		budget_count(&a, now);
	}
	ck_assert(!budget_ask(&a, &limits, now, &retry, &hit));
	ck_assert_int_eq(hit->span, SPAN_MINUTE);
	ck_assert_int_le(retry, now + MINUTE + MINUTE / 20);
	now = retry;
	ck_assert(budget_ask(&a, &limits, now, &retry, &hit));
	budget_count(&a, now);
	ck_assert(!budget_ask(&a, &limits, now, &retry, &hit));
	ck_assert_int_eq(hit->span, SPAN_HOUR);
	ck_assert(budget_ask(&a, &limits, retry, &retry, &hit));
	ck_assert(!budget_idle(&a, &limits, now));
	ck_assert(budget_idle(&a, &limits, now + 2 * HOUR));
}
END_TEST

/* Two submitters, 100 an hour; one is loud, one comes late. */
START_TEST(a_loud_one_leaves_the_other_its_half)
{
	struct account all = { 0 }, loud = { 0 }, late = { 0 };
	const struct account *both[2] = { &loud, &late };
	struct rates limits;
	unsigned n_loud = 0, n_late = 0, i;
	char why[128];

	ck_assert(rates_parse("100/hour", &limits, why, sizeof why));
	for (i = 0; i < 30; i++, n_loud++) {
		ck_assert(budget_fair(&all, both, 1, 0, &limits, T0));
		budget_count(&all, T0);
		budget_count(&loud, T0);
	}
	for (i = 0; i < 500; i++) {
		if (budget_fair(&all, both, 2, 0, &limits, T0) &&
		    budget_ask(&all, &limits, T0, &(int64_t){ 0 }, NULL)) {
			budget_count(&all, T0);
			budget_count(&loud, T0);
			n_loud++;
		}
	}
	ck_assert_uint_eq(n_loud, 50);
	for (i = 0; i < 500; i++) {
		if (budget_fair(&all, both, 2, 1, &limits, T0) &&
		    budget_ask(&all, &limits, T0, &(int64_t){ 0 }, NULL)) {
			budget_count(&all, T0);
			budget_count(&late, T0);
			n_late++;
		}
	}
	ck_assert_uint_eq(n_late, 50);
}
END_TEST

START_TEST(alone_one_may_use_all)
{
	struct account all = { 0 }, one = { 0 };
	const struct account *shares[1] = { &one };
	struct rates limits;
	char why[128];
	unsigned i;

	ck_assert(rates_parse("100/hour", &limits, why, sizeof why));
	for (i = 0; i < 100; i++) {
		ck_assert(budget_fair(&all, shares, 1, 0, &limits, T0));
		budget_count(&all, T0);
		budget_count(&one, T0);
	}
}
END_TEST

START_TEST(probes_to_one_host_are_spaced)
{
	int64_t next = 0, retry = 0, wait, before = T0 - 200;
	unsigned i;

	ck_assert_int_eq(budget_space(&next, 200, 0, false, T0, &retry), 0);
	ck_assert_int_eq(next, 0);
	for (i = 0; i < 3; i++) {
		wait = budget_space(&next, 200, UINT32_MAX / 2, true, T0,
		    &retry);
		ck_assert_int_ge(wait, 0);
		ck_assert_int_ge(T0 + wait - before, 200);
		before = T0 + wait;
	}
	ck_assert_int_ge(next, T0 + 3 * 298);
	while (budget_space(&next, 200, UINT32_MAX, true, T0, &retry) >= 0)
		continue;
	ck_assert_int_gt(retry, T0 + BUDGET_DELAY_MAX_MS);
	ck_assert_int_eq(budget_space(&next, 200, 0, true, retry, &retry), 0);
	next = 0;
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(budget_space(&next, 0, 7, true, T0, &retry),
		    0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("warmup");
	TCase *t = tcase_create("ramp"), *b = tcase_create("budget");

	tcase_add_checked_fixture(t, read_steps, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, months_of_ramp);
	tcase_add_test(t, lying_idle_is_no_warming);
	tcase_add_loop_test(t, the_first_step_by_age, 0, (int)COUNT(ages));
	tcase_add_test(t, no_steps_no_ramp);
	tcase_add_test(t, refusals_make_it_fall_and_recover);
	tcase_add_test(t, few_refusals_among_many_answers_are_life);
	tcase_add_test(t, listed_at_the_lowest_step_halves_it);
	tcase_add_test(t, steps_that_a_reload_took_away);
	tcase_add_test(t, a_young_domain_holds_it_to_the_first_step);
	tcase_add_test(t, what_is_held_does_not_climb_and_may_fall);
	tcase_add_test(t, a_restart_keeps_step_and_use);
	suite_add_tcase(s, t);
	tcase_add_test(b, the_tightest_limit_says_when);
	tcase_add_test(b, a_loud_one_leaves_the_other_its_half);
	tcase_add_test(b, alone_one_may_use_all);
	tcase_add_test(b, probes_to_one_host_are_spaced);
	suite_add_tcase(s, b);
	return suite_run(s);
}
