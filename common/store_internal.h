/*
 * store_internal: what the store's files share; nobody else includes it but
 * its tests and bench.
 *
 *   store.c        the handle: open, close, what a status is called
 *   store_key.c    the hash key, the keys made with it, sealed texts
 *   store_gate.c   paths, directories, and who may open the files now
 *   store_env.c    one LMDB environment: lock file, map, tables, identity
 *   store_read.c   read transactions lent to any thread; the getters
 *   store_items.c  reading the tables of items
 *   store_empty.c  whether a table of them has any
 *   store_stats.c  counts
 *   store_batch.c  the operations of a batch, collected
 *   store_story.c  the table of evidence, in the order of its coming
 *   store_write.c  a batch committed, the map grown
 *   store_evict.c  room in a full map
 *   store_child.c  a throw-away child
 *   store_check.c  what it walks through before the file is trusted
 *   store_pages.c  LMDB's page heads, for the child
 *   store_aside.c  a damaged file moved away
 *   store_raw.c    its pages read without LMDB
 *   store_salvage.c  what is sound in it taken over
 *
 * The key file is also the gate: an flock on it, held while any process opens
 * or closes the environment or replaces its files. It closes two races that
 * LMDB leaves: an environment opened while the last other process closes it
 * (it meets a destroyed mutex), and a data file met with another one's lock
 * file.
 */
#ifndef RCPTGUARD_STORE_INTERNAL_H
#define RCPTGUARD_STORE_INTERNAL_H

#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/record.h"
#include "common/store.h"

#define STORE_HASH_KEY		16	/* octets in the key file */
#define STORE_SEAL_KEY		32	/* made of it, for store_seal */
#define STORE_PREFIX		6	/* of a record's key, from the domain */
#define STORE_LOCK_SUFFIX	"-lock"	/* LMDB's own choice (MDB_NOSUBDIR) */
#define STORE_POOL		32	/* read transactions kept for reuse */
#define STORE_MAP_FIRST		(16u << 20)
#define STORE_MAP_LEAST		(1u << 20)	/* of max_size */
#define STORE_VALUE_MAX		(64u << 10)
#define STORE_BATCH_MAX		(1u << 20)	/* operations */

/*
 * LMDB's tables. The items' are last, in the order of enum store_table; a file
 * of an older program may lack them. The number is in each record but a
 * verdict, so it is never given another meaning.
 */
enum store_dbi {
	TABLE_VERDICTS,
	TABLE_EVIDENCE,
	TABLE_META,
	TABLE_ITEMS,
	TABLE_DOMAINS = TABLE_ITEMS,
	TABLE_COUNT = TABLE_ITEMS + STORE_TABLE_COUNT
};

#define TABLE_ABSENT	0		/* LMDB's own; never one of ours */

extern const char *const store_table_names[TABLE_COUNT];

/* Records of the meta table, each in an envelope under this key. */
#define META_KEY_CHECK	"key-check"	/* store_key_check of the hash key */
#define META_EVICTED	"evicted"	/* decimal: records that had to go */
#define META_LOST	"exclusions-lost"	/* name of the file set aside */

struct store_paths {
	char dir[PATH_MAX];		/* state_dir */
	char data_dir[PATH_MAX];	/* of path; may be another */
	char data[PATH_MAX];
	char lock[PATH_MAX];
	char key[PATH_MAX];
};

/* One open environment and what tells it from another under the same name. */
struct store_env {
	MDB_env *env;			/* NULL: closed */
	MDB_dbi table[TABLE_COUNT];	/* an item's may be TABLE_ABSENT */
	unsigned page_size;
	dev_t dev;
	ino_t ino;
	dev_t lock_dev;
	ino_t lock_ino;
	off_t size;			/* the largest seen; it never shrinks */
	/* Under the store's lock: a table of items was empty after this
	   transaction, the first being 1; 0: not known. */
	size_t empty_after[STORE_TABLE_COUNT];
};

struct store_op;
struct evict;

struct store {
	bool writer;
	struct store_paths paths;
	uint64_t max_size;
	uint8_t hash_key[STORE_HASH_KEY];
	uint8_t seal_key[STORE_SEAL_KEY];	/* the writer's own copy */
	_Atomic int64_t next_damage_ms;	/* no line about an item before */

