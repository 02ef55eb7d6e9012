/* How old our own domain is, and what that allows; time is passed in. */
#include <stdlib.h>

#include "probe/domain_age.h"
#include "tests/unit/suite.h"

#define NOW		INT64_C(1795219200)
#define DAY		86400

static const struct {
	const char *says;
	int64_t since;
	enum domain_age age;
	int64_t days;
} rows[] = {
	{ "not known", 0, DOMAIN_AGE_UNKNOWN, NOW / DAY },
	{ "before the epoch is not known", -5, DOMAIN_AGE_UNKNOWN,
	    (NOW + 5) / DAY },
	{ "of tomorrow", NOW + DAY, DOMAIN_AGE_BLOCKED, 0 },
	{ "of now", NOW, DOMAIN_AGE_BLOCKED, 0 },
	{ "a second less than 7 days", NOW - 7 * DAY + 1, DOMAIN_AGE_BLOCKED,
	    6 },
	{ "7 days", NOW - 7 * DAY, DOMAIN_AGE_HELD, 7 },
	{ "a second less than 14 days", NOW - 14 * DAY + 1, DOMAIN_AGE_HELD,
	    13 },
	{ "14 days", NOW - 14 * DAY, DOMAIN_AGE_GROWN, 14 },
	{ "years", NOW - 4000 * DAY, DOMAIN_AGE_GROWN, 4000 },
};

START_TEST(an_age_allows)
{
	ck_assert_msg(domain_age(rows[_i].since, NOW) == rows[_i].age, "%s",
	    rows[_i].says);
	ck_assert_msg(domain_age_days(rows[_i].since, NOW) == rows[_i].days,
	    "%s", rows[_i].says);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("domain_age");
	TCase *t = tcase_create("domain_age");

	tcase_add_loop_test(t, an_age_allows, 0, (int)COUNT(rows));
	suite_add_tcase(s, t);
	return suite_run(s);
}
