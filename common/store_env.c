#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"

/*
 * LMDB makes the lock file sparse, and a full disk then kills whoever touches
 * a slot in a hole (SIGBUS). So it is made beforehand, with its blocks: 64
 * octets a slot, and a page for the head, whose size only LMDB knows.
 */
#define LOCK_OCTETS	(STORE_READERS * 64 + 4096)

#define ENV_FLAGS	(MDB_NOSUBDIR | MDB_NOTLS)

const char *const store_table_names[TABLE_COUNT] = {
	[TABLE_VERDICTS] = "verdicts",
	[TABLE_EVIDENCE] = "evidence",
	[TABLE_META] = "meta",
	[TABLE_ITEMS + STORE_DOMAINS] = "domains",
	[TABLE_ITEMS + STORE_WAITING] = "waiting",
	[TABLE_ITEMS + STORE_OVERRIDES] = "overrides",
	[TABLE_ITEMS + STORE_EXCLUSIONS] = "exclusions",
	[TABLE_ITEMS + STORE_LEDGERS] = "ledgers",
	[TABLE_ITEMS + STORE_COMPLAINTS] = "complaints",
	[TABLE_ITEMS + STORE_OUTCOMES] = "outcomes",
	[TABLE_ITEMS + STORE_SENT] = "sent",
	[TABLE_ITEMS + STORE_GUARDS] = "guards",
	[TABLE_ITEMS + STORE_NOTICES] = "notices",
	[TABLE_ITEMS + STORE_LISTINGS] = "listings",
};

/* Errno's value. Other blocks are not touched, so a file in use stays whole. */
static int
prepare_lock_file(const char *path)
{
	struct stat st;
	int fd, error = 0;

	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (fd == -1)
		return errno;
	if (fstat(fd, &st) == -1)
		error = errno;
	else if (!S_ISREG(st.st_mode))
		error = EPERM;
	else if (st.st_uid == geteuid() && fchmod(fd, 0660) == -1)
		error = errno;
	if (error == 0 && (st.st_size < LOCK_OCTETS ||
	    st.st_blocks * 512 < st.st_size)) {
		do
			error = posix_fallocate(fd, 0, LOCK_OCTETS);
		while (error == EINTR);
	}
	close(fd);
	return error;
}

/*
 * The first size of the writer's map. Not the size that the file's header
 * names, which may be damaged; LMDB makes it larger if the data needs it.
 */
static size_t
first_map(const struct store *s)
{
	struct stat st;
	uint64_t size = STORE_MAP_FIRST;

	if (stat(s->paths.data, &st) == 0)
		while (size < (uint64_t)st.st_size)
			size *= 2;
	return (size_t)(size < s->max_size ? size : s->max_size);
}

static int
open_files(const struct store *s, MDB_env *env)
{
	unsigned flags = ENV_FLAGS;
	struct stat st;
	int rc;

	if (s->writer) {
		rc = prepare_lock_file(s->paths.lock);
	} else {
		/* LMDB would create it, and it would then be ours. */
		rc = stat(s->paths.lock, &st) == -1 ? errno : 0;
		flags |= MDB_RDONLY;
	}
	if (rc == 0)
		rc = mdb_env_set_maxdbs(env, TABLE_COUNT);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env, STORE_READERS);
	if (rc == 0 && s->writer)
		rc = mdb_env_set_mapsize(env, first_map(s));
	if (rc == 0)
		rc = mdb_env_open(env, s->paths.data, flags, 0640);
	return rc;
}

/* Also refuses a file that is shorter than its data: reading is SIGBUS. */
static int
note_identity(const struct store *s, struct store_env *e)
{
	struct stat st, lock;
	MDB_envinfo info;
	MDB_stat main;
	int fd, rc;

	if ((rc = mdb_env_get_fd(e->env, &fd)) != 0)
		return rc;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fstat(fd, &st) == -1 ||
	    stat(s->paths.lock, &lock) == -1 ||
	    (s->writer && fchmod(fd, 0640) == -1))
		return errno;
	mdb_env_info(e->env, &info);
	mdb_env_stat(e->env, &main);
	e->page_size = main.ms_psize;
	e->dev = st.st_dev;
	e->ino = st.st_ino;
	e->size = st.st_size;
	e->lock_dev = lock.st_dev;
	e->lock_ino = lock.st_ino;
	if ((uint64_t)st.st_size / main.ms_psize < info.me_last_pgno + 1)
		return MDB_CORRUPTED;
	return 0;
}

int
store_meta_get(MDB_txn *txn, MDB_dbi meta, const char *name,
    struct envelope *out)
{
	MDB_val k = { .mv_size = strlen(name), .mv_data = (void *)name };
	MDB_val v;
	int rc;

	if ((rc = mdb_get(txn, meta, &k, &v)) != 0)
		return rc;
	if (!store_envelope_open(TABLE_META, name, strlen(name), &v, out))
		return MDB_CORRUPTED;
	return 0;
}

