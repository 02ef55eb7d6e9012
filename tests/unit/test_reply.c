#include "probe/reply.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(s)	s, sizeof(s) - 1

struct reply_row {
	const char *says;
	const char *in;
	size_t len;
	enum reply_status status;
	unsigned code;
	const char *enhanced;
	const char *text;
	size_t left;			/* octets not taken */
};

static const struct reply_row rows[] = {
	{ "one line is a reply", BYTES("220 mx.example ESMTP\r\n"),
	    REPLY_DONE, 220, "", "mx.example ESMTP", 0 },
	{ "a bare LF ends a line", BYTES("250 ok\n"),
	    REPLY_DONE, 250, "", "ok", 0 },
	{ "two CRs before the LF are dropped", BYTES("250 ok\r\r\n"),
	    REPLY_DONE, 250, "", "ok", 0 },
	{ "a CR within the text stays", BYTES("250 o\rk\r\n"),
	    REPLY_DONE, 250, "", "o\rk", 0 },
	{ "a code alone is a reply", BYTES("354\r\n"),
	    REPLY_DONE, 354, "", "", 0 },
	{ "a code and a space is a reply", BYTES("250 \r\n"),
	    REPLY_DONE, 250, "", "", 0 },
	{ "a hyphen promises more", BYTES("250-mx\r\n250-SIZE 1\r\n"),
	    REPLY_MORE, 250, "", "mx\nSIZE 1", 0 },
	{ "lines are joined by LF", BYTES("250-mx\r\n250-PIPELINING\r\n"
	    "250 SIZE\r\n"), REPLY_DONE, 250, "", "mx\nPIPELINING\nSIZE", 0 },
	{ "an empty line of text counts", BYTES("220-\r\n220 mx\r\n"),
	    REPLY_DONE, 220, "", "\nmx", 0 },
	{ "a code alone ends a reply of many lines",
	    BYTES("250-mx\r\n250\r\n"), REPLY_DONE, 250, "", "mx\n", 0 },
	{ "what follows a reply is left", BYTES("250 a\r\n550 b\r\n"),
	    REPLY_DONE, 250, "", "a", 7 },
	{ "half a line is no reply yet", BYTES("250 o"),
	    REPLY_MORE, 0, "", "", 0 },
	{ "an odd second digit is let through", BYTES("577 5.1.1 x\r\n"),
	    REPLY_DONE, 577, "5.1.1", "5.1.1 x", 0 },
	{ "eight-bit text is text", BYTES("550 caf\xe9 \xff\r\n"),
	    REPLY_DONE, 550, "", "caf\xe9 \xff", 0 },

	{ "1xx is no SMTP reply", BYTES("150 x\r\n"), REPLY_BAD_CODE,
	    0, "", "", 0 },
	{ "6xx is no SMTP reply", BYTES("650 x\r\n"), REPLY_BAD_CODE,
	    0, "", "", 0 },
	{ "an empty line is no reply yet", BYTES("\r\n"), REPLY_MORE,
	    0, "", "", 0 },
	{ "empty lines before a reply are passed over",
	    BYTES("\r\n\n220-mx\r\n220 hi\r\n"), REPLY_DONE, 220, "",
	    "mx\nhi", 0 },
	{ "an empty line within a reply is wrong",
	    BYTES("220-mx\r\n\r\n220 hi\r\n"), REPLY_BAD_CODE, 220, "",
	    "mx", 8 },
	{ "a line with a space alone is wrong", BYTES(" \r\n220 hi\r\n"),
	    REPLY_BAD_CODE, 0, "", "", 8 },
	{ "two digits are no code", BYTES("25 ok\r\n"), REPLY_BAD_CODE,
	    0, "", "", 0 },
	{ "four digits are no code", BYTES("2500 ok\r\n"), REPLY_BAD_CODE,
	    0, "", "", 0 },
	{ "a tab does not follow a code", BYTES("250\tok\r\n"),
	    REPLY_BAD_CODE, 0, "", "", 0 },
	{ "a space before the code is wrong", BYTES(" 250 ok\r\n"),
	    REPLY_BAD_CODE, 0, "", "", 0 },
	{ "another protocol is refused", BYTES("SSH-2.0-x\r\n220 a\r\n"),
	    REPLY_BAD_CODE, 0, "", "", 7 },
	{ "a code that changes is refused", BYTES("550-a\r\n250 b\r\n"),
	    REPLY_MIXED_CODES, 550, "", "a", 0 },
	{ "a NUL is refused where it stands", BYTES("250 a\0b\r\n"),
	    REPLY_BAD_OCTET, 0, "", "", 3 },
	{ "a NUL after the reply is not part of it", BYTES("250 a\r\n\0"),
	    REPLY_DONE, 250, "", "a", 1 },

	{ "an enhanced code is found", BYTES("550 5.1.1 no such user\r\n"),
	    REPLY_DONE, 550, "5.1.1", "5.1.1 no such user", 0 },
	{ "the first line that has one gives the enhanced code",
	    BYTES("550-sorry\r\n550-5.7.1 a\r\n550 5.1.1 b\r\n"),
	    REPLY_DONE, 550, "5.7.1", "sorry\n5.7.1 a\n5.1.1 b", 0 },
	{ "three digits in each part will do", BYTES("451 4.7.650 S775\r\n"),
	    REPLY_DONE, 451, "4.7.650", "4.7.650 S775", 0 },
	{ "an enhanced code may be all", BYTES("250 2.1.5\r\n"),
	    REPLY_DONE, 250, "2.1.5", "2.1.5", 0 },
	{ "a colon may follow", BYTES("550 5.1.1: unknown\r\n"),
	    REPLY_DONE, 550, "5.1.1", "5.1.1: unknown", 0 },
	{ "a hash sign may come before", BYTES("550 #5.1.0 rejected\r\n"),
	    REPLY_DONE, 550, "5.1.0", "#5.1.0 rejected", 0 },
	{ "a class that contradicts the code is kept",
	    BYTES("450 5.1.1 x\r\n"), REPLY_DONE, 450, "5.1.1", "5.1.1 x",
	    0 },
	{ "four digits are no part of an enhanced code",
	    BYTES("550 5.1.1234 x\r\n"), REPLY_DONE, 550, "", "5.1.1234 x",
	    0 },
	{ "an IP address is no enhanced code",
	    BYTES("554 5.1.1.2 is listed\r\n"), REPLY_DONE, 554, "",
	    "5.1.1.2 is listed", 0 },
	{ "class 3 does not exist", BYTES("550 3.1.1 x\r\n"),
	    REPLY_DONE, 550, "", "3.1.1 x", 0 },
	{ "a part may not be missing", BYTES("550 5..1 x\r\n"),
	    REPLY_DONE, 550, "", "5..1 x", 0 },
	{ "a code cut short is none", BYTES("550 5.1.\r\n"),
	    REPLY_DONE, 550, "", "5.1.", 0 },
	{ "within the text it is not looked for",
	    BYTES("550 said 5.1.1 x\r\n"), REPLY_DONE, 550, "",
	    "said 5.1.1 x", 0 },
};

