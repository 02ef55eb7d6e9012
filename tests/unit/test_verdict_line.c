#include "common/verdict_line.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "tests/unit/suite.h"

static const struct verdict_line full = {
	.time_ms = 1795281113042, .id = "0123456789abcdez",
	.address = "user@example.org", .role = "recipient", .guard = "signup",
	.origin = "import",
	.client = "192.0.2.1", .auth = "SHOP\\app", .sender = "",
	.reason = REASON_NO_SUCH_USER, .action = "reject", .mode = "observe",
	.flood = "bounce_attack",
	.source = SOURCE_STORE, .age_s = 60, .took_ms = 3,
	.evidence = "{\"stage\":\"rcpt\", \"code\":550}",
};

static void
expect(const struct verdict_line *line, const char *want)
{
	char *json = verdict_line_json(line);

	ck_assert_str_eq(json, want);
	free(json);
}

START_TEST(the_members_in_order)
{
	expect(&full, "{\"time\":\"2026-11-21T17:11:53.042Z\","
	    "\"id\":\"0123456789abcdez\",\"address\":\"user@example.org\","
	    "\"role\":\"recipient\",\"guard\":\"signup\","
	    "\"origin\":\"import\","
	    "\"client\":\"192.0.2.1\",\"auth\":\"SHOP\\\\x5Capp\","
	    "\"sender\":\"\",\"state\":\"undeliverable\","
	    "\"reason\":\"no_such_user\",\"action\":\"reject\","
	    "\"mode\":\"observe\",\"flood\":\"bounce_attack\","
	    "\"source\":\"store\",\"age_s\":60,"
	    "\"took_ms\":3,\"evidence\":{\"stage\":\"rcpt\",\"code\":550}}");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	struct verdict_line line = { .id = "0000000000000000",
	    .address = "a@b.example", .reason = REASON_PROBE_RUNNING,
	    .source = SOURCE_PROBE, .evidence = "no JSON" };

	expect(&line, "{\"time\":\"1970-01-01T00:00:00.000Z\","
	    "\"id\":\"0000000000000000\",\"address\":\"a@b.example\","
	    "\"state\":\"pending\",\"reason\":\"probe_running\","
	    "\"source\":\"probe\",\"age_s\":0,\"took_ms\":0}");
	line.evidence = "[1]";
	line.address = "a\n\"}@\xff";
	expect(&line, "{\"time\":\"1970-01-01T00:00:00.000Z\","
	    "\"id\":\"0000000000000000\","
	    "\"address\":\"a\\\\x0A\\\"}@\\\\xFF\","
	    "\"state\":\"pending\",\"reason\":\"probe_running\","
	    "\"source\":\"probe\",\"age_s\":0,\"took_ms\":0}");
}
END_TEST

static void
same_text(const char *a, const char *b)
{
	ck_assert_int_eq(a == NULL, b == NULL);
	if (a != NULL)
		ck_assert_str_eq(a, b);
}

static void
same(const struct verdict_line *a, const struct verdict_line *b)
{
	ck_assert_int_eq(a->time_ms, b->time_ms);
	same_text(a->id, b->id);
	same_text(a->address, b->address);
	same_text(a->role, b->role);
	same_text(a->guard, b->guard);
	same_text(a->origin, b->origin);
	same_text(a->client, b->client);
	same_text(a->auth, b->auth);
	same_text(a->sender, b->sender);
	ck_assert_uint_eq(a->reason, b->reason);
	same_text(a->action, b->action);
	same_text(a->mode, b->mode);
	same_text(a->flood, b->flood);
	ck_assert_uint_eq(a->source, b->source);
	ck_assert_int_eq(a->age_s, b->age_s);
	ck_assert_int_eq(a->took_ms, b->took_ms);
}

START_TEST(a_line_is_read_back)
{
	struct verdict_line back, want = full;
	char *json = verdict_line_json(&full);
	struct jval *o = jval_parse(json, strlen(json));
	int64_t code = 0;

	ck_assert(verdict_line_read(o, &back));
	want.auth = "SHOP\\x5Capp";
	same(&back, &want);
	ck_assert_ptr_null(back.evidence);
	ck_assert(jval_int(jval_get(jval_get(o, "evidence"), "code"), &code));
	ck_assert_int_eq(code, 550);
	jval_free(o);
	free(json);
}
END_TEST

