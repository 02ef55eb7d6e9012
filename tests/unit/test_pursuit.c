/* What became of deferred addresses. */
#include <stdio.h>

#include "cli/pursuit.h"
#include "tests/unit/suite.h"

#define HOUR		INT64_C(3600000)
#define END		(100 * HOUR)
#define D		PURSUIT_DEFERRED
#define P		PURSUIT_PASSED
#define R		PURSUIT_REFUSED
#define W		PURSUIT_WATCHED
#define GOOD		STATE_DELIVERABLE
#define BAD		STATE_UNDELIVERABLE
#define DUNNO		STATE_UNKNOWN

struct step {
	const char *address;
	int hour;
	enum pursuit_event event;
	enum verdict_state state;
};

static const struct {
	const char *says;
	size_t most;
	struct step steps[5];
	size_t count;
	/* tempfails, addresses, passed, refused, again, gone, may come,
	 * not followed, turned good */
	uint64_t sums[9];
} rows[] = {
	{ "nothing", 9, { { "", 0, W, DUNNO } }, 0, { 0 } },
	{ "it passes at the next try", 9, { { "a@x.example", 1, D, DUNNO },
	    { "a@x.example", 2, P, GOOD } }, 2, { 1, 1, 1 } },
	{ "its domain's case is no difference", 9, { { "a@x.example", 1, D,
	    DUNNO }, { "a@X.Example", 2, P, GOOD } }, 2, { 1, 1, 1 } },
	{ "another one's passing is not its own", 9, { { "a@x.example", 1, D,
	    DUNNO }, { "b@x.example", 2, P, GOOD } }, 2,
	    { 1, 1, 0, 0, 0, 1 } },
	{ "it is refused at the next try", 9, { { "a@x.example", 1, D,
	    DUNNO }, { "a@x.example", 2, R, BAD } }, 2, { 1, 1, 0, 1 } },
	{ "it comes again and again", 9, { { "a@x.example", 1, D, DUNNO },
	    { "a@x.example", 2, D, DUNNO }, { "a@x.example", 3, D, DUNNO } },
	    3, { 3, 1, 0, 0, 1 } },
	{ "it never comes back", 9, { { "a@x.example", 1, D, DUNNO } }, 1,
	    { 1, 1, 0, 0, 0, 1 } },
	{ "it may yet come", 9, { { "a@x.example", 97, D, DUNNO } }, 1,
	    { 1, 1, 0, 0, 0, 0, 1 } },
	{ "a second signup begins anew", 9, { { "a@x.example", 1, D, DUNNO },
	    { "a@x.example", 2, P, GOOD }, { "a@x.example", 3, D, DUNNO },
	    { "a@x.example", 4, R, BAD } }, 4, { 2, 2, 1, 1 } },
	{ "what was only observed settles nothing", 9, { { "a@x.example", 1,
	    D, DUNNO }, { "a@x.example", 2, W, GOOD } }, 2,
	    { 1, 1, 0, 0, 0, 1 } },
	{ "a domain alone is not followed", 9, { { "x.example", 1, D,
	    DUNNO } }, 1, { 1, 0, 0, 0, 0, 0, 0, 1 } },
	{ "who finds the table full is not followed", 1, { { "a@x.example", 1,
	    D, DUNNO }, { "b@x.example", 1, D, DUNNO } }, 2,
	    { 2, 1, 0, 0, 0, 1, 0, 1 } },
	{ "who is settled leaves room", 1, { { "a@x.example", 1, D, DUNNO },
	    { "a@x.example", 2, P, GOOD }, { "b@x.example", 3, D, DUNNO },
	    { "b@x.example", 4, P, GOOD } }, 4, { 2, 2, 2 } },
	{ "refused, and later good", 9, { { "a@x.example", 1, R, BAD },
	    { "a@x.example", 2, W, GOOD }, { "a@x.example", 3, P, GOOD } }, 3,
	    { 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
	{ "bad, and later unknown, is not good", 9, { { "a@x.example", 1, W,
	    BAD }, { "a@x.example", 2, P, DUNNO } }, 2, { 0 } },
	{ "good, and later bad, was no mistake that we know", 9,
	    { { "a@x.example", 1, P, GOOD }, { "a@x.example", 2, R, BAD } },
	    2, { 0 } },
	{ "no address at all", 9, { { "@", 1, D, DUNNO }, { "a b@", 1, P,
	    GOOD } }, 2, { 1, 1, 0, 0, 0, 1 } },
};

START_TEST(what_became)
{
	struct pursuit *p = pursuit_new(rows[_i].most);
	struct pursuit_sum sum;
	size_t i;

	for (i = 0; i < rows[_i].count; i++) {
		const struct step *s = &rows[_i].steps[i];

		ck_assert(pursuit_add(p, s->address, s->hour * HOUR, s->event,
		    s->state));
	}
	pursuit_end(p, END, &sum);
	{
		const uint64_t got[9] = { sum.deferrals, sum.episodes,
		    sum.passed, sum.refused, sum.again, sum.gone, sum.may_come,
		    sum.unfollowed, sum.turned_good };

		for (i = 0; i < COUNT(got); i++)
			ck_assert_msg(got[i] == rows[_i].sums[i],
			    "%s: sum %zu is %llu", rows[_i].says, i,
			    (unsigned long long)got[i]);
	}
	pursuit_free(p);
}
END_TEST

START_TEST(the_wait_is_from_the_first_try)
{
	struct pursuit *p = pursuit_new(9);
	struct pursuit_sum sum;

	ck_assert(pursuit_add(p, "a@x.example", 0, D, DUNNO) &&
	    pursuit_add(p, "a@x.example", 30000, D, DUNNO) &&
	    pursuit_add(p, "a@x.example", 100000, P, GOOD));
	pursuit_end(p, END, &sum);
	ck_assert_int_eq(histogram_quantile(&sum.waited_s, 500), 100);
	pursuit_free(p);
}
END_TEST

START_TEST(more_bad_ones_than_are_kept_is_said)
{
	struct pursuit *p = pursuit_new(1);
	struct pursuit_sum sum;

	ck_assert(pursuit_add(p, "a@x.example", 0, R, BAD));
	pursuit_end(p, END, &sum);
	ck_assert(!sum.good_cut);
	ck_assert(pursuit_add(p, "b@x.example", 0, R, BAD));
	pursuit_end(p, END, &sum);
	ck_assert(sum.good_cut);
	pursuit_free(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pursuit");
	TCase *c = tcase_create("pursuit");

	tcase_add_loop_test(c, what_became, 0, COUNT(rows));
	tcase_add_test(c, the_wait_is_from_the_first_try);
	tcase_add_test(c, more_bad_ones_than_are_kept_is_said);
	suite_add_tcase(s, c);
	return suite_run(s);
}
