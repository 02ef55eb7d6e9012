/* What is counted of verdict lines, and what an admin is told to review. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/incident.h"
#include "cli/logline.h"
#include "common/clock.h"
#include "tests/unit/suite.h"

#define FROM		INT64_C(1795219200000)
#define HOUR		INT64_C(3600000)
#define UNTIL		(FROM + 24 * HOUR)
#define MINUTE		INT64_C(60000)

static struct incident *incident;

/* One line of the verdict log, and what it is about. */
struct spec {
	int64_t at_ms;			/* after FROM */
	const char *address, *guard, *reason, *source;
	int age_s;
	const char *evidence;		/* an object, or NULL */
};

static void
add(const struct spec *s)
{
	char text[2000], time[CLOCK_TEXT_SIZE];
	struct logline line;
	int len;

	clock_text(FROM + s->at_ms, time);
	len = snprintf(text, sizeof text, "{\"time\":\"%s\",\"id\":"
	    "\"0123456789abcdef\",\"address\":\"%s\",\"guard\":\"%s\","
	    "\"reason\":\"%s\",\"source\":\"%s\",\"age_s\":%d%s%s}", time,
	    s->address, s->guard, s->reason, s->source, s->age_s,
	    s->evidence != NULL ? ",\"evidence\":" : "",
	    s->evidence != NULL ? s->evidence : "");
	ck_assert_msg(logline_read(text, (size_t)len, &line), "%s", text);
	ck_assert(incident_add(incident, &line.verdict,
	    jval_get(line.object, "evidence")));
	logline_clear(&line);
}

static void
change(int64_t at_ms, enum notice_kind kind, const char *what,
    const char *source, const char *text)
{
	struct notice n = { .time_ms = FROM + at_ms, .kind = kind,
	    .what = what, .source = source, .text = text };
	struct jval *o = notice_value(&n);
	char *json = jval_print(o);

	ck_assert_ptr_nonnull(json);
	ck_assert(incident_change(incident, json, strlen(json)));
	free(json);
	jval_free(o);
}

static void
setup(void)
{
	incident = incident_new(FROM, UNTIL, NULL);
	ck_assert_ptr_nonnull(incident);
}

static void
teardown(void)
{
	incident_free(incident);
}

#define AT_RCPT(code, text) "{\"stage\":\"rcpt\",\"code\":" code ",\"text\":" \
	"\"" text "\",\"mx\":\"mx.big.test\",\"ip\":\"192.0.2.5\"," \
	"\"provider\":\"big\",\"source\":\"192.0.2.10\",\"rule\":\"r" code \
	"\",\"took_ms\":7}"
#define BANNER	"{\"stage\":\"banner\",\"code\":554,\"text\":\"go away 17\"," \
	"\"mx\":\"mx.other.test\",\"ip\":\"192.0.2.6\",\"source\":" \
	"\"192.0.2.11\",\"rule\":\"listed\",\"took_ms\":3}"
#define SILENCE	"{\"stage\":\"connect\",\"mx\":\"mx.dead.test\"," \
	"\"ip\":\"192.0.2.7\",\"source\":\"192.0.2.10\",\"took_ms\":5000}"
#define BY_DNS	"{\"stage\":\"dns\",\"took_ms\":2}"