#define HEAD "{\"time\":\"2026-11-21T17:11:53.042Z\"," \
    "\"id\":\"0123456789abcdez\",\"address\":\"a@b.example\","

static const struct {
	const char *says, *json;
	bool good;
} lines[] = {
	{ "no more than needed", HEAD "\"reason\":\"accepted\"}", true },
	{ "a member from the future", HEAD "\"reason\":\"accepted\","
	    "\"colour\":{}}", true },
	{ "no reason", HEAD "\"source\":\"store\"}", false },
	{ "an unknown reason", HEAD "\"reason\":\"liked\"}", false },
	{ "an unknown source", HEAD "\"reason\":\"accepted\","
	    "\"source\":\"x\"}", false },
	{ "an origin that is a number", HEAD "\"reason\":\"accepted\","
	    "\"origin\":1}", false },
	{ "a guard that is a number", HEAD "\"reason\":\"accepted\","
	    "\"guard\":1}", false },
	{ "a negative age", HEAD "\"reason\":\"accepted\",\"age_s\":-1}",
	    false },
	{ "an age that is text", HEAD "\"reason\":\"accepted\","
	    "\"age_s\":\"1\"}", false },
	{ "an id that is none", "{\"time\":\"2026-11-21T17:11:53Z\","
	    "\"id\":\"../../etc/passwd\",\"address\":\"a@b.example\","
	    "\"reason\":\"accepted\"}", false },
	{ "a time that is none", "{\"time\":\"now\","
	    "\"id\":\"0123456789abcdez\",\"address\":\"a@b.example\","
	    "\"reason\":\"accepted\"}", false },
	{ "no address", "{\"time\":\"2026-11-21T17:11:53Z\","
	    "\"id\":\"0123456789abcdez\",\"reason\":\"accepted\"}", false },
	{ "an empty object", "{}", false },
	{ "a list", "[]", false },
};

START_TEST(lines_are_judged)
{
	struct jval *o = jval_parse(lines[_i].json, strlen(lines[_i].json));
	struct verdict_line line;

	ck_assert_msg(o != NULL, "%s: the test is wrong", lines[_i].says);
	ck_assert_msg(verdict_line_read(o, &line) == lines[_i].good, "%s",
	    lines[_i].says);
	jval_free(o);
}
END_TEST

static size_t
note_of(const struct verdict_line *line, char buf[WIRE_REQUEST_MAX])
{
	struct wire_writer w;

	wire_begin(&w, buf, WIRE_REQUEST_MAX);
	wire_put(&w, "request", "note");
	wire_put(&w, "wire", WIRE_VERSION);
	wire_put(&w, "note", "decision");
	verdict_line_put(line, &w);
	return wire_end(&w);
}

START_TEST(a_note_is_read_back)
{
	struct verdict_line back, line = full;
	char buf[WIRE_REQUEST_MAX];
	struct wire_message msg;
	size_t used, len;

	if (_i == 1)
		line.role = line.guard = line.origin = line.client = line.auth =
		    line.sender = line.action = line.mode = NULL;
	len = note_of(&line, buf);
	ck_assert_uint_ne(len, 0);
	ck_assert_uint_eq(wire_parse(buf, len, WIRE_REQUEST_MAX, &msg, &used),
	    WIRE_OK);
	ck_assert(verdict_line_get(&msg, &back));
	same(&back, &line);
	ck_assert_ptr_null(back.evidence);
}
END_TEST

START_TEST(hostile_text_still_makes_a_note)
{
	char big[4000], buf[WIRE_REQUEST_MAX];
	struct verdict_line back, line = full;
	struct wire_message msg;
	size_t used, len;

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	line.auth = line.sender = line.guard = big;
	line.address = "a\nrequest=purge\r@b.example";
	len = note_of(&line, buf);
	ck_assert_uint_ne(len, 0);
	ck_assert_uint_eq(wire_parse(buf, len, WIRE_REQUEST_MAX, &msg, &used),
	    WIRE_OK);
	ck_assert(verdict_line_get(&msg, &back));
	ck_assert_str_eq(back.address,
	    "a\\x0Arequest=purge\\x0D@b.example");
	ck_assert_uint_eq(strlen(back.auth), TEXT_FIELD_MAX);
}
END_TEST

