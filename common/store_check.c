#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/store_internal.h"

/*
 * LMDB trusts its file: a changed page header may crash the process that reads
 * it. So a child reads all of it first, and may die of it.
 */
#define GATE_WAIT_MS	2000
#define BEGIN_TRIES	8
#define FREE_DBI	0

static int
check_record(enum store_dbi table, const MDB_val *k, const MDB_val *v)
{
	struct verdict verdict;
	struct envelope e;
	bool ok;

	if (table == TABLE_VERDICTS)
		ok = k->mv_size == RECORD_KEY_SIZE && record_decode(k->mv_data,
		    v->mv_data, v->mv_size, &verdict, NULL);
	else
		ok = store_envelope_open(table, k->mv_data, k->mv_size, v, &e);
	return ok ? 0 : MDB_CORRUPTED;
}

static int
compare(const MDB_val *a, const MDB_val *b)
{
	size_t len = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
	int order = memcmp(a->mv_data, b->mv_data, len);

	if (order != 0)
		return order;
	return (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}

/* The tree leads to the very record that the walk has come by. */
static int
check_search(MDB_txn *txn, MDB_dbi dbi, const MDB_val *k, const MDB_val *v)
{
	MDB_val key = *k, found;
	int rc;

	rc = mdb_get(txn, dbi, &key, &found);
	if (rc == 0 && found.mv_data != v->mv_data)
		rc = MDB_CORRUPTED;
	return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

struct walker {
	MDB_txn *txn;
	unsigned page_size;
	const uint8_t *base;		/* the map's begin; NULL: not seen */
};

static bool
is_same_page(const struct walker *w, const MDB_val *a, const MDB_val *b)
{
	return (uintptr_t)a->mv_data / w->page_size ==
	    (uintptr_t)b->mv_data / w->page_size;
}

/* v is on another page than last_v, or the first of all. */
static int
turn_page(struct walker *w, MDB_dbi dbi, const MDB_val *k, const MDB_val *v,
    const MDB_val *last_k, const MDB_val *last_v)
{
	int rc;

	if (!store_page_of_value(v, w->page_size, &w->base))
		return MDB_CORRUPTED;
	if ((rc = check_search(w->txn, dbi, k, v)) != 0)
		return rc;
	return last_v->mv_data == NULL ? 0 :
	    check_search(w->txn, dbi, last_k, last_v);
}

/*
 * Keys must ascend, so no circle lasts; the first and the last record of each
 * page must be found by a search too, which proves the branches above.
 */
static int
walk_table(struct walker *w, MDB_dbi dbi, enum store_dbi table)
{
	MDB_val k, v, last_k = { 0, NULL }, last_v = { 0, NULL };
	MDB_cursor *cursor;
	uint64_t count = 0;
	unsigned flags;
	MDB_stat st;
	int rc;

	if ((rc = mdb_stat(w->txn, dbi, &st)) != 0 ||
	    (rc = mdb_dbi_flags(w->txn, dbi, &flags)) != 0 ||
	    (rc = mdb_cursor_open(w->txn, dbi, &cursor)) != 0)
		return rc;
	if (flags != 0)
		return MDB_CORRUPTED;
	w->page_size = st.ms_psize;
	while ((rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
		if (count++ > 0 && compare(&last_k, &k) >= 0)
			return MDB_CORRUPTED;
		if ((rc = check_record(table, &k, &v)) != 0)
			return rc;
		if (!is_same_page(w, &v, &last_v) && (rc = turn_page(w, dbi,
		    &k, &v, &last_k, &last_v)) != 0)
			return rc;
		last_k = k;
		last_v = v;
	}
	return rc == MDB_NOTFOUND && count == st.ms_entries ? 0 :
	    MDB_CORRUPTED;
}

/* One list of free pages: its length, then page numbers, descending. */
static int
check_free_list(const MDB_val *v, uint64_t last, uint8_t *seen,
    uint64_t *total)
{
	const size_t *list = v->mv_data;
	size_t i, n = v->mv_size / sizeof(*list);

	if (n == 0 || list[0] > n - 1)
		return MDB_CORRUPTED;
	for (i = 1; i <= list[0]; i++) {
		if (list[i] < 2 || list[i] > last ||
		    (i > 1 && list[i] >= list[i - 1]) ||
		    (seen[list[i] / 8] & 1 << list[i] % 8) != 0)
			return MDB_CORRUPTED;
		seen[list[i] / 8] |= (uint8_t)(1 << list[i] % 8);
	}
	*total += list[0];
	return 0;
}

static int
list_free(MDB_txn *txn, uint64_t last, uint8_t *seen, uint64_t *total)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	if ((rc = mdb_cursor_open(txn, FREE_DBI, &cursor)) != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
		if ((rc = check_free_list(&v, last, seen, total)) != 0)
			return rc;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/*
 * No page is free twice, none both free and in use, and those in use have
 * sound heads. If fewer are accounted for than there are, some may have leaked
 * and hold anything; that does no harm, so heads are then not looked at.
 */
static int
walk_pages(const struct walker *w, const struct store_env *e, uint64_t last)
{
	struct store_pages pages;
	uint64_t total = 0;
	uint8_t *seen;
	int rc;

	if ((rc = store_count_pages(w->txn, e, &pages)) != 0)
		return rc;
	if ((seen = calloc(1, last / 8 + 1)) == NULL)
		return ENOMEM;
	if ((rc = list_free(w->txn, last, seen, &total)) != 0)
		return rc;
	total += pages.used;
	if (total > last + 1 || (total == last + 1 &&
	    !store_pages_are_sound(w->base, w->page_size, last, seen)))
		return MDB_CORRUPTED;
	return 0;
}

/*
 * The tables of items may be missing in an older file. But one that is not
 * found while there is an entry too many may only have lost its name.
 */
static int
open_all(MDB_txn *txn, struct store_env *e)
{
	uint64_t found = 0;
	MDB_dbi root;
	MDB_stat st;
	int rc, i;

	for (i = 0; i < TABLE_COUNT; i++) {
		rc = mdb_dbi_open(txn, store_table_names[i], 0, &e->table[i]);
		if (rc == MDB_NOTFOUND && i >= TABLE_ITEMS)
			e->table[i] = TABLE_ABSENT;
		else if (rc != 0)
			return rc;
		else
			found++;
	}
	if ((rc = mdb_dbi_open(txn, NULL, 0, &root)) != 0 ||
	    (rc = mdb_stat(txn, root, &st)) != 0)
		return rc;
	return found < TABLE_COUNT && found != st.ms_entries ?
	    MDB_CORRUPTED : 0;
}

/* Others' checks may have died with a reader's slot in their hands. */
static int
begin_walk(MDB_env *env, MDB_txn **txn)
{
	int rc, tries;

	for (tries = 0; tries < BEGIN_TRIES; tries++) {
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, txn);
		if (rc == MDB_READERS_FULL)
			mdb_reader_check(env, NULL);
		else if (rc != MDB_MAP_RESIZED)
			return rc;
		else if ((rc = mdb_env_set_mapsize(env, 0)) != 0)
			return rc;
	}
	return rc;
}

static int
walk_all(MDB_env *env, struct walker *w)
{
	struct store_env e = { .env = env };
	MDB_envinfo info;
	MDB_stat st;
	int rc, i;

	/* After the begin, so that neither is older than the snapshot. */
	mdb_env_info(env, &info);
	mdb_env_stat(env, &st);
	if (st.ms_entries == 0)
		return 0;		/* begun, and nothing written yet */
	rc = open_all(w->txn, &e);
	for (i = 0; i < TABLE_COUNT && rc == 0; i++)
		if (e.table[i] != TABLE_ABSENT)
			rc = walk_table(w, e.table[i], (enum store_dbi)i);
	if (rc == 0)
		rc = walk_pages(w, &e, info.me_last_pgno);
	return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

/*
 * The file is mapped by us first: if that works and LMDB says that there is no
 * memory, then its header asks for a map of absurd size.
 */
static int
check_file(const char *path)
{
	struct stat st;
	int fd, rc = 0;
	void *map;

	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return errno;
	if (fstat(fd, &st) == -1)
		rc = errno;
	else if (!S_ISREG(st.st_mode) || st.st_size == 0)
		rc = MDB_INVALID;
	if (rc == 0) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED,
		    fd, 0);
		rc = map == MAP_FAILED ? errno : 0;
	}
	close(fd);
	return rc;
}

static int
open_file(const struct store_paths *p, bool live, MDB_env **env)
{
	unsigned flags = MDB_RDONLY | MDB_NOSUBDIR | MDB_NOTLS;
	struct stat st;
	int rc;

	/* Without a lock file nobody writes, and we must not make one. */
	if (!live || stat(p->lock, &st) == -1)
		flags |= MDB_NOLOCK;
	if ((rc = mdb_env_create(env)) != 0 ||
	    (rc = mdb_env_set_maxdbs(*env, TABLE_COUNT)) != 0 ||
	    (rc = mdb_env_set_maxreaders(*env, STORE_READERS)) != 0)
		return rc;
	rc = mdb_env_open(*env, p->data, flags, 0640);
	return rc == ENOMEM || rc == EINVAL || rc == EOVERFLOW ?
	    MDB_INVALID : rc;
}

/* As store_gate_enter wants it, if there is a key to enter by. */
static int
open_through_gate(const struct store_paths *p, bool live, MDB_env **env)
{
	uint8_t key[STORE_HASH_KEY];
	enum store_status status;
	int fd = -1, rc;

	if (live)
		fd = store_key_open(p->key, false, false, key, &status);
	if (fd != -1)
		store_gate_enter(fd, GATE_WAIT_MS);
	rc = open_file(p, live, env);
	if (fd != -1)
		store_gate_leave(fd);
	return rc;
}

/*
 * The transaction is ended, which gives the reader's slot back; the rest goes
 * with the child. To close the environment here could destroy a mutex that
 * another process is just about to use.
 */
static int
walk_file(const struct store_paths *p, bool live)
{
	struct walker w = { .base = NULL };
	MDB_envinfo info;
	struct stat st;
	MDB_env *env;
	MDB_stat main;
	int rc;

	if ((rc = check_file(p->data)) != 0 ||
	    (rc = open_through_gate(p, live, &env)) != 0)
		return rc;
	mdb_env_info(env, &info);
	mdb_env_stat(env, &main);
	if (stat(p->data, &st) == -1)
		return errno;
	if ((uint64_t)st.st_size / main.ms_psize < info.me_last_pgno + 1)
		return MDB_CORRUPTED;
	if ((rc = begin_walk(env, &w.txn)) != 0)
		return rc;
	rc = walk_all(env, &w);
	mdb_txn_abort(w.txn);
	return rc;
}

struct answer {
	int status;
	int error;
};

struct check {
	const struct store_paths *paths;
	bool live;
};

static void
run_check(void *arg, int out)
{
	const struct check *c = arg;
	struct answer answer;

	answer.status = (int)store_status_of(walk_file(c->paths, c->live));
	answer.error = errno;
	if (write(out, &answer, sizeof(answer)) != sizeof(answer))
		_exit(1);
}

enum store_status
store_check_paths(const struct store_paths *p, bool live)
{
	struct check check = { .paths = p, .live = live };
	struct answer answer = { 0, 0 };
	struct store_child child;
	bool answered;
	int by, error;
	struct stat st;

	if (stat(p->data, &st) == -1)
		return store_status_of(errno);
	if ((error = store_child_start(&child, st.st_size, run_check,
	    &check)) != 0) {
		errno = error;
		return STORE_SYSTEM;
	}
	answered = store_child_read(&child, &answer, sizeof(answer)) ==
	    sizeof(answer);
	by = store_child_end(&child);
	/* SIGKILL is not its own doing: short memory, or an admin. */
	if (!answered && (!child.in_time || by == SIGKILL)) {
		errno = child.in_time ? ECHILD : ETIMEDOUT;
		return STORE_SYSTEM;
	}
	errno = answered ? answer.error : EBADMSG;
	return answered ? (enum store_status)answer.status : STORE_DAMAGED;
}