/* One line alone: what is counted of it. */
static const struct {
	const char *says;
	struct spec line;
	struct incident_counts n;
	uint64_t lines, not_probed;
} ones[] = {
	{ "accepted", { MINUTE, "a@x", "g", "accepted", "probe", 0,
	    AT_RCPT("250", "ok") }, { 1, 1, 1, 0, 0, 0 }, 1, 0 },
	{ "an unknown user", { MINUTE, "a@x", "g", "no_such_user", "probe", 0,
	    AT_RCPT("550", "who") }, { 1, 1, 0, 1, 0, 0 }, 1, 0 },
	{ "catch-all is an answer, and neither", { MINUTE, "a@x", "g",
	    "catch_all", "probe", 0, AT_RCPT("250", "ok") },
	    { 1, 1, 0, 0, 0, 0 }, 1, 0 },
	{ "greylisted is no answer about the recipient", { MINUTE, "a@x", "g",
	    "greylisted", "probe", 0, AT_RCPT("450", "later") },
	    { 1, 0, 0, 0, 0, 0 }, 1, 0 },
	{ "they refuse us", { MINUTE, "a@x", "g", "blocked_ip_listed",
	    "probe", 0, BANNER }, { 1, 0, 0, 0, 1, 0 }, 1, 0 },
	{ "they name a limit", { MINUTE, "a@x", "g", "rate_limited", "probe",
	    0, AT_RCPT("421", "slow") }, { 1, 0, 0, 0, 1, 0 }, 1, 0 },
	{ "no answer at all", { MINUTE, "a@x", "g", "no_connect", "probe", 0,
	    SILENCE }, { 1, 0, 0, 0, 0, 1 }, 1, 0 },
	{ "DNS alone is no probe", { MINUTE, "a@x", "g", "no_such_domain",
	    "dns", 0, BY_DNS }, { 0, 0, 0, 0, 0, 0 }, 1, 0 },
	{ "not checked is no probe", { MINUTE, "a@x", "g",
	    "budget_exhausted", "probe", 0, NULL }, { 0, 0, 0, 0, 0, 0 }, 1,
	    1 },
	{ "from the store, probed within the time", { HOUR, "a@x", "g",
	    "accepted", "store", 600, AT_RCPT("250", "ok") },
	    { 1, 1, 1, 0, 0, 0 }, 1, 0 },
	{ "from the store, probed before", { MINUTE, "a@x", "g", "accepted",
	    "store", 61, AT_RCPT("250", "ok") }, { 0, 0, 0, 0, 0, 0 }, 1, 0 },
	{ "before the time", { -1, "a@x", "g", "accepted", "probe", 0,
	    AT_RCPT("250", "ok") }, { 0, 0, 0, 0, 0, 0 }, 0, 0 },
	{ "at its end", { UNTIL - FROM, "a@x", "g", "accepted", "probe", 0,
	    AT_RCPT("250", "ok") }, { 0, 0, 0, 0, 0, 0 }, 0, 0 },
};

static void
same_counts(const struct incident_counts *a, const struct incident_counts *b,
    const char *says)
{
	ck_assert_msg(a->probes == b->probes && a->answered == b->answered &&
	    a->accepted == b->accepted &&
	    a->unknown_users == b->unknown_users &&
	    a->refused_us == b->refused_us && a->silent == b->silent, "%s",
	    says);
}

START_TEST(a_line_counts)
{
	const struct incident_report *r;

	add(&ones[_i].line);
	r = incident_end(incident);
	ck_assert_ptr_nonnull(r);
	same_counts(&r->all, &ones[_i].n, ones[_i].says);
	ck_assert_msg(r->lines == ones[_i].lines &&
	    r->not_probed == ones[_i].not_probed, "%s", ones[_i].says);
	ck_assert_uint_eq(r->place_count, ones[_i].n.probes);
}
END_TEST

START_TEST(a_probe_counts_once)
{
	struct spec s = { HOUR, "a@x", "g", "accepted", "probe", 0,
	    AT_RCPT("250", "ok") };
	const struct incident_report *r;

	add(&s);
	s.guard = "other";		/* who joined it */
	s.at_ms += 40;
	add(&s);
	s.source = "store";		/* who came later */
	s.age_s = 1800;
	s.at_ms = HOUR + 1800000;
	add(&s);
	s.address = "b@x";		/* another one */
	add(&s);
	s.address = "a@x";		/* asked again */
	s.age_s = 0;
	s.source = "probe";
	add(&s);
	r = incident_end(incident);
	ck_assert_uint_eq(r->lines, 5);
	ck_assert_uint_eq(r->all.probes, 3);
	ck_assert_uint_eq(r->by_hour[1], 3);
	ck_assert_uint_eq(r->asker_count, 2);
}
END_TEST

START_TEST(who_asked_first_brought_it)
{
	struct spec s = { HOUR, "a@x", "first", "no_such_user", "probe", 0,
	    AT_RCPT("550", "who") };
	struct spec later = { HOUR + 600000, "a@x", "later", "no_such_user",
	    "store", 600, AT_RCPT("550", "who") };
	const struct incident_report *r;

	add(_i == 0 ? &s : &later);
	add(_i == 0 ? &later : &s);
	r = incident_end(incident);
	ck_assert_uint_eq(r->all.probes, 1);
	ck_assert_str_eq(r->askers[0].guard, "first");
	ck_assert_uint_eq(r->askers[0].n.unknown_users, 1);
	ck_assert_uint_eq(r->askers[1].n.probes, 0);
	ck_assert_uint_eq(r->askers[1].n.unknown_users, 0);
	ck_assert_uint_eq(r->askers[1].verdicts, 1);
}
END_TEST

