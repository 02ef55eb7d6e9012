/*
 * What is saved of a damaged file. Where each record lies is learned from the
 * whole file by LMDB itself; then pages are harmed, and all that lay on others
 * must be there again. RCPTGUARD_HARMS and RCPTGUARD_SALVAGE set how many files
 * are harmed and how many verdicts the long one has.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"
#include "tests/unit/store_lab.h"
#include "tests/unit/suite.h"

#define MIB	(1u << 20)
#define PAGE	4096
#define ITEMS	1500			/* of each table that has some */
#define VERDICTS	3000
#define BIG_EACH	50		/* every so manieth is on its own pages */
#define BIG	9000
#define PAGES_MAX	65536

static const enum store_table tables[] = {
	STORE_EXCLUSIONS, STORE_LEDGERS, STORE_WAITING, STORE_COMPLAINTS
};

static struct lab lab;
static char good[128];

/* The first and last page that a record is on; 0: there is none. */
struct place {
	uint64_t leaf, first, last;
};

static struct place items[COUNT(tables)][ITEMS];
static struct place verdicts[VERDICTS];
static uint64_t page_count;
static bool harmed[PAGES_MAX];

static void
item_key(unsigned n, char key[32])
{
	snprintf(key, 32, "key %u", n);
}

/* Tells its table and number, and when it was put. */
static size_t
item_data(enum store_table table, unsigned n, const char *state,
    char data[BIG + 1])
{
	size_t len = n % BIG_EACH == 0 ? BIG : 60 + n % 40;

	memset(data, '.', len);
	snprintf(data, 64, "%s, item %u of %d", state, n, (int)table);
	return len;
}

static void
put_item(struct store *s, enum store_table table, unsigned n,
    const char *state)
{
	static char data[BIG + 1];
	size_t len = item_data(table, n, state, data);
	char key[32];

	item_key(n, key);
	store_put_item(s, table, key, strlen(key), data, len);
}

static void
put_items(struct store *s, const char *state)
{
	unsigned n;
	size_t t;

	for (t = 0; t < COUNT(tables); t++)
		for (n = 0; n < ITEMS; n += 100) {
			lab_begin(s);
			for (unsigned i = n; i < n + 100; i++)
				put_item(s, tables[t], i, state);
			lab_commit(s);
		}
}

/* Deleted: what free pages still hold of them must not come back. */
static bool
is_deleted(unsigned n)
{
	return n % 7 == 3;
}

static void
delete_some(struct store *s)
{
	char key[32];
	unsigned n;
	size_t t;

	lab_begin(s);
	for (t = 0; t < COUNT(tables); t++)
		for (n = 0; n < ITEMS; n++)
			if (is_deleted(n)) {
				item_key(n, key);
				store_delete_item(s, tables[t], key,
				    strlen(key));
			}
	lab_commit(s);
}

static uint64_t
page_of(const void *at, const uint8_t *base)
{
	return (uint64_t)((const uint8_t *)at - base) / PAGE;
}

static void
note_place(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t len,
    const uint8_t *base, struct place *out)
{
	MDB_val k = { .mv_size = len, .mv_data = (void *)key }, v;
	MDB_cursor *cursor;

	memset(out, 0, sizeof(*out));
	ck_assert_int_eq(mdb_cursor_open(txn, dbi, &cursor), 0);
	if (mdb_cursor_get(cursor, &k, &v, MDB_SET_KEY) == 0) {
		out->leaf = page_of(k.mv_data, base);
		out->first = page_of(v.mv_data, base);
		out->last = page_of((const uint8_t *)v.mv_data + v.mv_size - 1,
		    base);
	}
	mdb_cursor_close(cursor);
}

