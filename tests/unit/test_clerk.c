#include "probe/clerk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

static struct lab lab;
static struct store *s;
static struct clerk *c;

static void
setup(void)
{
	static struct conf conf = { .log = { .verdicts = (char *)"" } };

	lab_make(&lab, LAB_MEMORY, 4 * MIB);
	s = lab_writer(&lab);
	ck_assert_ptr_nonnull(c = clerk_create(s, &conf));
}

static void
teardown(void)
{
	clerk_destroy(c);
	store_close(s);
	lab_remove(&lab);
}

static size_t
held(void)
{
	struct clerk_stats stats;

	clerk_stats(c, &stats);
	return stats.held;
}

static void
note_held(void *arg, enum store_status status, uint64_t count)
{
	(void)status;
	(void)count;
	*(volatile size_t *)arg = held();
}

static bool
is_nothing_held(void *arg)
{
	(void)arg;
	return held() == 0;
}

/* Whoever waits until nothing is held must find all of it in the store. */
START_TEST(what_is_being_written_is_held)
{
	static volatile size_t seen;
	struct address addr = lab_address(1, LAB_DOMAIN);
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY), stored;

	clerk_verdict(c, &addr, &v, NULL, 0);
	ck_assert(clerk_sync(c, note_held, (void *)&seen));
	ck_assert_msg(lab_until(is_nothing_held, NULL), "all is written");
	ck_assert_uint_ge(seen, 1);
	ck_assert_int_eq(store_get_verdict(s, &addr, &stored), STORE_OK);
}
END_TEST

struct purge {
	struct address addr;
	bool told, held;
};

static void
note_purged(void *arg, enum store_status status, uint64_t count)
{
	struct purge *p = arg;
	struct verdict v;

	(void)count;
	p->told = status == STORE_OK;
	p->held = clerk_held(c, &p->addr, &v);
}

/* Else the next question would be answered with what is purged. */
START_TEST(who_is_told_of_a_purge_finds_nothing_held)
{
	static struct purge p;
	struct address other = lab_address(2, LAB_DOMAIN);
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY);

	p.addr = lab_address(1, LAB_DOMAIN);
	clerk_verdict(c, &other, &v, NULL, 0);
	clerk_verdict(c, &p.addr, &v, NULL, 0);
	ck_assert(clerk_purge_address(c, &p.addr, note_purged, &p));
	ck_assert_msg(lab_until(is_nothing_held, NULL), "all is written");
	ck_assert_msg(p.told, "it is told");
	ck_assert_msg(!p.held, "it is held no more");
}
END_TEST

#define BACKLOG	2500		/* of more than one batch */

static struct { _Atomic int begun, given; } backlog;

static void
write_on(void *arg, enum store_status status, uint64_t count)
{
	(void)arg;
	(void)status;
	(void)count;
	backlog.begun = 1;
	(void)lab_until_set(&backlog.given);
}

/* While most of the backlog waits for its batch. */
static void
give_last(void *arg, enum store_status status, uint64_t count)
{
	(void)arg;
	(void)status;
	(void)count;
	clerk_item(c, STORE_OUTCOMES, "k", 1, "last", 4);
}

START_TEST(a_backlog_is_written_in_its_order)
{
	struct clerk_stats stats;
	char data[16];
	void *last;
	size_t len;
	int i;

	/* The thread waits until all the rest is given. */
	ck_assert(clerk_sync(c, write_on, NULL));
	ck_assert(lab_until_set(&backlog.begun));
	ck_assert(clerk_sync(c, give_last, NULL));
	for (i = 1; i <= BACKLOG; i++) {
		(void)snprintf(data, sizeof data, "%d", i);
		clerk_item(c, STORE_OUTCOMES, "k", 1, data, strlen(data));
		clerk_drop_item(c, STORE_OUTCOMES, "k", 1);
	}
	backlog.given = 1;
	ck_assert_msg(lab_until(is_nothing_held, NULL), "all is written");
	ck_assert_int_eq(store_get_item(s, STORE_OUTCOMES, "k", 1, &last,
	    &len), STORE_OK);
	ck_assert_str_eq(last, "last");
	free(last);
	clerk_stats(c, &stats);
	ck_assert_uint_eq(stats.committed, 2 + 2 * BACKLOG + 1);
	ck_assert_uint_eq(stats.dropped, 0);
}
END_TEST

static const struct {
	const char *says;
	size_t key_len, len;
	bool drop;
} bad_items[] = {
	{ "its key is too long", STORE_ITEM_KEY_MAX + 1, 1, false },
	{ "it has no key", 0, 1, false },
	{ "its data is too long", 1, STORE_ITEM_MAX + 1, false },
	{ "what is to go has too long a key", STORE_ITEM_KEY_MAX + 1, 0,
	    true },
};