START_TEST(rows_and_their_order)
{
	struct spec s = { MINUTE, "", "shop", "no_such_user", "probe", 0,
	    NULL };
	const struct incident_report *r;
	char address[32], evidence[400];
	unsigned i;

	for (i = 0; i < 12; i++) {
		snprintf(address, sizeof address, "u%u@x", i);
		snprintf(evidence, sizeof evidence, AT_RCPT("550",
		    "no user %u <u%u@x> here"), i, i);
		s.address = address;
		s.evidence = evidence;
		add(&s);
	}
	s.guard = "form";
	s.reason = "blocked_ip_listed";
	s.evidence = BANNER;
	s.at_ms = 2 * MINUTE;
	add(&s);
	s.address = "later@x";
	s.at_ms = MINUTE;
	add(&s);
	r = incident_end(incident);
	ck_assert_uint_eq(r->place_count, 2);
	ck_assert_str_eq(r->places[0].provider, "big");
	ck_assert_str_eq(r->places[0].source, "192.0.2.10");
	ck_assert_uint_eq(r->places[0].n.probes, 12);
	ck_assert_uint_eq(incident_unknown_percent(&r->places[0].n), 100);
	ck_assert_str_eq(r->places[1].provider, "mx.other.test");
	ck_assert_int_eq(r->places[1].first_refusal_ms, FROM + MINUTE);
	ck_assert_uint_eq(r->reply_count, 2);	/* numbers aside, all alike */
	ck_assert(r->replies[0].of_us);
	ck_assert_str_eq(r->replies[0].rule, "listed");
	ck_assert_uint_eq(r->replies[0].count, 2);
	ck_assert_uint_eq(r->replies[1].count, 12);
	ck_assert_str_eq(r->replies[1].text, "no user 0 <u0@x> here");
	ck_assert_str_eq(r->askers[0].guard, "shop");
	ck_assert_uint_eq(r->askers[0].n.unknown_users, 12);
	ck_assert_uint_eq(r->askers[1].n.refused_us, 2);
}
END_TEST

START_TEST(one_source_alone)
{
	struct spec s = { MINUTE, "a@x", "g", "accepted", "probe", 0,
	    AT_RCPT("250", "ok") };
	const struct incident_report *r;

	incident_free(incident);
	incident = incident_new(FROM, UNTIL, "192.0.2.11");
	add(&s);
	s.reason = "blocked_policy";
	s.evidence = BANNER;
	add(&s);
	change(MINUTE, NOTICE_RAMP_FELL, "192.0.2.10", "192.0.2.10", "x");
	change(MINUTE, NOTICE_RAMP_FELL, "192.0.2.11", "192.0.2.11", "x");
	change(MINUTE, NOTICE_PREFLIGHT_FAILS, "helo", "", "x");
	r = incident_end(incident);
	ck_assert_uint_eq(r->all.probes, 1);
	ck_assert_str_eq(r->places[0].source, "192.0.2.11");
	ck_assert_uint_eq(r->change_count, 2);
}
END_TEST

START_TEST(changes_of_the_time_in_order)
{
	const struct incident_report *r;

	change(2 * HOUR, NOTICE_REFUSED_US, "big", "", "second");
	change(HOUR, NOTICE_UNKNOWN_USERS, "x.test", "", "first");
	change(-1, NOTICE_LISTED, "192.0.2.10", "", "before");
	change(UNTIL - FROM, NOTICE_LISTED, "192.0.2.10", "", "the end");
	change(UNTIL - FROM + 1000, NOTICE_SOURCE_RESTS, "192.0.2.10", "",
	    "followed");
	change(UNTIL - FROM + HOUR, NOTICE_DELISTED, "192.0.2.10", "",
	    "after");
	ck_assert(incident_change(incident, "{}", 2));
	ck_assert(incident_change(incident, "x", 1));
	r = incident_end(incident);
	ck_assert_uint_eq(r->change_count, 4);
	ck_assert_str_eq(r->changes[0].text, "first");
	ck_assert_str_eq(r->changes[1].text, "second");
	ck_assert_str_eq(r->changes[2].text, "the end");
	ck_assert_str_eq(r->changes[3].text, "followed");
}
END_TEST

