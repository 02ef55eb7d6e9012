#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/store_internal.h"

#define OPEN_WAIT_MS	2000		/* for the gate, at start and end */
#define CLOSE_WAIT_MS	200

const char *
store_status_text(enum store_status status)
{
	switch (status) {
	case STORE_OK:
		return "the store is fine";
	case STORE_MISS:
		return "no such record";
	case STORE_FULL:
		return "the store is full and could not be made smaller";
	case STORE_DAMAGED:
		return "the store's file is damaged";
	case STORE_ABSENT:
		return "there is no store yet; rcptguard-probe makes it";
	case STORE_DENIED:
		return "no permission for the store's files, or their modes "
		    "or its key are not safe";
	case STORE_SYSTEM:
		return "a system call failed on the store's files";
	case STORE_REFUSED:
		return "the store did not take a record; nothing of its batch "
		    "is written";
	case STORE_STATUS_COUNT:
		break;
	}
	return "not a store status";
}

enum store_status
store_status_of(int rc)
{
	switch (rc) {
	case 0:
		return STORE_OK;
	case MDB_NOTFOUND:
		return STORE_MISS;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		errno = ENOSPC;
		return STORE_FULL;
	case MDB_READERS_FULL:
		errno = EUSERS;
		return STORE_SYSTEM;
	case MDB_MAP_RESIZED:
	case MDB_BAD_RSLOT:
		errno = EAGAIN;
		return STORE_SYSTEM;
	case MDB_PANIC:
		errno = EIO;
		return STORE_SYSTEM;
	case ENOENT:
		errno = ENOENT;
		return STORE_ABSENT;
	case EACCES:
	case EPERM:
	case ELOOP:
		errno = rc;
		return STORE_DENIED;
	}
	errno = rc > 0 ? rc : EBADMSG;
	return rc > 0 ? STORE_SYSTEM : STORE_DAMAGED;
}

/* Without a number: of an older program. */
bool
store_envelope_open(enum store_dbi table, const void *key, size_t key_len,
    const MDB_val *v, struct envelope *out)
{
	return envelope_decode(key, key_len, v->mv_data, v->mv_size, out) &&
	    (out->table == table || out->table == 0);
}

static struct store *
new_store(const struct store_params *p, bool writer, enum store_status *status)
{
	struct store *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		*status = STORE_SYSTEM;
		return NULL;
	}
	s->writer = writer;
	s->max_size = p->max_size < STORE_MAP_LEAST ? STORE_MAP_LEAST :
	    p->max_size;
	s->state = STORE_ABSENT;
	s->state_errno = ENOENT;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->quiet, NULL);
	*status = store_paths_fill(p, &s->paths);
	return s;
}

static void
free_store(struct store *s)
{
	pthread_cond_destroy(&s->quiet);
	pthread_mutex_destroy(&s->lock);
	store_batch_free(s);
	store_evict_free(s->evict);
	free(s->salvage);
	free(s);
}

static void
distrust(struct store *s)
{
	struct stat st;

	if (stat(s->paths.data, &st) == -1)
		return;
	s->bad_dev = st.st_dev;
	s->bad_ino = st.st_ino;
}

enum store_status
store_open_reader(const struct store_params *p, struct store **out)
{
	enum store_status status;
	struct store *s;

	s = *out = new_store(p, false, &status);
	if (s == NULL)
		return status;
	if (status != STORE_OK) {
		s->state = status;
		s->state_errno = errno;
		return status;
	}
	if (p->verify && store_check_paths(&s->paths, true) == STORE_DAMAGED)
		distrust(s);
	store_switch_begin(s);
	status = store_reopen(s, OPEN_WAIT_MS);
	store_switch_end(s);
	errno = s->state_errno;
	return status;
}

/*
 * A good file behind a bad lock file is not lost: whoever has the old lock
 * file open, reads the old way until its next look.
 */
static enum store_status
open_with_new_lock(struct store *s)
{
	if (unlink(s->paths.lock) == -1 && errno != ENOENT)
		return store_status_of(errno);
	return store_env_open(s, &s->env);
}

