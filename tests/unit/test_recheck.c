#include <stdlib.h>

#include "probe/recheck.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says;
	enum verdict_reason reason;
	unsigned attempt;
	uint32_t named, delay;
} rows[] = {
	{ "put off for the first time: in a minute", REASON_GREYLISTED,
	    1, 0, 60 },
	{ "the second time: in five", REASON_GREYLISTED, 2, 0, 300 },
	{ "the third time: in fifteen", REASON_GREYLISTED, 3, 0, 900 },
	{ "the fourth time: in thirty", REASON_GREYLISTED, 4, 0, 1800 },
	{ "then it is let be", REASON_GREYLISTED, 5, 0, 0 },
	{ "also if the server would have us come again",
	    REASON_GREYLISTED, 5, 60, 0 },
	{ "a time that the server names counts, and a second more",
	    REASON_GREYLISTED, 1, 300, 301 },
	{ "but not more than a day", REASON_GREYLISTED, 1, 1000000, 86400 },
	{ "another reason is not asked again by itself",
	    REASON_TEMPORARY_ERROR, 1, 60, 0 },
	{ "nor is an answer", REASON_ACCEPTED, 2, 0, 0 },
	{ "an attempt that cannot be is none", REASON_GREYLISTED, 0, 0, 0 },
};

START_TEST(delays)
{
	uint32_t delay = recheck_delay(rows[_i].reason, rows[_i].attempt,
	    rows[_i].named);

	ck_assert_msg(delay == rows[_i].delay, "%s: %u", rows[_i].says, delay);
}
END_TEST

static const struct {
	const char *says;
	enum verdict_reason reason;
	unsigned attempt;
	uint32_t named, hold;
} holds[] = {
	{ "nobody asks before its time", REASON_GREYLISTED, 3, 0, 900 },
	{ "nor before the time that the server named", REASON_GREYLISTED, 1,
	    3600, 3601 },
	{ "after the last time it is let be for as long as before",
	    REASON_GREYLISTED, 5, 0, 1800 },
	{ "however often it was asked", REASON_GREYLISTED, 255, 0, 1800 },
	{ "another reason has its own time", REASON_TIMEOUT, 1, 60, 0 },
};

START_TEST(holding)
{
	uint32_t hold = recheck_hold(holds[_i].reason, holds[_i].attempt,
	    holds[_i].named);

	ck_assert_msg(hold == holds[_i].hold, "%s: %u", holds[_i].says, hold);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("recheck");
	TCase *tc = tcase_create("recheck");

	tcase_add_loop_test(tc, delays, 0, (int)COUNT(rows));
	tcase_add_loop_test(tc, holding, 0, (int)COUNT(holds));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
