#include <stdlib.h>
#include <string.h>

#include "common/table.h"

#include "probe/held.h"

#define FORGET		2		/* by one put, at most */

struct held {
	char key[ADDRESS_MAX + 1];	/* canonical */
	struct verdict verdict;
	uint64_t serial;
	UT_hash_handle hh;
};

static struct held *
find(struct held *table, const struct address *addr)
{
	char key[ADDRESS_MAX + 1];
	size_t len = address_canonical(addr, key);
	struct held *h;

	HASH_FIND(hh, table, key, (unsigned)len, h);
	return h;
}

/* The oldest are first. More than a put adds, so they never heap up. */
static void
forget(struct held **table, uint64_t done)
{
	struct held *h;
	int n;

	for (n = 0; n < FORGET && (h = *table) != NULL && h->serial <= done;
	    n++) {
		HASH_DEL(*table, h);
		free(h);
	}
}

void
held_put(struct held **table, const struct address *addr,
    const struct verdict *v, uint64_t serial, uint64_t done)
{
	char key[ADDRESS_MAX + 1];
	size_t len = address_canonical(addr, key);
	struct verdict kept = *v;
	struct held *h;

	HASH_FIND(hh, *table, key, (unsigned)len, h);
	if (h == NULL) {
		if ((h = calloc(1, sizeof *h)) == NULL)
			return;
	} else {
		if (h->serial > done &&
		    !verdict_may_replace(&h->verdict, v, v->checked_at))
			kept = verdict_kept(&h->verdict, v);
		HASH_DEL(*table, h);	/* it goes behind all others */
	}
	h->verdict = kept;
	h->serial = serial;
	memcpy(h->key, key, len);
	HASH_ADD(hh, *table, key, (unsigned)len, h);
	if (!TABLE_HAS(h))
		free(h);
	forget(table, done);
}

bool
held_get(struct held *table, const struct address *addr, uint64_t done,
    struct verdict *out)
{
	struct held *h = find(table, addr);

	if (h == NULL || h->serial <= done)
		return false;
	*out = h->verdict;
	return true;
}

void
held_clear(struct held **table)
{
	struct held *h, *next;

	HASH_ITER(hh, *table, h, next) {
		HASH_DEL(*table, h);
		free(h);
	}
}