static void
note_places(struct store *s)
{
	uint8_t hashed[RECORD_KEY_SIZE];
	const uint8_t *base = NULL;
	struct address addr;
	MDB_cursor *cursor;
	char key[32];
	MDB_txn *txn;
	MDB_val k, v;
	unsigned n;
	size_t t;

	ck_assert_int_eq(store_take(s, &txn), STORE_OK);
	ck_assert_int_eq(mdb_cursor_open(txn, s->env.table[TABLE_VERDICTS],
	    &cursor), 0);
	ck_assert_int_eq(mdb_cursor_get(cursor, &k, &v, MDB_FIRST), 0);
	mdb_cursor_close(cursor);
	ck_assert(store_page_of_value(&v, PAGE, &base));
	for (t = 0; t < COUNT(tables); t++)
		for (n = 0; n < ITEMS; n++) {
			item_key(n, key);
			note_place(txn, s->env.table[TABLE_ITEMS +
			    (unsigned)tables[t]], key, strlen(key), base,
			    &items[t][n]);
		}
	for (n = 0; n < VERDICTS; n++) {
		addr = lab_address(n, LAB_DOMAIN);
		store_key_address(s->hash_key, &addr, hashed);
		note_place(txn, s->env.table[TABLE_VERDICTS], hashed,
		    sizeof(hashed), base, &verdicts[n]);
	}
	store_give(s, txn);
}

static void
copy_file(const char *from, const char *to)
{
	static char buffer[1 << 20];
	ssize_t n;
	int in, out;

	ck_assert_int_ne(in = open(from, O_RDONLY), -1);
	ck_assert_int_ne(out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0640),
	    -1);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		ck_assert_int_eq(write(out, buffer, (size_t)n), n);
	close(in);
	close(out);
}

static void
setup(void)
{
	struct store *s;
	struct stat st;
	unsigned n;

	lab_make(&lab, LAB_MEMORY, 64 * MIB);
	s = lab_writer(&lab);
	put_items(s, "old");
	for (n = 0; n < VERDICTS; n += LAB_BATCH)
		ck_assert_int_eq(lab_put_batch(s, n), STORE_OK);
	put_items(s, "new");
	delete_some(s);
	note_places(s);
	store_close(s);
	snprintf(good, sizeof(good), "%s/good", lab.dir);
	copy_file(lab.data, good);
	ck_assert_int_eq(stat(good, &st), 0);
	page_count = (uint64_t)st.st_size / PAGE;
	ck_assert_uint_lt(page_count, PAGES_MAX);
}

static void
teardown(void)
{
	lab_remove(&lab);
}

/* --- harm ---------------------------------------------------------------- */

static void
harm_page(uint64_t number)
{
	unsigned char page[PAGE];
	int fd, i, n;

	harmed[number] = true;
	ck_assert_int_ne(fd = open(lab.data, O_RDWR), -1);
	ck_assert_int_eq(pread(fd, page, PAGE, (off_t)number * PAGE), PAGE);
	switch (rand() % 5) {
	case 0:
		memset(page, rand() % 2 ? 0xff : 0, PAGE);
		break;
	case 1:
		for (i = 0; i < PAGE; i++)
			page[i] = (unsigned char)rand();
		break;
	case 2:				/* the head */
		for (i = 0, n = 1 + rand() % 4; i < n; i++)
			page[rand() % 16] = (unsigned char)rand();
		break;
	case 3:				/* offsets of nodes */
		for (i = 0, n = 1 + rand() % 8; i < n; i++)
			page[16 + rand() % 200] = (unsigned char)rand();
		break;
	case 4:
		for (i = 0, n = 1 + rand() % 64; i < n; i++)
			page[rand() % PAGE] = (unsigned char)rand();
	}
	ck_assert_int_eq(pwrite(fd, page, PAGE, (off_t)number * PAGE), PAGE);
	close(fd);
}

static bool
is_harmed(const struct place *p)
{
	uint64_t n;

	if (harmed[p->leaf])
		return true;
	for (n = p->first; n <= p->last; n++)
		if (harmed[n])
			return true;
	return false;
}

