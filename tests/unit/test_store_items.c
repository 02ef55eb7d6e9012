#include "common/store.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store_internal.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

static struct lab lab;
static struct store *s;
static uint8_t block[STORE_ITEM_MAX];

static void
setup(void)
{
	lab_make(&lab, LAB_MEMORY, 4 * MIB);
	s = lab_writer(&lab);
}

static void
teardown(void)
{
	store_close(s);
	lab_remove(&lab);
}

START_TEST(every_table_keeps_its_own)
{
	char text[16];

	lab_put_items(s);
	lab_check_items(s, STORE_OK, "in one file");
	lab_begin(s);
	store_delete_item(s, (enum store_table)_i, "key", 3);
	store_delete_item(s, (enum store_table)_i, "none", 4);
	snprintf(text, sizeof(text), "table %d", _i);
	ck_assert_msg(lab_item(s, (enum store_table)_i, "key", text) ==
	    STORE_OK, "nothing goes before the commit");
	lab_commit(s);
	ck_assert_int_eq(lab_item(s, (enum store_table)_i, "key", ""),
	    STORE_MISS);
	lab_put_items(s);
	store_close(s);
	s = lab_writer(&lab);
	lab_check_items(s, STORE_OK, "after the writer's restart");
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
}
END_TEST

/* Asked twice each time: the second answer is the remembered one. */
static void
check_empty(struct store *of, bool expected, const char *when)
{
	int i;

	for (i = 0; i < 2; i++)
		ck_assert_msg(store_is_empty(of, (enum store_table)0) ==
		    expected, "%s, asked %d before", when, i);
}

/* What a reader beside the writer goes through, as the milter does. */
struct beside {
	atomic_bool seen_empty, was_put;
};

static bool
is_set(void *arg)
{
	return atomic_load((atomic_bool *)arg);
}

static int
read_beside(struct lab *in, void *arg)
{
	struct beside *b = arg;
	struct store *reader;

	if (store_open_reader(&in->p, &reader) != STORE_OK)
		return 2;
	if (!store_is_empty(reader, (enum store_table)0) ||
	    !store_is_empty(reader, (enum store_table)0))
		return 3;
	atomic_store(&b->seen_empty, true);
	if (!lab_until(is_set, &b->was_put))
		return 4;
	return store_is_empty(reader, (enum store_table)0) ? 1 : 0;
}

START_TEST(a_reader_learns_that_it_is_empty_no_more)
{
	struct beside *b = lab_shared(sizeof(*b));
	pid_t pid = lab_fork(read_beside, &lab, b);

	ck_assert(lab_until(is_set, &b->seen_empty));
	lab_begin(s);
	lab_put_item(s, (enum store_table)0, "key", "data");
	lab_commit(s);
	atomic_store(&b->was_put, true);
	ck_assert_int_eq(lab_wait(pid), 0);
}
END_TEST

START_TEST(an_empty_table_is_known)
{
	check_empty(s, true, "a new store");
	lab_begin(s);
	lab_put_user(s, 1, LAB_DOMAIN, lab_verdict(REASON_ACCEPTED, LAB_DAY));
	lab_commit(s);
	check_empty(s, true, "after a commit to another table");
	lab_begin(s);
	lab_put_item(s, (enum store_table)0, "key", "data");
	check_empty(s, true, "before the commit of a put");
	lab_commit(s);
	check_empty(s, false, "after a put");
	lab_begin(s);
	store_delete_item(s, (enum store_table)0, "key", 3);
	check_empty(s, false, "before the commit of a delete");
	lab_commit(s);
	check_empty(s, true, "after a delete");
}
END_TEST

static const struct {
	const char *says;
	size_t key_len, len;
	enum store_status status;
} sizes[] = {
	{ "a key of one octet, no data", 1, 0, STORE_OK },
	{ "one octet each", 1, 1, STORE_OK },
	{ "the longest key", STORE_ITEM_KEY_MAX, 5, STORE_OK },
	{ "the most data", 5, STORE_ITEM_MAX, STORE_OK },
	{ "both", STORE_ITEM_KEY_MAX, STORE_ITEM_MAX, STORE_OK },
	{ "no key is a miss", 0, 0, STORE_MISS },
	{ "so is a key that is too long", STORE_ITEM_KEY_MAX + 1, 0,
	    STORE_MISS },
};

