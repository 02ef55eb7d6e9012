#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store_internal.h"

#define FREE_DBI	0		/* LMDB's list of free pages */

static uint64_t
pages_of(const MDB_stat *st)
{
	return st->ms_branch_pages + st->ms_leaf_pages +
	    st->ms_overflow_pages;
}

int
store_count_pages(MDB_txn *txn, const struct store_env *e,
    struct store_pages *out)
{
	MDB_dbi root;
	MDB_stat st;
	int rc, i;

	memset(out, 0, sizeof(*out));
	out->used = 2;			/* the two headers */
	if ((rc = mdb_dbi_open(txn, NULL, 0, &root)) != 0 ||
	    (rc = mdb_stat(txn, root, &st)) != 0)
		return rc;
	out->used += pages_of(&st);
	if ((rc = mdb_stat(txn, FREE_DBI, &st)) != 0)
		return rc;
	out->used += pages_of(&st);
	for (i = 0; i < TABLE_COUNT; i++) {
		if (e->table[i] == TABLE_ABSENT)
			continue;
		if ((rc = mdb_stat(txn, e->table[i], &st)) != 0)
			return rc;
		out->table[i] = pages_of(&st);
		out->entries[i] = st.ms_entries;
		out->used += out->table[i];
	}
	return 0;
}

struct readers {
	unsigned count;
	bool any;			/* one is inside a transaction */
	uint64_t oldest;
};

/*
 * A line of mdb_reader_list: pid, thread, and the snapshot's number or "-";
 * the head line and the one for "no readers" have no number in front.
 */
static int
note_reader(const char *line, void *arg)
{
	struct readers *r = arg;
	uint64_t txnid;
	char word[24];
	int pid;

	if (sscanf(line, "%d %*s %23s", &pid, word) != 2)
		return 0;
	r->count++;
	if (sscanf(word, "%" SCNu64, &txnid) == 1 &&
	    (!r->any || txnid < r->oldest)) {
		r->any = true;
		r->oldest = txnid;
	}
	return 0;
}

uint64_t
store_reader_lag(MDB_env *env)
{
	struct readers r = { .count = 0 };
	MDB_envinfo info;

	mdb_env_info(env, &info);
	mdb_reader_list(env, note_reader, &r);
	if (!r.any || r.oldest >= info.me_last_txnid)
		return 0;
	return info.me_last_txnid - r.oldest;
}

uint64_t
store_evicted(MDB_txn *txn, MDB_dbi meta)
{
	struct envelope e;
	char text[24];

	if (store_meta_get(txn, meta, META_EVICTED, &e) != 0 ||
	    e.len >= sizeof(text))
		return 0;
	memcpy(text, e.data, e.len);
	text[e.len] = '\0';
	return strtoull(text, NULL, 10);
}

enum store_status
store_stats(struct store *s, struct store_stats *out)
{
	struct readers r = { .count = 0 };
	enum store_status status;
	struct store_pages pages;
	MDB_envinfo info;
	MDB_txn *txn;
	int rc;

	memset(out, 0, sizeof(*out));
	if ((status = store_take(s, &txn)) != STORE_OK)
		return status;
	rc = store_count_pages(txn, &s->env, &pages);
	mdb_env_info(s->env.env, &info);
	mdb_reader_list(s->env.env, note_reader, &r);
	out->verdicts = pages.entries[TABLE_VERDICTS];
	out->evidence = pages.entries[TABLE_EVIDENCE];
	out->domains = pages.entries[TABLE_DOMAINS];
	out->used = pages.used * s->env.page_size;
	out->mapped = info.me_mapsize;
	out->max_size = s->max_size;
	out->evicted = store_evicted(txn, s->env.table[TABLE_META]);
	out->readers = r.count;
	out->reader_slots = info.me_maxreaders;
	store_give(s, txn);
	return store_status_of(rc);
}
