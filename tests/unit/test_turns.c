#include "probe/turns.h"
#include "tests/unit/suite.h"
#include "tests/unit/told.h"

#include <stdlib.h>

#define PIECES 3

struct owner {
	struct turn turn;
	char name;
	unsigned left;			/* pieces */
	bool joins_again;		/* from within its own piece */
	bool freed_when_over;
};

static struct event_base *base;
static struct turns *turns;
static struct event *other;		/* of the loop; comes again and again */
static unsigned other_left;
/* Told: names by piece; "." : it was over; "|": other. */

static bool
work(void *arg)
{
	struct owner *o = arg;

	ck_assert(o->turn.waits);
	if (o->left == 0)
		return false;
	tell(o->name);
	if (o->joins_again)
		turns_wait(turns, &o->turn);
	return --o->left > 0;
}

static void
over(void *arg)
{
	struct owner *o = arg;

	ck_assert(!o->turn.waits);
	tell('.');
	if (o->freed_when_over)
		free(o);
}

static void
on_other(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	tell('|');
	if (--other_left > 0)
		event_active(other, EV_TIMEOUT, 0);
}

static struct owner *
owner_new(char name, unsigned left)
{
	struct owner *o = calloc(1, sizeof *o);

	ck_assert_ptr_nonnull(o);
	o->turn.work = work;
	o->turn.over = over;
	o->turn.arg = o;
	o->name = name;
	o->left = left;
	o->freed_when_over = true;
	return o;
}

static void
setup(void)
{
	base = event_base_new();
	turns = turns_create(base, PIECES);
	ck_assert_ptr_nonnull(turns);
	other = event_new(base, -1, 0, on_other, NULL);
	told[0] = '\0';
}

static void
teardown(void)
{
	turns_destroy(turns);
	event_free(other);
	event_base_free(base);
}

/* What is told until nothing is left, with the other event so many times. */
static void
loop(unsigned others, const char *expected)
{
	other_left = others;
	event_active(other, EV_TIMEOUT, 0);
	event_base_dispatch(base);
	told_is(expected);
}

START_TEST(a_long_list_keeps_no_short_one_waiting)
{
	turns_wait(turns, &owner_new('a', 4)->turn);
	turns_wait(turns, &owner_new('b', 1)->turn);
	told_is("");
	loop(2, "ab.a|aa.|");
}
END_TEST

START_TEST(between_so_many_pieces_the_loop_is_free)
{
	turns_wait(turns, &owner_new('a', 7)->turn);
	loop(4, "aaa|aaa|a.||");
}
END_TEST

START_TEST(who_waits_already_waits_once)
{
	struct owner *o = owner_new('a', 2);

	o->joins_again = true;
	turns_wait(turns, &o->turn);
	turns_wait(turns, &o->turn);
	loop(2, "aa.||");
}
END_TEST

START_TEST(who_is_over_may_wait_again)
{
	struct owner *o = owner_new('a', 1);

	o->freed_when_over = false;
	turns_wait(turns, &o->turn);
	loop(1, "a.|");
	o->left = 1;
	turns_wait(turns, &o->turn);
	loop(1, "a.|");
	turns_wait(turns, &o->turn);
	loop(1, ".|");
	free(o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("turns");
	TCase *tc = tcase_create("turns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_long_list_keeps_no_short_one_waiting);
	tcase_add_test(tc, between_so_many_pieces_the_loop_is_free);
	tcase_add_test(tc, who_waits_already_waits_once);
	tcase_add_test(tc, who_is_over_may_wait_again);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