START_TEST(items_have_a_size)
{
	uint8_t key[STORE_ITEM_KEY_MAX + 1];
	enum store_status status;
	void *data;
	size_t len;

	store_key_random(key, sizeof(key));
	store_key_random(block, sizeof(block));
	if (sizes[_i].status == STORE_OK) {
		lab_begin(s);
		store_put_item(s, STORE_LEDGERS, key, sizes[_i].key_len,
		    block, sizes[_i].len);
		lab_commit(s);
	}
	status = store_get_item(s, STORE_LEDGERS, key, sizes[_i].key_len,
	    &data, &len);
	ck_assert_msg(status == sizes[_i].status, "%s: %s", sizes[_i].says,
	    store_status_text(status));
	ck_assert_uint_eq(len, sizes[_i].len);
	if (len > 0)
		ck_assert_mem_eq(data, block, len);
	free(data);
}
END_TEST

struct seen {
	unsigned count, stop_at;
	size_t len;
	uint8_t last[STORE_ITEM_KEY_MAX];
	size_t last_len;
};

static bool
see(void *arg, const void *key, size_t key_len, const void *data, size_t len)
{
	struct seen *seen = arg;
	size_t least = seen->last_len < key_len ? seen->last_len : key_len;
	int order = memcmp(seen->last, key, least);

	ck_assert_msg(order < 0 || (order == 0 && seen->last_len < key_len),
	    "keys ascend");
	memcpy(seen->last, key, key_len);
	seen->last_len = key_len;
	ck_assert_uint_eq(len, seen->len);
	if (len > 0)
		ck_assert_mem_eq(data, block, len);
	return ++seen->count != seen->stop_at;
}

static const struct {
	const char *says;
	unsigned items;
	size_t len;
	unsigned stop_at, seen;
} walks[] = {
	{ "an empty table", 0, 0, 0, 0 },
	{ "one item", 1, 100, 0, 1 },
	{ "one less than a transaction's", 63, 1, 0, 63 },
	{ "as many as a transaction's", 64, 1, 0, 64 },
	{ "one more", 65, 1, 0, 65 },
	{ "many", 1000, 10, 0, 1000 },
	{ "without data", 200, 0, 0, 200 },
	{ "of the largest", 30, STORE_ITEM_MAX, 0, 30 },
	{ "told to stop at the first", 200, 10, 1, 1 },
	{ "told to stop in the second transaction", 200, 10, 100, 100 },
};

START_TEST(a_walk_comes_by_every_item)
{
	struct seen seen = {
		.stop_at = walks[_i].stop_at, .len = walks[_i].len
	};
	uint8_t key[STORE_ITEM_KEY_MAX];
	unsigned n;

	store_key_random(block, sizeof(block));
	lab_begin(s);
	for (n = 0; n < walks[_i].items; n++) {
		memset(key, 0, sizeof(key));
		snprintf((char *)key, sizeof(key), "%u", n * 7919 % 1000);
		store_put_item(s, STORE_OUTCOMES, key,
		    n % 3 == 0 ? sizeof(key) : 4, block, walks[_i].len);
	}
	lab_put_item(s, STORE_SENT, "other", "table");
	lab_commit(s);
	ck_assert_int_eq(store_walk_items(s, STORE_OUTCOMES, see, &seen),
	    STORE_OK);
	ck_assert_msg(seen.count == walks[_i].seen, "%s: %u", walks[_i].says,
	    seen.count);
}
END_TEST

static bool
delete_it(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	unsigned *count = arg;

	(void)data;
	ck_assert_uint_eq(len, 3);
	lab_begin(s);
	store_delete_item(s, STORE_WAITING, key, key_len);
	lab_commit(s);
	return ++*count > 0;
}

START_TEST(a_walk_may_delete)
{
	unsigned n, count = 0;
	char key[8];

	lab_begin(s);
	for (n = 0; n < 150; n++) {
		snprintf(key, sizeof(key), "%u", n);
		lab_put_item(s, STORE_WAITING, key, "abc");
	}
	lab_commit(s);
	ck_assert_int_eq(store_walk_items(s, STORE_WAITING, delete_it,
	    &count), STORE_OK);
	ck_assert_uint_eq(count, 150);
	ck_assert_int_eq(store_walk_items(s, STORE_WAITING, delete_it,
	    &count), STORE_OK);
	ck_assert_uint_eq(count, 150);
}
END_TEST

