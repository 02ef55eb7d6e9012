#include "common/evidence.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
fill(struct evidence *ev)
{
	evidence_init(ev);
	ev->stage = STAGE_RCPT;
	ev->code = 550;
	strcpy(ev->enhanced, "5.1.1");
	strcpy(ev->text, "no such user \xc3\xa4 \\x1B[2J");
	strcpy(ev->mx, "mx.example.org");
	strcpy(ev->ip, "192.0.2.25");
	strcpy(ev->provider, "google");
	strcpy(ev->tls, "TLSv1.3");
	strcpy(ev->source, "192.0.2.10");
	strcpy(ev->from, "postmaster@verify.shop.example");
	strcpy(ev->helo, "verify.shop.example");
	strcpy(ev->policy, "0123456789ab");
	strcpy(ev->rule, "google-nosuchuser");
	ev->attempt = 2;
	ev->took_ms = 123;
	ev->sent = 96;
	ev->received = 4294967295u;
	ev->round_trips = 4;
	ev->session_ms = 120;
	ev->next_try_at = 1795281113;
}

static const char filled[] = "{\"stage\":\"rcpt\",\"code\":550,"
    "\"enhanced\":\"5.1.1\",\"text\":\"no such user \xc3\xa4 \\\\x1B[2J\","
    "\"mx\":\"mx.example.org\",\"ip\":\"192.0.2.25\","
    "\"provider\":\"google\",\"tls\":\"TLSv1.3\","
    "\"from\":\"postmaster@verify.shop.example\","
    "\"helo\":\"verify.shop.example\",\"policy\":\"0123456789ab\","
    "\"attempt\":2,"
    "\"rule\":\"google-nosuchuser\",\"source\":\"192.0.2.10\","
    "\"took_ms\":123,\"sent\":96,\"received\":4294967295,\"round_trips\":4,"
    "\"session_ms\":120,\"next_try_at\":\"2026-11-21T17:11:53.000Z\"";

START_TEST(the_summary_in_order)
{
	struct evidence ev;
	char *json, want[1024];

	fill(&ev);
	evidence_tell(&ev, 5, STORY_NOTE, "hello");
	json = evidence_to_json(&ev, false);
	snprintf(want, sizeof(want), "%s}", filled);
	ck_assert_str_eq(json, want);
	free(json);
	evidence_clear(&ev);
}
END_TEST

START_TEST(the_story_follows)
{
	struct evidence ev;
	char *json, want[1024];

	fill(&ev);
	evidence_tell(&ev, 1, STORY_DNS, "MX %s", "example.org");
	evidence_tell(&ev, 20, STORY_RECEIVED, "%s", "550 \033[2J\r\n\\");
	json = evidence_to_json(&ev, true);
	snprintf(want, sizeof(want), "%s,\"story\":["
	    "{\"at_ms\":1,\"kind\":\"dns\",\"text\":\"MX example.org\"},"
	    "{\"at_ms\":20,\"kind\":\"received\","
	    "\"text\":\"550 \\\\x1B[2J\\\\x0D\\\\x0A\\\\x5C\"}]}", filled);
	ck_assert_str_eq(json, want);
	free(json);
	evidence_clear(&ev);
	ck_assert_ptr_null(ev.steps);
	ck_assert_uint_eq(ev.step_count, 0);
}
END_TEST

START_TEST(what_is_empty_is_left_out)
{
	struct evidence ev;
	char *json;

	evidence_init(&ev);
	json = evidence_to_json(&ev, true);
	ck_assert_str_eq(json, "{\"stage\":\"none\",\"took_ms\":0}");
	free(json);
}
END_TEST