static int64_t
number_in(const struct jval *o, const char *member)
{
	int64_t n;

	ck_assert_msg(jval_int(jval_get(o, member), &n), "%s", member);
	return n;
}

START_TEST(tables_are_bounded)
{
	struct spec s = { MINUTE, "a@x", "", "no_such_user", "probe", 0,
	    NULL };
	const struct incident_report *r;
	const struct incident_place *others = NULL;
	char guard[32], evidence[400];
	struct jval *o;
	uint64_t sum = 0;
	unsigned i;
	size_t k;

	for (i = 0; i < INCIDENT_ROWS_MAX + 20; i++) {
		snprintf(guard, sizeof guard, "g%u", i);
		snprintf(evidence, sizeof evidence, "{\"stage\":\"rcpt\","
		    "\"code\":550,\"text\":\"no\",\"rule\":\"r%u\",\"ip\":"
		    "\"192.0.2.1\",\"mx\":\"mx%u.test\",\"took_ms\":1}", i, i);
		s.guard = guard;
		s.evidence = evidence;
		add(&s);
	}
	r = incident_end(incident);
	ck_assert_uint_eq(r->all.probes, INCIDENT_ROWS_MAX + 20);
	ck_assert_uint_eq(r->place_count, INCIDENT_ROWS_MAX);
	for (k = 0; k < r->place_count; k++) {
		sum += r->places[k].n.probes;
		if (strcmp(r->places[k].provider, "(others)") == 0)
			others = &r->places[k];
	}
	ck_assert_uint_eq(sum, r->all.probes);
	ck_assert_ptr_nonnull(others);
	ck_assert_uint_eq(others->n.probes, 21);
	ck_assert_uint_eq(r->reply_count, INCIDENT_ROWS_MAX);
	ck_assert_uint_eq(r->other_replies, 20);
	ck_assert_uint_eq(r->other_askers, 20);
	o = incident_json(r, NULL);
	ck_assert_int_eq(number_in(o, "other_replies"), 20);
	ck_assert_int_eq(number_in(o, "other_submitters"), 20);
	jval_free(o);
}
END_TEST

/* --- review --------------------------------------------------------------- */

static char advice[INCIDENT_ADVICE_MAX][INCIDENT_ADVICE_SIZE];

static bool
advised(const struct incident_report *r, const char *words)
{
	size_t n = incident_review(r, advice), i;

	ck_assert_uint_ge(n, 1);
	for (i = 0; i < n; i++)
		if (strstr(advice[i], words) != NULL)
			return true;
	return false;
}

