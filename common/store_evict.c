#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store_internal.h"

/*
 * Room in a full map.
 *
 * LMDB writes every changed page anew, so even a deletion needs free pages:
 * eviction must begin before the map is full. Once it cannot grow and fewer
 * than a reserve of its pages are free, each batch takes out about as many
 * records as it added, and more the further the reserve is used up. So the
 * work is spread evenly, and a batch never waits for a great cleaning.
 *
 * Evidence lies in the order in which it came, and goes in that order. In other
 * tables a hand goes round (keys are hashes, so what lies side by side is a
 * random sample) and takes a window of records; of those the expired go, and
 * then the ones with the least life left: an old verdict before a fresh one,
 * an unknown before a good one. Single random keys were refused: each would
 * cost the copy of a page of its own, and a key drawn evenly over the hashes
 * nearly always falls between two domains and so never into a large one.
 */
#define WINDOW		256
#define SHARE_EASY	(WINDOW / 8)	/* of a window go at most so many */
#define SHARE_HARD	(WINDOW / 4 * 3)	/* so that pages merge */
#define RESERVE_SHARE	16		/* of the map's pages */
#define RESERVE_CAP	4
#define EVIDENCE_CAP	4		/* shares of max_size */
#define EVIDENCE_FLOOR	16		/* below: verdicts go instead */
#define DOMAINS_CAP	8
#define KEPT_CAP	2		/* all tables that are never evicted */
#define CHUNK_MOST	2048		/* deletions in one transaction */
#define CHUNK_LEAST	4
#define KEY_MAX		(STORE_ITEM_KEY_MAX + 2)

struct candidate {
	uint8_t key[KEY_MAX];
	size_t len;
	uint64_t story;			/* of a verdict: its evidence */
	int64_t rank;			/* less goes first */
	bool expired;
};

struct evict {
	struct candidate window[WINDOW];
	size_t count;
	uint8_t hand[TABLE_COUNT][KEY_MAX];
	size_t hand_len[TABLE_COUNT];
	bool wrapped;
};

/* How many records should go, and how many of a window may. */
struct demand {
	uint64_t want;
	size_t share;
	int64_t now;
};

/* How much is there, and how much may be; in pages. */
struct limits {
	struct store_pages pages;
	uint64_t total;			/* of the largest map */
	uint64_t reserve;
	bool grown;			/* the map cannot grow */
};

struct evict *
store_evict_new(void)
{
	struct evict *ev;
	int i;

	if ((ev = calloc(1, sizeof(*ev))) == NULL)
		return NULL;
	for (i = 0; i < TABLE_COUNT; i++) {
		ev->hand_len[i] = RECORD_KEY_SIZE;
		store_key_random(ev->hand[i], RECORD_KEY_SIZE);
	}
	return ev;
}

void
store_evict_free(struct evict *ev)
{
	free(ev);
}

/* A record that cannot be read goes before all others. */
static void
rank(enum store_dbi table, struct candidate *c, const MDB_val *v,
    int64_t now)
{
	struct verdict verdict;
	struct envelope e;

	c->expired = true;
	c->rank = INT64_MIN;
	c->story = 0;
	if (table == TABLE_VERDICTS) {
		if (!record_decode(c->key, v->mv_data, v->mv_size, &verdict,
		    &c->story))
			return;
		c->rank = verdict.expire_at;
		c->expired = verdict.expire_at <= now;
	} else if (envelope_decode(c->key, c->len, v->mv_data, v->mv_size,
	    &e)) {
		c->rank = e.written_at;
		c->expired = false;
	}
}