static const struct {
	const char *says, *name, *value;	/* NULL: not sent */
} faults[] = {
	{ "no time", "time", NULL },
	{ "no id", "id", NULL },
	{ "no address", "address", NULL },
	{ "no reason", "reason", NULL },
	{ "no source", "source", NULL },
	{ "a time in seconds", "time", "1795281113" },
	{ "an id too short", "id", "0123456789abcde" },
	{ "an id in upper case", "id", "0123456789ABCDEZ" },
	{ "a reason by number", "reason", "15" },
	{ "an unknown source", "source", "oracle" },
	{ "a negative age", "age_s", "-1" },
	{ "an age over 63 bits", "age_s", "9223372036854775808" },
	{ "a time taken that is text", "took_ms", "long" },
};

START_TEST(a_faulty_note_is_refused)
{
	struct wire_message msg, bad = { .count = 0 };
	char buf[WIRE_REQUEST_MAX];
	struct verdict_line line;
	size_t used, i;

	ck_assert_uint_eq(wire_parse(buf, note_of(&full, buf),
	    WIRE_REQUEST_MAX, &msg, &used), WIRE_OK);
	for (i = 0; i < msg.count; i++) {
		struct wire_attr attr = msg.attrs[i];

		if (strcmp(attr.name, faults[_i].name) == 0)
			attr.value = faults[_i].value;
		if (attr.value != NULL)
			bad.attrs[bad.count++] = attr;
	}
	ck_assert_msg(verdict_line_get(&msg, &line), "the whole one");
	ck_assert_msg(!verdict_line_get(&bad, &line), "%s", faults[_i].says);
}
END_TEST

/* One at a time, or from octets that are drawn for many. */
START_TEST(ids_are_well_formed_and_differ)
{
	struct verdict_ids many = { .left = 0 };
	enum { IDS = 2000 };
	static char ids[IDS][VERDICT_ID_SIZE];
	unsigned seen[256] = { 0 }, octets = 0, twice = 0;
	int i, j;

	for (i = 0; i < IDS; i++) {
		if (_i == 0)
			verdict_id_make(ids[i]);
		else
			verdict_id_next(&many, ids[i]);
		ck_assert_msg(verdict_id_is(ids[i]), "%s", ids[i]);
		for (j = 0; j < i; j++)
			twice += strcmp(ids[i], ids[j]) == 0;
		for (j = 0; ids[i][j] != '\0'; j++)
			seen[(unsigned char)ids[i][j]]++;
	}
	ck_assert_uint_eq(twice, 0);
	/* 32000 draws of 36: about 889 each, 29 is one sigma. */
	for (i = 0; i < 256; i++) {
		if (seen[i] == 0)
			continue;
		octets++;
		ck_assert_msg(seen[i] > 650 && seen[i] < 1130, "%c: %u", i,
		    seen[i]);
	}
	ck_assert_uint_eq(octets, 36);
	ck_assert(!verdict_id_is(""));
	ck_assert(!verdict_id_is("0123456789abcdez0"));
}
END_TEST

START_TEST(sources_have_words)
{
	static const char *const words[] = { "store", "probe", "rules", "dns",
	    "history", "override" };
	enum verdict_source out = SOURCE_COUNT;
	unsigned i;

	ck_assert_uint_eq(COUNT(words), SOURCE_COUNT);
	for (i = 0; i < SOURCE_COUNT; i++) {
		ck_assert_str_eq(verdict_source_word((enum verdict_source)i),
		    words[i]);
		ck_assert(verdict_source_from_word(words[i], &out));
		ck_assert_uint_eq(out, i);
	}
	ck_assert_ptr_null(verdict_source_word(SOURCE_COUNT));
	ck_assert(!verdict_source_from_word("", &out));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verdict_line");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, the_members_in_order);
	tcase_add_test(tc, what_is_not_known_is_left_out);
	tcase_add_test(tc, a_line_is_read_back);
	tcase_add_loop_test(tc, lines_are_judged, 0, (int)COUNT(lines));
	tcase_add_loop_test(tc, a_note_is_read_back, 0, 2);
	tcase_add_test(tc, hostile_text_still_makes_a_note);
	tcase_add_loop_test(tc, a_faulty_note_is_refused, 0,
	    (int)COUNT(faults));
	tcase_add_loop_test(tc, ids_are_well_formed_and_differ, 0, 2);
	tcase_add_test(tc, sources_have_words);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
