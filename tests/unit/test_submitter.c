#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/submitter.h"
#include "tests/unit/suite.h"

enum order { SORTED_LOCAL, SORTED_DOMAIN, MIXED };

static const struct {
	const char *says, *name;
	enum order order;
	unsigned addresses;
	unsigned seconds_between;
	unsigned unknown_of_100;
	bool stopped;
} rows[] = {
	{ "people sign up, busily", "shop", MIXED, 1000, 1, 10, false },
	{ "and slowly", "shop", MIXED, 1000, 300, 10, false },
	{ "a sorted list at once", "shop", SORTED_LOCAL, 200, 1, 0, true },
	{ "sorted by domain", "shop", SORTED_DOMAIN, 200, 1, 0, true },
	{ "one short of the window", "shop", SORTED_LOCAL, 199, 0, 0, false },
	{ "sorted, but slow and known", "shop", SORTED_LOCAL, 1000, 60, 10,
	    false },
	{ "sorted, slow and unknown", "shop", SORTED_LOCAL, 200, 60, 60,
	    true },
	{ "a mixed list at once, unknown", "shop", MIXED, 200, 1, 60, true },
	{ "half unknown is not over half", "shop", MIXED, 1000, 1, 50, false },
	{ "slow and unknown alone", "shop", MIXED, 1000, 60, 60, false },
	{ "the admin may", "", SORTED_LOCAL, 1000, 0, 100, false },
};

static void
make(enum order order, unsigned i, struct address *addr)
{
	unsigned mixed = i * 7919 % 1009;

	memset(addr, 0, sizeof *addr);
	snprintf(addr->local, sizeof addr->local, "u%05u",
	    order == SORTED_LOCAL ? i : mixed);
	snprintf(addr->domain, sizeof addr->domain, "d%05u.example",
	    order == SORTED_DOMAIN ? i : mixed * 31 % 1009);
}

static enum submitter_answer
bring(struct submitters *s, unsigned row, int64_t *now, const char **signs)
{
	enum submitter_answer answer = SUBMITTER_GO_ON;
	struct address addr;
	unsigned i;

	for (i = 0; i < rows[row].addresses && answer == SUBMITTER_GO_ON;
	    i++) {
		make(rows[row].order, i, &addr);
		answer = submitters_ask(s, rows[row].name, &addr, *now, signs);
		submitters_ended(s, rows[row].name,
		    i % 100 < rows[row].unknown_of_100 ? REASON_NO_SUCH_USER :
		    REASON_ACCEPTED);
		*now += rows[row].seconds_between;
	}
	return answer;
}

START_TEST(lists_are_noticed)
{
	struct submitters *s = submitters_create();
	const char *signs = NULL;
	struct address addr;
	int64_t now = 5;
	enum submitter_answer answer = bring(s, (unsigned)_i, &now, &signs);

	ck_assert_msg((answer == SUBMITTER_STOPS) == rows[_i].stopped, "%s",
	    rows[_i].says);
	ck_assert_msg((signs != NULL) == rows[_i].stopped, "%s",
	    rows[_i].says);
	make(MIXED, 3, &addr);
	ck_assert_int_eq(submitters_ask(s, rows[_i].name, &addr, now, NULL),
	    rows[_i].stopped ? SUBMITTER_RESTS :
	    rows[_i].addresses == 199 ? SUBMITTER_STOPS : SUBMITTER_GO_ON);
	ck_assert_int_eq(submitters_ask(s, "other", &addr, now, NULL),
	    SUBMITTER_GO_ON);
	submitters_destroy(s);
}
END_TEST

START_TEST(a_rest_ends)
{
	struct submitters *s = submitters_create();
	struct address addr;
	int64_t now = 5;

	ck_assert_int_eq(bring(s, 2, &now, NULL), SUBMITTER_STOPS);
	make(MIXED, 3, &addr);
	now += SUBMITTER_REST_S - 2;
	ck_assert_int_eq(submitters_ask(s, "shop", &addr, now, NULL),
	    SUBMITTER_RESTS);
	now += 1;
	ck_assert_int_eq(submitters_ask(s, "shop", &addr, now, NULL),
	    SUBMITTER_GO_ON);
	ck_assert_int_eq(bring(s, 0, &now, NULL), SUBMITTER_GO_ON);
	submitters_destroy(s);
}
END_TEST

START_TEST(submitters_are_bounded)
{
	struct submitters *s = submitters_create();
	struct address addr;
	char name[32];
	unsigned i;

	for (i = 0; i < 3 * SUBMITTERS_MAX; i++) {
		make(MIXED, i, &addr);
		snprintf(name, sizeof name, "s%u", i);
		(void)submitters_ask(s, name, &addr, i * 60, NULL);
	}
	ck_assert_int_eq(submitters_ask(s, "s0", &addr, i * 60, NULL),
	    SUBMITTER_GO_ON);
	submitters_destroy(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("submitter");
	TCase *tc = tcase_create("submitter");

	tcase_add_loop_test(tc, lists_are_noticed, 0, (int)COUNT(rows));
	tcase_add_test(tc, a_rest_ends);
	tcase_add_test(tc, submitters_are_bounded);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
