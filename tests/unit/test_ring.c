#include "milter/ring.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

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

static const struct {
	const char *says;
	size_t id, qid, client, guard, auth, address, sender;
} lengths[] = {
	{ "no text at all", 0, 0, 0, 0, 0, 0, 0 },
	{ "a usual decision", 16, 9, 8, 6, 4, 24, 20 },
	{ "some are not known", 16, 0, 0, 6, 0, 24, 0 },
	{ "all as long as they get", VERDICT_ID_SIZE - 1, RING_QID_SIZE - 1,
	    NET_TEXT_SIZE - 1, RING_GUARD_SIZE - 1, RING_AUTH_SIZE - 1,
	    ADDRESS_MAX, ADDRESS_MAX },
};

START_TEST(an_entry_comes_out_as_it_went_in)
{
	struct ring_entry in = { .kind = RING_DECISION, .time_ms = 7,
	    .reason = REASON_NO_SUCH_USER, .code = 550, .refresh = true,
	    .age_s = 60, .took_ms = 3, .attack = { .put_off = 9 } };
	struct ring_entry out;
	uint64_t mark;

	memset(in.id, 'i', lengths[_i].id);
	memset(in.qid, 'q', lengths[_i].qid);
	memset(in.client, 'c', lengths[_i].client);
	memset(in.guard, 'g', lengths[_i].guard);
	memset(in.auth, 'u', lengths[_i].auth);
	memset(in.address, 'a', lengths[_i].address);
	memset(in.sender, 's', lengths[_i].sender);
	memset(&out, '!', sizeof(out));
	ring_put(&ring, &in);
	ck_assert_uint_eq(ring_peek(&ring, RING_LOG, &out, 1, &mark), 1);
	ck_assert_str_eq(out.id, in.id);
	ck_assert_str_eq(out.qid, in.qid);
	ck_assert_str_eq(out.client, in.client);
	ck_assert_str_eq(out.guard, in.guard);
	ck_assert_str_eq(out.auth, in.auth);
	ck_assert_str_eq(out.address, in.address);
	ck_assert_str_eq(out.sender, in.sender);
	ck_assert_msg(out.time_ms == 7 && out.reason == in.reason &&
	    out.code == 550 && out.refresh && out.age_s == 60 &&
	    out.took_ms == 3 && out.attack.put_off == 9, "%s",
	    lengths[_i].says);
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
	tcase_add_loop_test(tc, an_entry_comes_out_as_it_went_in, 0,
	    (int)(sizeof(lengths) / sizeof(lengths[0])));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