static void
same(const struct evidence *a, const struct evidence *b)
{
	size_t i;

	ck_assert_uint_eq(a->stage, b->stage);
	ck_assert_uint_eq(a->code, b->code);
	ck_assert_str_eq(a->enhanced, b->enhanced);
	ck_assert_str_eq(a->text, b->text);
	ck_assert_str_eq(a->mx, b->mx);
	ck_assert_str_eq(a->ip, b->ip);
	ck_assert_str_eq(a->provider, b->provider);
	ck_assert_str_eq(a->tls, b->tls);
	ck_assert_str_eq(a->source, b->source);
	ck_assert_str_eq(a->from, b->from);
	ck_assert_str_eq(a->helo, b->helo);
	ck_assert_str_eq(a->policy, b->policy);
	ck_assert_str_eq(a->rule, b->rule);
	ck_assert_uint_eq(a->attempt, b->attempt);
	ck_assert_uint_eq(a->took_ms, b->took_ms);
	ck_assert_uint_eq(a->sent, b->sent);
	ck_assert_uint_eq(a->received, b->received);
	ck_assert_uint_eq(a->round_trips, b->round_trips);
	ck_assert_uint_eq(a->session_ms, b->session_ms);
	ck_assert_int_eq(a->next_try_at, b->next_try_at);
	ck_assert_uint_eq(a->steps_dropped, b->steps_dropped);
	ck_assert_uint_eq(a->gap, b->gap);
	ck_assert_uint_eq(a->step_count, b->step_count);
	for (i = 0; i < a->step_count; i++) {
		ck_assert_uint_eq(a->steps[i].at_ms, b->steps[i].at_ms);
		ck_assert_uint_eq(a->steps[i].kind, b->steps[i].kind);
		ck_assert_str_eq(a->steps[i].text, b->steps[i].text);
	}
}

static void
there_and_back(const struct evidence *ev, struct evidence *back)
{
	char *json = evidence_to_json(ev, true);

	ck_assert_ptr_nonnull(json);
	ck_assert_uint_le(strlen(json), EVIDENCE_JSON_MAX);
	ck_assert_ptr_null(strchr(json, '\n'));
	ck_assert_msg(evidence_from_json(json, strlen(json), back), "%s", json);
	free(json);
}

static void
packed_and_back(const struct evidence *ev, struct evidence *back)
{
	size_t len;
	uint8_t *packed = evidence_pack(ev, &len);

	ck_assert_ptr_nonnull(packed);
	ck_assert_uint_le(len, EVIDENCE_PACKED_MAX);
	ck_assert(evidence_unpack(packed, len, back));
	free(packed);
}

/* The two written forms. */
static const struct {
	const char *says;
	void (*back)(const struct evidence *ev, struct evidence *back);
} forms[] = {
	{ "as JSON", there_and_back },
	{ "packed", packed_and_back },
};

/* steps: how many are told; each has its number as its time and text. */
static void
tell(struct evidence *ev, unsigned steps, const char *padding)
{
	unsigned i;

	for (i = 0; i < steps; i++)
		evidence_tell(ev, i, (enum story_kind)(i % STORY_KIND_COUNT),
		    "step %u %s", i, padding);
}

START_TEST(what_is_written_is_read)
{
	static const unsigned steps[] = { 0, 1, 7, 8, 9, 16, 17, 119, 120, 121,
	    300 };
	struct evidence ev, back;
	size_t i;

	fill(&ev);
	tell(&ev, steps[_i], "");
	for (i = 0; i < COUNT(forms); i++) {
		forms[i].back(&ev, &back);
		same(&ev, &back);
		evidence_clear(&back);
	}
	evidence_clear(&ev);
}
END_TEST

START_TEST(a_long_story_keeps_its_ends)
{
	struct evidence ev;

	fill(&ev);
	tell(&ev, 1000, "");
	ck_assert_uint_eq(ev.step_count, EVIDENCE_STORY_MAX);
	ck_assert_uint_eq(ev.steps_dropped, 880);
	ck_assert_uint_eq(ev.gap, 80);
	ck_assert_uint_eq(ev.steps[0].at_ms, 0);
	ck_assert_uint_eq(ev.steps[79].at_ms, 79);
	ck_assert_uint_eq(ev.steps[80].at_ms, 960);
	ck_assert_uint_eq(ev.steps[119].at_ms, 999);
	evidence_clear(&ev);
}
END_TEST

/* Every step as long as it may be: most of them cannot stay. */
START_TEST(a_wide_story_is_shortened_until_it_fits)
{
	static const unsigned steps[] = { 40, 119, 120, 121, 1000 };
	unsigned form = (unsigned)_i % COUNT(forms);
	unsigned told = steps[(unsigned)_i / COUNT(forms)];
	struct evidence ev, back, again;
	char padding[EVIDENCE_TEXT_MAX + 1];

	memset(padding, '"', sizeof(padding) - 1);
	padding[sizeof(padding) - 1] = '\0';
	fill(&ev);
	tell(&ev, told, padding);
	forms[form].back(&ev, &back);
	ck_assert_uint_ge(back.step_count, 12);
	ck_assert_uint_lt(back.step_count, ev.step_count);
	ck_assert_uint_eq(back.step_count + back.steps_dropped, told);
	/* Order, ends and the gap's place */
	ck_assert_uint_eq(back.gap, back.step_count * 2 / 3);
	ck_assert_uint_eq(back.steps[0].at_ms, 0);
	ck_assert_uint_eq(back.steps[back.gap - 1].at_ms, back.gap - 1);
	ck_assert_uint_eq(back.steps[back.gap].at_ms,
	    told - (back.step_count - back.gap));
	ck_assert_uint_eq(back.steps[back.step_count - 1].at_ms, told - 1);
	forms[form].back(&back, &again);
	same(&back, &again);
	evidence_clear(&ev);
	evidence_clear(&back);
	evidence_clear(&again);
}
END_TEST

