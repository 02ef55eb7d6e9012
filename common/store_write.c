#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/store_internal.h"

#define REOPEN_WAIT_MS	2000
#define HOLD_STEPS	10
#define HOLD_STEP_MS	5

/* One try at a batch: its transaction, and the last number of a story. */
struct attempt {
	const struct store_env *env;
	MDB_txn *txn;
	uint64_t story;
};

static int
put_verdict(const struct attempt *a, const struct store_op *op,
    const struct verdict *verdict, uint64_t story)
{
	uint8_t record[RECORD_SIZE];
	MDB_val k = { .mv_size = sizeof(op->key), .mv_data = (void *)op->key };
	MDB_val v = { .mv_size = sizeof(record), .mv_data = record };

	record_encode(op->key, verdict, story, record);
	return mdb_put(a->txn, a->env->table[TABLE_VERDICTS], &k, &v, 0);
}

static int
put_item(const struct attempt *a, const struct store_op *op)
{
	MDB_val k = { .mv_size = op->name_len, .mv_data = op->name };
	MDB_val v = { .mv_size = op->len, .mv_data = op->value };

	return mdb_put(a->txn, a->env->table[op->table], &k, &v, 0);
}

static int
delete_key(const struct attempt *a, enum store_dbi table, const void *key,
    size_t key_len)
{
	MDB_val k = { .mv_size = key_len, .mv_data = (void *)key };
	int rc;

	rc = mdb_del(a->txn, a->env->table[table], &k, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* A number is used once, so that no verdict leads to another one's story. */
static int
put_story(struct attempt *a, const struct store_op *op, uint64_t *number)
{
	*number = 0;
	if (op->value == NULL || a->story == RECORD_EVIDENCE_MAX)
		return 0;
	*number = ++a->story;
	return store_story_put(a->env, a->txn, op, *number);
}

static int
offer_verdict(struct attempt *a, const struct store_op *op)
{
	MDB_val k = { .mv_size = sizeof(op->key), .mv_data = (void *)op->key };
	uint64_t story = 0;
	struct verdict old;
	MDB_val v;
	int rc;

	rc = mdb_get(a->txn, a->env->table[TABLE_VERDICTS], &k, &v);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	if (rc == 0 && record_decode(op->key, v.mv_data, v.mv_size, &old,
	    &story)) {
		if (!verdict_may_replace(&old, &op->verdict, op->now)) {
			old = verdict_kept(&old, &op->verdict);
			return put_verdict(a, op, &old, story);
		}
		rc = store_story_delete(a->env, a->txn, op->key, story);
		if (rc != 0)
			return rc;
	}
	if ((rc = put_story(a, op, &story)) != 0)
		return rc;
	return put_verdict(a, op, &op->verdict, story);
}

/* With its evidence. *deleted grows; a damaged one's evidence has no name. */
static int
delete_verdict(MDB_cursor *cursor, const struct attempt *a, const MDB_val *k,
    const MDB_val *v, uint64_t *deleted)
{
	uint8_t key[RECORD_KEY_SIZE];
	struct verdict verdict;
	uint64_t story;
	int rc = 0;

	if (k->mv_size == sizeof(key)) {
		memcpy(key, k->mv_data, sizeof(key));
		if (record_decode(key, v->mv_data, v->mv_size, &verdict,
		    &story))
			rc = store_story_delete(a->env, a->txn, key, story);
	}
	if (rc == 0 && (rc = mdb_cursor_del(cursor, 0)) == 0)
		(*deleted)++;
	return rc;
}

/*
 * The range is searched anew for each record. To step a cursor over what it
 * deletes is faster and has been a source of LMDB's bugs.
 */
static int
delete_prefix(const struct attempt *a, enum store_dbi table,
    const void *prefix, size_t len, uint64_t *deleted)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	rc = mdb_cursor_open(a->txn, a->env->table[table], &cursor);
	if (rc != 0)
		return rc;
	while (rc == 0) {
		k.mv_size = len;
		k.mv_data = (void *)prefix;
		rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
		if (rc != 0 || k.mv_size < len ||
		    memcmp(k.mv_data, prefix, len) != 0)
			break;
		if (table == TABLE_VERDICTS)
			rc = delete_verdict(cursor, a, &k, &v, deleted);
		else
			rc = mdb_cursor_del(cursor, 0);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
delete_domain(const struct attempt *a, const struct store_op *op)
{
	uint64_t verdicts = 0, others = 0;
	int rc;

	rc = delete_prefix(a, TABLE_VERDICTS, op->key, STORE_PREFIX,
	    &verdicts);
	if (rc == 0)
		rc = delete_key(a, TABLE_DOMAINS, op->name, op->name_len);
	if (rc == 0)		/* and "domain\0more" */
		rc = delete_prefix(a, TABLE_DOMAINS, op->name,
		    op->name_len + 1, &others);
	if (op->deleted != NULL)
		*op->deleted = verdicts;
	return rc;
}

static int
delete_address(const struct attempt *a, const struct store_op *op)
{
	uint64_t deleted = 0;

	return delete_prefix(a, TABLE_VERDICTS, op->key, sizeof(op->key),
	    &deleted);
}

/* When a sound record was made; -1: it is not sound. */
static int64_t
made_at(enum store_dbi table, const struct store_op *op, const MDB_val *v)
{
	struct verdict verdict;
	struct envelope e;

	if (table == TABLE_VERDICTS)
		return record_decode((const uint8_t *)op->name, v->mv_data,
		    v->mv_size, &verdict, NULL) ? verdict.checked_at : -1;
	return store_envelope_open(table, op->name, op->name_len, v, &e) ?
	    e.written_at : -1;
}

static int
put_saved(const struct attempt *a, const struct store_op *op)
{
	MDB_val k = { .mv_size = op->name_len, .mv_data = op->name };
	MDB_val v = { .mv_size = op->len, .mv_data = op->value }, old;
	int rc;

	rc = mdb_get(a->txn, a->env->table[op->table], &k, &old);
	if (rc == 0 && made_at(op->table, op, &old) >=
	    made_at(op->table, op, &v))
		return 0;
	return rc == 0 || rc == MDB_NOTFOUND ? put_item(a, op) : rc;
}

static int
run_op(struct attempt *a, const struct store_op *op)
{
	switch (op->kind) {
	case OP_OFFER:
		return offer_verdict(a, op);
	case OP_SAVED:
		return put_saved(a, op);
	case OP_ITEM:
		return put_item(a, op);
	case OP_DELETE:
		return delete_address(a, op);
	case OP_DELETE_ITEM:
		return delete_key(a, op->table, op->name, op->name_len);
	case OP_DELETE_DOMAIN:
		return delete_domain(a, op);
	}
	return EINVAL;
}

static int
run_batch(struct store *s, MDB_txn *txn, int64_t now)
{
	struct attempt a = { .env = &s->env, .txn = txn };
	struct store_pages before;
	size_t i;
	int rc;

	rc = store_count_pages(txn, &s->env, &before);
	if (rc == 0)
		rc = store_story_last(&s->env, txn, &a.story);
	for (i = 0; i < s->op_count && rc == 0; i++)
		rc = run_op(&a, &s->ops[i]);
	return rc == 0 ? store_evict_for(s, txn, &before, now) : rc;
}

/* The whole batch in one transaction; LMDB's code. */
static int
attempt(struct store *s, int64_t now)
{
	MDB_txn *txn;
	int rc;

	if ((rc = mdb_txn_begin(s->env.env, NULL, 0, &txn)) != 0)
		return rc;
	if ((rc = run_batch(s, txn, now)) == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static int
grow(struct store *s, uint64_t size)
{
	int rc;

	store_switch_begin(s);
	rc = mdb_env_set_mapsize(s->env.env, (size_t)size);
	if (rc != 0)
		store_shut(s);		/* the old map is gone too */
	store_switch_end(s);
	return rc;
}

/*
 * Whether a reader looks at an old snapshot, for longer than a read takes. Its
 * pages do not come free by evicting.
 */
static bool
is_held_back(MDB_env *env)
{
	const struct timespec step = { .tv_nsec = HOLD_STEP_MS * 1000000 };
	int tries;

	for (tries = 0; tries < HOLD_STEPS; tries++) {
		if (store_reader_lag(env) == 0)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* 0: it is worth another try. */
static int
make_room(struct store *s, unsigned *round, int64_t now)
{
	MDB_envinfo info;
	uint64_t size;
	int dead = 0;

	mdb_reader_check(s->env.env, &dead);
	if (dead > 0)
		return 0;
	mdb_env_info(s->env.env, &info);
	if (info.me_mapsize < s->max_size) {
		size = (uint64_t)info.me_mapsize * 2;
		return grow(s, size < s->max_size ? size : s->max_size);
	}
	if (*round == EVICT_ROUNDS || is_held_back(s->env.env))
		return MDB_MAP_FULL;
	return store_evict_round(s, (*round)++, now);
}

/* After a failed write of the header, LMDB wants the environment reopened. */
static enum store_status
reopen(struct store *s)
{
	enum store_status status;

	store_switch_begin(s);
	status = store_reopen(s, REOPEN_WAIT_MS);
	store_switch_end(s);
	return status;
}

static enum store_status
commit(struct store *s)
{
	int64_t now = clock_wall_s();
	enum store_status status;
	bool reopened = false;
	unsigned round = 0;
	int rc;

	for (;;) {
		if (s->state != STORE_OK &&
		    (status = reopen(s)) != STORE_OK)
			return status;
		rc = attempt(s, now);
		if (rc == MDB_PANIC && !reopened) {
			reopened = true;
			if ((status = reopen(s)) != STORE_OK)
				return status;
			continue;
		}
		if (rc == MDB_MAP_FULL)
			rc = make_room(s, &round, now);
		else
			return store_status_of(rc);
		if (rc != 0)
			return store_status_of(rc);
	}
}

enum store_status
store_commit(struct store *s)
{
	enum store_status status;

	if (!s->begun || s->latched != 0) {
		errno = s->begun ? s->latched : EINVAL;
		return STORE_REFUSED;
	}
	status = s->op_count == 0 ? STORE_OK : commit(s);
	if (status == STORE_OK)
		store_batch_free(s);
	return status;
}
