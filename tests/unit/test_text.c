#include "common/text.h"
#include "tests/unit/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(s)	s, sizeof(s) - 1

struct escape_row {
	const char *says;
	const char *in;
	size_t len;
	size_t size;
	const char *ascii;
	const char *utf8;
};

static const struct escape_row escapes[] = {
	{ "nothing is an empty string", BYTES(""), 64, "", "" },
	{ "printable ASCII stays", BYTES("a b~!%n{}"), 64, "a b~!%n{}",
	    "a b~!%n{}" },
	{ "a backslash is escaped, so no escape can be forged",
	    BYTES("\\x0A"), 64, "\\x5Cx0A", "\\x5Cx0A" },
	{ "line ends, NUL and DEL are escaped", BYTES("a\r\n\0\x7f"), 64,
	    "a\\x0D\\x0A\\x00\\x7F", "a\\x0D\\x0A\\x00\\x7F" },
	{ "a terminal sequence is escaped", BYTES("\x1b]0;x\x07"), 64,
	    "\\x1B]0;x\\x07", "\\x1B]0;x\\x07" },
	{ "UTF-8 stays in the UTF-8 form only", BYTES("b\xc3\xa9"), 64,
	    "b\\xC3\\xA9", "b\xc3\xa9" },
	{ "a C1 control in UTF-8 is escaped", BYTES("\xc2\x9b" "1m"), 64,
	    "\\xC2\\x9B1m", "\\xC2\\x9B1m" },
	{ "U+00A0 is the first that stays", BYTES("\xc2\xa0"), 64,
	    "\\xC2\\xA0", "\xc2\xa0" },
	{ "a bare continuation octet is escaped", BYTES("a\xa9z"), 64,
	    "a\\xA9z", "a\\xA9z" },
	{ "a cut-off sequence is escaped", BYTES("a\xe2\x82"), 64,
	    "a\\xE2\\x82", "a\\xE2\\x82" },
	{ "a right-to-left override is escaped", BYTES("\xe2\x80\xae"), 64,
	    "\\xE2\\x80\\xAE", "\\xE2\\x80\\xAE" },
	{ "a line separator is escaped", BYTES("\xe2\x80\xa8"), 64,
	    "\\xE2\\x80\\xA8", "\\xE2\\x80\\xA8" },
	{ "a byte order mark is escaped", BYTES("\xef\xbb\xbf"), 64,
	    "\\xEF\\xBB\\xBF", "\\xEF\\xBB\\xBF" },
	{ "a noncharacter is escaped", BYTES("\xf4\x8f\xbf\xbf"), 64,
	    "\\xF4\\x8F\\xBF\\xBF", "\\xF4\\x8F\\xBF\\xBF" },
	{ "an emoji stays in the UTF-8 form", BYTES("\xf0\x9f\x98\x80"), 64,
	    "\\xF0\\x9F\\x98\\x80", "\xf0\x9f\x98\x80" },
	{ "text that fits to the octet is not cut", BYTES("12345678"), 9,
	    "12345678", "12345678" },
	{ "text one too long ends in dots", BYTES("123456789"), 9,
	    "12345...", "12345..." },
	{ "an escape is never halved", BYTES("1234\n\n"), 12,
	    "1234\\x0A...", "1234\\x0A..." },
	{ "an escape that fits to the octet stays", BYTES("1234\n\n"), 13,
	    "1234\\x0A\\x0A", "1234\\x0A\\x0A" },
	{ "a UTF-8 character is never halved", BYTES("abc\xc3\xa9xyz"), 8,
	    "abc...", "abc..." },
	{ "the smallest buffer holds one and the dots", BYTES("abcdef"), 5,
	    "a...", "a..." },
	{ "or the dots alone", BYTES("\n\n"), 5, "...", "..." },
};

START_TEST(escape)
{
	const struct escape_row *row = &escapes[_i];
	char out[65];
	size_t n;

	memset(out, '#', sizeof(out));
	n = text_escape(row->in, row->len, out, row->size);
	ck_assert_msg(strcmp(out, row->ascii) == 0, "%s: ascii: %s",
	    row->says, out);
	ck_assert_uint_eq(n, strlen(row->ascii));
	ck_assert_msg(out[row->size] == '#', "%s: wrote too far", row->says);

	memset(out, '#', sizeof(out));
	n = text_escape_utf8(row->in, row->len, out, row->size);
	ck_assert_msg(strcmp(out, row->utf8) == 0, "%s: utf8: %s", row->says,
	    out);
	ck_assert_uint_eq(n, strlen(row->utf8));
	ck_assert_msg(out[row->size] == '#', "%s: wrote too far", row->says);
}
END_TEST