START_TEST(the_largest_summary_fits)
{
	struct evidence ev, back;

	fill(&ev);
#define FULL(f) memset(f, '"', sizeof(f) - 1), f[sizeof(f) - 1] = '\0'
	FULL(ev.text);
	FULL(ev.mx);
	FULL(ev.ip);
	FULL(ev.provider);
	FULL(ev.tls);
	FULL(ev.source);
	FULL(ev.from);
	FULL(ev.helo);
	FULL(ev.policy);
	FULL(ev.rule);
#undef FULL
	strcpy(ev.enhanced, "5.123.456");
	ev.next_try_at = INT64_MAX;
	packed_and_back(&ev, &back);
	ck_assert_int_eq(back.next_try_at, 253402300799);
	ev.next_try_at = 253402300799;
	same(&ev, &back);
	ev.next_try_at = INT64_MAX;
	there_and_back(&ev, &back);
	ck_assert_str_eq(back.text, ev.text);
	ck_assert_int_eq(back.next_try_at, 253402300799);
}
END_TEST

START_TEST(a_long_text_is_cut_and_a_raw_one_escaped)
{
	char big[3 * EVIDENCE_TEXT_MAX];
	struct evidence ev, back;

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	evidence_init(&ev);
	evidence_tell(&ev, 0, STORY_SENT, "%s", big);
	ck_assert_uint_eq(strlen(ev.steps[0].text), EVIDENCE_TEXT_MAX);
	ck_assert_str_eq(ev.steps[0].text + EVIDENCE_TEXT_MAX - 3, "...");
	evidence_clear(&ev);
	/* Escaped and cut it would be as long as it is. */
	evidence_init(&ev);
	memset(ev.text, '\033', EVIDENCE_TEXT_MAX);
	ev.text[0] = 'a';
	there_and_back(&ev, &back);
	ck_assert_int_eq(strncmp(back.text, "a\\x1B\\x1B", 9), 0);
	ck_assert_uint_le(strlen(back.text), EVIDENCE_TEXT_MAX);
	packed_and_back(&ev, &back);
	ck_assert_int_eq(strncmp(back.text, "a\\x1B\\x1B", 9), 0);
	/* A field that its owner forgot to escape does no harm either. */
	evidence_init(&ev);
	strcpy(ev.text, "\033[2J \xff");
	there_and_back(&ev, &back);
	ck_assert_str_eq(back.text, "\\x1B[2J \\xFF");
	packed_and_back(&ev, &back);
	ck_assert_str_eq(back.text, "\\x1B[2J \\xFF");
}
END_TEST