/* --- what must hold ------------------------------------------------------- */

struct found {
	uint64_t items[COUNT(tables)], live[COUNT(tables)], verdicts;
};

/* must: it may not be missing. */
static bool
check_item(struct store *s, size_t t, unsigned n, bool must, bool may_return,
    const char *says)
{
	static char want[BIG + 1], old[BIG + 1];
	size_t want_len = item_data(tables[t], n, "new", want), len;
	bool ok = false;
	char key[32];
	void *data;

	item_data(tables[t], n, "old", old);
	item_key(n, key);
	if (store_get_item(s, tables[t], key, strlen(key), &data, &len) !=
	    STORE_OK) {
		ck_assert_msg(!must, "%s: \"%s\" of table %d is lost", says,
		    key, (int)tables[t]);
		return false;
	}
	ck_assert_msg(must || !is_deleted(n) || may_return,
	    "%s: \"%s\" of table %d came back", says, key, (int)tables[t]);
	ok = len == want_len && (memcmp(data, want, len) == 0 ||
	    (may_return && memcmp(data, old, len) == 0));
	ck_assert_msg(ok, "%s: \"%s\" of table %d is \"%.24s\"", says, key,
	    (int)tables[t], (const char *)data);
	free(data);
	return true;
}

/* whole: only one page is harmed. */
static void
check_all(struct store *s, bool whole, const char *says, struct found *found)
{
	struct address addr;
	struct verdict v;
	bool must, kept, there;
	unsigned n;
	size_t t;

	memset(found, 0, sizeof(*found));
	for (t = 0; t < COUNT(tables); t++)
		for (n = 0; n < ITEMS; n++) {
			kept = whole || tables[t] == STORE_EXCLUSIONS;
			must = kept && items[t][n].leaf != 0 &&
			    !is_harmed(&items[t][n]);
			there = check_item(s, t, n, must,
			    tables[t] == STORE_EXCLUSIONS || !whole, says);
			found->items[t] += there;
			found->live[t] += there && !is_deleted(n);
		}
	for (n = 0; n < VERDICTS; n++) {
		addr = lab_address(n, LAB_DOMAIN);
		if (store_get_verdict(s, &addr, &v) != STORE_OK) {
			ck_assert_msg(!whole || is_harmed(&verdicts[n]),
			    "%s: verdict %u is lost", says, n);
			continue;
		}
		found->verdicts++;
	}
	/* Each with its own number. */
	ck_assert_msg(lab_intact(s, VERDICTS) == (long)found->verdicts,
	    "%s: a wrong verdict", says);
}

static void
check_told(struct store *s, const struct found *found, const char *says)
{
	const struct store_salvage *told = store_salvaged(s);
	uint64_t had = 0;
	unsigned n;
	size_t t;

	for (n = 0; n < ITEMS; n++)
		had += !is_deleted(n);
	ck_assert_ptr_nonnull(told);
	for (t = 0; t < COUNT(tables); t++) {
		ck_assert_msg(told->items[tables[t]].saved == found->items[t],
		    "%s: %lu told, %lu found", says,
		    (unsigned long)told->items[tables[t]].saved,
		    (unsigned long)found->items[t]);
		ck_assert_msg(!told->items[tables[t]].whole ||
		    (found->live[t] == had && found->items[t] == had),
		    "%s: table %d is called whole with %lu, and %lu more, of "
		    "%lu", says, (int)tables[t], (unsigned long)found->live[t],
		    (unsigned long)(found->items[t] - found->live[t]),
		    (unsigned long)had);
	}
	ck_assert_uint_eq(told->verdicts.saved, found->verdicts);
}

struct harm {
	int seed, pages;
	bool aside, all_exclusions;
};