START_TEST(escape_every_octet)
{
	char in, out[8], want[8];
	int i;

	for (i = 0; i < 256; i++) {
		in = (char)i;
		if (i >= 0x20 && i <= 0x7e && i != '\\')
			snprintf(want, sizeof(want), "%c", i);
		else
			snprintf(want, sizeof(want), "\\x%02X",
			    (unsigned)i);
		ck_assert_uint_eq(text_escape(&in, 1, out, sizeof(out)),
		    strlen(want));
		ck_assert_str_eq(out, want);
		text_escape_utf8(&in, 1, out, sizeof(out));
		ck_assert_str_eq(out, want);
	}
}
END_TEST

struct utf8_row {
	const char *says;
	const char *in;
	size_t len;
	bool good;
};

static const struct utf8_row utf8s[] = {
	{ "nothing", BYTES(""), true },
	{ "ASCII with NUL", BYTES("a\0b"), true },
	{ "U+0080, the first of two", BYTES("\xc2\x80"), true },
	{ "U+07FF, the last of two", BYTES("\xdf\xbf"), true },
	{ "U+0800, the first of three", BYTES("\xe0\xa0\x80"), true },
	{ "U+D7FF, before the surrogates", BYTES("\xed\x9f\xbf"), true },
	{ "U+E000, after the surrogates", BYTES("\xee\x80\x80"), true },
	{ "U+FFFF, the last of three", BYTES("\xef\xbf\xbf"), true },
	{ "U+10000, the first of four", BYTES("\xf0\x90\x80\x80"), true },
	{ "U+10FFFF, the last", BYTES("\xf4\x8f\xbf\xbf"), true },
	{ "above the last", BYTES("\xf4\x90\x80\x80"), false },
	{ "a lead octet that never occurs", BYTES("\xf5\x80\x80\x80"), false },
	{ "a lead of five", BYTES("\xf8\x88\x80\x80\x80"), false },
	{ "0xff", BYTES("\xff"), false },
	{ "a lone continuation", BYTES("\x80"), false },
	{ "slash in two octets", BYTES("\xc0\xaf"), false },
	{ "NUL in two octets", BYTES("\xc0\x80"), false },
	{ "DEL in two octets", BYTES("\xc1\xbf"), false },
	{ "U+07FF in three octets", BYTES("\xe0\x9f\xbf"), false },
	{ "U+FFFF in four octets", BYTES("\xf0\x8f\xbf\xbf"), false },
	{ "the first surrogate", BYTES("\xed\xa0\x80"), false },
	{ "the last surrogate", BYTES("\xed\xbf\xbf"), false },
	{ "two octets cut off", BYTES("a\xc3"), false },
	{ "three octets cut off", BYTES("\xe2\x82"), false },
	{ "four octets cut off", BYTES("\xf0\x9f\x98"), false },
	{ "ASCII in the place of a continuation", BYTES("\xe2\x82z"), false },
	{ "a lead in the place of a continuation", BYTES("\xc3\xc3"), false },
};

START_TEST(utf8)
{
	const struct utf8_row *row = &utf8s[_i];

	ck_assert_msg(text_is_utf8(row->in, row->len) == row->good, "%s",
	    row->says);
}
END_TEST

START_TEST(utf8_decodes)
{
	uint32_t cp = 7;

	ck_assert_uint_eq(text_utf8_next("\xe2\x82\xac!", 4, &cp), 3);
	ck_assert_uint_eq(cp, 0x20ac);
	ck_assert_uint_eq(text_utf8_next("\xf0\x9f\x98\x80", 4, &cp), 4);
	ck_assert_uint_eq(cp, 0x1f600);
	ck_assert_uint_eq(text_utf8_next("", 0, &cp), 0);
	ck_assert_uint_eq(text_utf8_next("\xf0\x9f\x98\x80", 3, &cp), 0);
	ck_assert_uint_eq(cp, 0x1f600);
}
END_TEST

START_TEST(lower)
{
	char s[] = "@AZ[`az{\xc3\x89 Mixed";

	text_lower(s);
	ck_assert_str_eq(s, "@az[`az{\xc3\x89 mixed");
}
END_TEST

#define L63	"abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"

struct host_row {
	const char *says;
	const char *name;
	bool good;
};

static const struct host_row hosts[] = {
	{ "an ordinary name", "mx1.example.org", true },
	{ "one label", "localhost", true },
	{ "one letter", "a", true },
	{ "a digit first (RFC 1123)", "3com.example", true },
	{ "upper case", "MX.EXAMPLE", true },
	{ "an A-label", "xn--bcher-kva.example", true },
	{ "a label of 63", L63 ".example", true },
	{ "a label of 64", L63 "a.example", false },
	{ "nothing", "", false },
	{ "the root", ".", false },
	{ "a trailing dot", "example.org.", false },
	{ "a leading dot", ".example.org", false },
	{ "an empty label", "example..org", false },
	{ "an underscore", "_dmarc.example", false },
	{ "a hyphen first", "-oProxy.example", false },
	{ "a hyphen last", "a-.example", false },
	{ "a hyphen last of all", "example-", false },
	{ "a space", "a b.example", false },
	{ "a percent sign", "%n.example", false },
	{ "a line end", "a.example\n", false },
	{ "octets above 127", "b\xc3\xbc.example", false },
};

