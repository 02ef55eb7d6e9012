#include "cli/times.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW	1795281113042		/* 2026-11-21T17:11:53.042Z */

/* Local time is an hour before UTC in winter, two in summer. */
static void
in_vienna(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
}

static const struct {
	const char *says, *text;
	int64_t ms;
} good[] = {
	{ "an hour ago", "1h", NOW - 3600000 },
	{ "two days ago", "2d", NOW - 172800000 },
	{ "now", "0s", NOW },
	{ "longer ago than time is the first moment", "9999w", 0 },
	{ "a date begins at local midnight", "2026-11-21", 1795215600000 },
	{ "a date in summer", "2026-07-01", 1782856800000 },
	{ "local time", "2026-11-21 18:11", 1795281060000 },
	{ "with seconds", "2026-11-21 18:11:53", 1795281113000 },
	{ "with a fraction", "2026-11-21 18:11:53.042", NOW },
	{ "digits past milliseconds", "2026-11-21 18:11:53.04299", NOW },
	{ "with a T", "2026-11-21T18:11:53", 1795281113000 },
	{ "in UTC", "2026-11-21T17:11:53.042Z", NOW },
	{ "a date in UTC", "2026-11-21Z", 1795219200000 },
	{ "with an offset", "2026-11-21 19:11:53 +0200", 1795281113000 },
	{ "with a colon in it", "2026-11-21 12:41:53-04:30", 1795281113000 },
	{ "a leap day", "2024-02-29", 1709161200000 },
};

static const struct {
	const char *says, *text;
	int64_t ms;
} ends[] = {
	{ "in an hour", "1h", NOW + 3600000 },
	{ "in 30 days", "30d", NOW + 30 * INT64_C(86400000) },
	{ "at once", "0s", NOW },
	{ "a date is its first moment", "2026-12-21", 1797807600000 },
	{ "a date that is over is no matter of reading", "2026-11-21",
	    1795215600000 },
	{ "with a zone", "2026-11-21T17:11:53.042Z", NOW },
};

static const struct {
	const char *says, *text;
} no_ends[] = {
	{ "past the calendar", "20666666666d" },
	{ "past all numbers", "9223372036854775807ms" },
	{ "the calendar's last day", "9999-12-31T00:00:01Z" },
	{ "the calendar's first day", "1970-01-01T23:59:59Z" },
	{ "0, which stands for never", "1970-01-01Z" },
	{ "before it", "1970-01-01 00:00 +0100" },
};

static const struct {
	const char *says, *text;
} bad[] = {
	{ "nothing", "" },
	{ "a number without a unit", "1" },
	{ "a word", "yesterday" },
	{ "below zero", "-1h" },
	{ "no such day", "2026-02-29" },
	{ "no such day in a century", "2100-02-29" },
	{ "no such month", "2026-13-01" },
	{ "day zero", "2026-01-00" },
	{ "a short year", "26-01-01" },
	{ "no such hour", "2026-11-21 24:00" },
	{ "no such minute", "2026-11-21 23:60" },
	{ "no such second", "2026-11-21 23:59:60" },
	{ "half a time", "2026-11-21 23" },
	{ "a dot and nothing", "2026-11-21 23:59:59." },
	{ "a zone by name", "2026-11-21 23:59 CET" },
	{ "half an offset", "2026-11-21 23:59 +01" },
	{ "no such offset", "2026-11-21 23:59 +0160" },
	{ "more behind it", "2026-11-21 23:59 +0100x" },
	{ "a blank behind it", "2026-11-21 " },
	{ "a date before the epoch", "1969-12-31" },
};

START_TEST(times_are_read)
{
	int64_t ms = 7;

	in_vienna();
	ck_assert_msg(times_parse(good[_i].text, NOW, &ms), "%s",
	    good[_i].says);
	ck_assert_msg(ms == good[_i].ms, "%s: %lld", good[_i].says,
	    (long long)ms);
}
END_TEST