int
store_meta_put(MDB_txn *txn, MDB_dbi meta, const char *name,
    const void *data, size_t len)
{
	const struct envelope e = {
		.data = data, .len = len, .written_at = clock_wall_ms(),
		.table = TABLE_META
	};
	uint8_t value[ENVELOPE_HEAD + NAME_MAX];
	MDB_val k = { .mv_size = strlen(name), .mv_data = (void *)name };
	MDB_val v = { .mv_data = value };

	v.mv_size = envelope_encode((const uint8_t *)name, strlen(name), &e,
	    value, sizeof(value));
	return v.mv_size == 0 ? EMSGSIZE : mdb_put(txn, meta, &k, &v, 0);
}

/*
 * Under another key no address is found, and its records would fill the store
 * for nothing: such a file is as good as damaged.
 */
static int
match_key(const struct store *s, MDB_txn *txn, MDB_dbi meta)
{
	uint8_t check[RECORD_KEY_SIZE];
	struct envelope e;
	int rc;

	store_key_check(s->hash_key, check);
	rc = store_meta_get(txn, meta, META_KEY_CHECK, &e);
	if (rc == MDB_NOTFOUND && s->writer)
		return store_meta_put(txn, meta, META_KEY_CHECK, check,
		    sizeof(check));
	if (rc != 0)
		return rc;
	if (e.len != sizeof(check) || memcmp(e.data, check, e.len) != 0)
		return MDB_INCOMPATIBLE;
	return 0;
}

/* A reader goes on without a table of items. */
static int
open_table(MDB_txn *txn, struct store_env *e, int table, bool writer)
{
	int rc;

	rc = mdb_dbi_open(txn, store_table_names[table],
	    writer ? MDB_CREATE : 0, &e->table[table]);
	if (rc == 0)
		return 0;
	e->table[table] = TABLE_ABSENT;
	return rc == MDB_NOTFOUND && table >= TABLE_ITEMS ? 0 : rc;
}

static int
open_tables(const struct store *s, struct store_env *e)
{
	MDB_txn *txn;
	int rc, i;

	rc = mdb_txn_begin(e->env, NULL, s->writer ? 0 : MDB_RDONLY, &txn);
	if (rc != 0)
		return rc;
	for (i = 0; i < TABLE_COUNT && rc == 0; i++)
		rc = open_table(txn, e, i, s->writer);
	if (rc == 0)
		rc = match_key(s, txn, e->table[TABLE_META]);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	/* Handles outlive only a transaction that was committed. */
	return mdb_txn_commit(txn);
}

/*
 * An older file, full to its cap, has no room for the new tables. They need a
 * few pages once; when it is opened again, LMDB keeps the map as large as the
 * data in it.
 */
static int
widen(MDB_env *env)
{
	MDB_envinfo info;

	mdb_env_info(env, &info);
	return mdb_env_set_mapsize(env, info.me_mapsize + STORE_MAP_LEAST);
}

bool
store_env_lacks_tables(const struct store_env *e)
{
	int i;

	for (i = TABLE_ITEMS; i < TABLE_COUNT; i++)
		if (e->table[i] == TABLE_ABSENT)
			return true;
	return false;
}

void
store_env_find_tables(struct store_env *e)
{
	struct store_env found = *e;
	MDB_txn *txn;
	int rc, i;

	if (mdb_txn_begin(e->env, NULL, MDB_RDONLY, &txn) != 0)
		return;
	for (i = TABLE_ITEMS, rc = 0; i < TABLE_COUNT && rc == 0; i++)
		rc = open_table(txn, &found, i, false);
	if (rc != 0)
		mdb_txn_abort(txn);
	else if (mdb_txn_commit(txn) == 0)
		*e = found;
}

enum store_status
store_env_open(const struct store *s, struct store_env *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if ((rc = mdb_env_create(&out->env)) != 0) {
		out->env = NULL;
		return store_status_of(rc);
	}
	if ((rc = open_files(s, out->env)) == 0 &&
	    (rc = note_identity(s, out)) == 0)
		rc = open_tables(s, out);
	if (rc == MDB_MAP_FULL && (rc = widen(out->env)) == 0)
		rc = open_tables(s, out);
	if (rc == 0)
		return STORE_OK;
	store_env_close(out);
	/* A writer has begun the file and not finished, or dies right now. */
	if (!s->writer && rc == MDB_NOTFOUND)
		rc = ENOENT;
	return store_status_of(rc);
}

void
store_env_close(struct store_env *e)
{
	if (e->env != NULL)
		mdb_env_close(e->env);
	memset(e, 0, sizeof(*e));
}

bool
store_env_is_current(struct store_env *e, const struct store_paths *p)
{
	struct stat data, lock;

	if (stat(p->data, &data) == -1 || stat(p->lock, &lock) == -1)
		return errno != ENOENT;
	if (data.st_dev != e->dev || data.st_ino != e->ino ||
	    lock.st_dev != e->lock_dev || lock.st_ino != e->lock_ino ||
	    data.st_size < e->size)
		return false;
	e->size = data.st_size;
	return true;
}