static const struct {
	const char *says, *json;
} wrong[] = {
	{ "nothing", "" },
	{ "no JSON", "stage=rcpt" },
	{ "a list", "[]" },
	{ "no stage", "{}" },
	{ "an unknown stage", "{\"stage\":\"data\"}" },
	{ "a stage that is a number", "{\"stage\":7}" },
	{ "a code that is text", "{\"stage\":\"rcpt\",\"code\":\"550\"}" },
	{ "a code too small", "{\"stage\":\"rcpt\",\"code\":199}" },
	{ "a code too large", "{\"stage\":\"rcpt\",\"code\":600}" },
	{ "a negative code", "{\"stage\":\"rcpt\",\"code\":-550}" },
	{ "a code that is no integer", "{\"stage\":\"rcpt\",\"code\":550.0}" },
	{ "letters in enhanced", "{\"stage\":\"rcpt\",\"enhanced\":\"5.x\"}" },
	{ "an enhanced too long",
	    "{\"stage\":\"rcpt\",\"enhanced\":\"5.111111.1111111\"}" },
	{ "a text that is null", "{\"stage\":\"rcpt\",\"text\":null}" },
	{ "a raw escape", "{\"stage\":\"rcpt\",\"text\":\"\\u001b[2J\"}" },
	{ "a raw LF", "{\"stage\":\"rcpt\",\"text\":\"a\\nb\"}" },
	{ "a C1 control", "{\"stage\":\"rcpt\",\"text\":\"\\u009b\"}" },
	{ "right-to-left override",
	    "{\"stage\":\"rcpt\",\"mx\":\"\\u202e\"}" },
	{ "a provider too long", "{\"stage\":\"rcpt\",\"provider\":"
	    "\"0123456789012345678901234567890123\"}" },
	{ "attempt too large", "{\"stage\":\"rcpt\",\"attempt\":65536}" },
	{ "sent below zero",
	    "{\"stage\":\"rcpt\",\"took_ms\":1,\"sent\":-1}" },
	{ "round_trips that are text",
	    "{\"stage\":\"rcpt\",\"took_ms\":1,\"round_trips\":\"4\"}" },
	{ "took_ms over 32 bits",
	    "{\"stage\":\"rcpt\",\"took_ms\":4294967296}" },
	{ "a time that is a number",
	    "{\"stage\":\"rcpt\",\"next_try_at\":1795281113}" },
	{ "a time that is none",
	    "{\"stage\":\"rcpt\",\"next_try_at\":\"tomorrow\"}" },
	{ "a time before 1970", "{\"stage\":\"rcpt\","
	    "\"next_try_at\":\"1969-12-31T23:59:59Z\"}" },
	{ "a story that is text", "{\"stage\":\"rcpt\",\"story\":\"x\"}" },
	{ "a step that is text", "{\"stage\":\"rcpt\",\"story\":[\"x\"]}" },
	{ "a step without kind",
	    "{\"stage\":\"rcpt\",\"story\":[{\"at_ms\":1,\"text\":\"\"}]}" },
	{ "a step of unknown kind", "{\"stage\":\"rcpt\",\"story\":"
	    "[{\"at_ms\":1,\"kind\":\"x\",\"text\":\"\"}]}" },
	{ "a step without text", "{\"stage\":\"rcpt\",\"story\":"
	    "[{\"at_ms\":1,\"kind\":\"dns\"}]}" },
	{ "a good step, then a bad one", "{\"stage\":\"rcpt\",\"story\":"
	    "[{\"at_ms\":1,\"kind\":\"dns\",\"text\":\"ok\"},"
	    "{\"at_ms\":-1,\"kind\":\"dns\",\"text\":\"ok\"}]}" },
	{ "none dropped", "{\"stage\":\"rcpt\",\"story\":[{\"dropped\":0}]}" },
	{ "two gaps", "{\"stage\":\"rcpt\",\"story\":[{\"dropped\":1},"
	    "{\"dropped\":1}]}" },
};

START_TEST(what_is_ill_formed_is_refused)
{
	const char *json = wrong[_i].json;
	struct evidence ev, empty;

	memset(&ev, 0xa5, sizeof(ev));
	evidence_init(&empty);
	ck_assert_msg(!evidence_from_json(json, strlen(json), &ev), "%s",
	    wrong[_i].says);
	same(&ev, &empty);
	ck_assert_ptr_null(ev.steps);
}
END_TEST

static const struct {
	const char *says, *packed;
	size_t len;
} damaged[] = {
#define PACKED(says, text) { says, text, sizeof(text) - 1 }
	PACKED("nothing", ""),
	PACKED("JSON, as an older program has put it", "{\"stage\":\"rcpt\"}"),
	PACKED("another version", "\2"),
	PACKED("half of a field's head", "\1\21\1"),
	PACKED("a text cut short", "\1\21\3\0ab"),
	PACKED("a text with a NUL", "\1\21\3\0a\0b"),
	PACKED("a raw escape", "\1\21\4\0\033[2J"),
	PACKED("a tls too long for its field", "\1\25\40\0"
	    "01234567890123456789012345678901"),
	PACKED("letters in enhanced", "\1\20\3\0005.x"),
	PACKED("an unknown stage", "\1\17\4\0data"),
	PACKED("a number of one octet", "\1\1\1\0\7"),
	PACKED("a code too small", "\1\1\10\0\7\0\0\0\0\0\0\0"),
	PACKED("an attempt too large", "\1\2\10\0\0\0\1\0\0\0\0\0"),
	PACKED("a negative time",
	    "\1\4\10\0\0\0\0\0\0\0\0\200"),
	PACKED("a step without its time", "\1\100\3\0abc"),
	PACKED("a step with a raw LF", "\1\100\5\0\0\0\0\0\n"),
	PACKED("a good step, then a bad one",
	    "\1\100\5\0\0\0\0\0a\100\5\0\0\0\0\0\n"),
	PACKED("two gaps", "\1\77\10\0\1\0\0\0\0\0\0\0"
	    "\77\10\0\1\0\0\0\0\0\0\0"),
	PACKED("none dropped", "\1\77\10\0\0\0\0\0\0\0\0\0"),
#undef PACKED
};

