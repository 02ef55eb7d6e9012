#include "cli/out.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *says;
	bool utf8;
	const char *in, *shown;
} texts[] = {
	{ "plain text stays", true, "550 no such user", "550 no such user" },
	{ "nothing", true, "", "" },
	{ "an escape sequence is shown, not obeyed", true, "\033[31mred",
	    "\\x1B[31mred" },
	{ "no line of its own", true, "a\nb\rc", "a\\x0Ab\\x0Dc" },
	{ "the C1 form of an escape", true, "\xc2\x9b""31m", "\\xC2\\x9B31m" },
	{ "what was escaped is not escaped again", true, "a\\x0Ab",
	    "a\\x0Ab" },
	{ "a control octet behind a backslash", true, "\\\\\033",
	    "\\\\\\x1B" },
	{ "other scripts, where the terminal knows them", true,
	    "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "and where not", false, "gr\xc3\xbc", "gr\\xC3\\xBC" },
	{ "text turned round", true, "a\xe2\x80\xae", "a\\xE2\\x80\\xAE" },
	{ "no UTF-8 at all", true, "\xff\xfe", "\\xFF\\xFE" },
};

START_TEST(foreign_text_is_made_safe)
{
	char *safe = out_safe(texts[_i].in, texts[_i].utf8);

	ck_assert_msg(strcmp(safe, texts[_i].shown) == 0, "%s: %s",
	    texts[_i].says, safe);
	free(safe);
}
END_TEST

static const struct {
	const char *says;
	bool utf8;
	const char *in, *shown;
} jsons[] = {
	{ "plain JSON stays", true, "{\"a\":\"b\\n\"}", "{\"a\":\"b\\n\"}" },
	{ "an octet that a terminal obeys", true, "{\"a\":\"\xc2\x9b\"}",
	    "{\"a\":\"\\u009b\"}" },
	{ "white space between values", true, "{\t\"a\":\r\n1}",
	    "{ \"a\":  1}" },
	{ "DEL", true, "\"\x7f\"", "\"\\u007f\"" },
	{ "letters", true, "\"\xc3\xbc\"", "\"\xc3\xbc\"" },
	{ "letters for an ASCII terminal", false, "\"\xc3\xbc\"",
	    "\"\\u00fc\"" },
	{ "beyond the first plane", false, "\"\xf0\x9f\x98\x80\"",
	    "\"\\ud83d\\ude00\"" },
	{ "text turned round", true, "\"\xe2\x80\xae\"", "\"\\u202e\"" },
	{ "octets that are no UTF-8", true, "\"\xff\"", "\"\\ufffd\"" },
};

START_TEST(json_keeps_its_value)
{
	char *safe = out_safe_json(jsons[_i].in, jsons[_i].utf8);

	ck_assert_msg(strcmp(safe, jsons[_i].shown) == 0, "%s: %s",
	    jsons[_i].says, safe);
	free(safe);
}
END_TEST

static const struct table_column columns[] = {
	{ "A", 5 }, { "B", 3 }, { "C", 4 }, { "D", 0 }
};

static const struct {
	const char *says, *cells[4], *line;
} lines[] = {
	{ "cells stand at their columns", { "a", "b", "c", "d" },
	    "a      b    c     d\n" },
	{ "full cells are two blanks apart", { "aaaaa", "bbb", "cccc", "d" },
	    "aaaaa  bbb  cccc  d\n" },
	{ "a long cell pushes the next, and a short one makes up for it",
	    { "aaaaaaa", "b", "c", "d" }, "aaaaaaa  b  c     d\n" },
	{ "letters of two octets take one place",
	    { "\xc3\xbc\xc3\xbc", "b", "c", "d" },
	    "\xc3\xbc\xc3\xbc     b    c     d\n" },
	{ "a cell cannot end the line", { "a\nb", "b", "c", "d" },
	    "a\\x0Ab  b   c     d\n" },
	{ "empty cells", { "", "", "", "" }, "                  \n" },
};

START_TEST(tables_are_aligned)
{
	char *line = table_line(columns, 4, lines[_i].cells, true, 1, "");

	ck_assert_msg(strcmp(line, lines[_i].line) == 0, "%s: \"%s\"",
	    lines[_i].says, line);
	free(line);
}
END_TEST

START_TEST(paint_takes_no_place)
{
	const char *const cells[] = { "a", "b", "c", "d" };
	char *line = table_line(columns, 4, cells, true, 1, "\033[31m");

	ck_assert_str_eq(line, "a      \033[31mb\033[0m    c     d\n");
	free(line);
}
END_TEST

static const struct {
	const char *says, *in, *out;
} values[] = {
	{ "wall seconds are written as in the verdict log",
	    "{\"since\":1795281113}",
	    "{\"since\":\"2026-11-21T17:11:53.000Z\"}" },
	{ "by each name that a time has",
	    "{\"at\":1,\"began\":1,\"time\":1,\"until\":1,\"gone_at\":1}",
	    "{\"at\":\"1970-01-01T00:00:01.000Z\","
	    "\"began\":\"1970-01-01T00:00:01.000Z\","
	    "\"time\":\"1970-01-01T00:00:01.000Z\","
	    "\"until\":\"1970-01-01T00:00:01.000Z\","
	    "\"gone_at\":\"1970-01-01T00:00:01.000Z\"}" },
	{ "no end is no member", "{\"until\":0,\"uid\":0}", "{\"uid\":0}" },
	{ "spans and counts stay", "{\"age_s\":60,\"seat\":4,\"_at\":5}",
	    "{\"age_s\":60,\"seat\":4,\"_at\":5}" },
	{ "what is text already stays", "{\"time\":\"now\"}",
	    "{\"time\":\"now\"}" },
	{ "however deep", "[[{\"a\":{\"rests\":[{\"since\":60}]}}]]",
	    "[[{\"a\":{\"rests\":[{\"since\":"
	    "\"1970-01-01T00:01:00.000Z\"}]}}]]" },
	{ "beyond the calendar", "{\"at\":9223372036854775807}",
	    "{\"at\":\"9999-12-31T23:59:59.999Z\"}" },
};

START_TEST(times_have_one_form)
{
	struct jval *v = jval_parse(values[_i].in, strlen(values[_i].in));
	char *text = out_value_text(v), *same = jval_print(v);

	ck_assert_msg(text != NULL && strcmp(text, values[_i].out) == 0,
	    "%s: %s", values[_i].says, text);
	ck_assert_msg(strcmp(same, values[_i].in) == 0, "%s: the value "
	    "itself is another: %s", values[_i].says, same);
	free(text);
	free(same);
	jval_free(v);
}
END_TEST

START_TEST(no_value_is_no_text)
{
	ck_assert_ptr_null(out_value_text(NULL));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_out");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, foreign_text_is_made_safe, 0,
	    COUNT(texts));
	tcase_add_loop_test(t, json_keeps_its_value, 0,
	    COUNT(jsons));
	tcase_add_loop_test(t, tables_are_aligned, 0,
	    COUNT(lines));
	tcase_add_test(t, paint_takes_no_place);
	tcase_add_loop_test(t, times_have_one_form, 0,
	    COUNT(values));
	tcase_add_test(t, no_value_is_no_text);
	suite_add_tcase(s, t);
	return suite_run(s);
}
