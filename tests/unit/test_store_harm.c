#include "common/store.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
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

struct seen {
	const char *text;
	unsigned count;
};

static bool
see(void *arg, const void *key, size_t key_len, const void *data, size_t len)
{
	struct seen *seen = arg;

	ck_assert_uint_gt(key_len, 0);
	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(len, strlen(seen->text));
	ck_assert_mem_eq(data, seen->text, len);
	seen->count++;
	return true;
}

/* Behind the store's back, as a bad disk would. */
static void
put_raw(enum store_table table, const char *key, size_t len)
{
	MDB_val k = { .mv_size = strlen(key), .mv_data = (void *)key };
	MDB_val v = { .mv_size = len, .mv_data = block };
	MDB_txn *txn;

	ck_assert_int_eq(mdb_txn_begin(s->env.env, NULL, 0, &txn), 0);
	ck_assert_int_eq(mdb_put(txn, s->env.table[TABLE_ITEMS +
	    (unsigned)table], &k, &v, 0), 0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
}

static int
open_log(void)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/log", lab.dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
	ck_assert_int_ne(fd, -1);
	setenv("RCPTGUARD_LOG", "stderr", 1);
	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	log_init("test");
	return fd;
}

static unsigned
lines_about(int fd, const char *word)
{
	static char text[65536];
	unsigned count = 0;
	ssize_t n;
	char *p;

	n = pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	for (p = text; (p = strstr(p, word)) != NULL; p++)
		count++;
	return count;
}

static const struct {
	const char *says;
	size_t len;
} damages[] = {
	{ "an empty record", 0 },
	{ "less than an envelope", 19 },
	{ "another envelope's", 25 },
	{ "noise", 4000 },
};

START_TEST(a_damaged_item_is_a_miss)
{
	const struct envelope e = { .data = "other", .len = 5 };
	struct seen seen = { .text = "other" };
	int fd = open_log();

	store_key_random(block, sizeof(block));
	envelope_encode((const uint8_t *)"other", 5, &e, block,
	    sizeof(block));
	lab_begin(s);
	lab_put_item(s, STORE_OVERRIDES, "a", "other");
	lab_put_item(s, STORE_OVERRIDES, "b", "gone");
	lab_put_item(s, STORE_OVERRIDES, "c", "other");
	lab_commit(s);
	put_raw(STORE_OVERRIDES, "b", damages[_i].len);
	ck_assert_msg(lab_item(s, STORE_OVERRIDES, "b", "") == STORE_MISS, "%s",
	    damages[_i].says);
	lab_item(s, STORE_OVERRIDES, "b", "");
	ck_assert_int_eq(store_walk_items(s, STORE_OVERRIDES, see, &seen),
	    STORE_OK);
	ck_assert_msg(seen.count == 2, "%s: the others are there",
	    damages[_i].says);
	ck_assert_uint_eq(lines_about(fd, "\"overrides\""), 1);
	s->next_damage_ms -= 3600000;
	lab_item(s, STORE_OVERRIDES, "b", "");
	ck_assert_msg(lines_about(fd, "\"overrides\"") == 2, "an hour later");
	ck_assert_int_eq(store_check(&lab.p), STORE_DAMAGED);
	lab_begin(s);
	lab_put_item(s, STORE_OVERRIDES, "b", "again");
	lab_commit(s);
	ck_assert_int_eq(lab_item(s, STORE_OVERRIDES, "b", "again"), STORE_OK);
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
	close(fd);
}
END_TEST

/* Takes out the tables that older programs did not have. */
static void
make_old(void)
{
	MDB_txn *txn;
	int i;

	ck_assert_int_eq(mdb_txn_begin(s->env.env, NULL, 0, &txn), 0);
	for (i = TABLE_ITEMS; i < TABLE_COUNT; i++)
		if (i != TABLE_DOMAINS)
			ck_assert_int_eq(mdb_drop(txn, s->env.table[i], 1),
			    0);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
}

struct meeting {
	_Atomic int reader_ready, may_go;
};

