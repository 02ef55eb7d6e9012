#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"
#include "common/store_raw.h"
#include "common/text.h"

/*
 * A child reads the damaged file and sends each sound record; what has come
 * before it dies is saved. It walks the trees from their roots, which finds
 * what is in force, and then the pages that a broken branch has cut off. A
 * record says itself, under its sum, which table it is of.
 *
 * Pages that are free still hold what was deleted. If it is not sure which
 * ones are, only exclusions are taken from outside the trees: one that was
 * withdrawn may come back, but none is lost that could be had.
 *
 * Refused: LMDB's own cursors in the child. They lose all of a table behind
 * the first bad page.
 */
#define CACHE_MS	10000		/* for verdicts and evidence together */
#define BATCH_OPS	10000
#define FRAME_MAX	(sizeof(struct frame) + UINT16_MAX + VALUE_MAX)
#define VALUE_MAX	(ENVELOPE_HEAD + STORE_VALUE_MAX + STORE_SEAL_EXTRA)

enum frame_kind {
	FRAME_HAD,			/* count: records of the table */
	FRAME_RECORD,
	FRAME_WHOLE			/* all of these were sent */
};

/* On the pipe, followed by key and value. */
struct frame {
	uint32_t kind, table;
	uint32_t key_len, len;
	uint64_t count;
};

/* What no network brings back goes first. */
static const enum store_dbi in_turn[] = {
	TABLE_META,
	TABLE_ITEMS + STORE_EXCLUSIONS,
	TABLE_ITEMS + STORE_OVERRIDES,
	TABLE_ITEMS + STORE_COMPLAINTS,
	TABLE_ITEMS + STORE_LEDGERS
};

static bool
is_cache(enum store_dbi table)
{
	return table == TABLE_VERDICTS || table == TABLE_EVIDENCE ||
	    table == TABLE_DOMAINS;
}

/* --- the child ----------------------------------------------------------- */

struct sender {
	const struct store *store;
	const char *path;
	FILE *out;
	struct store_raw raw;
	struct {
		bool found;
		bool known, broken;
		struct store_raw_tree tree;
		uint64_t had, sent;	/* sent: of those in force */
	} trees[TABLE_COUNT];
	enum store_dbi walked;		/* TABLE_COUNT: none, strays */
	bool other_key;			/* made with another hash key */
	bool free_known;
	bool in_doubt;			/* what is walked may be of the past */
	int64_t cache_end_ms;
};

/* The table that a sound record is of; TABLE_COUNT: it is not sound. */
static enum store_dbi
table_of(const struct store_raw_record *r, enum store_dbi walked)
{
	struct verdict verdict;
	struct envelope e;

	if (r->is_tree)
		return TABLE_COUNT;
	if (r->key_len == RECORD_KEY_SIZE &&
	    record_decode(r->key, r->data, r->len, &verdict, NULL))
		return TABLE_VERDICTS;
	if (!envelope_decode(r->key, r->key_len, r->data, r->len, &e))
		return TABLE_COUNT;
	if (e.table == 0)		/* an older program's */
		return walked == TABLE_VERDICTS ? TABLE_COUNT : walked;
	return e.table < TABLE_COUNT ? (enum store_dbi)e.table : TABLE_COUNT;
}

static void
send_frame(struct sender *s, const struct frame *f,
    const struct store_raw_record *r)
{
	fwrite(f, sizeof(*f), 1, s->out);
	if (r != NULL) {
		fwrite(r->key, 1, r->key_len, s->out);
		fwrite(r->data, 1, r->len, s->out);
	}
	if (ferror(s->out))
		_exit(1);
}

/*
 * All in force were sent. The right number alone is no proof where a broken
 * tree may have led to pages of the past.
 */
static bool
is_whole(const struct sender *s, enum store_dbi table)
{
	return s->raw.sure && s->trees[table].known &&
	    s->trees[table].sent == s->trees[table].had &&
	    (s->free_known || !s->trees[table].broken);
}

/* Under another key no address is found, and what is sealed stays shut. */
static bool
is_wanted(const struct sender *s, enum store_dbi table)
{
	if (table == TABLE_COUNT || table == TABLE_META)
		return false;
	if (s->in_doubt && s->walked == TABLE_COUNT)
		return table == TABLE_ITEMS + STORE_EXCLUSIONS &&
		    !is_whole(s, table);
	if (s->other_key)
		return table == TABLE_ITEMS + STORE_EXCLUSIONS ||
		    table == TABLE_ITEMS + STORE_COMPLAINTS ||
		    table == TABLE_ITEMS + STORE_LEDGERS;
	return true;
}

static void
note_meta(struct sender *s, const struct store_raw_record *r)
{
	uint8_t check[RECORD_KEY_SIZE];
	struct envelope e;

	if (r->key_len != strlen(META_KEY_CHECK) ||
	    memcmp(r->key, META_KEY_CHECK, r->key_len) != 0 ||
	    !envelope_decode(r->key, r->key_len, r->data, r->len, &e))
		return;
	store_key_check(s->store->hash_key, check);
	s->other_key = e.len != sizeof(check) ||
	    memcmp(e.data, check, sizeof(check)) != 0;
}

