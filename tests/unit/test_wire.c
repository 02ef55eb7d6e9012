#include "common/wire.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses a copy on the heap of its very size, so a sanitizer sees its end. */
static enum wire_status
parse(const char *text, size_t len, size_t limit, struct wire_message *msg,
    size_t *used, char **buf)
{
	*buf = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(*buf);
	memcpy(*buf, text, len);
	return wire_parse(*buf, len, limit, msg, used);
}

struct row {
	const char *says;
	const char *text;
	size_t len;
	enum wire_status status;
};
#define T(s) s, sizeof(s) - 1

static const struct row rows[] = {
	{ "a request", T("request=verify\nid=1\n\n"), WIRE_OK },
	{ "an empty value", T("a=\n\n"), WIRE_OK },
	{ "an empty line alone", T("\n"), WIRE_OK },
	{ "= in a value", T("auth==a=b=\n\n"), WIRE_OK },
	{ "all kinds of name octets", T("Az_09=x\n\n"), WIRE_OK },
	{ "octets over 127 and tabs in a value", T("a=\xff\x80\t\x01\n\n"),
	    WIRE_OK },
	{ "nothing", T(""), WIRE_MORE },
	{ "half a name", T("requ"), WIRE_MORE },
	{ "a name without its value's end", T("request=ver"), WIRE_MORE },
	{ "a line without the empty one", T("request=verify\n"), WIRE_MORE },
	{ "no =", T("request\n\n"), WIRE_SYNTAX },
	{ "a leading =", T("=x\n\n"), WIRE_SYNTAX },
	{ "only =", T("="), WIRE_SYNTAX },
	{ "a blank before a name", T(" a=x\n\n"), WIRE_SYNTAX },
	{ "a blank after a name", T("a =x\n\n"), WIRE_SYNTAX },
	{ "a hyphen in a name", T("a-b=x\n\n"), WIRE_SYNTAX },
	{ "a letter beyond ASCII in a name", T("\xc3\xa4=x\n\n"),
	    WIRE_SYNTAX },
	{ "NUL in a name", T("a\0b=x\n\n"), WIRE_SYNTAX },
	{ "NUL in a value", T("a=x\0y\n\n"), WIRE_SYNTAX },
	{ "CR LF", T("a=x\r\n\r\n"), WIRE_SYNTAX },
	{ "CR in a value", T("a=x\ry\n\n"), WIRE_SYNTAX },
	{ "CR for the empty line", T("a=x\n\r"), WIRE_SYNTAX },
	{ "a name twice", T("a=x\nb=y\na=z\n\n"), WIRE_DUPLICATE },
	{ "a name twice, value yet to come", T("a=x\na="), WIRE_DUPLICATE },
	{ "a name that begins like another", T("ab=x\na=y\nabc=z\n\n"),
	    WIRE_OK },
	{ "names differ by case", T("a=x\nA=y\n\n"), WIRE_OK },
	{ "an HTTP request", T("GET / HTTP/1.1\r\n\r\n"), WIRE_SYNTAX },
};

START_TEST(each_text_has_its_status)
{
	const struct row *r = &rows[_i];
	struct wire_message msg;
	enum wire_status status;
	size_t used = 0;
	char *buf;

	status = parse(r->text, r->len, WIRE_REQUEST_MAX, &msg, &used, &buf);
	ck_assert_msg(status == r->status, "%s: %s", r->says,
	    wire_status_text(status));
	if (status == WIRE_OK)
		ck_assert_msg(used == r->len, "%s: used", r->says);
	else
		ck_assert_msg(memcmp(buf, r->text, r->len) == 0,
		    "%s: changed", r->says);
	free(buf);
}
END_TEST

START_TEST(a_prefix_is_more_until_it_is_certain)
{
	const struct row *r = &rows[_i];
	struct wire_message msg;
	enum wire_status status, last = WIRE_MORE;
	size_t used, n;
	char *buf;

	for (n = 0; n <= r->len; n++) {
		status = parse(r->text, n, WIRE_REQUEST_MAX, &msg, &used, &buf);
		free(buf);
		ck_assert_msg(last == WIRE_MORE || status == last,
		    "%s: %zu octets", r->says, n);
		if (r->status == WIRE_OK && n < r->len)
			ck_assert_msg(status == WIRE_MORE, "%s: %zu octets",
			    r->says, n);
		last = status;
	}
	ck_assert_msg(last == r->status, "%s", r->says);
}
END_TEST

