/*
 * Counters of sources and providers, of verdicts and decisions, and the text
 * that they are served in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jval.h"
#include "probe/exposition.h"
#include "probe/metrics.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

/* --- how a question ended ------------------------------------------------- */

static const struct {
	const char *says;
	enum fault fault;
	unsigned code;			/* 0: no reply */
	enum verdict_reason reason;
	enum counter want;
} outcomes[] = {
	{ "taken", FAULT_NONE, 250, REASON_ACCEPTED, COUNT_ACCEPTED },
	{ "taken, to be forwarded", FAULT_NONE, 251, REASON_ACCEPTED,
	    COUNT_ACCEPTED },
	{ "nobody of that name", FAULT_NONE, 550, REASON_NO_SUCH_USER,
	    COUNT_UNKNOWN_USER },
	{ "nobody, but a 4xx", FAULT_NONE, 450, REASON_NO_SUCH_USER,
	    COUNT_TEMPFAIL },
	{ "full for good", FAULT_NONE, 552, REASON_MAILBOX_FULL,
	    COUNT_REFUSED },
	{ "full for now", FAULT_NONE, 452, REASON_MAILBOX_FULL,
	    COUNT_TEMPFAIL },
	{ "greylisted", FAULT_NONE, 451, REASON_GREYLISTED, COUNT_TEMPFAIL },
	{ "too fast", FAULT_NONE, 421, REASON_RATE_LIMITED, COUNT_TEMPFAIL },
	{ "we are on a list", FAULT_NONE, 554, REASON_BLOCKED_IP_LISTED,
	    COUNT_REFUSED_US },
	{ "we are refused for now", FAULT_NONE, 450, REASON_BLOCKED_NO_PTR,
	    COUNT_REFUSED_US },
	{ "no reply that decided", FAULT_NONE, 0, REASON_ACCEPTED,
	    COUNTER_COUNT },
	{ "no connection", FAULT_CONNECT, 0, REASON_ACCEPTED,
	    COUNT_NO_CONNECT },
	{ "silence", FAULT_TIMEOUT, 0, REASON_ACCEPTED, COUNT_TIMEOUT },
	{ "hung up", FAULT_CLOSED, 0, REASON_ACCEPTED, COUNT_CLOSED },
	{ "no SMTP", FAULT_PROTOCOL, 0, REASON_ACCEPTED, COUNT_BROKEN },
	{ "no handshake", FAULT_TLS, 0, REASON_ACCEPTED, COUNT_BROKEN },
	{ "not asked", FAULT_NO_SMTPUTF8, 0, REASON_ACCEPTED, COUNTER_COUNT },
	{ "our own fault", FAULT_LOCAL, 0, REASON_ACCEPTED, COUNTER_COUNT },
};

START_TEST(each_end_has_one_counter)
{
	struct reply_meaning m = { .reason = outcomes[_i].reason,
	    .code = outcomes[_i].code };

	ck_assert_msg(counters_outcome(outcomes[_i].fault, m.code != 0 ? &m :
	    NULL) == outcomes[_i].want, "%s", outcomes[_i].says);
}
END_TEST

/* --- the table ------------------------------------------------------------ */

static struct counters c;

static uint64_t
count_of(const char *source, const char *provider, enum counter counter)
{
	size_t i;

	for (i = 0; i < c.count; i++)
		if (strcmp(c.rows[i].source, source) == 0 &&
		    strcmp(c.rows[i].provider, provider) == 0)
			return c.rows[i].n[counter];
	return 0;
}

START_TEST(rows_are_by_source_and_provider)
{
	memset(&c, 0, sizeof c);
	counters_add(&c, "192.0.2.1", "big", COUNT_RCPTS, 2);
	counters_add(&c, "192.0.2.1", "big", COUNT_RCPTS, 3);
	counters_add(&c, "192.0.2.2", "big", COUNT_RCPTS, 1);
	counters_add(&c, "", NULL, COUNT_CLOSED, 1);
	counters_add(&c, "", "", COUNT_CLOSED, 1);
	counters_add(&c, "192.0.2.3", "big", COUNT_RCPTS, 0);
	ck_assert_uint_eq(c.count, 3);
	ck_assert_uint_eq(count_of("192.0.2.1", "big", COUNT_RCPTS), 5);
	ck_assert_uint_eq(count_of("192.0.2.2", "big", COUNT_RCPTS), 1);
	ck_assert_uint_eq(count_of("any", "other", COUNT_CLOSED), 2);
}
END_TEST

