#include <string.h>

#include "common/store_internal.h"

/*
 * What LMDB 0.9 writes at the head of each page (mdb.c, MDB_page). Its API
 * does not show it, reading does not depend on all of it, and writing does: a
 * page with a wrong number in its head is freed under that number, and the
 * store breaks much later. So the child looks.
 *
 *   0   8  the page's own number
 *   8   2  not used
 *   10  2  flags: one of the three below
 *   12  2  end of the node offsets     | overflow: 4, length in pages
 *   14  2  begin of the nodes          |
 */
#define HEAD		16
#define FLAG_BRANCH	0x01
#define FLAG_LEAF	0x02
#define FLAG_OVERFLOW	0x04

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

static bool
is_known_format(void)
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

	if (!is_known_format())
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

	if (!is_known_format() || base == NULL)
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
		    h.lower < HEAD || h.lower > h.upper ||
		    h.upper > page_size) {
			return false;
		}
	}
	return true;
}
