#include "common/jval.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
expect(const struct jval *v, const char *text)
{
	char *json = jval_print(v);

	ck_assert_str_eq(json, text);
	free(json);
}

START_TEST(members_keep_their_order)
{
	struct jval *o = jval_object(), *list = jval_array();

	ck_assert(jval_put_text(o, "z", "last letter"));
	ck_assert(jval_put_int(o, "a", INT64_MIN));
	ck_assert(jval_put_bool(o, "yes", true));
	ck_assert(jval_put_real(o, "half", 0.5));
	ck_assert(jval_add(list, jval_object()));
	ck_assert(jval_put(o, "list", list));
	expect(o, "{\"z\":\"last letter\",\"a\":-9223372036854775808,"
	    "\"yes\":true,\"half\":0.5,\"list\":[{}]}");
	jval_free(o);
}
END_TEST

START_TEST(text_stays_on_one_line)
{
	struct jval *o = jval_object();

	ck_assert(jval_put_text(o, "t", "\"a\"\\\n\x01\xc3\xa4"));
	expect(o, "{\"t\":\"\\\"a\\\"\\\\\\n\\u0001\xc3\xa4\"}");
	jval_free(o);
}
END_TEST

START_TEST(what_cannot_be_put_is_false)
{
	struct jval *o = jval_object();

	ck_assert(!jval_put_text(o, "t", "\xff"));
	ck_assert(!jval_put_text(o, "t", NULL));
	ck_assert(!jval_put(o, "t", NULL));
	ck_assert(!jval_add(o, jval_object()));
	ck_assert(!jval_put_text(NULL, "t", "x"));
	ck_assert(!jval_put(NULL, "t", jval_object()));
	ck_assert(!jval_add(NULL, jval_array()));
	expect(o, "{}");
	jval_free(o);
	jval_free(NULL);
}
END_TEST

START_TEST(values_are_read_by_type)
{
	static const char text[] = "{\"t\":\"x\",\"i\":-7,\"b\":true,"
	    "\"l\":[1,2],\"r\":1.5,\"n\":null} ";
	struct jval *o = jval_parse(text, sizeof(text) - 1);
	int64_t i = 9;
	bool b = false;

	ck_assert(jval_is_object(o) && !jval_is_array(o));
	ck_assert_str_eq(jval_text(jval_get(o, "t")), "x");
	ck_assert(jval_int(jval_get(o, "i"), &i));
	ck_assert_int_eq(i, -7);
	ck_assert(jval_bool(jval_get(o, "b"), &b));
	ck_assert(b);
	ck_assert(jval_is_array(jval_get(o, "l")));
	ck_assert_uint_eq(jval_count(jval_get(o, "l")), 2);
	ck_assert(jval_int(jval_at(jval_get(o, "l"), 1), &i));
	ck_assert_int_eq(i, 2);
	/* The wrong type, and nothing at all. */
	ck_assert_ptr_null(jval_text(jval_get(o, "i")));
	ck_assert(!jval_int(jval_get(o, "t"), &i));
	ck_assert(!jval_int(jval_get(o, "r"), &i));
	ck_assert(!jval_int(jval_get(o, "n"), &i));
	ck_assert(!jval_bool(jval_get(o, "i"), &b));
	ck_assert(!jval_int(jval_get(o, "none"), &i));
	ck_assert_ptr_null(jval_get(jval_get(o, "t"), "t"));
	ck_assert_ptr_null(jval_at(jval_get(o, "l"), 2));
	ck_assert_uint_eq(jval_count(o), 0);
	ck_assert_int_eq(i, 2);
	jval_free(o);
}
END_TEST

static const struct {
	const char *says;
	const char *text;
	size_t len;
} wrong[] = {
	{ "nothing", "", 0 },
	{ "half an object", "{\"a\":", 5 },
	{ "a bare text", "\"a\"", 3 },
	{ "more behind it", "{}{}", 4 },
	{ "a name twice", "{\"a\":1,\"a\":2}", 13 },
	{ "not UTF-8", "{\"a\":\"\xff\"}", 9 },
	{ "a NUL in text", "{\"a\":\"\\u0000\"}", 14 },
	{ "a NUL octet", "{\"a\":\0001}", 8 },
	{ "an integer over 64 bits", "{\"a\":9223372036854775808}", 25 },
	{ "a lone surrogate", "{\"a\":\"\\ud800\"}", 14 },
};

START_TEST(what_is_ill_formed_is_refused)
{
	struct jval *v = jval_parse(wrong[_i].text, wrong[_i].len);

	ck_assert_msg(v == NULL, "%s", wrong[_i].says);
}
END_TEST

START_TEST(a_deep_nest_is_refused_and_no_crash)
{
	static char text[100000];

	memset(text, '[', sizeof(text));
	ck_assert_ptr_null(jval_parse(text, sizeof(text)));
}
END_TEST

static enum jval_say
say(const char *name, int64_t value, char text[JVAL_SAY_SIZE])
{
	if (strcmp(name, "gone") == 0)
		return JVAL_DROP;
	if (strcmp(name, "bad") == 0) {
		(void)snprintf(text, JVAL_SAY_SIZE, "\xff");
		return JVAL_TEXT;
	}
	if (value < 10)
		return JVAL_KEEP;
	(void)snprintf(text, JVAL_SAY_SIZE, "<%lld>", (long long)value);
	return JVAL_TEXT;
}

static const struct {
	const char *says, *in, *out;		/* out NULL: refused */
} restated[] = {
	{ "members keep their order", "{\"a\":10,\"b\":1,\"c\":11}",
	    "{\"a\":\"<10>\",\"b\":1,\"c\":\"<11>\"}" },
	{ "one goes", "{\"a\":1,\"gone\":1,\"c\":1}",
	    "{\"a\":1,\"c\":1}" },
	{ "all go", "[{\"gone\":1},{\"gone\":2}]", "[{},{}]" },
	{ "what has no name stays", "[10,11]", "[10,11]" },
	{ "only integers are asked about",
	    "{\"gone\":\"x\",\"a\":10.5,\"b\":true,\"c\":null}",
	    "{\"gone\":\"x\",\"a\":10.5,\"b\":true,\"c\":null}" },
	{ "a text that is not UTF-8", "{\"bad\":1}", NULL },
};

START_TEST(integers_are_restated)
{
	struct jval *v = jval_parse(restated[_i].in, strlen(restated[_i].in));
	struct jval *w = jval_restate(v, say);
	char *text = w != NULL ? jval_print(w) : NULL;

	if (restated[_i].out == NULL)
		ck_assert_msg(w == NULL, "%s: %s", restated[_i].says, text);
	else
		ck_assert_msg(text != NULL && strcmp(text,
		    restated[_i].out) == 0, "%s: %s", restated[_i].says, text);
	free(text);
	jval_free(v);
	jval_free(w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jval");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, members_keep_their_order);
	tcase_add_test(tc, text_stays_on_one_line);
	tcase_add_test(tc, what_cannot_be_put_is_false);
	tcase_add_test(tc, values_are_read_by_type);
	tcase_add_loop_test(tc, what_is_ill_formed_is_refused, 0,
	    (int)COUNT(wrong));
	tcase_add_test(tc, a_deep_nest_is_refused_and_no_crash);
	tcase_add_loop_test(tc, integers_are_restated, 0,
	    (int)COUNT(restated));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
