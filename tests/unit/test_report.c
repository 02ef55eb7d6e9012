/* What a report counts of lines, and how it is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/logline.h"
#include "cli/report_sheet.h"
#include "common/clock.h"
#include "tests/unit/suite.h"

#define FROM		INT64_C(1795219200000)	/* 2026-11-21 */
#define DAY		INT64_C(86400000)
#define UNTIL		(FROM + DAY)

static struct report *report;
static struct sheet sheet;

static void
add(int64_t at_ms, const char *members)
{
	char text[4000], time[CLOCK_TEXT_SIZE];
	struct logline line;
	int len;

	clock_text(FROM + at_ms, time);
	len = snprintf(text, sizeof text, "{\"time\":\"%s\",\"id\":"
	    "\"0123456789abcdef\",%s}", time, members);
	ck_assert_msg(logline_read(text, (size_t)len, &line), "%s", text);
	ck_assert(report_add(report, &line.verdict,
	    jval_get(line.object, "evidence")));
	logline_clear(&line);
}

static void
begin(const char *guard)
{
	report = report_new(FROM, UNTIL, guard);
	ck_assert_ptr_nonnull(report);
}

static void
end_of(size_t top)
{
	report_end(report, UNTIL);
	report_sheet(report, top, &sheet);
	ck_assert(!sheet.failed);
}

static void
done(void)
{
	sheet_clear(&sheet);
	report_free(report);
}

#define LINE(address, reason, action, mode) "\"address\":\"" address "\"," \
	"\"guard\":\"g\",\"client\":\"192.0.2.1\",\"auth\":\"shop\"," \
	"\"sender\":\"\",\"reason\":\"" reason "\",\"action\":\"" action \
	"\",\"mode\":\"" mode "\",\"source\":\"probe\",\"took_ms\":7"

/* One line alone: what is counted of it. */
static const struct {
	const char *says, *guard;
	int64_t at_ms;
	const char *members;
	uint64_t verdicts, passed, deferred, refused, observed, asked, taught,
	    refused_us;
} lines[] = {
	{ "accepted", NULL, 0, LINE("a@x.example", "accepted", "accept",
	    "enforce"), 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "tagged mail is let through", NULL, 0, LINE("a@x.example",
	    "catch_all", "tag", "enforce"), 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "deferred", NULL, 0, LINE("a@x.example", "greylisted", "tempfail",
	    "enforce"), 1, 0, 1, 0, 0, 0, 0, 0 },
	{ "refused", NULL, 0, LINE("a@x.example", "no_such_user", "reject",
	    "enforce"), 1, 0, 0, 1, 0, 0, 0, 0 },
	{ "what is only observed is not done", NULL, 0, LINE("a@x.example",
	    "no_such_user", "reject", "observe"), 1, 0, 0, 0, 1, 0, 0, 0 },
	{ "a refusal of us", NULL, 0, LINE("a@x.example",
	    "blocked_ip_listed", "accept", "enforce"), 1, 1, 0, 0, 0, 0, 0,
	    1 },
	{ "asked by hand", NULL, 0, "\"address\":\"a@x.example\","
	    "\"reason\":\"accepted\",\"source\":\"probe\"", 0, 0, 0, 0, 0, 1,
	    0, 0 },
	{ "learned of mail", NULL, 0, "\"address\":\"a@x.example\","
	    "\"reason\":\"no_such_user\",\"source\":\"history\"", 0, 0, 0, 0,
	    0, 0, 1, 0 },
	{ "of the guard that is asked for", "g", 0, LINE("a@x.example",
	    "accepted", "accept", "enforce"), 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "of another guard", "h", 0, LINE("a@x.example", "accepted",
	    "accept", "enforce"), 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "the first moment belongs to it", NULL, 0, LINE("a@x.example",
	    "accepted", "accept", "enforce"), 1, 1, 0, 0, 0, 0, 0, 0 },
	{ "before the time", NULL, -1, LINE("a@x.example", "accepted",
	    "accept", "enforce"), 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "the last moment does not", NULL, DAY, LINE("a@x.example",
	    "accepted", "accept", "enforce"), 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "an action of nobody's is none", NULL, 0, LINE("a@x.example",
	    "accepted", "explode", "enforce"), 1, 0, 0, 0, 0, 0, 0, 0 },
};