static int
read_old_then_new(struct lab *l, void *arg)
{
	int64_t end = clock_mono_ms() + LAB_WAIT_MS;
	struct meeting *meeting = arg;
	struct seen seen = { .text = "table 7" };
	struct store *r;

	if (store_open_reader(&l->p, &r) != STORE_OK)
		return 1;
	if (lab_item(r, STORE_DOMAINS, "old", "facts") != STORE_OK)
		return 2;
	if (lab_item(r, STORE_SENT, "key", "") != STORE_MISS ||
	    store_walk_items(r, STORE_SENT, see, &seen) != STORE_OK ||
	    seen.count != 0)
		return 3;
	meeting->reader_ready = 1;
	while (lab_item(r, STORE_SENT, "key", "table 7") != STORE_OK) {
		if (clock_mono_ms() > end)
			return 4;
		lab_sleep_ms(5);
	}
	if (store_walk_items(r, STORE_SENT, see, &seen) != STORE_OK ||
	    seen.count != 1)
		return 5;
	store_close(r);
	return 0;
}

static bool
is_ready(void *arg)
{
	return ((struct meeting *)arg)->reader_ready != 0;
}

START_TEST(an_older_file_gets_the_tables)
{
	struct meeting *meeting = lab_shared(sizeof(*meeting));
	pid_t pid;

	lab_begin(s);
	lab_put_item(s, STORE_DOMAINS, "old", "facts");
	lab_commit(s);
	make_old();
	store_close(s);
	lab.p.verify = true;
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
	pid = lab_fork(read_old_then_new, &lab, meeting);
	ck_assert(lab_until(is_ready, meeting));
	s = lab_writer(&lab);
	lab_check_items(s, STORE_MISS, "nothing is there yet");
	ck_assert_int_eq(lab_item(s, STORE_DOMAINS, "old", "facts"), STORE_OK);
	lab_put_items(s);
	ck_assert_int_eq(lab_wait(pid), 0);
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
}
END_TEST

/* To the last page: with evidence behind the store's back. */
static void
fill_raw(void)
{
	MDB_val k, v = { .mv_size = 100, .mv_data = block };
	uint8_t key[RECORD_KEY_SIZE] = { 0 };
	struct envelope e = { .data = "x", .len = 1 };
	unsigned n, size;
	MDB_txn *txn;
	int rc = 0;

	for (size = 2000; size > 0; size /= 4)
		for (n = 0, rc = 0; rc == 0; n++) {
			key[0] = (uint8_t)(size & 0xff);
			memcpy(key + 1, &n, sizeof(n));
			k.mv_size = sizeof(key);
			k.mv_data = key;
			e.data = block + 4096;
			e.len = size;
			v.mv_size = envelope_encode(key, sizeof(key), &e,
			    block, 4096);
			ck_assert_int_eq(mdb_txn_begin(s->env.env, NULL, 0,
			    &txn), 0);
			rc = mdb_put(txn, s->env.table[TABLE_EVIDENCE], &k,
			    &v, 0);
			if (rc == 0)
				rc = mdb_txn_commit(txn);
			else
				mdb_txn_abort(txn);
		}
	ck_assert_int_eq(rc, MDB_MAP_FULL);
}

/* Holds every page back that its snapshot knows, until it may go. */
static int
hold_snapshot(struct lab *l, void *arg)
{
	int64_t end = clock_mono_ms() + LAB_WAIT_MS;
	struct meeting *meeting = arg;
	struct store *r;
	MDB_txn *txn;

	if (store_open_reader(&l->p, &r) != STORE_OK ||
	    store_take(r, &txn) != STORE_OK)
		return 1;
	meeting->reader_ready = 1;
	while (!meeting->may_go && clock_mono_ms() < end)
		lab_sleep_ms(5);
	store_give(r, txn);
	store_close(r);
	return meeting->may_go ? 0 : 2;
}

START_TEST(an_older_full_file_gets_the_tables)
{
	struct meeting *meeting = lab_shared(sizeof(*meeting));
	pid_t pid;

	store_close(s);
	lab_remove(&lab);
	lab_make(&lab, LAB_MEMORY, MIB);
	s = lab_writer(&lab);
	make_old();
	pid = lab_fork(hold_snapshot, &lab, meeting);
	ck_assert(lab_until(is_ready, meeting));
	fill_raw();
	store_close(s);
	s = lab_writer(&lab);
	meeting->may_go = 1;
	ck_assert_int_eq(lab_wait(pid), 0);
	lab_put_items(s);
	lab_check_items(s, STORE_OK, "in a file that was full");
	ck_assert_int_eq(store_check(&lab.p), STORE_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_harm");
	TCase *tc = tcase_create("store_harm");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_damaged_item_is_a_miss, 0, COUNT(damages));
	tcase_add_test(tc, an_older_file_gets_the_tables);
	tcase_add_test(tc, an_older_full_file_gets_the_tables);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
