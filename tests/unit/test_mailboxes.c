#include "milter/mailboxes.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

#define HOUR	INT64_C(3600000)
#define ENTRIES	(MAILBOXES_SETS * MAILBOXES_WAYS)
#define VICTIM	UINT64_C(0x9e3779b97f4a7c15)

static struct mailboxes *m;

static void
setup(void)
{
	m = mailboxes_create();
	ck_assert_ptr_nonnull(m);
}

static void
teardown(void)
{
	mailboxes_destroy(m);
}

static uint64_t
of_victim(int64_t now)
{
	return mailboxes_count(m, VICTIM, HOUR, now);
}

/* As spread as a keyed hash is; never the victim's. */
static uint64_t
other(uint64_t n)
{
	uint64_t z = (n + 1) * UINT64_C(0xbf58476d1ce4e5b9);

	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return z == VICTIM || z == 0 ? 1 : z;
}

static void
send(uint64_t key, int64_t now)
{
	bool open = mailboxes_open(m, key, HOUR, now);

	if (open)
		mailboxes_close(m, key);
	mailboxes_sent(m, key, HOUR, now);
}

START_TEST(messages_count_for_their_window)
{
	int64_t now = 5 * HOUR;

	send(VICTIM, now);
	send(VICTIM, now + HOUR / 2);
	ck_assert_uint_eq(of_victim(now + HOUR / 2), 2);
	ck_assert_uint_eq(of_victim(now + HOUR - 1), 2);
	/* A part of the window may be counted for a twentieth longer. */
	ck_assert_uint_eq(of_victim(now + HOUR + HOUR / 20), 1);
	ck_assert_uint_eq(of_victim(now + 2 * HOUR), 0);
}
END_TEST

START_TEST(a_transaction_counts_while_it_is_open)
{
	ck_assert(mailboxes_open(m, VICTIM, HOUR, 0));
	ck_assert(mailboxes_open(m, VICTIM, HOUR, 0));
	ck_assert_uint_eq(of_victim(10), 2);
	mailboxes_close(m, VICTIM);
	ck_assert_uint_eq(of_victim(10), 1);
	mailboxes_close(m, VICTIM);
	mailboxes_sent(m, VICTIM, HOUR, 10);
	ck_assert_uint_eq(of_victim(10), 1);
	mailboxes_close(m, VICTIM);
	ck_assert_uint_eq(of_victim(10), 1);
}
END_TEST

START_TEST(another_window_keeps_the_count)
{
	send(VICTIM, 1000);
	send(VICTIM, 2000);
	ck_assert_uint_eq(mailboxes_count(m, VICTIM, 2 * HOUR, HOUR), 2);
	ck_assert_uint_eq(mailboxes_count(m, VICTIM, 2 * HOUR, HOUR / 2 * 5),
	    2);
	ck_assert_uint_eq(mailboxes_count(m, VICTIM, 2 * HOUR, 4 * HOUR), 0);
}
END_TEST

START_TEST(a_table_full_of_transactions_forgets_nobody)
{
	uint64_t i;

	send(VICTIM, 0);
	for (i = 0; i < 20 * ENTRIES; i++)
		if (mailboxes_open(m, other(i), HOUR, 1) && i % 2 == 0)
			mailboxes_close(m, other(i));
	ck_assert_uint_eq(of_victim(2), 1);
	/* And leaves room for mail that is sent. */
	for (i = 0; i < 100; i++) {
		mailboxes_sent(m, VICTIM + 1 + i, HOUR, 3);
		ck_assert_uint_ge(mailboxes_count(m, VICTIM + 1 + i, HOUR, 3),
		    1);
	}
}
END_TEST

START_TEST(two_messages_outlast_any_number_to_others)
{
	uint64_t i;

	send(VICTIM, 0);
	send(VICTIM, 0);
	for (i = 0; i < 20 * ENTRIES; i++)
		send(other(i), 1);
	ck_assert_uint_eq(of_victim(2), 2);
	/* It was a matter of room: the others drove each other out. */
	ck_assert_uint_eq(mailboxes_count(m, other(0), HOUR, 2), 0);
}
END_TEST

START_TEST(one_message_is_not_forgotten_for_few)
{
	uint64_t i, n;

	send(VICTIM, 0);
	for (i = 0; i < ENTRIES / 4; i++)
		send(other(i), 1);
	ck_assert_uint_eq(of_victim(2), 1);
	/* A table as full as it may get still counts who comes again. */
	for (i = 0; i < 20 * ENTRIES; i++)
		send(other(i), 1);
	for (i = n = 0; i < 1000; i++) {
		send(other(1000000000 + i), 2);
		send(other(1000000000 + i), 2);
		n += mailboxes_count(m, other(1000000000 + i), HOUR, 2) == 2;
	}
	ck_assert_uint_ge(n, 990);
}
END_TEST

START_TEST(what_is_old_makes_room)
{
	uint64_t i;

	for (i = 0; i < 20 * ENTRIES; i++) {
		mailboxes_sent(m, other(i % ENTRIES), HOUR, 0);
		mailboxes_sent(m, other(i % ENTRIES), HOUR, 0);
	}
	send(VICTIM, 3 * HOUR);
	ck_assert_uint_eq(of_victim(3 * HOUR), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mailboxes");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, messages_count_for_their_window);
	tcase_add_test(tc, a_transaction_counts_while_it_is_open);
	tcase_add_test(tc, another_window_keeps_the_count);
	tcase_add_test(tc, a_table_full_of_transactions_forgets_nobody);
	tcase_add_test(tc, two_messages_outlast_any_number_to_others);
	tcase_add_test(tc, one_message_is_not_forgotten_for_few);
	tcase_add_test(tc, what_is_old_makes_room);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
