#include "cli/topk.h"

#include <stdlib.h>
#include <string.h>

#include "common/table.h"

struct place {
	struct topk_entry e;
	uint64_t weight;		/* n.verdicts and missed */
	size_t at;			/* in the heap */
	UT_hash_handle hh;
};

/* A heap by weight, the rarest at its root, beside a hash table by key. */
struct topk {
	struct place *by_key;
	struct place **heap;
	size_t count, size;
	uint64_t lost;
};

struct topk *
topk_new(size_t size)
{
	struct topk *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->size = size;
	if ((t->heap = calloc(size, sizeof *t->heap)) != NULL)
		return t;
	free(t);
	return NULL;
}

static void
place_free(struct place *p)
{
	free(p->e.key);
	free(p);
}

void
topk_free(struct topk *t)
{
	size_t i;

	if (t == NULL)
		return;
	HASH_CLEAR(hh, t->by_key);
	for (i = 0; i < t->count; i++)
		place_free(t->heap[i]);
	free(t->heap);
	free(t);
}

static void
put(struct topk *t, size_t at, struct place *p)
{
	t->heap[at] = p;
	p->at = at;
}

static void
rise(struct topk *t, struct place *p)
{
	size_t at = p->at, up;

	for (; at > 0; at = up) {
		up = (at - 1) / 2;
		if (t->heap[up]->weight <= p->weight)
			break;
		put(t, at, t->heap[up]);
	}
	put(t, at, p);
}

static void
sink(struct topk *t, struct place *p)
{
	size_t at = p->at, down;

	for (;; at = down) {
		down = 2 * at + 1;
		if (down >= t->count)
			break;
		if (down + 1 < t->count &&
		    t->heap[down + 1]->weight < t->heap[down]->weight)
			down++;
		if (t->heap[down]->weight >= p->weight)
			break;
		put(t, at, t->heap[down]);
	}
	put(t, at, p);
}

/* Takes key. NULL: no memory, and both are freed. */
static struct place *
enter(struct topk *t, struct place *p, char *key)
{
	p->e.key = key;
	HASH_ADD_KEYPTR(hh, t->by_key, p->e.key, strlen(p->e.key), p);
	if (TABLE_HAS(p))
		return p;
	place_free(p);
	return NULL;
}

static struct place *
add_place(struct topk *t, char *key)
{
	struct place *p = calloc(1, sizeof *p);

	if (p == NULL) {
		free(key);
		return NULL;
	}
	if ((p = enter(t, p, key)) == NULL)
		return NULL;
	put(t, t->count++, p);
	rise(t, p);
	return p;
}

/* The rarest one's place, for another. */
static struct place *
take_place(struct topk *t, char *key)
{
	struct place *p = t->heap[0], *last;
	uint64_t missed = p->weight;

	HASH_DEL(t->by_key, p);
	free(p->e.key);
	memset(p, 0, sizeof *p);
	p->weight = p->e.missed = missed;
	t->lost++;
	if (enter(t, p, key) != NULL)
		return p;
	last = t->heap[--t->count];
	if (t->count > 0) {
		put(t, 0, last);
		sink(t, last);
	}
	return NULL;
}

static struct place *
place_of(struct topk *t, const char *key)
{
	size_t len = strnlen(key, TOPK_KEY_MAX);
	struct place *p;
	char *copy;

	HASH_FIND(hh, t->by_key, key, len, p);
	if (p != NULL)
		return p;
	if ((copy = strndup(key, len)) == NULL)
		return NULL;
	return t->count < t->size ? add_place(t, copy) : take_place(t, copy);
}

bool
topk_add(struct topk *t, const char *key, const struct verdict_line *line)
{
	struct place *p = place_of(t, key);

	if (p == NULL)
		return false;
	counts_add(&p->e.n, line);
	p->weight++;
	sink(t, p);
	return true;
}

size_t
topk_count(const struct topk *t)
{
	return t->count;
}

uint64_t
topk_lost(const struct topk *t)
{
	return t->lost;
}

uint64_t
topk_by_verdicts(const struct topk_entry *e)
{
	return e->n.verdicts;
}

/* --- the first ------------------------------------------------------------ */

static int
compare(const void *a, const void *b, void *arg)
{
	const struct topk_entry *x = *(const struct topk_entry *const *)a;
	const struct topk_entry *y = *(const struct topk_entry *const *)b;
	topk_rank_fn *const *rank = arg;
	uint64_t first = (*rank)(x), second = (*rank)(y);

	if (first != second)
		return first > second ? -1 : 1;
	return strcmp(x->key, y->key);
}

const struct topk_entry **
topk_first(const struct topk *t, topk_rank_fn *rank, size_t most,
    size_t *count, size_t *total)
{
	const struct topk_entry **list = calloc(t->count + 1, sizeof *list);
	size_t i, n = 0;

	*count = *total = 0;
	if (list == NULL)
		return NULL;
	for (i = 0; i < t->count; i++)
		if (rank(&t->heap[i]->e) > 0)
			list[n++] = &t->heap[i]->e;
	if (n > 1)
		qsort_r(list, n, sizeof *list, compare, &rank);
	*total = n;
	*count = n < most ? n : most;
	return list;
}