/* Without memory for what is told of it, nothing of the old is taken over. */
static enum store_status
begin_anew(struct store *s, char aside[STORE_ASIDE_MAX], char name[256])
{
	enum store_status status;

	store_shut(s);
	status = store_set_aside(&s->paths, aside, name);
	if (status == STORE_OK)
		s->salvage = calloc(1, sizeof(*s->salvage));
	return status != STORE_OK ? status : store_env_open(s, &s->env);
}

/* The gate is held. */
static enum store_status
open_or_replace(struct store *s, bool damaged, char aside[STORE_ASIDE_MAX],
    char name[256])
{
	enum store_status status = STORE_DAMAGED;

	if (!damaged)
		status = store_env_open(s, &s->env);
	if (!damaged && status == STORE_DAMAGED)
		status = open_with_new_lock(s);
	if (status == STORE_DAMAGED)
		status = begin_anew(s, aside, name);
	if (status == STORE_OK)
		s->state = STORE_OK;
	return status;
}

static enum store_status
open_writer(struct store *s, char set_aside[256])
{
	char aside[STORE_ASIDE_MAX] = "";
	enum store_status status, found;
	int fd, saved;

	if ((status = store_dir_check(s->paths.dir)) != STORE_OK ||
	    (status = store_dir_check(s->paths.data_dir)) != STORE_OK)
		return status;
	found = store_check_paths(&s->paths, false);
	if (found == STORE_DENIED || found == STORE_SYSTEM)
		return found;
	fd = store_key_open(s->paths.key, true, true, s->hash_key, &status);
	if (fd == -1)
		return status;
	store_key_seal(s->hash_key, s->seal_key);
	/* Who holds the gate that long is stopped or dying: go on without. */
	store_gate_enter(fd, OPEN_WAIT_MS);
	status = open_or_replace(s, found == STORE_DAMAGED, aside,
	    set_aside);
	store_gate_leave(fd);
	saved = errno;
	if (status == STORE_OK) {
		store_dir_sync(s->paths.dir);
		store_dir_sync(s->paths.data_dir);
	}
	/* Readers need not wait for it: what is not yet there is a miss. */
	if (status == STORE_OK && aside[0] != '\0')
		store_salvage(s, aside);
	errno = saved;
	return status;
}

enum store_status
store_open_writer(const struct store_params *p, struct store **out,
    char set_aside[256])
{
	enum store_status status;
	struct store *s;
	int saved;

	set_aside[0] = '\0';
	*out = NULL;
	if ((s = new_store(p, true, &status)) == NULL)
		return status;
	if (status == STORE_OK && (s->evict = store_evict_new()) == NULL)
		status = STORE_SYSTEM;
	if (status == STORE_OK)
		status = open_writer(s, set_aside);
	if (status != STORE_OK) {
		saved = errno;
		store_close(s);
		errno = saved;
		return status;
	}
	*out = s;
	return STORE_OK;
}

const struct store_salvage *
store_salvaged(const struct store *s)
{
	return s->salvage;
}

enum store_status
store_check(const struct store_params *p)
{
	struct store_paths paths;
	enum store_status status;

	if ((status = store_paths_fill(p, &paths)) != STORE_OK)
		return status;
	return store_check_paths(&paths, true);
}

void
store_close(struct store *s)
{
	uint8_t key[STORE_HASH_KEY];
	enum store_status status;
	int fd;

	if (s == NULL)
		return;
	fd = store_key_open(s->paths.key, false, false, key, &status);
	if (fd != -1)
		store_gate_enter(fd, CLOSE_WAIT_MS);
	store_switch_begin(s);
	store_shut(s);
	store_switch_end(s);
	if (fd != -1)
		store_gate_leave(fd);
	free_store(s);
}

void
store_tidy(struct store *s)
{
	MDB_txn *txn;

	if (store_take(s, &txn) != STORE_OK)
		return;
	mdb_reader_check(s->env.env, NULL);
	store_give(s, txn);
}