	pthread_mutex_t lock;		/* over the next part; held briefly */
	pthread_cond_t quiet;		/* busy fell to 0, or a switch ended */
	bool switching;			/* nobody may start to read */
	unsigned busy;			/* threads inside a read transaction */
	MDB_txn *idle[STORE_POOL];	/* reset, ready to renew */
	unsigned idle_count;
	struct store_env env;
	enum store_status state;	/* of env */
	int state_errno;
	int64_t next_look_ms;		/* readers: see store_read.c */
	dev_t bad_dev;			/* readers: a file found damaged */
	ino_t bad_ino;

	/* the writer's thread only */
	struct store_op *ops;
	size_t op_count, op_size;
	bool begun;
	int latched;			/* errno of a put that was not taken */
	struct evict *evict;
	struct store_salvage *salvage;	/* NULL: nothing was set aside */
};

/* store.c */
enum store_status store_status_of(int rc);	/* of LMDB's code; sets errno */
/* Whether v is a sound record of this table under this key. */
bool store_envelope_open(enum store_dbi table, const void *key,
    size_t key_len, const MDB_val *v, struct envelope *out);

/*
 * store_key.c. The key file: STORE_HASH_KEY random octets, 0640. Returns a
 * descriptor for the gate, or -1 with *status and errno. create: makes the
 * file if there is none. loud: an unsafe file is told to the log.
 */
int store_key_open(const char *path, bool create, bool loud,
    uint8_t key[STORE_HASH_KEY], enum store_status *status);
void store_key_address(const uint8_t key[STORE_HASH_KEY],
    const struct address *addr, uint8_t out[RECORD_KEY_SIZE]);
void store_key_prefix(const uint8_t key[STORE_HASH_KEY], const char *domain,
    uint8_t out[STORE_PREFIX]);
/* What only this hash key gives: tells a store made with another one. */
void store_key_check(const uint8_t key[STORE_HASH_KEY],
    uint8_t out[RECORD_KEY_SIZE]);
void store_key_seal(const uint8_t key[STORE_HASH_KEY],
    uint8_t out[STORE_SEAL_KEY]);
void store_key_random(void *out, size_t len);

/* store_gate.c. Waits so long at most; false: not got. */
bool store_gate_enter(int key_fd, int wait_ms);
void store_gate_leave(int key_fd);		/* and closes it */
enum store_status store_paths_fill(const struct store_params *p,
    struct store_paths *out);
/* The writer's: owned by us or root, no group or other may write. */
enum store_status store_dir_check(const char *dir);
int store_dir_sync(const char *dir);		/* errno's value */

/* store_env.c. The gate is held; the hash key is in s. */
enum store_status store_env_open(const struct store *s,
    struct store_env *out);			/* closed unless STORE_OK */
void store_env_close(struct store_env *e);
/* Whether the paths still lead to the files that e has open, uncut. */
bool store_env_is_current(struct store_env *e, const struct store_paths *p);
/*
 * Readers: whether a table was missing, and one more look for it. No other
 * transaction of this process may be open.
 */
bool store_env_lacks_tables(const struct store_env *e);
void store_env_find_tables(struct store_env *e);
int store_meta_get(MDB_txn *txn, MDB_dbi meta, const char *name,
    struct envelope *out);
int store_meta_put(MDB_txn *txn, MDB_dbi meta, const char *name,
    const void *data, size_t len);

/* store_read.c. take and give: any thread, in one call of the store. */
int64_t store_coarse_ms(void);	/* of the monotonic clock */
enum store_status store_take(struct store *s, MDB_txn **txn);
void store_give(struct store *s, MDB_txn *txn);
/* *data is the caller's, with a NUL behind it that *len does not count. */
enum store_status store_copy_data(const struct envelope *e, void **data,
    size_t *len);
/*
 * Between the two no transaction of this process is open: the environment may
 * be resized, closed and opened.
 */
void store_switch_begin(struct store *s);
void store_switch_end(struct store *s);
void store_shut(struct store *s);		/* closes; state is ABSENT */
enum store_status store_reopen(struct store *s, int wait_ms);

/* store_stats.c: counts */
struct store_pages {
	uint64_t table[TABLE_COUNT];
	uint64_t entries[TABLE_COUNT];
	uint64_t used;			/* with LMDB's own tables */
};
int store_count_pages(MDB_txn *txn, const struct store_env *e,
    struct store_pages *out);
uint64_t store_evicted(MDB_txn *txn, MDB_dbi meta);
/* Commits since the oldest reader's snapshot; 0: nobody holds pages back. */
uint64_t store_reader_lag(MDB_env *env);

