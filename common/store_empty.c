/*
 * store_empty: whether a table has any items.
 *
 * Some tables are asked for each address and are mostly empty. LMDB counts
 * transactions, so what was seen once holds until that number changes, and no
 * transaction is begun to see it again.
 */
#include "common/store_internal.h"

/*
 * The lock is held. Not while a switch is under way, or the environment could
 * go meanwhile, nor when a reader is to look for another file.
 */
static bool
is_known_empty(const struct store *s, enum store_table table, int64_t now)
{
	size_t after = s->env.empty_after[table];
	MDB_envinfo info;

	if (after == 0 || s->switching || s->state != STORE_OK ||
	    now > s->next_look_ms)
		return false;
	return mdb_env_info(s->env.env, &info) == 0 &&
	    info.me_last_txnid + 1 == after;
}

/* A table that an older file lacks is as good as empty. */
static bool
see(struct store *s, MDB_txn *txn, enum store_table table)
{
	MDB_dbi dbi = s->env.table[TABLE_ITEMS + (unsigned)table];
	MDB_stat st;

	return dbi == TABLE_ABSENT ||
	    (mdb_stat(txn, dbi, &st) == 0 && st.ms_entries == 0);
}

bool
store_is_empty(struct store *s, enum store_table table)
{
	int64_t now = s->writer ? 0 : store_coarse_ms();
	MDB_txn *txn;
	bool empty;

	pthread_mutex_lock(&s->lock);
	empty = is_known_empty(s, table, now);
	pthread_mutex_unlock(&s->lock);
	if (empty || store_take(s, &txn) != STORE_OK)
		return empty;
	empty = see(s, txn, table);
	pthread_mutex_lock(&s->lock);
	s->env.empty_after[table] = empty ? mdb_txn_id(txn) + 1 : 0;
	pthread_mutex_unlock(&s->lock);
	store_give(s, txn);
	return empty;
}