START_TEST(a_line_counts)
{
	const struct counts *n;

	begin(lines[_i].guard);
	add(lines[_i].at_ms, lines[_i].members);
	n = &report->all;
	ck_assert_uint_eq(n->verdicts, lines[_i].verdicts);
	ck_assert_uint_eq(n->done[ACTION_ACCEPT] + n->done[ACTION_TAG],
	    lines[_i].passed);
	ck_assert_uint_eq(n->done[ACTION_TEMPFAIL], lines[_i].deferred);
	ck_assert_uint_eq(n->done[ACTION_REJECT], lines[_i].refused);
	ck_assert_uint_eq(n->observed[ACTION_REJECT], lines[_i].observed);
	ck_assert_uint_eq(n->refused_us, lines[_i].refused_us);
	ck_assert_uint_eq(report->asked, lines[_i].asked);
	ck_assert_uint_eq(report->taught, lines[_i].taught);
	ck_assert_uint_eq(report->took.count, lines[_i].verdicts);
	report_free(report);
}
END_TEST

/* --- the sheet ------------------------------------------------------------ */

static char *
json_of(void)
{
	struct jval *o = sheet_json(&sheet);
	char *text = jval_print(o);

	ck_assert_ptr_nonnull(text);
	jval_free(o);
	return text;
}

/* What a day holds, and a piece of the JSON that tells it. */
static void
a_day(void)
{
	int i;

	begin(NULL);
	for (i = 0; i < 3; i++)
		add(i, LINE("a@Big.Example", "no_such_user", "reject",
		    "enforce") ",\"evidence\":{\"provider\":\"big\"}");
	add(10, LINE("b@small.example", "accepted", "accept", "observe")
	    ",\"evidence\":{\"mx\":\"mx.small.example\"}");
	add(20, LINE("c@small.example", "blocked_policy", "accept",
	    "enforce") ",\"evidence\":{\"provider\":\"shy\"}");
	add(30, LINE("d@small.example", "budget_exhausted", "tempfail",
	    "enforce"));
	add(40, LINE("e@small.example", "accepted", "tempfail", "enforce")
	    ",\"flood\":\"bounce_attack\"");
	add(50, LINE("f@small.example", "no_such_user", "reject", "observe"));
	end_of(10);
}

static const struct {
	const char *says, *part;
} told[] = {
	{ "how many, and what was done", "\"verdicts\":8,\"passed\":1,"
	    "\"deferred\":2,\"refused\":3,\"observed\":2,\"would_refuse\":1,"
	    "\"would_defer\":0" },
	{ "by state and action", "{\"state\":\"undeliverable\",\"verdicts\":4,"
	    "\"ratio\":0.5,\"accept\":0,\"tempfail\":0,\"reject\":3,"
	    "\"hold\":0,\"tag\":0,\"observed\":1}" },
	{ "by reason, the most first", "\"reasons\":[{\"reason\":"
	    "\"no_such_user\",\"state\":\"undeliverable\",\"verdicts\":4," },
	{ "what would have been stopped", "\"observed\":[{\"reason\":"
	    "\"no_such_user\",\"state\":\"undeliverable\",\"tempfail\":0,"
	    "\"reject\":1}]" },
	{ "who brought bad ones", "\"clients\":[{\"client\":\"192.0.2.1\","
	    "\"verdicts\":8,\"undeliverable\":4,\"bad_ratio\":0.5," },
	{ "the null sender has a name", "\"senders\":[{\"sender\":\"<>\"," },
	{ "domains in one case", "{\"domain\":\"big.example\",\"verdicts\":3,"
	    "\"deliverable\":0,\"undeliverable\":3," },
	{ "providers", "{\"provider\":\"big\",\"verdicts\":3," },
	{ "and none", "{\"provider\":\"(nobody was asked)\",\"verdicts\":3," },
	{ "a mail host where no provider is known", "{\"provider\":"
	    "\"mx.small.example\",\"verdicts\":1," },
	{ "what was deferred", "\"tempfails\":2,\"addresses\":2,\"passed\":0,"
	    },
	{ "how long", "\"median_ms\":7,\"p95_ms\":7,\"p99_ms\":7" },
	{ "attacks", "\"floods\":[{\"flood\":\"bounce_attack\",\"guard\":\"g\","
	    "\"from\":\"shop\",\"verdicts\":1,\"first\":\"2026-11-21T00:00:"
	    "00.040Z\"" },
	{ "budgets", "{\"reason\":\"budget_exhausted\",\"verdicts\":1," },
	{ "who refused us", "\"refusals\":[{\"provider\":\"shy\","
	    "\"refused_us\":1,\"ratio\":1.0,\"verdicts\":1}]" },
	{ "by day", "\"days\":[{\"day\":\"2026-11-21\",\"verdicts\":8,"
	    "\"deliverable\":2,\"undeliverable\":4,\"bad_ratio\":0.5," },
	{ "by guard and mode", "{\"guard\":\"g\",\"mode\":\"observe\","
	    "\"verdicts\":2,\"undeliverable\":1,\"accept\":1,\"tempfail\":0,"
	    "\"reject\":1,\"hold\":0,\"tag\":0}" },
};