static void
check_row(const struct reply_row *row, size_t piece)
{
	struct reply r;
	enum reply_status status = REPLY_MORE;
	size_t at = 0, n, used;

	reply_reset(&r);
	while (status == REPLY_MORE && at < row->len) {
		n = row->len - at < piece ? row->len - at : piece;
		status = reply_feed(&r, row->in + at, n, &used);
		at += used;
	}
	ck_assert_msg(status == row->status, "%s: %s", row->says,
	    reply_status_text(status));
	ck_assert_msg(r.code == row->code, "%s: %u", row->says, r.code);
	ck_assert_msg(strcmp(r.enhanced, row->enhanced) == 0, "%s: %s",
	    row->says, r.enhanced);
	ck_assert_msg(strcmp(r.text, row->text) == 0, "%s: %s", row->says,
	    r.text);
	ck_assert_msg(r.text_len == strlen(row->text), "%s", row->says);
	ck_assert_msg(row->len - at == row->left, "%s: %zu left", row->says,
	    row->len - at);
}

START_TEST(reply_is_the_same_in_pieces_of_any_size)
{
	size_t piece;

	for (piece = 1; piece <= 64; piece++)
		check_row(&rows[_i], piece);
}
END_TEST

/* len octets before the LF, the code among them. */
static enum reply_status
feed_line(struct reply *r, const char *code, size_t len)
{
	static char line[REPLY_LINE_MAX * 2];
	size_t used;

	memset(line, 'x', sizeof(line));
	memcpy(line, code, 4);
	line[len] = '\n';
	return reply_feed(r, line, len + 1, &used);
}

START_TEST(line_limit_is_exact)
{
	struct reply r;

	reply_reset(&r);
	ck_assert_int_eq(feed_line(&r, "250 ", REPLY_LINE_MAX - 1),
	    REPLY_DONE);
	ck_assert_uint_eq(r.text_len, REPLY_LINE_MAX - 5);
	reply_reset(&r);
	ck_assert_int_eq(feed_line(&r, "250 ", REPLY_LINE_MAX),
	    REPLY_LINE_TOO_LONG);
}
END_TEST

