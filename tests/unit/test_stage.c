#include "common/stage.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

START_TEST(every_stage_has_a_word_that_leads_back)
{
	enum stage back;
	unsigned i;

	for (i = 0; i < STAGE_COUNT; i++) {
		back = STAGE_COUNT;
		ck_assert_ptr_nonnull(stage_word((enum stage)i));
		ck_assert(stage_from_word(stage_word((enum stage)i), &back));
		ck_assert_uint_eq(back, i);
	}
}
END_TEST

START_TEST(words_do_not_change)
{
	static const char *const words[] = { "none", "dns", "connect",
	    "banner", "ehlo", "starttls", "mail", "rcpt", "rset", "quit" };
	unsigned i;

	ck_assert_uint_eq(sizeof(words) / sizeof(words[0]), STAGE_COUNT);
	for (i = 0; i < STAGE_COUNT; i++)
		ck_assert_str_eq(stage_word((enum stage)i), words[i]);
}
END_TEST

START_TEST(what_is_no_stage_is_refused)
{
	enum stage out = STAGE_RCPT;

	ck_assert_ptr_null(stage_word(STAGE_COUNT));
	ck_assert(!stage_from_word("", &out));
	ck_assert(!stage_from_word("data", &out));
	ck_assert(!stage_from_word("RCPT", &out));
	ck_assert(!stage_from_word("rcpt ", &out));
	ck_assert_uint_eq(out, STAGE_RCPT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stage");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, every_stage_has_a_word_that_leads_back);
	tcase_add_test(tc, words_do_not_change);
	tcase_add_test(tc, what_is_no_stage_is_refused);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
