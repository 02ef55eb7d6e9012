/*
 * Windows and the ledger clock. The property that counts: who admits while the
 * count is under the limit never has more than the limit in any stretch of the
 * span's length, wherever one lays it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/ledger_clock.h"
#include "probe/window.h"
#include "tests/unit/suite.h"

#define EVENTS		3000
#define DAY		INT64_C(86400000)

static uint64_t seed;

static uint64_t
chance(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

/* A quiet time, a burst, or anything between. */
static int64_t
gap(int64_t span)
{
	switch (chance(4)) {
	case 0:
		return 0;
	case 1:
		return (int64_t)chance((uint64_t)span / 100 + 1);
	case 2:
		return (int64_t)chance((uint64_t)span / 3 + 1);
	}
	return chance(50) == 0 ? (int64_t)chance(3 * (uint64_t)span) : 1;
}

/* Loop: span by span, ten seeds each. */
START_TEST(never_more_than_the_limit)
{
	enum rate_span span = (enum rate_span)(_i % SPAN_COUNT);
	static int64_t at[EVENTS];
	struct window w = { 0 };
	int64_t ms = rate_span_ms(span), now = 1700000000000;
	uint64_t limit;
	size_t n = 0, i, first = 0;

	seed = (uint64_t)_i + 1;
	limit = 1 + chance(40);
	for (i = 0; i < EVENTS; i++) {
		now += gap(ms);
		if (window_count(&w, span, now) >= limit)
			continue;
		window_add(&w, span, now);
		at[n++] = now;
	}
	ck_assert_uint_gt(n, limit);
	for (i = 0; i < n; i++) {
		while (at[first] <= at[i] - ms)
			first++;
		ck_assert_msg(i - first + 1 <= limit, "%zu in one %s, limit "
		    "%llu", i - first + 1, rate_span_word(span),
		    (unsigned long long)limit);
	}
}
END_TEST

/* The error bound: nothing counts for longer than a twentieth past its span. */
START_TEST(an_event_leaves_in_time)
{
	enum rate_span span = (enum rate_span)_i;
	int64_t ms = rate_span_ms(span), i, at;
	struct window w;

	for (i = 0; i < 100; i++) {
		at = 5 * ms + i * ms / 37;
		memset(&w, 0, sizeof w);
		window_add(&w, span, at);
		ck_assert_uint_eq(window_count(&w, span, at), 1);
		ck_assert_uint_eq(window_count(&w, span, at + ms - 1), 1);
		ck_assert_uint_eq(window_count(&w, span,
		    at + ms + ms / WINDOW_PARTS), 0);
	}
}
END_TEST

START_TEST(free_at_is_the_first_such_time)
{
	enum rate_span span = (enum rate_span)(_i % SPAN_COUNT);
	int64_t ms = rate_span_ms(span), now = 0, at;
	struct window w = { 0 };
	int i;

	seed = (uint64_t)_i + 99;
	for (i = 0; i < 300; i++) {
		now += gap(ms);
		window_add(&w, span, now);
		at = window_free_at(&w, span, 7, now);
		ck_assert_uint_lt(window_count(&w, span, at), 7);
		ck_assert(at == now || window_count(&w, span, at - 1) >= 7);
	}
	ck_assert(window_free_at(&w, span, 0, now) == WINDOW_NEVER);
}
END_TEST

START_TEST(time_that_goes_back_refills_nothing)
{
	struct window w = { 0 };

	window_add(&w, SPAN_HOUR, 10 * DAY);
	window_add(&w, SPAN_HOUR, 2 * DAY);
	ck_assert_uint_eq(window_count(&w, SPAN_HOUR, 2 * DAY), 2);
	ck_assert_uint_eq(window_count(&w, SPAN_HOUR, 10 * DAY), 2);
	ck_assert_uint_eq(window_count(&w, SPAN_HOUR, 11 * DAY), 0);
}
END_TEST