START_TEST(a_damaged_pack_is_refused)
{
	struct evidence ev, empty;

	memset(&ev, 0xa5, sizeof(ev));
	evidence_init(&empty);
	ck_assert_msg(!evidence_unpack(damaged[_i].packed, damaged[_i].len,
	    &ev), "%s", damaged[_i].says);
	same(&ev, &empty);
	ck_assert_ptr_null(ev.steps);
	ck_assert_ptr_null(evidence_packed_json(damaged[_i].packed,
	    damaged[_i].len, true));
}
END_TEST

START_TEST(a_field_of_a_later_program_is_passed_over)
{
	static const char packed[] = "\1\50\2\0xx\22\2\0mx\177\0\0";
	struct evidence ev;
	char *json;

	ck_assert(evidence_unpack(packed, sizeof(packed) - 1, &ev));
	ck_assert_str_eq(ev.mx, "mx");
	json = evidence_packed_json(packed, sizeof(packed) - 1, true);
	ck_assert_str_eq(json, "{\"stage\":\"none\",\"mx\":\"mx\","
	    "\"took_ms\":0}");
	free(json);
}
END_TEST

/* Any octet lost from the end leaves no more than what stood before it. */
START_TEST(a_cut_pack_is_refused_or_shorter)
{
	struct evidence ev, back;
	uint8_t *packed;
	size_t len, n, read = 0;

	fill(&ev);
	tell(&ev, 9, "");
	packed = evidence_pack(&ev, &len);
	for (n = 0; n < len; n++) {
		if (!evidence_unpack(packed, n, &back))
			continue;
		read++;
		ck_assert_uint_le(back.step_count, 8);
		evidence_clear(&back);
	}
	ck_assert_uint_gt(read, 8);
	free(packed);
	evidence_clear(&ev);
}
END_TEST

START_TEST(the_limits_hold)
{
	static char json[EVIDENCE_JSON_MAX + 2];
	struct evidence ev;
	size_t len, i;

	/* Blanks behind the object are JSON, up to the limit. */
	memset(json, ' ', sizeof(json));
	memcpy(json, "{\"stage\":\"none\"}", 16);
	ck_assert(evidence_from_json(json, EVIDENCE_JSON_MAX, &ev));
	ck_assert(!evidence_from_json(json, EVIDENCE_JSON_MAX + 1, &ev));
	len = (size_t)snprintf(json, sizeof(json),
	    "{\"stage\":\"none\",\"new member\":[1],\"story\":[");
	for (i = 0; i < EVIDENCE_STORY_MAX; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len,
		    "%s{\"kind\":\"note\",\"text\":\"\"}", i > 0 ? "," : "");
	strcpy(json + len, "]}");
	ck_assert(evidence_from_json(json, len + 2, &ev));
	ck_assert_uint_eq(ev.step_count, EVIDENCE_STORY_MAX);
	evidence_clear(&ev);
	strcpy(json + len, ",{\"kind\":\"note\",\"text\":\"\"}]}");
	ck_assert(!evidence_from_json(json, strlen(json), &ev));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("evidence");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, the_summary_in_order);
	tcase_add_test(tc, the_story_follows);
	tcase_add_test(tc, what_is_empty_is_left_out);
	tcase_add_loop_test(tc, what_is_written_is_read, 0, 11);
	tcase_add_test(tc, a_long_story_keeps_its_ends);
	tcase_add_loop_test(tc, a_wide_story_is_shortened_until_it_fits, 0,
	    5 * COUNT(forms));
	tcase_add_test(tc, the_largest_summary_fits);
	tcase_add_test(tc, a_long_text_is_cut_and_a_raw_one_escaped);
	tcase_add_loop_test(tc, what_is_ill_formed_is_refused, 0, COUNT(wrong));
	tcase_add_loop_test(tc, a_damaged_pack_is_refused, 0, COUNT(damaged));
	tcase_add_test(tc, a_field_of_a_later_program_is_passed_over);
	tcase_add_test(tc, a_cut_pack_is_refused_or_shorter);
	tcase_add_test(tc, the_limits_hold);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
