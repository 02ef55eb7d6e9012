#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/store_internal.h"

/*
 * A read is: enter, renew a transaction, get, reset it, leave. LMDB's own
 * locks are not touched by a renewed transaction, so no writer is ever waited
 * for; the mutex here guards a list and two counters. A readers' lock around
 * the environment was refused: it costs as much again as the mutex.
 */
#define LOOK_MS		1000
#define LOOK_WAIT_MS	20		/* for the gate; a session waits */
#define TAKE_TRIES	8
#define WALK_STEP	256

/* The coarse clock is a quarter of the price and ticks often enough. */
int64_t
store_coarse_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* s->lock is held in the next three. */
static void
switch_begin_locked(struct store *s)
{
	while (s->switching)
		pthread_cond_wait(&s->quiet, &s->lock);
	s->switching = true;
	while (s->busy > 0)
		pthread_cond_wait(&s->quiet, &s->lock);
}

static void
switch_end_locked(struct store *s)
{
	s->switching = false;
	pthread_cond_broadcast(&s->quiet);
}

static void
look(struct store *s)
{
	bool current;

	s->next_look_ms = store_coarse_ms() + LOOK_MS;
	current = s->env.env != NULL &&
	    store_env_is_current(&s->env, &s->paths);
	if (current && !store_env_lacks_tables(&s->env))
		return;
	switch_begin_locked(s);
	if (current)
		store_env_find_tables(&s->env);
	else
		store_reopen(s, LOOK_WAIT_MS);
	switch_end_locked(s);
}

void
store_switch_begin(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	switch_begin_locked(s);
	pthread_mutex_unlock(&s->lock);
}

void
store_switch_end(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	switch_end_locked(s);
	pthread_mutex_unlock(&s->lock);
}

void
store_shut(struct store *s)
{
	while (s->idle_count > 0)
		mdb_txn_abort(s->idle[--s->idle_count]);
	store_env_close(&s->env);
	s->state = STORE_ABSENT;
	s->state_errno = ENOENT;
}

static enum store_status
open_trusted(struct store *s)
{
	struct stat st;

	if (s->bad_ino != 0 && stat(s->paths.data, &st) == 0 &&
	    st.st_dev == s->bad_dev && st.st_ino == s->bad_ino) {
		errno = EBADMSG;
		return STORE_DAMAGED;
	}
	return store_env_open(s, &s->env);
}

enum store_status
store_reopen(struct store *s, int wait_ms)
{
	bool loud = s->state != STORE_DENIED;
	enum store_status status;
	bool in = false;
	int fd, saved;

	fd = store_key_open(s->paths.key, false, loud, s->hash_key, &status);
	if (fd != -1) {
		in = store_gate_enter(fd, wait_ms) || s->writer;
		status = STORE_ABSENT;
		errno = EAGAIN;
	}
	saved = errno;
	store_shut(s);
	if (in) {
		status = open_trusted(s);
		saved = errno;
	}
	s->state = status;
	s->state_errno = saved;
	if (fd != -1)
		store_gate_leave(fd);
	errno = saved;
	return status;
}