START_TEST(an_end_is_read)
{
	int64_t ms = 7;

	in_vienna();
	ck_assert_msg(times_parse_end(ends[_i].text, NOW, &ms), "%s",
	    ends[_i].says);
	ck_assert_msg(ms == ends[_i].ms, "%s: %lld", ends[_i].says,
	    (long long)ms);
}
END_TEST

START_TEST(what_cannot_end_then_is_refused)
{
	int64_t ms = 7;

	in_vienna();
	ck_assert_msg(!times_parse_end(no_ends[_i].text, NOW, &ms), "%s",
	    no_ends[_i].says);
	ck_assert_msg(ms == 7, "%s: untouched", no_ends[_i].says);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	int64_t ms = 7;

	in_vienna();
	ck_assert_msg(!times_parse_end(bad[_i].text, NOW, &ms), "%s",
	    bad[_i].says);
	ck_assert_msg(!times_parse(bad[_i].text, NOW, &ms), "%s", bad[_i].says);
	ck_assert_msg(ms == 7, "%s: untouched", bad[_i].says);
}
END_TEST

START_TEST(local_time_is_told_and_read_back)
{
	char out[TIMES_LOCAL_SIZE];
	int64_t ms;

	in_vienna();
	times_local(1795281113, out);
	ck_assert_str_eq(out, "2026-11-21 18:11:53 +0100");
	ck_assert(times_parse(out, NOW, &ms));
	ck_assert_int_eq(ms, 1795281113000);
	times_local(INT64_MAX, out);
	ck_assert_str_eq(out, "beyond the calendar");
}
END_TEST

static const struct {
	const char *says;
	int64_t s;
	const char *text;
} spans[] = {
	{ "seconds", 45, "45 s" },
	{ "nothing", 0, "0 s" },
	{ "a clock that was set back", -5, "0 s" },
	{ "just a minute", 60, "1 min" },
	{ "seconds are left out of minutes", 239, "3 min" },
	{ "a whole hour", 3600, "1 h" },
	{ "an hour and some", 7559, "2 h 5 min" },
	{ "a day and some", 97200, "1 d 3 h" },
	{ "hours are left out of many days", 31 * 86400 + 7200, "31 d" },
	{ "for ever", INT64_MAX, "106751991167300 d" },
};

START_TEST(spans_are_told)
{
	char out[TIMES_SPAN_SIZE];

	times_span(spans[_i].s, out);
	ck_assert_msg(strcmp(out, spans[_i].text) == 0, "%s: %s",
	    spans[_i].says, out);
}
END_TEST

static const struct {
	const char *says;
	uint64_t octets;
	const char *text;
} sizes[] = {
	{ "nothing", 0, "0 B" },
	{ "less than a KiB", 1023, "1023 B" },
	{ "a small number has a fraction", 1536, "1.5 KiB" },
	{ "a large one has none", 64 << 20, "64 MiB" },
	{ "all there is", UINT64_MAX, "16777216 TiB" },
};

START_TEST(sizes_are_told)
{
	char out[TIMES_OCTETS_SIZE];

	times_octets(sizes[_i].octets, out);
	ck_assert_msg(strcmp(out, sizes[_i].text) == 0, "%s: %s",
	    sizes[_i].says, out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_times");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, times_are_read, 0,
	    COUNT(good));
	tcase_add_loop_test(t, an_end_is_read, 0,
	    COUNT(ends));
	tcase_add_loop_test(t, what_cannot_end_then_is_refused, 0,
	    COUNT(no_ends));
	tcase_add_loop_test(t, what_is_no_time_is_refused, 0,
	    COUNT(bad));
	tcase_add_test(t, local_time_is_told_and_read_back);
	tcase_add_loop_test(t, spans_are_told, 0,
	    COUNT(spans));
	tcase_add_loop_test(t, sizes_are_told, 0,
	    COUNT(sizes));
	suite_add_tcase(s, t);
	return suite_run(s);
}