/* A report by its figures; the words that one piece of advice has. */
static const struct {
	const char *says;
	struct incident_counts all, place, asker;
	const char *guard;
	uint64_t lines, burst;		/* burst: in hour 5 */
	int kind;			/* of a change; -1: none */
	const char *words;
	bool given;
} reviews[] = {
	{ "no log", { 0 }, { 0 }, { 0 }, NULL, 0, 0, -1, "rotated away",
	    true },
	{ "no probe", { 0 }, { 0 }, { 0 }, NULL, 9, 0, -1, "No probe was "
	    "sent", true },
	{ "a fifth is unknown", { 10, 10, 8, 2, 0, 0 },
	    { 10, 10, 8, 2, 0, 0 }, { 0 }, NULL, 10, 0, -1,
	    "2 of 10 answers (20 %) of big", true },
	{ "less than a fifth", { 100, 100, 81, 19, 0, 0 },
	    { 100, 100, 81, 19, 0, 0 }, { 0 }, NULL, 100, 0, -1,
	    "unknown users", false },
	{ "too few to tell", { 5, 5, 0, 5, 0, 0 }, { 5, 5, 0, 5, 0, 0 },
	    { 0 }, NULL, 5, 0, -1, "guesses", false },
	{ "one guard brought most", { 20, 20, 10, 10, 0, 0 },
	    { 20, 20, 10, 10, 0, 0 }, { 9, 9, 0, 9, 0, 0 }, "shop", 20, 0,
	    -1, "The guard shop brought 9 of 10", true },
	{ "no guard brought most", { 20, 20, 5, 15, 0, 0 },
	    { 20, 20, 5, 15, 0, 0 }, { 7, 7, 0, 7, 0, 0 }, "shop", 20, 0, -1,
	    "The guard shop", false },
	{ "the admin did", { 20, 20, 10, 10, 0, 0 },
	    { 20, 20, 10, 10, 0, 0 }, { 9, 9, 0, 9, 0, 0 }, "", 20, 0, -1,
	    "do not clean lists", true },
	{ "they refused us before", { 3, 2, 2, 0, 1, 0 },
	    { 3, 2, 2, 0, 1, 0 }, { 0 }, NULL, 3, 0, -1,
	    "big refused us 1 times", true },
	{ "a breaker opened", { 3, 3, 3, 0, 0, 0 }, { 3, 3, 3, 0, 0, 0 },
	    { 0 }, NULL, 3, 0, NOTICE_UNKNOWN_USERS, "1 breaker opened",
	    true },
	{ "preflight failed", { 3, 3, 3, 0, 0, 0 }, { 3, 3, 3, 0, 0, 0 },
	    { 0 }, NULL, 3, 0, NOTICE_PREFLIGHT_FAILS, "Preflight failed "
	    "(because)", true },
	{ "preflight passed", { 3, 3, 3, 0, 0, 0 }, { 3, 3, 3, 0, 0, 0 },
	    { 0 }, NULL, 3, 0, NOTICE_PREFLIGHT_PASSES, "Preflight failed",
	    false },
	{ "a third is silent", { 30, 20, 20, 0, 0, 10 },
	    { 30, 20, 20, 0, 0, 10 }, { 0 }, NULL, 30, 0, -1,
	    "10 of 30 probes found no answer", true },
	{ "a burst", { 60, 60, 60, 0, 0, 0 }, { 60, 60, 60, 0, 0, 0 }, { 0 },
	    NULL, 60, 55, -1, "55 of 60 probes were sent within the hour",
	    true },
	{ "no burst", { 1200, 1200, 1200, 0, 0, 0 },
	    { 1200, 1200, 1200, 0, 0, 0 }, { 0 }, NULL, 1200, 55, -1,
	    "within the hour", false },
	{ "nothing at all", { 3, 3, 3, 0, 0, 0 }, { 3, 3, 3, 0, 0, 0 },
	    { 0 }, NULL, 3, 0, -1, "Nothing stands out in 3 probes", true },
};

START_TEST(what_to_review)
{
	static struct incident_report r;
	struct incident_place place = { .provider = (char[]){ "big" },
	    .source = (char[]){ "192.0.2.10" }, .n = reviews[_i].place,
	    .first_refusal_ms = FROM };
	struct incident_asker asker = { .auth = (char[]){ "" },
	    .n = reviews[_i].asker };
	struct notice n = { .text = "because" };
	char guard[32];

	memset(&r, 0, sizeof r);
	r.from_ms = FROM;
	r.until_ms = UNTIL;
	r.hours = 24;
	r.by_hour[5] = reviews[_i].burst;
	r.lines = reviews[_i].lines;
	r.all = reviews[_i].all;
	r.places = &place;
	r.place_count = 1;
	r.askers = &asker;
	if (reviews[_i].guard != NULL) {
		snprintf(guard, sizeof guard, "%s", reviews[_i].guard);
		asker.guard = guard;
		r.asker_count = 1;
	}
	r.changes = &n;
	if (reviews[_i].kind >= 0) {
		n.kind = (enum notice_kind)reviews[_i].kind;
		r.change_count = 1;
	}
	ck_assert_msg(advised(&r, reviews[_i].words) == reviews[_i].given,
	    "%s: %s", reviews[_i].says, advice[0]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("incident");
	TCase *tc = tcase_create("incident");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_line_counts, 0, COUNT(ones));
	tcase_add_test(tc, a_probe_counts_once);
	tcase_add_loop_test(tc, who_asked_first_brought_it, 0, 2);
	tcase_add_test(tc, rows_and_their_order);
	tcase_add_test(tc, one_source_alone);
	tcase_add_test(tc, changes_of_the_time_in_order);
	tcase_add_test(tc, tables_are_bounded);
	tcase_add_loop_test(tc, what_to_review, 0, COUNT(reviews));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
