#include "common/store_raw.h"

#include <stdlib.h>
#include <string.h>

/*
 * LMDB 0.9 on a machine of 64 bits. Pages and nodes are described in
 * store_pages.c. The first two pages are headers, which behind the page's own
 * head hold, in octets from the page's begin:
 *
 *   16   4  magic
 *   20   4  version, 1
 *   24   8  address of the map
 *   32   8  size of the map
 *   40  48  root of the tree of free pages
 *   88  48  root of the main tree, whose records are the named tables' roots
 *   136  8  last page in use
 *   144  8  number of the transaction; odd ones are in page 1
 *
 * A root: 4 octets (the page size, in the first of the free pages' tree), 2
 * flags, 2 depth, 8 branch pages, 8 leaf pages, 8 overflow pages, 8 records, 8
 * page of the root.
 */
#define HEAD		16
#define FLAG_BRANCH	0x01
#define FLAG_LEAF	0x02
#define FLAG_OVERFLOW	0x04
#define FLAG_HEADER	0x08
#define NODE_HEAD	8
#define NODE_BIG	0x01
#define NODE_TREE	0x02
#define ROOT_SIZE	48
#define HEADER_SIZE	152
#define MAGIC		0xBEEFC0DEu
#define DEPTH_MAX	32		/* LMDB's own */
#define PAGE_LEAST	512
#define PAGE_MOST	65536

static uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t
get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool
bit(const uint8_t *bits, uint64_t n)
{
	return (bits[n / 8] & 1 << n % 8) != 0;
}

static void
set_bit(uint8_t *bits, uint64_t n)
{
	bits[n / 8] |= (uint8_t)(1 << n % 8);
}

static void
read_root(const uint8_t *p, struct store_raw_tree *out)
{
	out->entries = get64(p + 32);
	out->root = get64(p + 40);
}

bool
store_raw_tree(const struct store_raw_record *r, struct store_raw_tree *out)
{
	if (!r->is_tree || r->len != ROOT_SIZE)
		return false;
	read_root(r->data, out);
	return true;
}

/* --- headers ------------------------------------------------------------- */

/* The page size that the header names; 0: it is none. */
static unsigned
read_header(const uint8_t *p, uint64_t number, uint64_t *last_page,
    struct store_raw_snapshot *out)
{
	uint32_t size;

	if (get64(p) != number || get16(p + 10) != FLAG_HEADER ||
	    get32(p + 16) != MAGIC || get32(p + 20) != 1)
		return 0;
	size = get32(p + 40);
	if (size < PAGE_LEAST || size > PAGE_MOST || (size & (size - 1)) != 0)
		return 0;
	read_root(p + 40, &out->free);
	read_root(p + 88, &out->main);
	*last_page = get64(p + 136);
	out->number = get64(p + 144);
	return out->number == 0 || out->number % 2 == number ? size : 0;
}

/* The second one stands where the page size says, which it names itself. */
static unsigned
read_second(const uint8_t *octets, size_t len, unsigned page_size,
    uint64_t *last_page, struct store_raw_snapshot *out)
{
	unsigned size = page_size != 0 ? page_size : PAGE_LEAST;

	for (; size <= PAGE_MOST; size *= 2) {
		if (len >= (size_t)size + HEADER_SIZE && read_header(octets +
		    size, 1, last_page, out) == size)
			return size;
		if (page_size != 0)
			break;
	}
	return 0;
}

/*
 * A commit writes one header, so the two are one transaction apart: else one
 * of them is not what it was.
 */
static bool
are_sure(const struct store_raw *raw)
{
	uint64_t newer = raw->snapshots[0].number;
	uint64_t older = raw->snapshots[1].number;

	return raw->snapshot_count == 2 && (newer == older + 1 ||
	    (newer == 0 && older == 0));
}

static void
read_headers(struct store_raw *raw, size_t len)
{
	struct store_raw_snapshot first, second;
	uint64_t last_first = 0, last_second = 0;
	unsigned size = 0, size_second;

	if (len >= HEADER_SIZE)
		size = read_header(raw->octets, 0, &last_first, &first);
	size_second = read_second(raw->octets, len, size, &last_second,
	    &second);
	raw->page_size = size != 0 ? size : size_second;
	if (size != 0)
		raw->snapshots[raw->snapshot_count++] = first;
	if (size_second != 0)
		raw->snapshots[raw->snapshot_count++] = second;
	if (raw->snapshot_count == 2 && second.number > first.number) {
		raw->snapshots[0] = second;
		raw->snapshots[1] = first;
		last_first = last_second;
	}
	if (raw->page_size == 0)
		return;
	raw->pages = len / raw->page_size;
	raw->sure = are_sure(raw) && last_first < raw->pages;
}

bool
store_raw_open(struct store_raw *raw, const void *octets, size_t len)
{
	memset(raw, 0, sizeof(*raw));
	raw->octets = octets;
	read_headers(raw, len);
	if (raw->snapshot_count == 0)
		return false;
	raw->seen = calloc(1, raw->pages / 8 + 1);
	raw->free = calloc(1, raw->pages / 8 + 1);
	if (raw->seen != NULL && raw->free != NULL)
		return true;
	store_raw_close(raw);
	return false;
}

void
store_raw_close(struct store_raw *raw)
{
	free(raw->seen);
	free(raw->free);
	raw->seen = raw->free = NULL;
}

/* --- pages --------------------------------------------------------------- */

struct walk {
	struct store_raw *raw;
	store_raw_each *each;
	void *arg;
};

/* NULL: it is none that is in use. All of it is in the file. */
static const uint8_t *
page_at(const struct store_raw *raw, uint64_t number)
{
	const uint8_t *page;

	if (number < 2 || number >= raw->pages || bit(raw->free, number))
		return NULL;
	page = raw->octets + number * raw->page_size;
	return get64(page) == number ? page : NULL;
}

