/*
 * The input is a data file. However it is damaged: the walks end, each page is
 * come by once, and no record lies outside of the file.
 */
#include <stdlib.h>
#include <string.h>

#include "common/store_raw.h"
#include "tests/fuzz/fuzz.h"

struct seen {
	const struct store_raw *raw;
	uint64_t sum;
	size_t records, trees;
	struct store_raw_tree tree[64];
};

static bool
is_inside(const struct store_raw *raw, const uint8_t *p, size_t len)
{
	uint64_t size = raw->pages * raw->page_size;

	return p >= raw->octets && len <= size &&
	    (uint64_t)(p - raw->octets) <= size - len;
}

/* Reading the octets lets the sanitizer look at them too. */
static void
see(void *arg, const struct store_raw_record *r)
{
	struct seen *s = arg;
	size_t i;

	PROPERTY(is_inside(s->raw, r->key, r->key_len));
	PROPERTY(is_inside(s->raw, r->data, r->len));
	for (i = 0; i < r->key_len; i++)
		s->sum += r->key[i];
	if (r->len > 0)
		s->sum += r->data[r->len - 1];
	s->records++;
	if (s->trees < 64 && store_raw_tree(r, &s->tree[s->trees]))
		s->trees++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct store_raw raw;
	struct seen s = { .raw = &raw };
	size_t i, most, roots;

	if (!store_raw_open(&raw, data, len))
		return 0;
	PROPERTY(raw.snapshot_count > 0 && raw.snapshot_count <= 2);
	PROPERTY(raw.pages * raw.page_size <= len);
	/* A node takes two octets of its page at least. */
	most = raw.pages * raw.page_size / 2;
	(void)store_raw_note_free(&raw, &raw.snapshots[0].free);
	store_raw_walk(&raw, &raw.snapshots[0].main, see, &s);
	for (i = 0, roots = s.trees; i < roots; i++)
		store_raw_walk(&raw, &s.tree[i], see, &s);
	store_raw_forget_free(&raw);
	store_raw_walk_strays(&raw, see, &s);
	PROPERTY(s.records <= most);
	/* All was come by: a second look finds nothing. */
	i = s.records;
	store_raw_walk_strays(&raw, see, &s);
	PROPERTY(s.records == i);
	store_raw_close(&raw);
	return 0;
}