static void
send_record(void *arg, const struct store_raw_record *r)
{
	struct sender *s = arg;
	struct frame f = { .kind = FRAME_RECORD };
	enum store_dbi table;

	/* Only walked on, so that its pages are no strays. */
	if (is_cache(s->walked) && clock_mono_ms() > s->cache_end_ms)
		return;
	table = table_of(r, s->walked);
	if (table == TABLE_META)
		note_meta(s, r);
	if (!is_wanted(s, table))
		return;
	f.table = table;
	f.key_len = (uint32_t)r->key_len;
	f.len = (uint32_t)r->len;
	send_frame(s, &f, r);
	if (!s->in_doubt)
		s->trees[table].sent++;
}

static void
note_tree(void *arg, const struct store_raw_record *r)
{
	struct sender *s = arg;
	const char *name;
	size_t i;

	for (i = 0; i < TABLE_COUNT; i++) {
		name = store_table_names[i];
		if (r->key_len == strlen(name) &&
		    memcmp(r->key, name, r->key_len) == 0)
			s->trees[i].found = store_raw_tree(r,
			    &s->trees[i].tree);
	}
}

static void
walk_table(struct sender *s, enum store_dbi table)
{
	uint64_t faults;

	if (!s->trees[table].found)
		return;
	faults = s->raw.faults;
	s->walked = table;
	store_raw_walk(&s->raw, &s->trees[table].tree, send_record, s);
	s->trees[table].broken = s->raw.faults > faults;
	s->trees[table].found = false;
}

/* Each table once: what is in turn, other items, and the caches. */
static void
walk_tables(struct sender *s)
{
	size_t i;
	int t;

	for (i = 0; i < sizeof(in_turn) / sizeof(in_turn[0]); i++)
		walk_table(s, in_turn[i]);
	for (t = TABLE_ITEMS; t < TABLE_COUNT; t++)
		if (!is_cache((enum store_dbi)t))
			walk_table(s, (enum store_dbi)t);
	fflush(s->out);
	s->cache_end_ms = clock_mono_ms() + CACHE_MS;
	walk_table(s, TABLE_DOMAINS);
	walk_table(s, TABLE_VERDICTS);
	walk_table(s, TABLE_EVIDENCE);
}

/* A table that the whole main tree does not name has never had a record. */
static void
tell_had(struct sender *s, bool main_is_whole)
{
	struct frame f = { .kind = FRAME_HAD };
	int t;

	for (t = 0; t < TABLE_COUNT; t++) {
		if (!s->trees[t].found && !main_is_whole)
			continue;
		s->trees[t].known = true;
		s->trees[t].had = s->trees[t].found ?
		    s->trees[t].tree.entries : 0;
		f.table = (uint32_t)t;
		f.count = s->trees[t].had;
		send_frame(s, &f, NULL);
	}
}

static void
tell_whole(struct sender *s)
{
	struct frame f = { .kind = FRAME_WHOLE };
	int t;

	for (t = 0; t < TABLE_COUNT; t++) {
		f.table = (uint32_t)t;
		if (is_whole(s, (enum store_dbi)t))
			send_frame(s, &f, NULL);
	}
}

static void
walk_all(struct sender *s)
{
	struct store_raw *raw = &s->raw;
	uint64_t faults;

	s->free_known = store_raw_note_free(raw, &raw->snapshots[0].free);
	faults = raw->faults;
	store_raw_walk(raw, &raw->snapshots[0].main, note_tree, s);
	tell_had(s, raw->faults == faults);
	walk_tables(s);
	s->in_doubt = !raw->sure;
	if (s->in_doubt)
		store_raw_forget_free(raw);
	if (s->in_doubt && raw->snapshot_count == 2) {
		store_raw_walk(raw, &raw->snapshots[1].main, note_tree, s);
		walk_tables(s);
	}
	s->walked = TABLE_COUNT;
	s->in_doubt = !s->free_known || !raw->sure;
	/* Always: a branch that tells of fewer pages than it had is no fault. */
	store_raw_walk_strays(raw, send_record, s);
	tell_whole(s);
}

static void
run_sender(void *arg, int out)
{
	struct sender *s = arg;
	struct stat st;
	void *map;
	int fd;

	fd = open(s->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1 || st.st_size == 0)
		return;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	s->out = fdopen(out, "w");
	if (map == MAP_FAILED || s->out == NULL ||
	    !store_raw_open(&s->raw, map, (size_t)st.st_size))
		return;
	walk_all(s);
	if (fflush(s->out) != 0)
		_exit(1);
}

/* --- the parent ---------------------------------------------------------- */

struct receiver {
	struct store *store;
	struct store_salvage *told;
	uint8_t *octets;		/* FRAME_MAX */
	size_t have;
	bool failed;			/* the new store takes no more */
};