START_TEST(a_report_tells)
{
	char *json;

	a_day();
	json = json_of();
	ck_assert_msg(strstr(json, told[_i].part) != NULL, "%s: %s",
	    told[_i].says, json);
	free(json);
	done();
}
END_TEST

START_TEST(nothing_is_told_as_nothing)
{
	char *text;

	begin("g");
	end_of(10);
	text = sheet_text(&sheet, true);
	ck_assert_ptr_nonnull(strstr(text, "No guard judged anything in this "
	    "time, of this name."));
	ck_assert_ptr_null(strstr(text, "By state"));
	free(text);
	done();
}
END_TEST

START_TEST(more_keys_than_places_are_told)
{
	char members[400];
	char *text;
	int i;

	begin(NULL);
	for (i = 0; i < REPORT_KEYS + 5; i++) {
		(void)snprintf(members, sizeof members, "\"address\":\"a@d%d"
		    ".example\",\"guard\":\"g\",\"reason\":\"accepted\","
		    "\"action\":\"accept\",\"source\":\"store\"", i);
		add(i, members);
	}
	end_of(3);
	ck_assert_uint_eq(topk_count(report->tables[REPORT_DOMAINS]),
	    REPORT_KEYS);
	text = sheet_text(&sheet, true);
	ck_assert_ptr_nonnull(strstr(text, "More than 4096 different"));
	ck_assert_ptr_nonnull(strstr(text, "4093 more are not shown"));
	free(text);
	done();
}
END_TEST

START_TEST(a_time_that_is_not_over_ends_now)
{
	begin(NULL);
	add(0, LINE("a@x.example", "greylisted", "tempfail", "enforce"));
	report_end(report, FROM + 60000);
	ck_assert_uint_eq(report->followed.may_come, 1);
	report_end(report, UNTIL + DAY);
	ck_assert_uint_eq(report->followed.gone, 1);
	report_free(report);
}
END_TEST

/* --- foreign text --------------------------------------------------------- */

#define EVIL	"<script>alert(1)</script>&\\\"'\\u001b[31m\\u202e\\u009b"
#define LONG	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char *const foreign[] = {
	"\"address\":\"" EVIL "@" EVIL "\",\"guard\":\"" EVIL "\",\"client\":"
	    "\"" EVIL "\",\"auth\":\"" EVIL "\",\"sender\":\"" EVIL "\","
	    "\"reason\":\"no_such_user\",\"action\":\"reject\",\"mode\":\""
	    EVIL "\",\"flood\":\"" EVIL "\",\"evidence\":{\"provider\":\""
	    EVIL "\"}",
	"\"address\":\"" LONG LONG "@" LONG LONG LONG ".example\",\"guard\":\""
	    LONG LONG "\",\"client\":\"" LONG "\",\"auth\":\"" LONG LONG "\","
	    "\"sender\":\"" LONG "\",\"reason\":\"blocked_policy\","
	    "\"action\":\"reject\",\"mode\":\"" LONG "\",\"flood\":\"" LONG
	    "\",\"evidence\":{\"provider\":\"" LONG LONG "\"}",
	"\"address\":\"\\u00fc\\u00fc@\\u4f8b\\u5b50.example\",\"guard\":"
	    "\"\\u4f8b\",\"auth\":\"line\\nbreak\\ttab\",\"reason\":"
	    "\"no_such_user\",\"action\":\"reject\",\"flood\":\"a\\nb\"",
};

static void
add_foreign(const char *members)
{
	int i;

	begin("never");
	report->guard = NULL;
	for (i = 0; i < 3; i++)
		add(i, members);
	end_of(10);
}