START_TEST(hostname)
{
	const struct host_row *row = &hosts[_i];

	ck_assert_msg(text_is_hostname(row->name) == row->good, "%s: %s",
	    row->says, row->name);
}
END_TEST

/* Every octet, at every place of a text of three words and a bit. */
START_TEST(plain_ends_at_the_first_other_octet)
{
	char text[29];
	size_t at, expected;
	int c;

	for (c = 0; c < 256; c++) {
		for (at = 0; at < sizeof(text); at++) {
			memset(text, 'a', sizeof(text));
			text[at] = (char)c;
			expected = c >= 0x20 && c <= 0x7e && c != '\\' ?
			    sizeof(text) : at;
			ck_assert_uint_eq(text_plain(text, sizeof(text)),
			    expected);
			ck_assert_uint_eq(text_plain(text, at), at);
		}
	}
}
END_TEST

START_TEST(a_long_run_is_cut_as_a_short_one)
{
	char in[100], out[41], expected[41];

	memset(in, 'a', sizeof(in));
	memset(expected, 'a', 37);
	strcpy(expected + 37, "...");
	ck_assert_uint_eq(text_escape(in, sizeof(in), out, sizeof(out)), 40);
	ck_assert_str_eq(out, expected);
	ck_assert_uint_eq(text_escape(in, 40, out, sizeof(out)), 40);
	ck_assert_ptr_null(strchr(out, '.'));
	in[38] = '\n';
	ck_assert_uint_eq(text_escape(in, 40, out, sizeof(out)), 40);
	ck_assert_str_eq(out, expected);
}
END_TEST

START_TEST(hostname_length)
{
	char name[260];
	size_t i;

	for (i = 0; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	ck_assert(text_is_hostname(name));
	name[253] = 'a';
	name[254] = '\0';
	ck_assert(!text_is_hostname(name));
}
END_TEST

START_TEST(copy)
{
	char out[5];

	ck_assert_uint_eq(text_copy(out, "four", sizeof(out)), 4);
	ck_assert_str_eq(out, "four");
	ck_assert_uint_eq(text_copy(out, "fiver", sizeof(out)), 5);
	ck_assert_str_eq(out, "five");
	ck_assert_uint_eq(text_copy(out, "", sizeof(out)), 0);
	ck_assert_str_eq(out, "");
	out[0] = '#';
	ck_assert_uint_eq(text_copy(out, "x", 0), 1);
	ck_assert(out[0] == '#');
}
END_TEST

static const struct {
	const char *says, *first, *second, *third, *out;
} joins[] = {
	{ "parts stand one behind the other", "a", "b", "c", "abc" },
	{ "empty ones leave nothing", "", "b", "", "b" },
	{ "what just fits is whole", "abc", "defg", NULL, "abcdefg" },
	{ "one octet more is cut off", "abc", "defg", "h", "abcdefg" },
	{ "a part is cut where the room ends", "abc", "defghi", "j",
	    "abcdefg" },
	{ "no part is an empty text", NULL, NULL, NULL, "" },
};

START_TEST(join)
{
	char out[8] = "#######";
	size_t len;

	len = text_join(out, sizeof(out), joins[_i].first, joins[_i].second,
	    joins[_i].third, NULL);
	ck_assert_msg(strcmp(out, joins[_i].out) == 0, "%s: \"%s\"",
	    joins[_i].says, out);
	ck_assert_msg(len == strlen(out), "%s: %zu octets", joins[_i].says,
	    len);
}
END_TEST

START_TEST(number)
{
	static const uint64_t numbers[] = { 0, 9, 10, 100, 1234567890,
	    UINT64_MAX };
	char out[TEXT_NUMBER], expected[TEXT_NUMBER];
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		snprintf(expected, sizeof(expected), "%" PRIu64, numbers[i]);
		ck_assert_uint_eq(text_number(numbers[i], out),
		    strlen(expected));
		ck_assert_str_eq(out, expected);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, escape, 0, (int)COUNT(escapes));
	tcase_add_test(tc, escape_every_octet);
	tcase_add_loop_test(tc, utf8, 0, (int)COUNT(utf8s));
	tcase_add_test(tc, utf8_decodes);
	tcase_add_test(tc, plain_ends_at_the_first_other_octet);
	tcase_add_test(tc, a_long_run_is_cut_as_a_short_one);
	tcase_add_test(tc, lower);
	tcase_add_loop_test(tc, hostname, 0, (int)COUNT(hosts));
	tcase_add_test(tc, hostname_length);
	tcase_add_test(tc, copy);
	tcase_add_loop_test(tc, join, 0, (int)COUNT(joins));
	tcase_add_test(tc, number);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
