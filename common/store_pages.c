#include <string.h>

#include "common/store_internal.h"

/*
 * What LMDB 0.9 writes at the head of each page (mdb.c, MDB_page). Its API
 * does not show it, reading does not depend on all of it, and writing does: a
 * page with a wrong number in its head is freed under that number, and the
 * store breaks much later. So the child looks at all pages in use.
 *
 *   0   8  the page's own number
 *   8   2  not used
 *   10  2  flags: one of the three below
 *   12  2  end of the node offsets     | overflow: 4, length in pages
 *   14  2  begin of the nodes          |
 *   16  .  offset of each node, 2 octets
 *
 * and of each node: the length of its data in 4 octets, where a branch has a
 * page number, flags in 2, the length of its key in 2. Nodes lie without gaps
 * to the page's end, each of an even length.
 */
#define HEAD		16
#define FLAG_BRANCH	0x01
#define FLAG_LEAF	0x02
#define FLAG_OVERFLOW	0x04
#define NODE_HEAD	8
#define NODE_BIG	0x01		/* the data is on overflow pages */
#define NODE_TABLE	0x02		/* the data is a table's root */

struct head {
	uint64_t number;
	uint16_t flags, lower, upper;
	uint32_t pages;
};

static struct head
read_head(const uint8_t *page)
{
	struct head h;

	memcpy(&h.number, page, sizeof(h.number));
	memcpy(&h.flags, page + 10, sizeof(h.flags));
	memcpy(&h.lower, page + 12, sizeof(h.lower));
	memcpy(&h.upper, page + 14, sizeof(h.upper));
	memcpy(&h.pages, page + 12, sizeof(h.pages));
	return h;
}

bool
store_pages_are_known(void)
{
	int major, minor, patch;

	mdb_version(&major, &minor, &patch);
	return major == 0 && minor == 9 && sizeof(size_t) == 8;
}

/*
 * The map's begin is not in the API either, but all pages that hold a value
 * must agree on it.
 */
bool
store_page_of_value(const MDB_val *v, unsigned page_size,
    const uint8_t **base)
{
	const uint8_t *value = v->mv_data;
	const uint8_t *page = value - (uintptr_t)value % page_size;
	const uint8_t *begin;
	struct head h;

	if (!store_pages_are_known())
		return true;
	h = read_head(page);
	begin = page - h.number * page_size;
	if (*base == NULL)
		*base = begin;
	if (begin != *base)
		return false;
	if (h.flags == FLAG_OVERFLOW)
		return value == page + HEAD &&
		    h.pages == (HEAD - 1 + v->mv_size) / page_size + 1;
	return h.flags == FLAG_LEAF;
}

static bool
is_free(const uint8_t *free_pages, uint64_t number)
{
	return (free_pages[number / 8] & 1 << number % 8) != 0;
}

/* Octets that the node at offset takes; 0: it does not fit the page. */
static unsigned
node_size(const uint8_t *page, unsigned page_size, unsigned offset,
    uint16_t page_flags)
{
	uint16_t flags, key_len;
	uint32_t len;
	uint64_t size;

	if (offset + NODE_HEAD > page_size)
		return 0;
	memcpy(&len, page + offset, sizeof(len));
	memcpy(&flags, page + offset + 4, sizeof(flags));
	memcpy(&key_len, page + offset + 6, sizeof(key_len));
	size = NODE_HEAD + (uint64_t)key_len;
	if (page_flags == FLAG_LEAF) {
		if ((flags & ~(NODE_BIG | NODE_TABLE)) != 0)
			return 0;
		size += flags & NODE_BIG ? sizeof(uint64_t) : len;
	}
	size += size & 1;
	return offset + size > page_size ? 0 : (unsigned)size;
}

/* A wrong begin of the nodes would let the next one overwrite others. */
static bool
are_nodes_sound(const uint8_t *page, unsigned page_size, const struct head *h)
{
	unsigned at, size, total = 0;
	uint16_t offset;

	if (h->lower < HEAD || h->lower > h->upper || h->upper > page_size ||
	    h->lower % 2 != 0)
		return false;
	for (at = HEAD; at < h->lower; at += 2) {
		memcpy(&offset, page + at, sizeof(offset));
		if (offset < h->upper)
			return false;
		size = node_size(page, page_size, offset, h->flags);
		if (size == 0)
			return false;
		total += size;
	}
	return total == page_size - h->upper;
}

/* The pages behind the first one of an overflow hold only data. */
static bool
is_overflow_whole(const struct head *h, const uint8_t *free_pages,
    uint64_t last)
{
	uint64_t i;

	if (h->pages == 0 || h->pages > last - h->number + 1)
		return false;
	for (i = 1; i < h->pages; i++)
		if (is_free(free_pages, h->number + i))
			return false;
	return true;
}

bool
store_pages_are_sound(const uint8_t *base, unsigned page_size, uint64_t last,
    const uint8_t *free_pages)
{
	struct head h;
	uint64_t i;

	if (!store_pages_are_known() || base == NULL)
		return true;
	for (i = 2; i <= last; i++) {
		if (is_free(free_pages, i))
			continue;
		h = read_head(base + i * page_size);
		if (h.number != i)
			return false;
		if (h.flags == FLAG_OVERFLOW) {
			if (!is_overflow_whole(&h, free_pages, last))
				return false;
			i += h.pages - 1;
		} else if ((h.flags != FLAG_BRANCH && h.flags != FLAG_LEAF) ||
		    !are_nodes_sound(base + i * page_size, page_size, &h)) {
			return false;
		}
	}
	return true;
}