START_TEST(text_fits_the_terminal_and_commands_nothing)
{
	char *text, *at;
	size_t width = 0;

	add_foreign(foreign[_i / 2]);
	text = sheet_text(&sheet, _i % 2 == 0);
	for (at = text; *at != '\0'; at++) {
		if (*at == '\n') {
			ck_assert_msg(width < 80, "%zu: %.*s", width,
			    (int)width, at - width);
			width = 0;
			continue;
		}
		width += ((unsigned char)*at & 0xc0) != 0x80;
		ck_assert((unsigned char)*at >= 0x20 && *at != 0x7f);
		ck_assert(_i % 2 == 0 || (unsigned char)*at < 0x80);
	}
	ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
	ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
	free(text);
	done();
}
END_TEST

START_TEST(a_page_loads_and_runs_nothing)
{
	static const char *const never[] = { "<script", "src=", "href=",
	    "http:", "https:", "url(", "@import", "alert(1)</", "\033",
	    "\xe2\x80\xae" };
	char *page;
	size_t i;

	add_foreign(foreign[_i]);
	page = sheet_html(&sheet);
	ck_assert_ptr_nonnull(page);
	for (i = 0; i < COUNT(never); i++)
		ck_assert_msg(strstr(page, never[i]) == NULL, "%s", never[i]);
	ck_assert_int_eq(strncmp(page, "<!DOCTYPE html>\n", 16), 0);
	ck_assert_ptr_nonnull(strstr(page, "prefers-color-scheme: dark"));
	ck_assert_ptr_nonnull(strstr(page, "</html>\n"));
	if (_i == 0)
		ck_assert_ptr_nonnull(strstr(page, "&lt;script&gt;alert(1)"
		    "&lt;/script&gt;&amp;&quot;&#39;"));
	free(page);
	done();
}
END_TEST

START_TEST(json_is_json)
{
	struct jval *o;
	char *text;

	add_foreign(foreign[_i]);
	text = json_of();
	o = jval_parse(text, strlen(text));
	ck_assert_ptr_nonnull(o);
	jval_free(o);
	free(text);
	done();
}
END_TEST

/* --- alarms --------------------------------------------------------------- */

static void
alarm_at(int64_t at_ms, enum notice_kind kind, const char *what)
{
	struct notice n = { .time_ms = FROM + at_ms, .kind = kind,
	    .what = what, .text = "a list names it" };
	struct jval *o = notice_value(&n);
	char *json = jval_print(o);

	ck_assert_ptr_nonnull(json);
	report_alarm(report, json, strlen(json));
	free(json);
	jval_free(o);
}

START_TEST(the_newest_alarms_of_the_time)
{
	char what[32];
	int i;

	begin(NULL);
	report->have_outcomes = true;
	alarm_at(-1, NOTICE_LISTED, "before");
	alarm_at(0, NOTICE_RAMP_ROSE, "no alarm");
	alarm_at(DAY, NOTICE_LISTED, "after");
	report_alarm(report, "garbage", 7);
	ck_assert_uint_eq(report->alarm_count, 0);
	for (i = 0; i < REPORT_ALARMS + 2; i++) {
		(void)snprintf(what, sizeof what, "n%d", i);
		alarm_at(i, NOTICE_LISTED, what);
	}
	ck_assert_uint_eq(report->alarm_count, REPORT_ALARMS);
	ck_assert_uint_eq(report->alarms_seen, REPORT_ALARMS + 2);
	ck_assert_str_eq(report->alarms[0].what, "n2");
	ck_assert_str_eq(report->alarms[REPORT_ALARMS - 1].what, "n51");
	end_of(10);
	done();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("report");
	TCase *c = tcase_create("report");

	(void)setenv("TZ", "UTC", 1);
	tcase_add_loop_test(c, a_line_counts, 0, COUNT(lines));
	tcase_add_loop_test(c, a_report_tells, 0, COUNT(told));
	tcase_add_test(c, nothing_is_told_as_nothing);
	tcase_add_test(c, more_keys_than_places_are_told);
	tcase_add_test(c, a_time_that_is_not_over_ends_now);
	tcase_add_loop_test(c, text_fits_the_terminal_and_commands_nothing, 0,
	    2 * COUNT(foreign));
	tcase_add_loop_test(c, a_page_loads_and_runs_nothing, 0,
	    COUNT(foreign));
	tcase_add_loop_test(c, json_is_json, 0, COUNT(foreign));
	tcase_add_test(c, the_newest_alarms_of_the_time);
	suite_add_tcase(s, c);
	return suite_run(s);
}