/* What lies on pages of its own. NULL: they do not hold so much. */
static const uint8_t *
big_data(struct store_raw *raw, uint64_t number, size_t len)
{
	const uint8_t *page = page_at(raw, number);
	uint64_t i, count = (HEAD - 1 + (uint64_t)len) / raw->page_size + 1;

	if (page == NULL || get16(page + 10) != FLAG_OVERFLOW ||
	    get32(page + 12) != count || count > raw->pages - number)
		return NULL;
	for (i = 0; i < count; i++)
		set_bit(raw->seen, number + i);
	return page + HEAD;
}

/* The node at offset; false: it does not fit the page. */
static bool
read_node(struct store_raw *raw, const uint8_t *page, unsigned offset,
    struct store_raw_record *out)
{
	const uint8_t *node = page + offset;
	unsigned left = raw->page_size - offset, flags;

	if (offset < HEAD || offset > raw->page_size - NODE_HEAD)
		return false;
	left -= NODE_HEAD;
	out->len = get32(node);
	flags = get16(node + 4);
	out->key_len = get16(node + 6);
	out->key = node + NODE_HEAD;
	out->is_tree = flags == NODE_TREE;
	if (out->key_len > left || (flags != 0 && flags != NODE_BIG &&
	    flags != NODE_TREE))
		return false;
	left -= (unsigned)out->key_len;
	out->data = out->key + out->key_len;
	if (flags != NODE_BIG)
		return out->len <= left;
	if (left < sizeof(uint64_t))
		return false;
	out->data = big_data(raw, get64(out->data), out->len);
	return out->data != NULL;
}

/* Offsets of nodes that the head speaks of; an absurd head has none. */
static unsigned
count_nodes(const struct store_raw *raw, const uint8_t *page)
{
	unsigned lower = get16(page + 12);

	return lower < HEAD || lower > raw->page_size ? 0 :
	    (lower - HEAD) / 2;
}

static void
walk_leaf(struct walk *w, const uint8_t *page)
{
	unsigned i, n = count_nodes(w->raw, page);
	struct store_raw_record r;

	if (n == 0)
		w->raw->faults++;
	for (i = 0; i < n; i++) {
		if (read_node(w->raw, page, get16(page + HEAD + 2 * i), &r))
			w->each(w->arg, &r);
		else
			w->raw->faults++;
	}
}

static void walk_page(struct walk *w, uint64_t number, unsigned depth);

static void
walk_branch(struct walk *w, const uint8_t *page, unsigned depth)
{
	unsigned i, at, n = count_nodes(w->raw, page);

	if (n == 0)
		w->raw->faults++;
	for (i = 0; i < n; i++) {
		at = get16(page + HEAD + 2 * i);
		if (at < HEAD || at > w->raw->page_size - NODE_HEAD)
			w->raw->faults++;
		else
			walk_page(w, get32(page + at) |
			    (uint64_t)get16(page + at + 4) << 32, depth + 1);
	}
}

static void
walk_page(struct walk *w, uint64_t number, unsigned depth)
{
	const uint8_t *page = page_at(w->raw, number);

	if (page == NULL || depth > DEPTH_MAX || bit(w->raw->seen, number)) {
		w->raw->faults++;
		return;
	}
	set_bit(w->raw->seen, number);
	switch (get16(page + 10)) {
	case FLAG_BRANCH:
		walk_branch(w, page, depth);
		break;
	case FLAG_LEAF:
		walk_leaf(w, page);
		break;
	default:
		w->raw->faults++;
	}
}

void
store_raw_walk(struct store_raw *raw, const struct store_raw_tree *tree,
    store_raw_each *each, void *arg)
{
	struct walk w = { .raw = raw, .each = each, .arg = arg };

	if (tree->root != STORE_RAW_NO_PAGE)
		walk_page(&w, tree->root, 0);
}

void
store_raw_walk_strays(struct store_raw *raw, store_raw_each *each, void *arg)
{
	struct walk w = { .raw = raw, .each = each, .arg = arg };
	const uint8_t *page;
	uint64_t n;

	for (n = 2; n < raw->pages; n++) {
		page = bit(raw->seen, n) ? NULL : page_at(raw, n);
		if (page == NULL || get16(page + 10) != FLAG_LEAF)
			continue;
		set_bit(raw->seen, n);
		walk_leaf(&w, page);
	}
}

/* --- free pages ---------------------------------------------------------- */

/*
 * A list: how many, then the pages, descending. One that breaks a rule of this
 * may name pages that are in use.
 */
static void
note_free(void *arg, const struct store_raw_record *r)
{
	struct store_raw *raw = arg;
	uint64_t i, page, last, count;

	count = r->len < 8 ? UINT64_MAX : get64(r->data);
	if (r->is_tree || r->len < 8 || count > r->len / 8 - 1) {
		raw->faults++;
		return;
	}
	for (i = 1, last = raw->pages; i <= count; i++, last = page) {
		page = get64(r->data + 8 * i);
		if (page < 2 || page >= last || bit(raw->free, page)) {
			raw->faults++;
			return;
		}
		set_bit(raw->free, page);
	}
}

/* The lists are walked before any of their pages may count as free. */
bool
store_raw_note_free(struct store_raw *raw, const struct store_raw_tree *tree)
{
	uint64_t before = raw->faults;

	store_raw_walk(raw, tree, note_free, raw);
	if (raw->faults == before)
		return true;
	store_raw_forget_free(raw);
	return false;
}

void
store_raw_forget_free(struct store_raw *raw)
{
	memset(raw->free, 0, raw->pages / 8 + 1);
}
