#include "common/clock.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct row {
	const char *says;
	int64_t ms;
	const char *text;
};

static const struct row both_ways[] = {
	{ "the epoch", 0, "1970-01-01T00:00:00.000Z" },
	{ "milliseconds keep their zeros", 42, "1970-01-01T00:00:00.042Z" },
	{ "one before the epoch", -1, "1969-12-31T23:59:59.999Z" },
	{ "a whole second before it", -1000, "1969-12-31T23:59:59.000Z" },
	{ "a time in autumn", 1795281113042, "2026-11-21T17:11:53.042Z" },
	{ "a leap day", 1709164800000, "2024-02-29T00:00:00.000Z" },
	{ "past 2038", 2147483648000, "2038-01-19T03:14:08.000Z" },
	{ "the first", -62167219200000, "0000-01-01T00:00:00.000Z" },
	{ "the last", 253402300799999, "9999-12-31T23:59:59.999Z" },
};

START_TEST(text_and_back)
{
	const struct row *r = &both_ways[_i];
	char out[CLOCK_TEXT_SIZE];
	int64_t back = 7;

	clock_text(r->ms, out);
	ck_assert_msg(strcmp(out, r->text) == 0, "%s: %s", r->says, out);
	ck_assert_msg(clock_parse(out, &back), "%s", r->says);
	ck_assert_msg(back == r->ms, "%s: %lld", r->says, (long long)back);
}
END_TEST

START_TEST(a_time_beyond_the_calendar_is_shown_as_its_end)
{
	char out[CLOCK_TEXT_SIZE];

	clock_text(INT64_MAX, out);
	ck_assert_str_eq(out, "9999-12-31T23:59:59.999Z");
	clock_text(INT64_MIN, out);
	ck_assert_str_eq(out, "0000-01-01T00:00:00.000Z");
}
END_TEST

static const struct row read_only[] = {
	{ "without a fraction", 1000, "1970-01-01T00:00:01Z" },
	{ "tenths", 100, "1970-01-01T00:00:00.1Z" },
	{ "nanoseconds are cut", 123, "1970-01-01T00:00:00.123999999Z" },
	{ "a leap second", 1483228800000, "2016-12-31T23:59:60Z" },
};

START_TEST(what_others_write_is_read)
{
	const struct row *r = &read_only[_i];
	int64_t ms = 7;

	ck_assert_msg(clock_parse(r->text, &ms), "%s", r->says);
	ck_assert_msg(ms == r->ms, "%s: %lld", r->says, (long long)ms);
}
END_TEST

static const struct row wrong[] = {
	{ "nothing", 0, "" },
	{ "a date alone", 0, "2026-11-21" },
	{ "no zone", 0, "2026-11-21T17:11:53" },
	{ "another zone", 0, "2026-11-21T17:11:53+01:00" },
	{ "lower case", 0, "2026-11-21t17:11:53z" },
	{ "a blank for T", 0, "2026-11-21 17:11:53Z" },
	{ "month 0", 0, "2026-00-21T17:11:53Z" },
	{ "month 13", 0, "2026-13-21T17:11:53Z" },
	{ "day 0", 0, "2026-11-00T17:11:53Z" },
	{ "30 February", 0, "2026-02-30T17:11:53Z" },
	{ "29 February in a common year", 0, "2026-02-29T17:11:53Z" },
	{ "hour 24", 0, "2026-11-21T24:00:00Z" },
	{ "minute 60", 0, "2026-11-21T17:60:53Z" },
	{ "second 61", 0, "2026-11-21T17:11:61Z" },
	{ "a point without digits", 0, "2026-11-21T17:11:53.Z" },
	{ "ten digits of fraction", 0, "2026-11-21T17:11:53.0123456789Z" },
	{ "a sign", 0, "-026-11-21T17:11:53Z" },
	{ "a blank before", 0, " 2026-11-21T17:11:53Z" },
	{ "a blank after", 0, "2026-11-21T17:11:53Z " },
	{ "five digits of year", 0, "12026-11-21T17:11:53Z" },
};

START_TEST(what_is_no_time_is_refused)
{
	const struct row *r = &wrong[_i];
	int64_t ms = 7;

	ck_assert_msg(!clock_parse(r->text, &ms), "%s", r->says);
	ck_assert_msg(ms == 7, "%s: result touched", r->says);
}
END_TEST

static const struct row days[] = {
	{ "the day after the epoch", 86400, "1970-01-02" },
	{ "a leap day", 1709164800, "2024-02-29" },
	{ "this one", 1795219200, "2026-11-21" },
	{ "the epoch is none", 0, "1970-01-01" },
	{ "before the epoch", 0, "1969-12-31" },
	{ "no leap day", 0, "2026-02-29" },
	{ "nothing", 0, "" },
	{ "a time behind it", 0, "2026-11-21T00:00:00Z" },
	{ "one digit of month", 0, "2026-1-21" },
	{ "a sign", 0, "+026-11-21" },
};

START_TEST(a_day_begins)
{
	ck_assert_msg(clock_day(days[_i].text) == days[_i].ms, "%s",
	    days[_i].says);
}
END_TEST

START_TEST(the_monotonic_clock_counts_milliseconds)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int64_t before = clock_mono_ms(), passed;

	nanosleep(&pause, NULL);
	passed = clock_mono_ms() - before;
	ck_assert_msg(passed >= 19, "only %lld ms", (long long)passed);
	ck_assert_msg(passed < 20000, "%lld ms", (long long)passed);
}
END_TEST

START_TEST(the_wall_clock_is_the_one_of_time)
{
	int64_t first = (int64_t)time(NULL), s = clock_wall_s();

	ck_assert_msg(s >= first - 1 && s <= (int64_t)time(NULL) + 1,
	    "%lld", (long long)s);
	ck_assert_msg(clock_wall_ms() / 1000 - s <= 1, "seconds differ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clock");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, text_and_back, 0, COUNT(both_ways));
	tcase_add_test(tc, a_time_beyond_the_calendar_is_shown_as_its_end);
	tcase_add_loop_test(tc, what_others_write_is_read, 0, COUNT(read_only));
	tcase_add_loop_test(tc, what_is_no_time_is_refused, 0, COUNT(wrong));
	tcase_add_loop_test(tc, a_day_begins, 0, COUNT(days));
	tcase_add_test(tc, the_monotonic_clock_counts_milliseconds);
	tcase_add_test(tc, the_wall_clock_is_the_one_of_time);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