/* Such as a domain and a mail host of full length, which anybody may have. */
START_TEST(an_item_that_cannot_be_takes_nothing_with_it)
{
	static char octets[STORE_ITEM_MAX + 1];
	struct address addr = lab_address((unsigned long)_i, LAB_DOMAIN);
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY), stored;
	volatile size_t seen;
	void *data;
	size_t len;

	clerk_item(c, STORE_EXCLUSIONS, "a.example", 9, "{}", 2);
	clerk_verdict(c, &addr, &v, NULL, 0);
	if (bad_items[_i].drop)
		clerk_drop_item(c, STORE_DOMAINS, octets,
		    bad_items[_i].key_len);
	else
		clerk_item(c, STORE_DOMAINS, octets, bad_items[_i].key_len,
		    octets, bad_items[_i].len);
	ck_assert(clerk_sync(c, note_held, (void *)&seen));
	ck_assert_msg(lab_until(is_nothing_held, NULL), "all is written");
	ck_assert_msg(store_get_verdict(s, &addr, &stored) == STORE_OK,
	    "%s: the verdict is lost", bad_items[_i].says);
	ck_assert_msg(store_get_item(s, STORE_EXCLUSIONS, "a.example", 9,
	    &data, &len) == STORE_OK, "%s: the exclusion is lost",
	    bad_items[_i].says);
	free(data);
}
END_TEST

#define ITEMS	50

/* Items are never evicted; half of the store is theirs. */
START_TEST(too_many_items_stop_nothing_else)
{
	static char octets[STORE_ITEM_MAX];
	struct address addr = lab_address(1, LAB_DOMAIN);
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY), stored;
	struct clerk_stats stats;
	volatile size_t seen;
	char key[16];
	int i;

	for (i = 0; i < 4 * ITEMS; i++) {
		(void)snprintf(key, sizeof key, "%d", i);
		clerk_item(c, STORE_OUTCOMES, key, strlen(key), octets,
		    sizeof octets);
		/* A batch that does not fit goes on without all its items. */
		if (i % ITEMS == ITEMS - 1)
			ck_assert(lab_until(is_nothing_held, NULL));
	}
	clerk_verdict(c, &addr, &v, NULL, 0);
	clerk_drop_item(c, STORE_OUTCOMES, "1", 1);
	ck_assert(clerk_sync(c, note_held, (void *)&seen));
	ck_assert_msg(lab_until(is_nothing_held, NULL), "it goes on");
	ck_assert_int_eq(store_get_verdict(s, &addr, &stored), STORE_OK);
	clerk_stats(c, &stats);
	ck_assert_uint_gt(stats.dropped, 0);
	ck_assert_uint_lt(stats.dropped, 4 * ITEMS);
}
END_TEST

#define AT_ONCE	500
#define LINES	3

/* A line is the first that finds no room. */
START_TEST(texts_that_are_written_take_no_room)
{
	static char octets[STORE_ITEM_MAX];
	struct verdict_line line = { .id = "0000000000000000",
	    .address = "a@b.example", .reason = REASON_ACCEPTED,
	    .source = SOURCE_PROBE };
	struct clerk_stats stats;
	volatile size_t seen;
	size_t given = 0;
	int i;

	while (given <= CLERK_OCTETS_MAX) {
		for (i = 0; i < AT_ONCE; i++)
			clerk_item(c, STORE_OUTCOMES, "k", 1, octets,
			    sizeof octets);
		given += AT_ONCE * sizeof octets;
		ck_assert(clerk_sync(c, note_held, (void *)&seen));
		ck_assert_msg(lab_until(is_nothing_held, NULL),
		    "all is written");
	}
	for (i = 0; i < LINES; i++) {
		clerk_line(c, &line, NULL);
		line.address++;		/* shorter than the one before */
		ck_assert_msg(lab_until(is_nothing_held, NULL),
		    "it is written");
	}
	clerk_stats(c, &stats);
	ck_assert_uint_eq(stats.lines, LINES);
	ck_assert_uint_eq(stats.dropped, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clerk");
	TCase *tc = tcase_create("clerk");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_being_written_is_held);
	tcase_add_test(tc, who_is_told_of_a_purge_finds_nothing_held);
	tcase_add_test(tc, a_backlog_is_written_in_its_order);
	tcase_add_loop_test(tc, an_item_that_cannot_be_takes_nothing_with_it,
	    0, sizeof bad_items / sizeof bad_items[0]);
	tcase_add_test(tc, too_many_items_stop_nothing_else);
	tcase_add_test(tc, texts_that_are_written_take_no_room);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