/* Fills the window from the hand on and moves the hand behind it. */
static int
fill_window(struct store *s, MDB_txn *txn, enum store_dbi table,
    int64_t now)
{
	struct evict *ev = s->evict;
	MDB_val k = {
		.mv_size = ev->hand_len[table], .mv_data = ev->hand[table]
	};
	struct candidate *c;
	MDB_cursor *cursor;
	MDB_val v;
	int rc;

	ev->count = 0;
	if ((rc = mdb_cursor_open(txn, s->env.table[table], &cursor)) != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &k, &v,
	    k.mv_size == 0 ? MDB_FIRST : MDB_SET_RANGE);
	while (rc == 0 && ev->count < WINDOW) {
		c = &ev->window[ev->count++];
		c->len = k.mv_size < KEY_MAX ? k.mv_size : KEY_MAX - 1;
		memcpy(c->key, k.mv_data, c->len);
		rank(table, c, &v, now);
		rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	ev->hand_len[table] = 0;
	ev->wrapped = rc == MDB_NOTFOUND;
	if (rc == 0) {
		/* With a zero octet: the least key after the last one. */
		c = &ev->window[ev->count - 1];
		memcpy(ev->hand[table], c->key, c->len);
		ev->hand[table][c->len] = 0;
		ev->hand_len[table] = c->len + 1;
	}
	return ev->wrapped ? 0 : rc;
}

static int
by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* How many of the sorted window go when want should. */
static size_t
share_of(const struct evict *ev, uint64_t want, size_t share)
{
	size_t expired = 0, most;

	while (expired < ev->count && ev->window[expired].expired)
		expired++;
	most = (ev->count * share + WINDOW - 1) / WINDOW;
	if (want < most)
		most = (size_t)want;
	return expired > most ? expired : most;
}

static int
drop(struct store *s, MDB_txn *txn, enum store_dbi table,
    const struct candidate *c)
{
	MDB_val k = { .mv_size = c->len, .mv_data = (void *)c->key };
	int rc;

	rc = mdb_del(txn, s->env.table[table], &k, NULL);
	if (rc == 0 && table == TABLE_VERDICTS)
		rc = store_story_delete(&s->env, txn, c->key, c->story);
	return rc;
}

/* At most one time round the table. *done counts what went. */
static int
evict_windows(struct store *s, MDB_txn *txn, enum store_dbi table,
    struct demand d, uint64_t *done)
{
	struct evict *ev = s->evict;
	unsigned wraps = 0;
	uint64_t gone = 0;
	size_t i, n;
	int rc;

	while (gone < d.want && wraps < 2) {
		if ((rc = fill_window(s, txn, table, d.now)) != 0)
			return rc;
		wraps += ev->wrapped;
		qsort(ev->window, ev->count, sizeof(ev->window[0]), by_rank);
		n = share_of(ev, d.want - gone, d.share);
		for (i = 0; i < n; i++)
			if ((rc = drop(s, txn, table, &ev->window[i])) != 0)
				return rc;
		gone += n;
	}
	*done += gone;
	return 0;
}

static int
evict(struct store *s, MDB_txn *txn, enum store_dbi table,
    struct demand d, uint64_t *done)
{
	if (table == TABLE_EVIDENCE)
		return store_story_evict(&s->env, txn, d.want, done);
	return evict_windows(s, txn, table, d, done);
}

static int
add_evicted(struct store *s, MDB_txn *txn, uint64_t more)
{
	MDB_dbi meta = s->env.table[TABLE_META];
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64,
	    store_evicted(txn, meta) + more);
	return store_meta_put(txn, meta, META_EVICTED, text, strlen(text));
}

static int
measure(struct store *s, MDB_txn *txn, struct limits *l)
{
	MDB_envinfo info;
	uint64_t size;
	int rc;

	if ((rc = store_count_pages(txn, &s->env, &l->pages)) != 0)
		return rc;
	mdb_env_info(s->env.env, &info);
	l->grown = info.me_mapsize >= s->max_size;
	size = l->grown ? info.me_mapsize : s->max_size;
	l->total = size / s->env.page_size;
	/* A batch copies its pages, and the old ones come free two later. */
	l->reserve = l->total / RESERVE_SHARE;
	if (l->reserve < 3 * s->op_count)
		l->reserve = 3 * s->op_count;
	if (l->reserve > l->total / RESERVE_CAP)
		l->reserve = l->total / RESERVE_CAP;
	return 0;
}

/* One out for each that came in, four when all of span is used up. */
static uint64_t
quota(uint64_t came, uint64_t lack, uint64_t span)
{
	if (span == 0)
		span = 1;
	if (lack > span)
		lack = span;
	return came + came * 3 * lack / span;
}

static uint64_t
came(const struct store_pages *before, const struct store_pages *after,
    enum store_dbi table)
{
	if (after->entries[table] <= before->entries[table])
		return 0;
	return after->entries[table] - before->entries[table];
}

/* A table over its own cap. */
static int
trim(struct store *s, MDB_txn *txn, const struct limits *l,
    const struct store_pages *before, enum store_dbi table, uint64_t cap,
    int64_t now, uint64_t *done)
{
	struct demand d = { .share = SHARE_EASY, .now = now };
	uint64_t pages = l->pages.table[table];

	if (pages <= cap)
		return 0;
	d.want = quota(came(before, &l->pages, table), pages - cap, cap / 8);
	return evict(s, txn, table, d, done);
}