/* Told as long as the admin has not removed the file. */
static void
check_lost(struct store *s, const char *aside, bool whole, const char *says)
{
	char path[256];

	store_lost_exclusions(s, path);
	ck_assert_msg(strcmp(path, whole ? "" : aside) == 0, "%s: lost \"%s\"",
	    says, path);
	if (whole)
		return;
	ck_assert_int_eq(unlink(aside), 0);
	store_lost_exclusions(s, path);
	ck_assert_str_eq(path, "");
}

static int
open_and_check(struct lab *l, void *arg)
{
	struct harm *h = arg;
	struct found found;
	char aside[256], says[64];
	struct store *s;

	snprintf(says, sizeof(says), "%d pages, seed %d", h->pages, h->seed);
	if (store_open_writer(&l->p, &s, aside) != STORE_OK)
		return 1;
	h->aside = aside[0] != '\0';
	check_all(s, h->pages == 1, says, &found);
	if (h->aside) {
		check_told(s, &found, says);
		h->all_exclusions = store_salvaged(s)->items[STORE_EXCLUSIONS].whole;
		check_lost(s, aside, h->all_exclusions, says);
	}
	lab_begin(s);
	lab_put_item(s, STORE_SENT, "after", "it");
	lab_commit(s);
	store_close(s);
	return store_check(&l->p) == STORE_OK ? 0 : 2;
}

START_TEST(what_lay_elsewhere_survives)
{
	int i, code, count = lab_count("RCPTGUARD_HARMS", 40), aside = 0;
	struct harm *h = lab_shared(sizeof(*h));
	int all = 0;

	for (i = 0; i < count; i++) {
		memset(harmed, 0, sizeof(harmed));
		copy_file(good, lab.data);
		srand((unsigned)i);
		h->seed = i;
		h->pages = i % 3 == 2 ? 2 + rand() % 20 : 1;
		for (int n = 0; n < h->pages; n++)
			harm_page(2 + (uint64_t)rand() % (page_count - 2));
		code = lab_wait(lab_fork(open_and_check, &lab, h));
		ck_assert_msg(code == 0, "file %d: code %d", i, code);
		aside += h->aside;
		all += h->aside && h->all_exclusions;
	}
	ck_assert_msg(aside > count / 3, "%d of %d set aside", aside, count);
	ck_assert_msg(all > 0, "no damage left all exclusions whole");
}
END_TEST

/* Each branch page of its own: all leaves below it must be found without. */
START_TEST(a_lost_branch_loses_no_leaf)
{
	struct harm *h = lab_shared(sizeof(*h));
	unsigned char page[PAGE];
	int fd, branches = 0;
	uint64_t n;

	ck_assert_int_ne(fd = open(good, O_RDONLY), -1);
	for (n = 2; n < page_count; n++) {
		ck_assert_int_eq(pread(fd, page, PAGE, (off_t)n * PAGE), PAGE);
		if (memcmp(page, &n, sizeof(n)) != 0 || page[10] != 1)
			continue;
		memset(harmed, 0, sizeof(harmed));
		copy_file(good, lab.data);
		srand((unsigned)n);
		h->seed = (int)n;
		h->pages = 1;
		harm_page(n);
		ck_assert_int_eq(lab_wait(lab_fork(open_and_check, &lab, h)),
		    0);
		branches++;
	}
	close(fd);
	ck_assert_int_ge(branches, (int)COUNT(tables));
}
END_TEST

static void
harm_first_header(void)
{
	harm_page(0);
}

static void
harm_second_header(void)
{
	harm_page(1);
}

static void
cut_half(void)
{
	uint64_t n;

	ck_assert_int_eq(truncate(lab.data, (off_t)page_count / 2 * PAGE), 0);
	for (n = page_count / 2; n < page_count; n++)
		harmed[n] = true;
}

static void
harm_headers_and_more(void)
{
	harm_page((uint64_t)rand() % 2);
	for (int i = 0; i < 10; i++)
		harm_page(2 + (uint64_t)rand() % (page_count - 2));
}