START_TEST(lines_limit_is_exact)
{
	struct reply r;
	unsigned i;

	reply_reset(&r);
	for (i = 1; i < REPLY_LINES_MAX; i++)
		ck_assert_int_eq(feed_line(&r, "250-", 8), REPLY_MORE);
	ck_assert_int_eq(feed_line(&r, "250 ", 8), REPLY_DONE);
	ck_assert_uint_eq(r.lines, REPLY_LINES_MAX);
	reply_reset(&r);
	for (i = 0; i < REPLY_LINES_MAX; i++)
		ck_assert_int_eq(feed_line(&r, "250-", 8), REPLY_MORE);
	ck_assert_int_eq(feed_line(&r, "250 ", 8), REPLY_TOO_MANY_LINES);
}
END_TEST

START_TEST(empty_lines_count)
{
	struct reply r;
	size_t used;
	unsigned i;

	reply_reset(&r);
	for (i = 0; i < REPLY_LINES_MAX; i++)
		ck_assert_int_eq(reply_feed(&r, "\n", 1, &used), REPLY_MORE);
	ck_assert_int_eq(reply_feed(&r, "\n", 1, &used),
	    REPLY_TOO_MANY_LINES);
}
END_TEST

START_TEST(text_past_the_limit_is_dropped_but_checked)
{
	struct reply r;

	reply_reset(&r);
	ck_assert_int_eq(feed_line(&r, "550-", 1500), REPLY_MORE);
	ck_assert_int_eq(feed_line(&r, "550-", 1500), REPLY_MORE);
	ck_assert_int_eq(feed_line(&r, "550-", 1500), REPLY_MORE);
	ck_assert_uint_eq(r.text_len, REPLY_TEXT_MAX);
	ck_assert_uint_eq(strlen(r.text), REPLY_TEXT_MAX);
	ck_assert_int_eq(feed_line(&r, "250 ", 8), REPLY_MIXED_CODES);
}
END_TEST

START_TEST(result_is_final_until_reset)
{
	struct reply r;
	size_t used;

	reply_reset(&r);
	ck_assert_int_eq(reply_feed(&r, "2", 1, &used), REPLY_MORE);
	ck_assert_int_eq(reply_feed(&r, "50-a\n", 5, &used), REPLY_MORE);
	ck_assert_int_eq(reply_feed(&r, "250 b\n", 6, &used), REPLY_DONE);
	ck_assert_int_eq(reply_feed(&r, "550 c\n", 6, &used), REPLY_DONE);
	ck_assert_uint_eq(used, 0);
	ck_assert_str_eq(r.text, "a\nb");
	reply_reset(&r);
	ck_assert_int_eq(reply_feed(&r, "?\n", 2, &used), REPLY_BAD_CODE);
	ck_assert_int_eq(reply_feed(&r, "250 c\n", 6, &used), REPLY_BAD_CODE);
	ck_assert_uint_eq(used, 0);
}
END_TEST

START_TEST(every_status_has_its_words)
{
	enum reply_status i, j;

	for (i = 0; i < REPLY_STATUS_COUNT; i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(reply_status_text(i),
			    reply_status_text(j));
}
END_TEST

START_TEST(what_waits_is_the_same_reply)
{
	const struct reply_row *row = &rows[_i];
	struct reply_kept *kept;
	struct reply r, back;
	size_t used;

	reply_reset(&r);
	if (reply_feed(&r, row->in, row->len, &used) != REPLY_DONE)
		return;
	ck_assert_ptr_nonnull(kept = reply_keep(&r));
	memset(&back, '#', sizeof back);
	reply_restore(&back, kept);
	free(kept);
	ck_assert_msg(back.code == r.code && back.lines == r.lines &&
	    back.text_len == r.text_len && back.status == r.status &&
	    strcmp(back.enhanced, r.enhanced) == 0 &&
	    strcmp(back.text, r.text) == 0, "%s", row->says);
	ck_assert_msg(reply_feed(&back, "250 x\r\n", 7, &used) ==
	    REPLY_DONE && used == 0, "%s: it takes no more", row->says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reply");
	TCase *t = tcase_create("reply");

	tcase_add_loop_test(t, reply_is_the_same_in_pieces_of_any_size, 0,
	    COUNT(rows));
	tcase_add_loop_test(t, what_waits_is_the_same_reply, 0, COUNT(rows));
	tcase_add_test(t, line_limit_is_exact);
	tcase_add_test(t, lines_limit_is_exact);
	tcase_add_test(t, empty_lines_count);
	tcase_add_test(t, text_past_the_limit_is_dropped_but_checked);
	tcase_add_test(t, result_is_final_until_reset);
	tcase_add_test(t, every_status_has_its_words);
	suite_add_tcase(s, t);
	return suite_run(s);
}
