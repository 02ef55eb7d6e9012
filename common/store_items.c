#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/store_internal.h"
#include "common/text.h"

#define DAMAGE_MS	3600000		/* between two lines about damage */
#define WALK_ITEMS	64		/* in one transaction, at most */
#define WALK_OCTETS	(4 * (STORE_ITEM_KEY_MAX + STORE_ITEM_MAX))

const char *
store_table_name(enum store_table table)
{
	return store_table_names[TABLE_ITEMS + (unsigned)table];
}

/* Outside of any transaction: the log may block. */
static void
tell_damage(struct store *s, enum store_table table)
{
	int64_t now = clock_mono_ms();
	int64_t next = atomic_load(&s->next_damage_ms);
	char path[TEXT_FIELD_MAX];

	if (now < next || !atomic_compare_exchange_strong(&s->next_damage_ms,
	    &next, now + DAMAGE_MS))
		return;
	text_escape(s->paths.data, strlen(s->paths.data), path, sizeof(path));
	log_warnx("store %s: a damaged record in table \"%s\" counts as "
	    "missing; \"rcptguard-probe --check\" reads the whole file, and "
	    "the admin's entries may have to be made again", path,
	    store_table_names[TABLE_ITEMS + (unsigned)table]);
}

/* What we could not have put is damaged too. */
static bool
decode(enum store_table table, const MDB_val *k, const MDB_val *v,
    struct envelope *e)
{
	return k->mv_size <= STORE_ITEM_KEY_MAX &&
	    store_envelope_open((enum store_dbi)(TABLE_ITEMS + (unsigned)table),
	    k->mv_data, k->mv_size, v, e) && e->len <= STORE_ITEM_MAX;
}

/* Inside a transaction. */
static enum store_status
copy_item(struct store *s, MDB_txn *txn, enum store_table table, MDB_val *k,
    void **data, size_t *len, bool *damaged)
{
	MDB_dbi dbi = s->env.table[TABLE_ITEMS + (unsigned)table];
	struct envelope e;
	MDB_val v;
	int rc;

	if (dbi == TABLE_ABSENT)
		return STORE_MISS;
	if ((rc = mdb_get(txn, dbi, k, &v)) != 0)
		return store_status_of(rc);
	*damaged = !decode(table, k, &v, &e);
	return *damaged ? STORE_MISS : store_copy_data(&e, data, len);
}

enum store_status
store_get_item(struct store *s, enum store_table table, const void *key,
    size_t key_len, void **data, size_t *len)
{
	MDB_val k = { .mv_size = key_len, .mv_data = (void *)key };
	enum store_status status;
	bool damaged = false;
	MDB_txn *txn;

	*data = NULL;
	*len = 0;
	if ((unsigned)table >= STORE_TABLE_COUNT || key_len == 0 ||
	    key_len > STORE_ITEM_KEY_MAX)
		return STORE_MISS;
	if ((status = store_take(s, &txn)) != STORE_OK)
		return status;
	status = copy_item(s, txn, table, &k, data, len, &damaged);
	store_give(s, txn);
	if (damaged)
		tell_damage(s, table);
	return status;
}

struct item {
	const uint8_t *key, *data;	/* in the walk's octets */
	size_t key_len, len;
};

struct walk {
	enum store_table table;
	uint8_t key[STORE_ITEM_KEY_MAX + 1];	/* where to go on */
	size_t key_len;
	struct item items[WALK_ITEMS];
	size_t count;
	bool end, damaged;
	size_t used;
	uint8_t octets[WALK_OCTETS];
};

static const uint8_t *
keep(struct walk *w, const void *in, size_t len)
{
	uint8_t *out = w->octets + w->used;

	if (len > 0)
		memcpy(out, in, len);
	w->used += len;
	return out;
}

/* False: the next transaction's. */
static bool
collect(struct walk *w, const MDB_val *k, const MDB_val *v)
{
	struct envelope e;
	struct item *item;

	if (!decode(w->table, k, v, &e)) {
		w->damaged = true;
		return true;
	}
	if (w->count == WALK_ITEMS ||
	    k->mv_size + e.len > WALK_OCTETS - w->used)
		return false;
	item = &w->items[w->count++];
	item->key = keep(w, k->mv_data, item->key_len = k->mv_size);
	item->data = keep(w, e.data, item->len = e.len);
	return true;
}

/*
 * The last key and a zero octet is the least key after it. A key that is too
 * long to go on from was not put by us.
 */
static int
walk_step(MDB_txn *txn, MDB_dbi dbi, struct walk *w)
{
	MDB_val k = { .mv_size = w->key_len, .mv_data = w->key };
	MDB_cursor *cursor;
	MDB_val v;
	int rc;

	w->count = w->used = 0;
	if ((rc = mdb_cursor_open(txn, dbi, &cursor)) != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &k, &v,
	    w->key_len == 0 ? MDB_FIRST : MDB_SET_RANGE);
	while (rc == 0 && collect(w, &k, &v)) {
		if (k.mv_size > STORE_ITEM_KEY_MAX) {
			rc = MDB_CORRUPTED;
			break;
		}
		memcpy(w->key, k.mv_data, k.mv_size);
		w->key[k.mv_size] = 0;
		w->key_len = k.mv_size + 1;
		rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	w->end = rc == MDB_NOTFOUND;
	return w->end ? 0 : rc;
}

static enum store_status
next_items(struct store *s, struct walk *w)
{
	enum store_status status;
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc = 0;

	if ((status = store_take(s, &txn)) != STORE_OK)
		return status;
	dbi = s->env.table[TABLE_ITEMS + (unsigned)w->table];
	if (dbi == TABLE_ABSENT)
		w->end = true;
	else
		rc = walk_step(txn, dbi, w);
	store_give(s, txn);
	return store_status_of(rc);
}

enum store_status
store_walk_items(struct store *s, enum store_table table,
    bool (*each)(void *arg, const void *key, size_t key_len,
    const void *data, size_t len), void *arg)
{
	enum store_status status = STORE_OK;
	const struct item *item;
	struct walk *w;
	bool more = true;
	size_t i;

	if ((unsigned)table >= STORE_TABLE_COUNT)
		return store_status_of(EINVAL);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return store_status_of(ENOMEM);
	w->table = table;
	while (more && !w->end &&
	    (status = next_items(s, w)) == STORE_OK)
		for (i = 0; i < w->count && more; i++) {
			item = &w->items[i];
			more = each(arg, item->key, item->key_len, item->data,
			    item->len);
		}
	if (w->damaged)
		tell_damage(s, table);
	free(w);
	return status;
}