START_TEST(values_are_found_by_name)
{
	struct wire_message msg;
	size_t used;
	char *buf;

	ck_assert_uint_eq(parse(T("request=verify\naddress=a@b\nempty=\n\n"
	    "id=2\n\n"), WIRE_REQUEST_MAX, &msg, &used, &buf), WIRE_OK);
	ck_assert_uint_eq(msg.count, 3);
	ck_assert_str_eq(msg.attrs[0].name, "request");
	ck_assert_str_eq(wire_get(&msg, "request"), "verify");
	ck_assert_str_eq(wire_get(&msg, "address"), "a@b");
	ck_assert_str_eq(wire_get(&msg, "empty"), "");
	ck_assert_ptr_null(wire_get(&msg, "id"));
	ck_assert_ptr_null(wire_get(&msg, "addres"));
	/* The next message stands behind the first, untouched. */
	ck_assert_int_eq(memcmp(buf + used, "id=2\n\n", 6), 0);
	free(buf);
}
END_TEST

/* size octets in all: one attribute and the empty line. */
static char *
message_of(size_t size)
{
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', size);
	text[1] = '=';
	text[size - 2] = text[size - 1] = '\n';
	return text;
}

START_TEST(size_limits_hold_to_the_octet)
{
	static const size_t limits[] = { WIRE_REQUEST_MAX, WIRE_ANSWER_MAX };
	struct wire_message msg;
	size_t used, limit = limits[_i];
	char *text, *buf;

	text = message_of(limit);
	ck_assert_uint_eq(parse(text, limit, limit, &msg, &used, &buf),
	    WIRE_OK);
	free(buf);
	ck_assert_uint_eq(parse(text, limit - 1, limit, &msg, &used, &buf),
	    WIRE_MORE);
	free(buf);
	free(text);
	text = message_of(limit + 1);
	ck_assert_uint_eq(parse(text, limit - 1, limit, &msg, &used, &buf),
	    WIRE_MORE);
	free(buf);
	ck_assert_uint_eq(parse(text, limit, limit, &msg, &used, &buf),
	    WIRE_TOO_LONG);
	free(buf);
	ck_assert_uint_eq(parse(text, limit + 1, limit, &msg, &used, &buf),
	    WIRE_TOO_LONG);
	free(buf);
	free(text);
}
END_TEST

START_TEST(name_and_count_limits_hold)
{
	char text[WIRE_REQUEST_MAX], *buf;
	struct wire_message msg;
	size_t used, len = 0;
	int i;

	memset(text, 'n', WIRE_NAME_MAX);
	strcpy(text + WIRE_NAME_MAX, "=v\n\n");
	ck_assert_uint_eq(parse(text, strlen(text), sizeof(text), &msg, &used,
	    &buf), WIRE_OK);
	free(buf);
	memset(text, 'n', WIRE_NAME_MAX + 1);
	ck_assert_uint_eq(parse(text, WIRE_NAME_MAX + 1, sizeof(text), &msg,
	    &used, &buf), WIRE_SYNTAX);
	free(buf);
	for (i = 0; i < WIRE_ATTRS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "n%d=%d\n", i, i);
	text[len] = '\n';
	ck_assert_uint_eq(parse(text, len + 1, sizeof(text), &msg, &used, &buf),
	    WIRE_OK);
	ck_assert_uint_eq(msg.count, WIRE_ATTRS_MAX);
	ck_assert_str_eq(wire_get(&msg, "n63"), "63");
	free(buf);
	strcpy(text + len, "one_more=1\n\n");
	ck_assert_uint_eq(parse(text, strlen(text), sizeof(text), &msg, &used,
	    &buf), WIRE_TOO_MANY);
	free(buf);
}
END_TEST

static const struct {
	const char *says;
	const char *value;
	uint64_t max;
	bool good;
	uint64_t out;
} numbers[] = {
	{ "zero", "0", 10, true, 0 },
	{ "the most", "10", 10, true, 10 },
	{ "one over the most", "11", 10, false, 0 },
	{ "leading zeros", "007", 10, true, 7 },
	{ "the largest", "18446744073709551615", UINT64_MAX, true,
	    UINT64_MAX },
	{ "one over the largest", "18446744073709551616", UINT64_MAX, false,
	    0 },
	{ "far over it", "99999999999999999999999", UINT64_MAX, false, 0 },
	{ "nothing", "", 10, false, 0 },
	{ "a sign", "+1", 10, false, 0 },
	{ "a minus", "-1", 10, false, 0 },
	{ "a blank before", " 1", 10, false, 0 },
	{ "a blank after", "1 ", 10, false, 0 },
	{ "hexadecimal", "0x1", 10, false, 0 },
	{ "a fraction", "1.0", 10, false, 0 },
};