START_TEST(the_table_is_bounded_and_loses_nothing)
{
	struct jval *list;
	int64_t n, sum = 0;
	char name[32];
	size_t i;

	memset(&c, 0, sizeof c);
	for (i = 0; i < 2 * COUNTERS_ROWS; i++) {
		snprintf(name, sizeof name, "p%zu", i);
		counters_add(&c, "192.0.2.1", name, COUNT_CONNECTS, 1);
	}
	ck_assert_uint_eq(c.count, COUNTERS_ROWS);
	ck_assert_uint_eq(count_of("other", "other", COUNT_CONNECTS),
	    COUNTERS_ROWS + 1);
	list = counters_json(&c, 10);
	ck_assert_uint_eq(jval_count(list), 10);
	for (i = 0; i < 10; i++) {
		ck_assert(jval_int(jval_get(jval_at(list, i), "connects"),
		    &n));
		sum += n;
	}
	ck_assert_int_eq(sum, 2 * COUNTERS_ROWS);
	jval_free(list);
}
END_TEST

/* --- the text ------------------------------------------------------------- */

static const struct {
	const char *says, *value, *want;
} labels[] = {
	{ "plain", "google", "m{l=\"google\"} 7\n" },
	{ "empty", "", "m{l=\"\"} 7\n" },
	{ "a quote, a backslash, a line", "a\"b\\c\nd",
	    "m{l=\"a\\\"b\\\\c\\nd\"} 7\n" },
	{ "a sample of its own is none", "x\"} 1\nm{l=\"y",
	    "m{l=\"x\\\"} 1\\nm{l=\\\"y\"} 7\n" },
	{ "UTF-8", "\303\274ber", "m{l=\"\303\274ber\"} 7\n" },
	{ "no UTF-8", "a\377b\303", "m{l=\"a?b?\"} 7\n" },
	{ "controls", "a\033[1m\r\t\177b", "m{l=\"a?[1m???b\"} 7\n" },
};

START_TEST(label_values_are_escaped)
{
	struct expo_label l = { "l", labels[_i].value };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	expo_int(f, "m", &l, 1, 7);
	fclose(f);
	ck_assert_msg(strcmp(text, labels[_i].want) == 0, "%s: %s",
	    labels[_i].says, text);
	free(text);
}
END_TEST

/* A status as status.c makes it, and what it comes to. */
static const struct {
	const char *says, *status;
	const char *lines[4];
} texts[] = {
	{ "numbers, and yes or no",
	    "{\"version\":\"1\",\"clients\":3,\"budget\":{\"enabled\":true}}",
	    { "rcptguard_clients 3\n", "rcptguard_budget_enabled 1\n",
	    "rcptguard_build_info{version=\"1\"} 1\n" } },
	{ "a store that is not there",
	    "{\"store\":{\"trouble\":\"no room\"}}",
	    { "rcptguard_degraded{part=\"store\"} 1\n",
	    "rcptguard_degraded{part=\"port25\"} 0\n" } },
	{ "port 25 closed", "{\"budget\":{\"port25_blocked\":true}}",
	    { "rcptguard_degraded{part=\"port25\"} 1\n" } },
	{ "one of two sources rests",
	    "{\"sources\":[{\"address\":\"192.0.2.1\",\"state\":\"resting\","
	    "\"rests\":[{\"by\":\"refused\"}]},"
	    "{\"address\":\"192.0.2.2\",\"state\":\"healthy\","
	    "\"listed\":false,\"last_good_at\":77}]}",
	    { "rcptguard_degraded{part=\"sources\"} 0\n",
	    "rcptguard_source_resting{source=\"192.0.2.1\",by=\"refused\"} 1\n",
	    "rcptguard_source_resting{source=\"192.0.2.2\",by=\"refused\"} 0\n",
	    "rcptguard_source_last_good_answer_seconds"
	    "{source=\"192.0.2.2\"} 77\n" } },
	{ "all sources rest",
	    "{\"sources\":[{\"address\":\"192.0.2.1\","
	    "\"state\":\"resting\"}]}",
	    { "rcptguard_degraded{part=\"sources\"} 1\n" } },
	{ "a ramp", "{\"sources\":[{\"address\":\"any IPv4\",\"ramp\":"
	    "{\"step\":2,\"limit\":1000,\"used\":5,\"recovering\":true}}]}",
	    { "rcptguard_source_ramp_step{source=\"any IPv4\"} 2\n",
	    "rcptguard_source_ramp_used{source=\"any IPv4\"} 5\n",
	    "rcptguard_source_recovering{source=\"any IPv4\"} 1\n" } },
	{ "a listing", "{\"listings\":[{\"what\":\"192.0.2.1\","
	    "\"zone\":\"bl.example\"}]}",
	    { "rcptguard_listed{what=\"192.0.2.1\",zone=\"bl.example\"} 1\n" }
	    },
	{ "a canary that is not believed",
	    "{\"canaries\":[{\"provider\":\"big\","
	    "\"state\":\"signals_only\"}]}",
	    { "rcptguard_canary_trusted{provider=\"big\"} 0\n" } },
	{ "an empty status still is text", "{}",
	    { "# TYPE rcptguard_clients gauge\n" } },
};

