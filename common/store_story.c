#include <string.h>

#include "common/store_internal.h"

#define NUMBER		8		/* octets of it in a key */

static void
put_number(uint64_t number, uint8_t out[NUMBER])
{
	int i;

	for (i = NUMBER - 1; i >= 0; i--, number >>= 8)
		out[i] = (uint8_t)number;
}

static uint64_t
get_number(const uint8_t *p)
{
	uint64_t number = 0;
	int i;

	for (i = 0; i < NUMBER; i++)
		number = number << 8 | p[i];
	return number;
}

size_t
store_story_key(const uint8_t key[RECORD_KEY_SIZE], uint64_t number,
    uint8_t out[STORE_STORY_KEY])
{
	if (number == 0) {
		memcpy(out, key, RECORD_KEY_SIZE);
		return RECORD_KEY_SIZE;
	}
	put_number(number, out);
	memcpy(out + NUMBER, key, RECORD_KEY_SIZE);
	return STORE_STORY_KEY;
}

static bool
is_numbered(const MDB_val *k)
{
	return k->mv_size == STORE_STORY_KEY &&
	    get_number(k->mv_data) <= RECORD_EVIDENCE_MAX;
}

/*
 * The last key is it, but for an older program's: those are hashes, and nearly
 * all of them are behind the greatest number.
 */
static int
find_last(MDB_cursor *cursor, MDB_val *k)
{
	uint8_t end[NUMBER];
	MDB_val v;
	int rc;

	rc = mdb_cursor_get(cursor, k, &v, MDB_LAST);
	if (rc != 0 || is_numbered(k))
		return rc;
	put_number(RECORD_EVIDENCE_MAX + 1, end);
	k->mv_size = sizeof(end);
	k->mv_data = end;
	rc = mdb_cursor_get(cursor, k, &v, MDB_SET_RANGE);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	do
		rc = mdb_cursor_get(cursor, k, &v, rc == MDB_NOTFOUND ?
		    MDB_LAST : MDB_PREV);
	while (rc == 0 && !is_numbered(k));
	return rc;
}

int
store_story_last(const struct store_env *e, MDB_txn *txn, uint64_t *number)
{
	MDB_cursor *cursor;
	MDB_val k;
	int rc;

	*number = 0;
	rc = mdb_cursor_open(txn, e->table[TABLE_EVIDENCE], &cursor);
	if (rc != 0)
		return rc;
	rc = find_last(cursor, &k);
	if (rc == 0)
		*number = get_number(k.mv_data);
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/*
 * Appended, so that pages are filled and not split in the middle; with an
 * older program's keys behind it, put in its place.
 */
int
store_story_put(const struct store_env *e, MDB_txn *txn,
    const struct store_op *op, uint64_t number)
{
	const struct envelope envelope = {
		.data = op->value, .len = op->len,
		.written_at = op->written_at, .table = TABLE_EVIDENCE
	};
	MDB_dbi table = e->table[TABLE_EVIDENCE];
	uint8_t key[STORE_STORY_KEY];
	MDB_val k = { .mv_data = key };
	MDB_val v = { .mv_size = ENVELOPE_HEAD + op->len };
	int rc;

	k.mv_size = store_story_key(op->key, number, key);
	rc = mdb_put(txn, table, &k, &v, MDB_RESERVE | MDB_APPEND);
	if (rc == MDB_KEYEXIST)
		rc = mdb_put(txn, table, &k, &v, MDB_RESERVE);
	if (rc == 0)
		envelope_encode(key, k.mv_size, &envelope, v.mv_data,
		    v.mv_size);
	return rc;
}

int
store_story_delete(const struct store_env *e, MDB_txn *txn,
    const uint8_t key[RECORD_KEY_SIZE], uint64_t number)
{
	uint8_t full[STORE_STORY_KEY];
	MDB_val k = { .mv_data = full };
	int rc;

	k.mv_size = store_story_key(key, number, full);
	rc = mdb_del(txn, e->table[TABLE_EVIDENCE], &k, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* What has no number is an older program's, and older than all others. */
static int
delete_oldest(MDB_cursor *cursor)
{
	MDB_val k, v;
	int rc;

	rc = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
	if (rc == 0 && is_numbered(&k))
		rc = mdb_cursor_get(cursor, &k, &v, MDB_FIRST);
	return rc == 0 ? mdb_cursor_del(cursor, 0) : rc;
}

int
store_story_evict(const struct store_env *e, MDB_txn *txn, uint64_t want,
    uint64_t *gone)
{
	MDB_cursor *cursor;
	int rc;

	rc = mdb_cursor_open(txn, e->table[TABLE_EVIDENCE], &cursor);
	if (rc != 0)
		return rc;
	for (; want > 0 && rc == 0; want--) {
		rc = delete_oldest(cursor);
		*gone += rc == 0;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}
