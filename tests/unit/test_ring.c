#include "milter/ring.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

#define SIZE	4

static struct ring ring;

static void
setup(void)
{
	ck_assert(ring_init(&ring, SIZE));
}

static void
teardown(void)
{
	ring_clear(&ring);
}

static void
put(int64_t number)
{
	struct ring_entry e = { .time_ms = number };

	ring_put(&ring, &e);
}

/* Takes and finishes one; -1: none. */
static int64_t
take(enum ring_reader who)
{
	struct ring_entry e;
	uint64_t mark;

	if (ring_peek(&ring, who, &e, 1, &mark) == 0)
		return -1;
	ring_done(&ring, who, mark);
	return e.time_ms;
}

START_TEST(both_readers_get_all_in_order)
{
	int64_t i;

	for (i = 0; i < 20; i++) {
		put(i);
		ck_assert_int_eq(take(RING_LOG), i);
		ck_assert_int_eq(take(RING_NOTES), i);
		ck_assert_int_eq(take(RING_LOG), -1);
	}
	ck_assert_uint_eq(ring.lost[RING_LOG] + ring.lost[RING_NOTES], 0);
}
END_TEST

START_TEST(a_full_ring_is_no_loss)
{
	int64_t i;

	for (i = 0; i < SIZE; i++)
		put(i);
	ck_assert_uint_eq(ring_behind(&ring, RING_NOTES), SIZE);
	ck_assert_uint_eq(ring.lost[RING_NOTES], 0);
	for (i = 0; i < SIZE; i++)
		ck_assert_int_eq(take(RING_NOTES), i);
}
END_TEST

START_TEST(who_is_a_ring_behind_loses_the_oldest_and_the_other_nothing)
{
	int64_t i;

	for (i = 0; i < SIZE + 3; i++) {
		put(i);
		ck_assert_int_eq(take(RING_LOG), i);
	}
	ck_assert_uint_eq(ring.lost[RING_LOG], 0);
	ck_assert_uint_eq(ring.lost[RING_NOTES], 3);
	for (i = 3; i < SIZE + 3; i++)
		ck_assert_int_eq(take(RING_NOTES), i);
}
END_TEST

START_TEST(what_is_not_done_is_seen_again)
{
	struct ring_entry e[SIZE];
	uint64_t mark;

	put(7);
	put(8);
	ck_assert_uint_eq(ring_peek(&ring, RING_NOTES, e, SIZE, &mark), 2);
	ck_assert_uint_eq(ring_peek(&ring, RING_NOTES, e, SIZE, &mark), 2);
	ck_assert_int_eq(e[0].time_ms, 7);
	ring_done(&ring, RING_NOTES, mark);
	ck_assert_uint_eq(ring_peek(&ring, RING_NOTES, e, SIZE, &mark), 0);
}
END_TEST

/* The reader's entries were overwritten while it dealt with its copies. */
START_TEST(done_never_goes_back_behind_what_was_lost)
{
	struct ring_entry e[SIZE];
	uint64_t mark;
	int64_t i;

	put(0);
	ck_assert_uint_eq(ring_peek(&ring, RING_NOTES, e, SIZE, &mark), 1);
	for (i = 1; i < SIZE + 3; i++)
		put(i);
	ring_done(&ring, RING_NOTES, mark);
	ck_assert_int_eq(take(RING_NOTES), 3);
	ck_assert_uint_eq(ring_behind(&ring, RING_NOTES), SIZE - 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ring");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_readers_get_all_in_order);
	tcase_add_test(tc, a_full_ring_is_no_loss);
	tcase_add_test(tc,
	    who_is_a_ring_behind_loses_the_oldest_and_the_other_nothing);
	tcase_add_test(tc, what_is_not_done_is_seen_again);
	tcase_add_test(tc, done_never_goes_back_behind_what_was_lost);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
