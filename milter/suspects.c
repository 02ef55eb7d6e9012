#include "milter/suspects.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_WAYS	4

struct seen {
	uint64_t key;			/* 0: free */
	int64_t at;
};

struct suspects {
	struct suspect_entry entries[SUSPECTS_SETS * SUSPECTS_WAYS];
	struct seen seen[SUSPECTS_SEEN];
};

/* Untouched pages of it cost nothing. */
struct suspects *
suspects_create(void)
{
	return calloc(1, sizeof(struct suspects));
}

void
suspects_destroy(struct suspects *s)
{
	free(s);
}

static struct suspect_entry *
set_of(struct suspects *s, uint64_t key)
{
	return &s->entries[key % SUSPECTS_SETS * SUSPECTS_WAYS];
}

struct suspect_entry *
suspects_find(struct suspects *s, uint64_t key)
{
	struct suspect_entry *set = set_of(s, key);
	size_t i;

	for (i = 0; i < SUSPECTS_WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

/* An attack that is over but not yet told of keeps its place as well. */
static bool
is_held(const struct suspect_entry *e)
{
	return e->attack.id[0] != '\0';
}

/* Which of two may go rather; a may be NULL. */
static struct suspect_entry *
rather(struct suspect_entry *a, struct suspect_entry *b)
{
	if (is_held(b))
		return a;
	if (a == NULL || (a->key != 0 && (b->key == 0 ||
	    b->used_at < a->used_at)))
		return b;
	return a;
}

struct suspect_entry *
suspects_take(struct suspects *s, uint64_t key, int64_t now)
{
	struct suspect_entry *set = set_of(s, key), *e = suspects_find(s, key);
	size_t i;

	if (e == NULL) {
		for (i = 0; i < SUSPECTS_WAYS; i++)
			e = rather(e, &set[i]);
		if (e == NULL)
			return NULL;
		memset(e, 0, sizeof(*e));
		e->key = key;
	}
	e->used_at = now;
	return e;
}

bool
suspects_is_fresh(struct suspects *s, uint64_t key, int64_t window_ms,
    int64_t now)
{
	struct seen *set = &s->seen[key % (SUSPECTS_SEEN / SEEN_WAYS) *
	    SEEN_WAYS], *oldest = set;
	size_t i;

	for (i = 0; i < SEEN_WAYS; i++) {
		if (set[i].key == key) {
			if (now < set[i].at + window_ms)
				return false;
			oldest = &set[i];
			break;
		}
		if (set[i].at < oldest->at)
			oldest = &set[i];
	}
	oldest->key = key;
	oldest->at = now;
	return true;
}

struct suspect_entry *
suspects_at(struct suspects *s, size_t index)
{
	return index < SUSPECTS_SETS * SUSPECTS_WAYS ? &s->entries[index] :
	    NULL;
}