static struct store_salvaged *
counts_of(struct store_salvage *told, uint32_t table)
{
	if (table == TABLE_VERDICTS)
		return &told->verdicts;
	if (table == TABLE_EVIDENCE)
		return &told->evidence;
	if (table >= TABLE_ITEMS && table < TABLE_COUNT)
		return &told->items[table - TABLE_ITEMS];
	return NULL;
}

static void
flush(struct receiver *r)
{
	if (!r->failed && store_commit(r->store) != STORE_OK)
		r->failed = true;
	store_abort(r->store);
	if (store_begin(r->store) != STORE_OK)
		r->failed = true;
}

static void
take_frame(struct receiver *r, const struct frame *f, const uint8_t *data)
{
	struct store_salvaged *counts = counts_of(r->told, f->table);

	switch ((enum frame_kind)f->kind) {
	case FRAME_HAD:
		if (counts != NULL) {
			counts->known = true;
			counts->had = f->count;
		}
		break;
	case FRAME_RECORD:
		if (counts != NULL)
			store_put_saved(r->store, (enum store_dbi)f->table,
			    data, f->key_len, data + f->key_len, f->len);
		if (r->store->op_count >= BATCH_OPS)
			flush(r);
		break;
	case FRAME_WHOLE:
		if (counts != NULL)
			counts->whole = true;
		break;
	}
}

/* All whole frames that have come; false: this is no frame. */
static bool
take_frames(struct receiver *r)
{
	size_t at = 0, size;
	struct frame f;

	while (r->have - at >= sizeof(f)) {
		memcpy(&f, r->octets + at, sizeof(f));
		if (f.key_len > UINT16_MAX || f.len > VALUE_MAX)
			return false;
		size = sizeof(f) + f.key_len + f.len;
		if (r->have - at < size)
			break;
		take_frame(r, &f, r->octets + at + sizeof(f));
		at += size;
	}
	r->have -= at;
	memmove(r->octets, r->octets + at, r->have);
	return true;
}

static void
receive(struct receiver *r, struct store_child *child)
{
	size_t n;

	while (!r->failed && (n = store_child_read(child, r->octets + r->have,
	    FRAME_MAX - r->have)) > 0) {
		r->have += n;
		if (!take_frames(r))
			r->failed = true;
	}
	if (r->failed)
		child->in_time = false;	/* it is not to go on */
	store_child_end(child);
}

/* The new store began empty. */
static void
count_saved(struct store *s, struct store_salvage *told)
{
	struct store_pages pages = { .used = 0 };
	struct store_salvaged *counts;
	MDB_txn *txn;
	uint32_t t;

	if (store_take(s, &txn) != STORE_OK)
		return;
	if (store_count_pages(txn, &s->env, &pages) != 0)
		memset(&pages, 0, sizeof(pages));
	store_give(s, txn);
	for (t = 0; t < TABLE_COUNT; t++) {
		if ((counts = counts_of(told, t)) == NULL)
			continue;
		counts->saved = pages.entries[t];
		counts->whole = counts->whole && counts->saved >= counts->had;
	}
}

static void
take_over(struct store *s, const char *path)
{
	struct sender sender = { .store = s, .path = path };
	struct receiver r = { .store = s, .told = s->salvage };
	struct store_child child;
	struct stat st;

	if (!store_pages_are_known() || stat(path, &st) == -1 ||
	    (r.octets = malloc(FRAME_MAX)) == NULL)
		return;
	if (store_begin(s) == STORE_OK &&
	    store_child_start(&child, st.st_size, run_sender, &sender) == 0) {
		receive(&r, &child);
		flush(&r);
	}
	store_abort(s);
	free(r.octets);
	count_saved(s, r.told);
}

static void
note_lost(struct store *s, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	MDB_txn *txn;
	int rc;

	if (mdb_txn_begin(s->env.env, NULL, 0, &txn) != 0)
		return;
	rc = store_meta_put(txn, s->env.table[TABLE_META], META_LOST, name,
	    strlen(name));
	if (rc == 0)
		mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
}

void
store_salvage(struct store *s, const char *path)
{
	if (s->salvage != NULL)
		take_over(s, path);
	if (s->salvage == NULL || !s->salvage->items[STORE_EXCLUSIONS].whole)
		note_lost(s, path);
}

void
store_lost_exclusions(struct store *s, char path[256])
{
	struct envelope e = { .len = 0 };
	char name[NAME_MAX + 1] = "", full[PATH_MAX + NAME_MAX + 2];
	MDB_txn *txn;

	path[0] = '\0';
	if (store_take(s, &txn) != STORE_OK)
		return;
	if (store_meta_get(txn, s->env.table[TABLE_META], META_LOST, &e) == 0 &&
	    e.len < sizeof(name))
		memcpy(name, e.data, e.len);
	store_give(s, txn);
	if (name[0] == '\0')
		return;
	snprintf(full, sizeof(full), "%s/%s", s->paths.data_dir, name);
	if (access(full, F_OK) == 0 && text_copy(path, full, 256) >= 256)
		text_copy(path, name, 256);
}