static const struct {
	const char *says;
	void (*harm)(void);
} harms[] = {
	{ "without the first header", harm_first_header },
	{ "without the second header", harm_second_header },
	{ "cut in half", cut_half },
	{ "without a header and ten pages", harm_headers_and_more },
};

/* What is called whole must be, and exclusions are there all the same. */
START_TEST(without_a_header_exclusions_survive)
{
	struct harm *h = lab_shared(sizeof(*h));

	for (int i = 0; i < 6; i++) {
		memset(harmed, 0, sizeof(harmed));
		copy_file(good, lab.data);
		srand((unsigned)i);
		harms[_i].harm();
		h->seed = i;
		h->pages = 0;
		ck_assert_msg(lab_wait(lab_fork(open_and_check, &lab, h)) == 0,
		    "%s, %d", harms[_i].says, i);
	}
}
END_TEST

/* Verdicts under another key are of no use, an exclusion is in clear. */
START_TEST(another_key_leaves_what_is_in_clear)
{
	struct address addr = lab_address(1, LAB_DOMAIN);
	const struct store_salvage *told;
	char aside[256];
	struct verdict v;
	struct store *s;

	ck_assert_int_eq(unlink(lab.key), 0);
	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	ck_assert_str_ne(aside, "");
	told = store_salvaged(s);
	ck_assert(told->items[STORE_EXCLUSIONS].whole);
	ck_assert(told->items[STORE_LEDGERS].whole);
	ck_assert(!told->items[STORE_WAITING].whole);
	ck_assert_uint_eq(told->verdicts.saved, 0);
	ck_assert_uint_eq(told->verdicts.had, VERDICTS);
	ck_assert_int_eq(store_get_verdict(s, &addr, &v), STORE_MISS);
	store_close(s);
}
END_TEST

/* Not a bound of speed: that it ends, and what it takes is shown. */
START_TEST(many_verdicts)
{
	unsigned long n, count = (unsigned long)lab_count("RCPTGUARD_SALVAGE",
	    60000), i;
	struct verdict v = lab_verdict(REASON_ACCEPTED, LAB_DAY);
	const struct store_salvage *told;
	struct address addr;
	char aside[256];
	struct store *s;
	int64_t began;
	struct stat st;

	teardown();
	lab_make(&lab, LAB_MEMORY, 1024 * (uint64_t)MIB);
	s = lab_writer(&lab);
	for (n = 0; n < count; n += 10000) {
		lab_begin(s);
		for (i = n; i < n + 10000; i++) {
			addr = lab_address(i, LAB_DOMAIN);
			lab_put(s, &addr, &v, NULL);
		}
		lab_commit(s);
	}
	store_close(s);
	ck_assert_int_eq(stat(lab.data, &st), 0);
	srand(1);
	page_count = (uint64_t)st.st_size / PAGE;
	/* Some are free, and harm nothing. */
	for (i = 0; i < 40; i++)
		harm_page(2 + (uint64_t)rand() % (page_count - 2));
	began = clock_mono_ms();
	ck_assert_int_eq(store_open_writer(&lab.p, &s, aside), STORE_OK);
	began = clock_mono_ms() - began;
	told = store_salvaged(s);
	ck_assert_ptr_nonnull(told);
	printf("# %lu verdicts: %lu saved in %lld ms\n", count,
	    (unsigned long)told->verdicts.saved, (long long)began);
	ck_assert_uint_ge(told->verdicts.saved, count / 2);
	store_close(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_salvage");
	TCase *tc = tcase_create("store_salvage");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 0);
	tcase_add_test(tc, what_lay_elsewhere_survives);
	tcase_add_test(tc, a_lost_branch_loses_no_leaf);
	tcase_add_loop_test(tc, without_a_header_exclusions_survive, 0,
	    COUNT(harms));
	tcase_add_test(tc, another_key_leaves_what_is_in_clear);
	tcase_add_test(tc, many_verdicts);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