START_TEST(numbers_are_strict)
{
	struct wire_message msg = { .count = 1 };
	uint64_t out = 77;
	bool good;

	msg.attrs[0].name = "n";
	msg.attrs[0].value = numbers[_i].value;
	good = wire_get_u64(&msg, "n", numbers[_i].max, &out);
	ck_assert_msg(good == numbers[_i].good, "%s", numbers[_i].says);
	ck_assert_msg(out == (good ? numbers[_i].out : 77), "%s",
	    numbers[_i].says);
	ck_assert(!wire_get_u64(&msg, "m", UINT64_MAX, &out));
}
END_TEST

START_TEST(what_is_written_is_read)
{
	char buf[256];
	struct wire_writer w;
	struct wire_message msg;
	size_t used, len;

	wire_begin(&w, buf, sizeof(buf));
	wire_put(&w, "request", "note");
	wire_put(&w, "empty", "");
	wire_put(&w, "odd", "=a \t\xff");
	wire_put_i64(&w, "least", INT64_MIN);
	wire_put_i64(&w, "most", INT64_MAX);
	len = wire_end(&w);
	ck_assert_uint_ne(len, 0);
	ck_assert_uint_eq(wire_parse(buf, len, WIRE_REQUEST_MAX, &msg, &used),
	    WIRE_OK);
	ck_assert_uint_eq(used, len);
	ck_assert_uint_eq(msg.count, 5);
	ck_assert_str_eq(wire_get(&msg, "request"), "note");
	ck_assert_str_eq(wire_get(&msg, "empty"), "");
	ck_assert_str_eq(wire_get(&msg, "odd"), "=a \t\xff");
	ck_assert_str_eq(wire_get(&msg, "least"), "-9223372036854775808");
	ck_assert_str_eq(wire_get(&msg, "most"), "9223372036854775807");
}
END_TEST

START_TEST(a_buffer_too_small_latches)
{
	char buf[32];
	struct wire_writer w;
	size_t size;

	/* "a=bc\n" and "\n" need six. */
	for (size = 0; size <= 6; size++) {
		memset(buf, '#', sizeof(buf));
		wire_begin(&w, buf, size);
		wire_put(&w, "a", "bc");
		ck_assert_uint_eq(wire_end(&w), size == 6 ? 6 : 0);
		ck_assert_int_eq(buf[size], '#');
	}
	wire_begin(&w, buf, 8);
	wire_put(&w, "a", "much too long");
	wire_put(&w, "b", "");
	ck_assert_uint_eq(wire_end(&w), 0);
}
END_TEST

static const struct {
	const char *says, *name, *value;
} unwritable[] = {
	{ "LF in a value", "a", "x\nrequest=purge" },
	{ "CR in a value", "a", "x\r" },
	{ "LF in a name", "a\nb", "x" },
	{ "= in a name", "a=b", "x" },
	{ "no name", "", "x" },
	{ "no value", "a", NULL },
	{ "65 octets of name", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaa", "x" },
};

START_TEST(what_would_break_the_syntax_is_not_written)
{
	char buf[256];
	struct wire_writer w;

	wire_begin(&w, buf, sizeof(buf));
	wire_put(&w, unwritable[_i].name, unwritable[_i].value);
	wire_put(&w, "good", "value");
	ck_assert_msg(wire_end(&w) == 0, "%s", unwritable[_i].says);
}
END_TEST

START_TEST(every_status_has_a_text)
{
	int i;

	for (i = 0; i < WIRE_STATUS_COUNT; i++)
		ck_assert_str_ne(wire_status_text((enum wire_status)i),
		    "unknown status");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, each_text_has_its_status, 0, (int)COUNT(rows));
	tcase_add_loop_test(tc, a_prefix_is_more_until_it_is_certain, 0,
	    (int)COUNT(rows));
	tcase_add_test(tc, values_are_found_by_name);
	tcase_add_loop_test(tc, size_limits_hold_to_the_octet, 0, 2);
	tcase_add_test(tc, name_and_count_limits_hold);
	tcase_add_loop_test(tc, numbers_are_strict, 0, (int)COUNT(numbers));
	tcase_add_test(tc, what_is_written_is_read);
	tcase_add_test(tc, a_buffer_too_small_latches);
	tcase_add_loop_test(tc, what_would_break_the_syntax_is_not_written, 0,
	    (int)COUNT(unwritable));
	tcase_add_test(tc, every_status_has_a_text);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
