#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rate.h"
#include "tests/unit/suite.h"

static const struct {
	const char *says, *text;
	const char *read;		/* as printed below; NULL: refused */
	const char *why;		/* part of the refusal */
	bool steps;
} rows[] = {
	{ "nothing is no limit", "", "", NULL, false },
	{ "blanks are nothing", "   ", "", NULL, false },
	{ "one rate", "10/minute", "10/minute ", NULL, false },
	{ "every span has its word",
	    "1/second 2/minute 3/hour 4/day 5/week 6/month",
	    "1/second 2/minute 3/hour 4/day 5/week 6/month ", NULL, false },
	{ "the order is the writer's", "9/day  3/hour", "9/day 3/hour ", NULL,
	    false },
	{ "the most", "1000000000/month", "1000000000/month ", NULL, false },
	{ "one more than the most", "1000000001/month", NULL, "not a rate",
	    false },
	{ "zero is no rate: budgets are not a switch", "0/day", NULL,
	    "not a rate", false },
	{ "a number alone", "10", NULL, "not a rate", false },
	{ "a span alone", "/day", NULL, "not a rate", false },
	{ "a span nobody knows", "10/year", NULL, "not a rate", false },
	{ "spans are singular", "10/days", NULL, "not a rate", false },
	{ "a negative number", "-1/day", NULL, "not a rate", false },
	{ "a comma is no blank", "1/day,2/week", NULL, "not a rate", false },
	{ "a number past all bounds", "99999999999999999999999/day", NULL,
	    "not a rate", false },
	{ "one span twice", "10/day 20/day", NULL, "two rates per day",
	    false },
	{ "a minute that allows more than its hour", "10/hour 20/minute",
	    NULL, "more per minute than per hour", false },
	{ "steps may name a span twice, and less after more",
	    "100/day 1000/week 100000/month 50/day",
	    "100/day 1000/week 100000/month 50/day ", NULL, true },
	{ "eight steps",
	    "1/day 2/day 3/day 4/day 5/day 6/day 7/day 8/day",
	    "1/day 2/day 3/day 4/day 5/day 6/day 7/day 8/day ", NULL, true },
	{ "nine steps",
	    "1/day 2/day 3/day 4/day 5/day 6/day 7/day 8/day 9/day", NULL,
	    "more than 8", true },
	{ "steps are rates too", "100/day then more", NULL, "not a rate",
	    true },
};

static void
print(const struct rates *r, char *out, size_t size)
{
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < r->count; i++)
		len += (size_t)snprintf(out + len, size - len, "%u/%s ",
		    r->items[i].count, rate_span_word(r->items[i].span));
}

START_TEST(a_text_is_read)
{
	struct rates r = { .count = 77 };
	char why[160] = "", got[256];
	bool ok = rows[_i].steps ?
	    rates_parse_steps(rows[_i].text, &r, why, sizeof why) :
	    rates_parse(rows[_i].text, &r, why, sizeof why);

	ck_assert_msg(ok == (rows[_i].read != NULL), "%s: %s", rows[_i].says,
	    why);
	if (!ok) {
		ck_assert_msg(strstr(why, rows[_i].why) != NULL, "%s: %s",
		    rows[_i].says, why);
		ck_assert_uint_eq(r.count, 77);
		return;
	}
	print(&r, got, sizeof got);
	ck_assert_msg(strcmp(got, rows[_i].read) == 0, "%s: %s",
	    rows[_i].says, got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rate");
	TCase *t = tcase_create("rate");

	tcase_add_loop_test(t, a_text_is_read, 0, (int)COUNT(rows));
	suite_add_tcase(s, t);
	return suite_run(s);
}