/*
 * store_story.c. The evidence of a verdict. All but key return LMDB's code.
 *
 * Its key is a number, which the verdict's record holds, big-endian, and then
 * the verdict's own key. A new one has the next number, so that what comes
 * together lies together: under the verdict's key alone each would cost a page
 * of its own in every commit, and the oldest would have to be looked for.
 * Number 0: of an older program, under the verdict's key alone.
 */
#define STORE_STORY_KEY	(8 + RECORD_KEY_SIZE)
size_t store_story_key(const uint8_t key[RECORD_KEY_SIZE], uint64_t number,
    uint8_t out[STORE_STORY_KEY]);		/* octets written */
int store_story_last(const struct store_env *e, MDB_txn *txn,
    uint64_t *number);				/* 0: none */
int store_story_put(const struct store_env *e, MDB_txn *txn,
    const struct store_op *op, uint64_t number);
int store_story_delete(const struct store_env *e, MDB_txn *txn,
    const uint8_t key[RECORD_KEY_SIZE], uint64_t number);
/* The oldest want; *gone grows by what went. */
int store_story_evict(const struct store_env *e, MDB_txn *txn, uint64_t want,
    uint64_t *gone);

/* store_batch.c: what is to be written, kept until it is. */
enum op_kind {
	OP_OFFER,
	OP_SAVED,			/* a record as it lay in another file */
	OP_ITEM,
	OP_DELETE,
	OP_DELETE_ITEM,
	OP_DELETE_DOMAIN
};

struct store_op {
	enum op_kind kind;
	uint8_t key[RECORD_KEY_SIZE];	/* OP_DELETE_DOMAIN: its prefix */
	struct verdict verdict;
	int64_t now;
	int64_t written_at;		/* OP_OFFER: milliseconds */
	enum store_dbi table;		/* of value */
	char *name;			/* owned: a domain, an item's key */
	size_t name_len;		/* a NUL follows */
	uint8_t *value;			/* owned, or NULL: an envelope;
					   OP_OFFER: sealed evidence */
	size_t len;
	uint64_t *deleted;
};
void store_batch_free(struct store *s);
/* Puts it unless it is not sound, or there is one that is as new. */
void store_put_saved(struct store *s, enum store_dbi table,
    const uint8_t *key, size_t key_len, const uint8_t *value, size_t len);

/* store_evict.c: all return LMDB's code. */
struct evict *store_evict_new(void);		/* NULL: no memory */
void store_evict_free(struct evict *ev);
/* After a batch's operations, in its transaction: what must go for them. */
int store_evict_for(struct store *s, MDB_txn *txn,
    const struct store_pages *before, int64_t now);
/*
 * The map is full, cannot grow, and the batch does not fit: frees pages, each
 * round more, in transactions of its own.
 */
#define EVICT_ROUNDS	4
int store_evict_round(struct store *s, unsigned round, int64_t now);

/*
 * store_child.c. A child of its own for what may crash: no core, limits of time
 * by the size of the file. It writes to out and ends when run returns.
 */
struct store_child {
	int pid;
	int out;			/* where it writes, our end */
	bool in_time;			/* false: it had to be ended */
	int64_t end_ms;
};
/* Errno's value; unless 0 nothing has begun. */
int store_child_start(struct store_child *c, int64_t size,
    void (*run)(void *arg, int out), void *arg);
/* Waits; 0: it has no more to say, or its time is over. */
size_t store_child_read(struct store_child *c, void *data, size_t len);
/* The signal that ended it, or 0. */
int store_child_end(struct store_child *c);

/* store_check.c. live: somebody may write meanwhile. */
enum store_status store_check_paths(const struct store_paths *p, bool live);

/*
 * store_pages.c: page heads, which only the child looks at. base is the map's
 * begin; NULL is filled in from the first value.
 */
bool store_pages_are_known(void);	/* of this LMDB, on this machine */
bool store_page_of_value(const MDB_val *v, unsigned page_size,
    const uint8_t **base);
bool store_pages_are_sound(const uint8_t *base, unsigned page_size,
    uint64_t last, const uint8_t *free_pages);	/* a bit each */

/*
 * store_aside.c. The gate is held. path is where the data file is now; name
 * the same, or without its directory if it is too long.
 */
#define STORE_ASIDE_MAX	(PATH_MAX + 64)
enum store_status store_set_aside(const struct store_paths *p,
    char path[STORE_ASIDE_MAX], char name[256]);

/*
 * store_salvage.c. Takes over what is sound in the file at path, which nobody
 * uses, and fills s->salvage; s is new and empty. If exclusions may be lost,
 * the file's name is noted in the store.
 */
void store_salvage(struct store *s, const char *path);

#endif
