#include "milter/recent.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

START_TEST(an_address_is_recent_until_its_time_is_over)
{
	struct recent r = { 0 };

	ck_assert(!recent_or_mark(&r, "a@b.example", 1000, 500));
	ck_assert(recent_or_mark(&r, "a@b.example", 1000, 500));
	ck_assert(recent_or_mark(&r, "a@b.example", 1499, 500));
	ck_assert(!recent_or_mark(&r, "a@b.example", 1500, 500));
	ck_assert(recent_or_mark(&r, "a@b.example", 1999, 500));
}
END_TEST

START_TEST(another_address_is_not_recent)
{
	struct recent r = { 0 };

	ck_assert(!recent_or_mark(&r, "a@b.example", 0, 500));
	ck_assert(!recent_or_mark(&r, "b@b.example", 0, 500));
	ck_assert(!recent_or_mark(&r, "", 0, 500));
}
END_TEST

START_TEST(more_than_the_table_holds_only_costs_requests)
{
	struct recent r = { 0 };
	char address[16];
	int i, again = 0;

	for (i = 0; i < 10 * RECENT_SIZE; i++) {
		snprintf(address, sizeof(address), "u%d@b.example", i % 1000);
		ck_assert(!recent_or_mark(&r, address, i, 1) || i > 0);
		again += recent_or_mark(&r, address, i, 1);
	}
	ck_assert_int_eq(again, 10 * RECENT_SIZE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("recent");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, an_address_is_recent_until_its_time_is_over);
	tcase_add_test(tc, another_address_is_not_recent);
	tcase_add_test(tc, more_than_the_table_holds_only_costs_requests);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
