#include "tests/unit/salvage_lab.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/store_internal.h"

struct salvage salvage;

const enum store_table salvage_tables[SALVAGE_TABLES] = {
	STORE_EXCLUSIONS, STORE_LEDGERS, STORE_WAITING, STORE_COMPLAINTS
};

void
salvage_item_key(unsigned n, char key[32])
{
	snprintf(key, 32, "key %u", n);
}

size_t
salvage_item_data(enum store_table table, unsigned n, const char *state,
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
	size_t len = salvage_item_data(table, n, state, data);
	char key[32];

	salvage_item_key(n, key);
	store_put_item(s, table, key, strlen(key), data, len);
}

static void
put_items(struct store *s, const char *state)
{
	unsigned n;
	size_t t;

	for (t = 0; t < SALVAGE_TABLES; t++)
		for (n = 0; n < ITEMS; n += 100) {
			lab_begin(s);
			for (unsigned i = n; i < n + 100; i++)
				put_item(s, salvage_tables[t], i, state);
			lab_commit(s);
		}
}

bool
salvage_is_deleted(unsigned n)
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
	for (t = 0; t < SALVAGE_TABLES; t++)
		for (n = 0; n < ITEMS; n++)
			if (salvage_is_deleted(n)) {
				salvage_item_key(n, key);
				store_delete_item(s, salvage_tables[t], key,
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
	for (t = 0; t < SALVAGE_TABLES; t++)
		for (n = 0; n < ITEMS; n++) {
			salvage_item_key(n, key);
			note_place(txn, s->env.table[TABLE_ITEMS +
			    (unsigned)salvage_tables[t]], key, strlen(key),
			    base, &salvage.items[t][n]);
		}
	for (n = 0; n < VERDICTS; n++) {
		addr = lab_address(n, LAB_DOMAIN);
		store_key_address(s->hash_key, &addr, hashed);
		note_place(txn, s->env.table[TABLE_VERDICTS], hashed,
		    sizeof(hashed), base, &salvage.verdicts[n]);
	}
	store_give(s, txn);
}

void
salvage_setup(void)
{
	struct store *s;
	struct stat st;
	unsigned n;

	lab_make(&salvage.lab, LAB_MEMORY, 64 * MIB);
	s = lab_writer(&salvage.lab);
	put_items(s, "old");
	for (n = 0; n < VERDICTS; n += LAB_BATCH)
		ck_assert_int_eq(lab_put_batch(s, n), STORE_OK);
	put_items(s, "new");
	delete_some(s);
	note_places(s);
	store_close(s);
	snprintf(salvage.good, sizeof(salvage.good), "%s/good",
	    salvage.lab.dir);
	lab_copy_file(salvage.lab.data, salvage.good);
	ck_assert_int_eq(stat(salvage.good, &st), 0);
	salvage.page_count = (uint64_t)st.st_size / PAGE;
	ck_assert_uint_lt(salvage.page_count, PAGES_MAX);
}

void
salvage_teardown(void)
{
	lab_remove(&salvage.lab);
}

void
salvage_harm_page(uint64_t number)
{
	unsigned char page[PAGE];
	int fd, i, n;

	salvage.harmed[number] = true;
	ck_assert_int_ne(fd = open(salvage.lab.data, O_RDWR), -1);
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

void
salvage_harm_any(void)
{
	salvage_harm_page(2 + (uint64_t)rand() % (salvage.page_count - 2));
}

bool
salvage_is_harmed(const struct place *p)
{
	uint64_t n;

	if (salvage.harmed[p->leaf])
		return true;
	for (n = p->first; n <= p->last; n++)
		if (salvage.harmed[n])
			return true;
	return false;
}

void
salvage_restore(void)
{
	memset(salvage.harmed, 0, sizeof(salvage.harmed));
	lab_copy_file(salvage.good, salvage.lab.data);
}
