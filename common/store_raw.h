/*
 * store_raw: LMDB's data file read without LMDB, which trusts its file: for
 * what can be saved of a damaged one.
 *
 * The file is octets in memory. Each page is looked at once, whatever the
 * pages say, so nothing goes in circles; nothing is read outside of the file.
 * Records are given as they lie there: only their own sums tell whether they
 * are sound.
 *
 * Pure but for two bitmaps; one thread.
 */
#ifndef RCPTGUARD_STORE_RAW_H
#define RCPTGUARD_STORE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_RAW_NO_PAGE	UINT64_MAX	/* a tree without records */

struct store_raw_tree {
	uint64_t root;
	uint64_t entries;		/* as the file says */
};

/* One of the two headers, each a whole and consistent past. */
struct store_raw_snapshot {
	uint64_t number;		/* of its transaction */
	struct store_raw_tree free, main;
};

struct store_raw {
	const uint8_t *octets;
	uint64_t pages;			/* whole ones */
	unsigned page_size;
	struct store_raw_snapshot snapshots[2];	/* the newest first */
	unsigned snapshot_count;	/* 0: no header is usable */
	/* Both headers are good, and the file is not cut. */
	bool sure;
	uint64_t faults;		/* places where a tree was broken */
	uint8_t *seen, *free;		/* a bit for each page */
};

struct store_raw_record {
	const uint8_t *key, *data;
	size_t key_len, len;
	bool is_tree;			/* data is a tree's root */
};

typedef void store_raw_each(void *arg, const struct store_raw_record *r);

/* False: no memory, or nothing of it can be read. octets outlive raw. */
bool store_raw_open(struct store_raw *raw, const void *octets, size_t len);
void store_raw_close(struct store_raw *raw);

/* The root in the data of a record; false: it is none. */
bool store_raw_tree(const struct store_raw_record *r,
    struct store_raw_tree *out);

/*
 * Each record on pages that the tree leads to, that were not seen before and
 * that are not known as free: what lies there is of the past.
 */
void store_raw_walk(struct store_raw *raw, const struct store_raw_tree *tree,
    store_raw_each *each, void *arg);

/*
 * Learns which pages are free. False: not all that are, or of some it is not
 * sure; then none is known as free.
 */
bool store_raw_note_free(struct store_raw *raw,
    const struct store_raw_tree *tree);

/* For a tree of another snapshot. */
void store_raw_forget_free(struct store_raw *raw);

/*
 * Each record on pages that no tree has led to and that are not known as free:
 * what a broken branch has cut off. Without the list of free pages these may
 * be records of the past.
 */
void store_raw_walk_strays(struct store_raw *raw, store_raw_each *each,
    void *arg);

#endif