START_TEST(a_status_becomes_text)
{
	static struct tally t;
	struct jval *status = jval_parse(texts[_i].status,
	    strlen(texts[_i].status));
	char *text;
	size_t i;

	memset(&c, 0, sizeof c);
	ck_assert_ptr_nonnull(status);
	text = metrics_text(status, &c, &t);
	for (i = 0; i < 4 && texts[_i].lines[i] != NULL; i++)
		ck_assert_msg(strstr(text, texts[_i].lines[i]) != NULL,
		    "%s: %s", texts[_i].says, text);
	free(text);
	jval_free(status);
}
END_TEST

START_TEST(counters_become_text)
{
	static struct tally t;
	struct jval *status = jval_object();
	char *text;

	memset(&c, 0, sizeof c);
	counters_add(&c, "192.0.2.1", "big", COUNT_RCPTS, 2);
	counters_add(&c, "192.0.2.1", "big", COUNT_TIMEOUT, 1);
	text = metrics_text(status, &c, &t);
	ck_assert_ptr_nonnull(strstr(text, "rcptguard_provider_rcpts_total{"
	    "source=\"192.0.2.1\",provider=\"big\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "rcptguard_provider_outcomes_total{"
	    "source=\"192.0.2.1\",provider=\"big\",outcome=\"timeout\"} 1\n"));
	/* What has not happened is there too: a rate needs its zero. */
	ck_assert_ptr_nonnull(strstr(text, "outcome=\"closed\"} 0\n"));
	free(text);
	jval_free(status);
}
END_TEST

START_TEST(verdicts_and_decisions_are_counted)
{
	static struct tally t;
	const struct conf *conf = must_load("t", "identity: { helo = "
	    "\"v.example.com\"; sender = \"p@v.example.com\"; }; guards = ( "
	    "{ name = \"signup\"; } );");
	struct verdict_line line = { .guard = "signup", .action = "tempfail",
	    .mode = "observe", .reason = REASON_NO_SUCH_USER,
	    .source = SOURCE_STORE, .took_ms = 3 };
	struct jval *status = jval_object();
	char *text;

	memset(&t, 0, sizeof t);
	memset(&c, 0, sizeof c);
	tally_line(&t, conf, &line);
	line.took_ms = 9000;
	tally_line(&t, conf, &line);
	line.guard = "who\"s";
	tally_line(&t, conf, &line);
	line.action = "explode";	/* in no list: no decision of ours */
	tally_line(&t, conf, &line);
	line.action = NULL;		/* a check of the admin's */
	tally_line(&t, conf, &line);
	text = metrics_text(status, &c, &t);
	ck_assert_ptr_nonnull(strstr(text, "rcptguard_verdicts_total{"
	    "state=\"undeliverable\",reason=\"no_such_user\","
	    "source=\"store\"} 5\n"));
	ck_assert_ptr_nonnull(strstr(text, "rcptguard_decisions_total{"
	    "guard=\"signup\",action=\"tempfail\",mode=\"observe\"} 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "{guard=\"other\",action="
	    "\"tempfail\",mode=\"observe\"} 1\n"));
	ck_assert_ptr_null(strstr(text, "explode"));
	ck_assert_ptr_nonnull(strstr(text, "_bucket{le=\"0.002\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(text, "_bucket{le=\"0.005\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "_bucket{le=\"8\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "_bucket{le=\"+Inf\"} 3\n"));
	ck_assert_ptr_nonnull(strstr(text, "_seconds_sum 18.003\n"));
	ck_assert_ptr_nonnull(strstr(text, "_seconds_count 3\n"));
	free(text);
	jval_free(status);
	conf_unref(conf);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("metrics");
	TCase *t = tcase_create("metrics");

	tcase_add_loop_test(t, each_end_has_one_counter, 0,
	    (int)COUNT(outcomes));
	tcase_add_test(t, rows_are_by_source_and_provider);
	tcase_add_test(t, the_table_is_bounded_and_loses_nothing);
	tcase_add_loop_test(t, label_values_are_escaped, 0,
	    (int)COUNT(labels));
	tcase_add_loop_test(t, a_status_becomes_text, 0, (int)COUNT(texts));
	tcase_add_test(t, counters_become_text);
	tcase_add_test(t, verdicts_and_decisions_are_counted);
	suite_add_tcase(s, t);
	return suite_run(s);
}