static enum store_status
enter(struct store *s, MDB_txn **txn)
{
	int64_t now = s->writer ? 0 : store_coarse_ms();
	enum store_status status;

	pthread_mutex_lock(&s->lock);
	while (s->switching)
		pthread_cond_wait(&s->quiet, &s->lock);
	if (now > s->next_look_ms)
		look(s);
	status = s->state;
	if (status == STORE_OK) {
		s->busy++;
		*txn = s->idle_count > 0 ? s->idle[--s->idle_count] : NULL;
	} else {
		errno = s->state_errno;
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

/* txn is reset, or NULL. A full pool gives its reader slot back. */
static void
leave(struct store *s, MDB_txn *txn)
{
	pthread_mutex_lock(&s->lock);
	if (txn != NULL && s->idle_count < STORE_POOL)
		s->idle[s->idle_count++] = txn;
	else if (txn != NULL)
		mdb_txn_abort(txn);
	s->busy--;
	if (s->busy == 0 && s->switching)
		pthread_cond_broadcast(&s->quiet);
	pthread_mutex_unlock(&s->lock);
}

/*
 * The writer grew the map. If the larger one cannot be had, the old one is
 * gone too, so there is no environment until the next look.
 */
static void
adopt_map(struct store *s)
{
	int rc;

	store_switch_begin(s);
	if (s->env.env != NULL &&
	    (rc = mdb_env_set_mapsize(s->env.env, 0)) != 0) {
		store_shut(s);
		s->state = store_status_of(rc);
		s->state_errno = errno;
	}
	store_switch_end(s);
}

/* LMDB's code. *txn is NULL unless that is 0 or the map was resized. */
static int
start(struct store *s, MDB_txn **txn)
{
	int rc;

	if (*txn == NULL) {
		rc = mdb_txn_begin(s->env.env, NULL, MDB_RDONLY, txn);
		if (rc != 0)
			*txn = NULL;
		return rc;
	}
	rc = mdb_txn_renew(*txn);
	if (rc != 0 && rc != MDB_MAP_RESIZED) {
		mdb_txn_abort(*txn);
		*txn = NULL;
	}
	return rc;
}

enum store_status
store_take(struct store *s, MDB_txn **txn)
{
	enum store_status status;
	bool cleared = false;
	int rc = 0, tries;

	for (tries = 0; tries < TAKE_TRIES; tries++) {
		if ((status = enter(s, txn)) != STORE_OK)
			return status;
		if ((rc = start(s, txn)) == 0)
			return STORE_OK;
		if (rc == MDB_READERS_FULL && !cleared)
			mdb_reader_check(s->env.env, NULL);
		leave(s, *txn);
		if (rc == MDB_MAP_RESIZED)
			adopt_map(s);
		else if (rc != MDB_READERS_FULL || cleared)
			break;
		else
			cleared = true;
	}
	return store_status_of(rc);
}

void
store_give(struct store *s, MDB_txn *txn)
{
	mdb_txn_reset(txn);
	leave(s, txn);
}

enum store_status
store_get_verdict(struct store *s, const struct address *addr,
    struct verdict *out)
{
	uint8_t key[RECORD_KEY_SIZE];
	MDB_val k = { .mv_size = sizeof(key), .mv_data = key };
	MDB_val v;
	enum store_status status;
	MDB_txn *txn;
	int rc;

	if ((status = store_take(s, &txn)) != STORE_OK)
		return status;
	store_key_address(s->hash_key, addr, key);
	rc = mdb_get(txn, s->env.table[TABLE_VERDICTS], &k, &v);
	if (rc == 0 && !record_decode(key, v.mv_data, v.mv_size, out, NULL))
		rc = MDB_NOTFOUND;
	store_give(s, txn);
	return store_status_of(rc);
}

enum store_status
store_copy_data(const struct envelope *e, void **data, size_t *len)
{
	char *copy;

	if ((copy = malloc(e->len + 1)) == NULL)
		return store_status_of(ENOMEM);
	memcpy(copy, e->data, e->len);
	copy[e->len] = '\0';
	*data = copy;
	*len = e->len;
	return STORE_OK;
}

static enum store_status
open_evidence(struct store *s, const uint8_t *sealed, size_t sealed_len,
    void **data, size_t *len)
{
	char *plain = malloc(sealed_len + 1);

	if (plain == NULL) {
		errno = ENOMEM;
		return STORE_SYSTEM;
	}
	if (!store_unseal(s, sealed, sealed_len, plain, len)) {
		free(plain);
		return STORE_MISS;
	}
	plain[*len] = '\0';
	*data = plain;
	return STORE_OK;
}

/* The evidence to which the address's verdict leads. */
static int
find_evidence(struct store *s, MDB_txn *txn, const struct address *addr,
    struct envelope *out)
{
	uint8_t key[RECORD_KEY_SIZE], story_key[STORE_STORY_KEY];
	MDB_val k = { .mv_size = sizeof(key), .mv_data = key }, v;
	struct verdict verdict;
	uint64_t story;
	int rc;

	store_key_address(s->hash_key, addr, key);
	rc = mdb_get(txn, s->env.table[TABLE_VERDICTS], &k, &v);
	if (rc != 0)
		return rc;
	if (!record_decode(key, v.mv_data, v.mv_size, &verdict, &story))
		return MDB_NOTFOUND;
	k.mv_size = store_story_key(key, story, story_key);
	k.mv_data = story_key;
	rc = mdb_get(txn, s->env.table[TABLE_EVIDENCE], &k, &v);
	if (rc == 0 && !store_envelope_open(TABLE_EVIDENCE, story_key,
	    k.mv_size, &v, out))
		rc = MDB_NOTFOUND;
	return rc;
}

enum store_status
store_get_evidence(struct store *s, const struct address *addr, void **data,
    size_t *len)
{
	enum store_status status;
	void *sealed = NULL;
	struct envelope e;
	MDB_txn *txn;
	size_t sealed_len = 0;
	int rc;

	*data = NULL;
	*len = 0;
	if ((status = store_take(s, &txn)) != STORE_OK)
		return status;
	rc = find_evidence(s, txn, addr, &e);
	status = rc == 0 ? store_copy_data(&e, &sealed, &sealed_len) :
	    store_status_of(rc);
	store_give(s, txn);
	if (status == STORE_OK)
		status = open_evidence(s, sealed, sealed_len, data, len);
	free(sealed);
	return status;
}

struct walk {
	uint8_t key[RECORD_KEY_SIZE + 1];	/* where to go on */
	size_t key_len;
	struct verdict found[WALK_STEP];
	size_t count;
	bool end;
};

/*
 * The last key and a zero octet is the least key after it, so what was
 * deleted in between does no harm.
 */
static int
walk_step(struct store *s, MDB_txn *txn, struct walk *w)
{
	MDB_val k = { .mv_size = w->key_len, .mv_data = w->key };
	MDB_cursor *cursor;
	MDB_val v;
	int rc;

	rc = mdb_cursor_open(txn, s->env.table[TABLE_VERDICTS], &cursor);
	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &k, &v,
	    w->key_len == 0 ? MDB_FIRST : MDB_SET_RANGE);
	for (w->count = 0; rc == 0;) {
		if (k.mv_size != RECORD_KEY_SIZE) {
			rc = MDB_CORRUPTED;
			break;
		}
		memcpy(w->key, k.mv_data, RECORD_KEY_SIZE);
		w->key[RECORD_KEY_SIZE] = 0;
		w->key_len = RECORD_KEY_SIZE + 1;
		if (record_decode(w->key, v.mv_data, v.mv_size,
		    &w->found[w->count], NULL))
			w->count++;
		if (w->count == WALK_STEP)
			break;
		rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	w->end = rc == MDB_NOTFOUND;
	return w->end ? 0 : rc;
}

enum store_status
store_walk(struct store *s, bool (*each)(void *arg, const struct verdict *v),
    void *arg)
{
	enum store_status status;
	struct walk w = { .key_len = 0 };
	MDB_txn *txn;
	size_t i;
	int rc;

	while (!w.end) {
		if ((status = store_take(s, &txn)) != STORE_OK)
			return status;
		rc = walk_step(s, txn, &w);
		store_give(s, txn);
		if (rc != 0)
			return store_status_of(rc);
		for (i = 0; i < w.count; i++)
			if (!each(arg, &w.found[i]))
				return STORE_OK;
	}
	return STORE_OK;
}