/* Whose records go when the whole map is short. */
static enum store_dbi
poorest(const struct limits *l)
{
	if (l->pages.table[TABLE_EVIDENCE] > l->total / EVIDENCE_FLOOR)
		return TABLE_EVIDENCE;
	if (l->pages.table[TABLE_VERDICTS] >= l->pages.table[TABLE_DOMAINS])
		return TABLE_VERDICTS;
	return TABLE_DOMAINS;
}

static int
relieve(struct store *s, MDB_txn *txn, const struct limits *l,
    const struct store_pages *before, int64_t now, uint64_t *done)
{
	struct demand d = { .share = SHARE_EASY, .now = now };
	uint64_t free, new = 0;
	int i;

	free = l->total > l->pages.used ? l->total - l->pages.used : 0;
	if (!l->grown || free >= l->reserve)
		return 0;
	for (i = 0; i < TABLE_COUNT; i++)
		new += came(before, &l->pages, (enum store_dbi)i);
	d.want = quota(new, l->reserve - free, l->reserve);
	return evict(s, txn, poorest(l), d, done);
}

static uint64_t
kept(const struct store_pages *pages)
{
	uint64_t sum = 0;
	int i;

	for (i = TABLE_ITEMS; i < TABLE_COUNT; i++)
		if (i != TABLE_DOMAINS)
			sum += pages->table[i];
	return sum;
}

int
store_evict_for(struct store *s, MDB_txn *txn,
    const struct store_pages *before, int64_t now)
{
	struct limits l;
	uint64_t done = 0;
	int rc;

	if ((rc = measure(s, txn, &l)) != 0)
		return rc;
	/* Not MDB_MAP_FULL: no growth and no eviction would help. */
	if (kept(&l.pages) > kept(before) &&
	    kept(&l.pages) > l.total / KEPT_CAP)
		return MDB_TXN_FULL;
	rc = trim(s, txn, &l, before, TABLE_EVIDENCE, l.total / EVIDENCE_CAP,
	    now, &done);
	if (rc == 0)
		rc = trim(s, txn, &l, before, TABLE_DOMAINS,
		    l.total / DOMAINS_CAP, now, &done);
	if (rc == 0)
		rc = relieve(s, txn, &l, before, now, &done);
	if (rc == 0 && done > 0)
		rc = add_evicted(s, txn, done);
	return rc;
}

/* One small transaction; *left falls by what went. */
static int
evict_chunk(struct store *s, uint64_t chunk, int64_t now, uint64_t *left)
{
	const struct demand d = {
		.want = chunk, .share = SHARE_HARD, .now = now
	};
	struct limits l;
	uint64_t done = 0;
	MDB_txn *txn;
	int rc;

	if ((rc = mdb_txn_begin(s->env.env, NULL, 0, &txn)) != 0)
		return rc;
	rc = measure(s, txn, &l);
	if (rc == 0 && chunk > 0)
		rc = evict(s, txn, poorest(&l), d, &done);
	if (rc == 0)
		rc = add_evicted(s, txn, done);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	if ((rc = mdb_txn_commit(txn)) == 0)
		*left = done < *left ? *left - done : 0;
	if (rc == 0 && chunk > 0 && done == 0)
		*left = 0;		/* there is nothing more */
	return rc;
}

/* A page comes free two commits after it was left. */
static int
settle(struct store *s, int64_t now)
{
	uint64_t nothing = 0;
	int rc;

	if ((rc = evict_chunk(s, 0, now, &nothing)) != 0)
		return rc;
	return evict_chunk(s, 0, now, &nothing);
}

/*
 * To settle may be all that the batch lacks; then a sixteenth of the records
 * goes, an eighth, a quarter. Never all: a batch that still does not fit is
 * too large.
 */
int
store_evict_round(struct store *s, unsigned round, int64_t now)
{
	uint64_t left = 0, chunk = CHUNK_MOST;
	struct limits l;
	MDB_txn *txn;
	int rc;

	if ((rc = mdb_txn_begin(s->env.env, NULL, MDB_RDONLY, &txn)) != 0)
		return rc;
	rc = measure(s, txn, &l);
	mdb_txn_abort(txn);
	if (rc == 0)
		rc = settle(s, now);
	if (round > 0)
		left = (l.pages.entries[poorest(&l)] >> (5 - round)) +
		    CHUNK_LEAST;
	while (left > 0 && rc == 0) {
		rc = evict_chunk(s, chunk < left ? chunk : left, now, &left);
		if (rc == MDB_MAP_FULL && chunk > CHUNK_LEAST) {
			chunk /= 2;
			rc = settle(s, now);
		}
	}
	return rc == 0 ? settle(s, now) : rc;
}