static void
put_batch(unsigned long n)
{
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
	static char json[2001];
	struct address addr;
	unsigned i;
	char key[32];

	memset(json, ' ', sizeof(json) - 1);
	lab_begin(s);
	for (i = 0; i < 50; i++) {
		addr = lab_address(n * 50 + i, "example.org");
		lab_offer(s, &addr, &v, i % 2 ? json : NULL,
		    v.checked_at);
		snprintf(key, sizeof(key), "%lu.example", n * 50 + i);
		store_put_item(s, STORE_DOMAINS, key, strlen(key), block,
		    100);
	}
	lab_commit(s);
}

static bool
count_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	unsigned *count = arg;

	(void)key, (void)key_len, (void)data, (void)len;
	(*count)++;
	return true;
}

/* Three times the map in verdicts, evidence and domains go by. */
START_TEST(only_domains_go_from_a_full_map)
{
	struct store_stats st;
	unsigned long n;
	unsigned domains = 0;

	lab_put_items(s);
	for (n = 0; n < 240; n++)
		put_batch(n);
	ck_assert_int_eq(store_stats(s, &st), STORE_OK);
	ck_assert_uint_gt(st.evicted, 1000);
	ck_assert_uint_gt(st.verdicts, 1000);
	ck_assert_int_eq(store_walk_items(s, STORE_DOMAINS, count_item,
	    &domains), STORE_OK);
	ck_assert_uint_lt(domains, 240 * 50);
	ck_assert_uint_eq(domains, st.domains);
	lab_begin(s);
	lab_put_item(s, STORE_DOMAINS, "key", "table 0");
	lab_commit(s);
	lab_check_items(s, STORE_OK, "after a full map");
	store_close(s);
	s = lab_writer(&lab);
	lab_check_items(s, STORE_OK, "and after a restart");
}
END_TEST

/* Returns how many of the largest items went in. */
static unsigned
fill(enum store_table table)
{
	enum store_status status = STORE_OK;
	unsigned n;
	char key[16];

	for (n = 0; n < 1000 && status == STORE_OK; n++) {
		snprintf(key, sizeof(key), "%u", n);
		lab_begin(s);
		store_put_item(s, table, key, strlen(key), block,
		    sizeof(block));
		status = store_commit(s);
	}
	ck_assert_msg(status == STORE_FULL, "after %u: %s", n,
	    store_status_text(status));
	ck_assert_int_eq(store_commit(s), STORE_FULL);
	store_abort(s);
	ck_assert_int_eq(lab_item(s, table, key, ""), STORE_MISS);
	return n - 1;
}

START_TEST(items_leave_room_for_verdicts)
{
	struct seen seen = { .len = sizeof(block) };
	struct store_stats before, after;
	unsigned n;

	put_batch(0);
	ck_assert_int_eq(store_stats(s, &before), STORE_OK);
	n = fill(STORE_COMPLAINTS);
	ck_assert_uint_ge(n, 80);	/* 2 MiB are 128 of 16 KiB */
	ck_assert_int_eq(store_walk_items(s, STORE_COMPLAINTS, see, &seen),
	    STORE_OK);
	ck_assert_msg(seen.count == n, "all are there: %u", seen.count);
	ck_assert_int_eq(store_stats(s, &after), STORE_OK);
	ck_assert_msg(after.verdicts == before.verdicts &&
	    after.evicted == 0, "nothing goes for what cannot fit");
	put_batch(1);
	lab_begin(s);
	store_delete_item(s, STORE_COMPLAINTS, "0", 1);
	store_delete_item(s, STORE_COMPLAINTS, "1", 1);
	lab_commit(s);
	lab_begin(s);
	store_put_item(s, STORE_SENT, "0", 1, block, sizeof(block));
	lab_commit(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_items");
	TCase *tc = tcase_create("store_items");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_empty_table_is_known);
	tcase_add_test(tc, a_reader_learns_that_it_is_empty_no_more);
	tcase_add_loop_test(tc, every_table_keeps_its_own, 0,
	    STORE_TABLE_COUNT);
	tcase_add_loop_test(tc, items_have_a_size, 0, COUNT(sizes));
	tcase_add_loop_test(tc, a_walk_comes_by_every_item, 0, COUNT(walks));
	tcase_add_test(tc, a_walk_may_delete);
	tcase_add_test(tc, only_domains_go_from_a_full_map);
	tcase_add_test(tc, items_leave_room_for_verdicts);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
