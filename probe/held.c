#include <stdlib.h>
#include <string.h>

#include "common/table.h"

#include "probe/held.h"

struct held {
	char key[ADDRESS_MAX + 1];	/* canonical */
	struct verdict verdict;
	const void *token;
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

void
held_put(struct held **table, const struct address *addr,
    const struct verdict *v, const void *token)
{
	struct held *h = find(*table, addr);
	bool fresh = h == NULL;
	size_t len;

	if (fresh) {
		if ((h = calloc(1, sizeof *h)) == NULL)
			return;
		len = address_canonical(addr, h->key);
		HASH_ADD(hh, *table, key, (unsigned)len, h);
		if (!TABLE_HAS(h)) {
			free(h);
			return;
		}
	}
	if (fresh || verdict_may_replace(&h->verdict, v, v->checked_at))
		h->verdict = *v;
	else
		h->verdict = verdict_kept(&h->verdict, v);
	h->token = token;
}

bool
held_get(struct held *table, const struct address *addr, struct verdict *out)
{
	struct held *h = find(table, addr);

	if (h != NULL)
		*out = h->verdict;
	return h != NULL;
}

void
held_drop(struct held **table, const struct address *addr, const void *token)
{
	struct held *h = find(*table, addr);

	if (h == NULL || h->token != token)
		return;
	HASH_DEL(*table, h);
	free(h);
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