START_TEST(packed_and_back)
{
	enum rate_span span = (enum rate_span)(_i % SPAN_COUNT);
	uint8_t raw[512], again[512];
	struct window w = { 0 }, got;
	int64_t now = 1700000000000, ms = rate_span_ms(span);
	int i, n;
	size_t len;

	seed = (uint64_t)_i + 7;
	n = _i == 0 ? 0 : (int)chance(200);
	for (i = 0; i < n; i++) {
		now += gap(ms);
		window_add(&w, span, now);
	}
	struct packer p = { raw, raw + sizeof raw, false };
	window_pack(&w, &p);
	ck_assert(!p.full);
	len = (size_t)(p.at - raw);
	struct unpacker u = { raw, raw + len, false };
	window_unpack(&got, span, &u);
	ck_assert(!u.bad && u.at == u.end);
	ck_assert_uint_eq(window_count(&got, span, now),
	    window_count(&w, span, now));
	ck_assert_uint_eq(window_count(&got, span, now + ms / 2),
	    window_count(&w, span, now + ms / 2));
	ck_assert_int_eq(window_newest(&got, span), window_newest(&w, span));
	struct packer p2 = { again, again + sizeof again, false };
	window_pack(&got, &p2);
	ck_assert_mem_eq(raw, again, len);
	struct unpacker cut = { raw, raw + len - 1, false };
	window_unpack(&got, span, &cut);
	ck_assert(cut.bad);
}
END_TEST

static const struct {
	const char *says;
	bool have_mark;
	struct ledger_mark mark, now;
	int64_t newest, want;
} clocks[] = {
	{ "the first start begins at the wall clock", false, { 0 },
	    { 0, 5000, 1700000000000, "a" }, 0, 1700000000000 },
	{ "a wall clock before the epoch begins at 0", false, { 0 },
	    { 0, 5000, -5, "a" }, 0, 0 },
	{ "in one boot the monotonic clock counts, whatever the wall says",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 9000, 900000000000, "a" }, 0, 1004000 },
	{ "even if the wall was set back",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 9000, 10, "a" }, 0, 1004000 },
	{ "after a reboot the wall counts",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 100, 1060000, "b" }, 0, 1060000 },
	{ "but only up to a day",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 100, 1000000 + 400 * DAY, "b" }, 0, 1000000 + DAY },
	{ "and not if it went back",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 100, 900000, "b" }, 0, 1000000 },
	{ "a boot without a name is another boot",
	    true, { 1000000, 5000, 1000000, "" },
	    { 0, 9000, 1001000, "" }, 0, 1001000 },
	{ "a monotonic clock that went back is another boot",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 100, 1002000, "a" }, 0, 1002000 },
	{ "a damaged mark: no time has passed since the newest entry",
	    false, { 0 }, { 0, 5000, 1700000000000, "a" }, 777, 777 },
	{ "never before the newest entry",
	    true, { 1000000, 5000, 1000000, "a" },
	    { 0, 6000, 1001000, "a" }, 5000000, 5000000 },
};

START_TEST(the_ledger_clock_resumes)
{
	int64_t got = ledger_resume(clocks[_i].have_mark ? &clocks[_i].mark :
	    NULL, &clocks[_i].now, clocks[_i].newest);

	ck_assert_msg(got == clocks[_i].want, "%s: %lld", clocks[_i].says,
	    (long long)got);
}
END_TEST

START_TEST(a_mark_is_read_as_written)
{
	struct ledger_mark m = { 1, 2, INT64_C(1700000000000),
	    "0123abcd-0123-4567-89ab-0123456789ab" }, got;
	uint8_t raw[LEDGER_MARK_SIZE];
	size_t len = ledger_mark_pack(&m, raw), i;

	ck_assert(ledger_mark_unpack(raw, len, &got));
	ck_assert_mem_eq(&m, &got, sizeof m);
	for (i = 0; i < 4; i++)
		ck_assert(!ledger_mark_unpack(raw, i, &got));
	raw[0] = 9;
	ck_assert(!ledger_mark_unpack(raw, len, &got));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("window");
	TCase *t = tcase_create("window");

	tcase_add_loop_test(t, never_more_than_the_limit, 0, 10 * SPAN_COUNT);
	tcase_add_loop_test(t, an_event_leaves_in_time, 0, SPAN_COUNT);
	tcase_add_loop_test(t, free_at_is_the_first_such_time, 0,
	    4 * SPAN_COUNT);
	tcase_add_test(t, time_that_goes_back_refills_nothing);
	tcase_add_loop_test(t, packed_and_back, 0, 8 * SPAN_COUNT);
	tcase_add_loop_test(t, the_ledger_clock_resumes, 0,
	    (int)COUNT(clocks));
	tcase_add_test(t, a_mark_is_read_as_written);
	suite_add_tcase(s, t);
	return suite_run(s);
}
