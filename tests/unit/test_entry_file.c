#include "cli/entry_file.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS	INT64_C(1700000000000)

static const struct {
	const char *says, *line;
	enum entry_kind kind;
	const char *what, *state, *note, *ticket;	/* what NULL: none */
	int64_t until;
	bool wrong;
} rows[] = {
	{ "an entry alone", "one.example\n", ENTRY_EXCLUSION, "one.example",
	    "", "", "", 0, false },
	{ "with all an exclusion has",
	    "one.example\tuntil=2027-01-31 12:00 +0000\tticket=#7\tnote=a b\n",
	    ENTRY_EXCLUSION, "one.example", "", "a b", "#7", 1801396800,
	    false },
	{ "with all an override has",
	    "a@one.example\tstate=risky\tuntil=2027-01-31 12:00 +0000"
	    "\tnote=a=b\r\n", ENTRY_OVERRIDE, "a@one.example", "risky", "a=b",
	    "", 1801396800, false },
	{ "a span begins now", "one.example\tuntil=30d", ENTRY_EXCLUSION,
	    "one.example", "", "", "", NOW_MS / 1000 + 30 * 86400, false },
	{ "blanks around it", "  one.example  \tnote=n", ENTRY_EXCLUSION,
	    "one.example", "", "n", "", 0, false },
	{ "a comment", "# one.example\n", ENTRY_OVERRIDE, NULL, NULL, NULL,
	    NULL, 0, false },
	{ "nothing", " \t \n", ENTRY_OVERRIDE, NULL, NULL, NULL, NULL, 0,
	    false },
	{ "an exclusion has no state", "one.example\tstate=risky",
	    ENTRY_EXCLUSION, NULL, NULL, NULL, NULL, 0, true },
	{ "an override has no ticket", "one.example\tticket=1",
	    ENTRY_OVERRIDE, NULL, NULL, NULL, NULL, 0, true },
	{ "a field that is none", "one.example\tnote", ENTRY_OVERRIDE, NULL,
	    NULL, NULL, NULL, 0, true },
	{ "a time that is none", "one.example\tuntil=soon", ENTRY_OVERRIDE,
	    NULL, NULL, NULL, NULL, 0, true },
};

START_TEST(lines_are_read)
{
	struct entry_line got;
	char line[256];
	const char *wrong;

	strcpy(line, rows[_i].line);
	wrong = entry_line_read(line, rows[_i].kind, NOW_MS, &got);
	ck_assert_msg((wrong != NULL) == rows[_i].wrong, "%s: %s",
	    rows[_i].says, wrong != NULL ? wrong : "taken");
	if (wrong != NULL)
		return;
	ck_assert_msg((got.what == NULL) == (rows[_i].what == NULL), "%s",
	    rows[_i].says);
	if (got.what == NULL)
		return;
	ck_assert_str_eq(got.what, rows[_i].what);
	ck_assert_str_eq(got.state, rows[_i].state);
	ck_assert_str_eq(got.note, rows[_i].note);
	ck_assert_str_eq(got.ticket, rows[_i].ticket);
	ck_assert_int_eq(got.until, rows[_i].until);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
	struct entry_line back;
	char text[512] = "", again[512] = "";
	FILE *f = fmemopen(text, sizeof(text), "w"), *g;

	if (rows[_i].what == NULL) {
		fclose(f);
		return;
	}
	back = (struct entry_line){ rows[_i].what, rows[_i].state,
	    rows[_i].note, rows[_i].ticket, rows[_i].until };
	ck_assert(entry_line_write(f, &back));
	fclose(f);
	strcpy(again, text);
	ck_assert_ptr_null(entry_line_read(again, rows[_i].kind, NOW_MS,
	    &back));
	g = fmemopen(again + 256, 256, "w");
	ck_assert(entry_line_write(g, &back));
	fclose(g);
	ck_assert_str_eq(again + 256, text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("entry_file");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, lines_are_read, 0, COUNT(rows));
	tcase_add_loop_test(tc, what_is_written_is_read_back, 0, COUNT(rows));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
