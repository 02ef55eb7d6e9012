#include "milter/mailboxes.h"

#include <stdlib.h>
#include <string.h>

#include "common/rolling.h"

#define ENTRIES		(MAILBOXES_SETS * MAILBOXES_WAYS)

struct entry {
	int64_t window_ms;		/* 0: free */
	struct rolling sent;
	uint32_t open;
};

/* Keys by themselves: those of a set lie together in the processor's cache. */
struct mailboxes {
	uint64_t keys[ENTRIES];		/* 0: free */
	struct entry entries[ENTRIES];
};

/* Untouched pages of it cost nothing. */
struct mailboxes *
mailboxes_create(void)
{
	return calloc(1, sizeof(struct mailboxes));
}

void
mailboxes_destroy(struct mailboxes *m)
{
	free(m);
}

/* The index of its first entry. */
static size_t
set_of(uint64_t key)
{
	return key % MAILBOXES_SETS * MAILBOXES_WAYS;
}

static struct entry *
find(struct mailboxes *m, uint64_t key)
{
	size_t at = set_of(key), i;

	for (i = at; i < at + MAILBOXES_WAYS; i++)
		if (m->keys[i] == key)
			return &m->entries[i];
	return NULL;
}

static uint64_t
messages(const struct entry *e, int64_t now)
{
	return e->window_ms == 0 ? 0 :
	    rolling_count(&e->sent, e->window_ms, now);
}

/* After a reload with another window: all it has counts from now on. */
static void
set_window(struct entry *e, int64_t window_ms, int64_t now)
{
	uint64_t n;

	if (e->window_ms == window_ms)
		return;
	n = messages(e, now);
	memset(&e->sent, 0, sizeof(e->sent));
	e->window_ms = window_ms;
	if (n > 0)
		rolling_add(&e->sent, window_ms, now,
		    n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
}

static int64_t
newest(const struct entry *e)
{
	return e->sent.part * (e->window_ms / ROLLING_PARTS);
}

/* The one that would be missed least; NULL: all are in use. */
static struct entry *
least_used(struct mailboxes *m, uint64_t key, int64_t now)
{
	struct entry *set = &m->entries[set_of(key)], *least = NULL;
	uint64_t n, fewest = 0;
	size_t i;

	for (i = 0; i < MAILBOXES_WAYS; i++) {
		if (set[i].open > 0)
			continue;
		n = messages(&set[i], now);
		if (least == NULL || n < fewest ||
		    (n == fewest && newest(&set[i]) < newest(least))) {
			least = &set[i];
			fewest = n;
		}
	}
	return least;
}

/* Transactions without a message may take half of a set. */
static bool
is_half_open(struct mailboxes *m, uint64_t key, int64_t now)
{
	const struct entry *set = &m->entries[set_of(key)];
	size_t i, n = 0;

	for (i = 0; i < MAILBOXES_WAYS; i++)
		if (set[i].open > 0 && messages(&set[i], now) == 0)
			n++;
	return n >= MAILBOXES_WAYS / 2;
}

/* sent: mail went there, so it may take the place of one with one message. */
static struct entry *
find_or_make(struct mailboxes *m, uint64_t key, bool sent, int64_t window_ms,
    int64_t now)
{
	struct entry *e = find(m, key);
	uint64_t n;

	if (e != NULL) {
		set_window(e, window_ms, now);
		return e;
	}
	e = least_used(m, key, now);
	if (e == NULL || (!sent && is_half_open(m, key, now)))
		return NULL;
	n = messages(e, now);
	if (n > (sent ? 1 : 0))
		return NULL;
	memset(e, 0, sizeof(*e));
	m->keys[e - m->entries] = key;
	e->window_ms = window_ms;
	return e;
}

uint64_t
mailboxes_count(struct mailboxes *m, uint64_t key, int64_t window_ms,
    int64_t now)
{
	struct entry *e = find(m, key);

	if (e == NULL)
		return 0;
	set_window(e, window_ms, now);
	return messages(e, now) + e->open;
}

bool
mailboxes_open(struct mailboxes *m, uint64_t key, int64_t window_ms,
    int64_t now)
{
	struct entry *e = find_or_make(m, key, false, window_ms, now);

	if (e == NULL || e->open == UINT32_MAX)
		return false;
	e->open++;
	return true;
}

void
mailboxes_close(struct mailboxes *m, uint64_t key)
{
	struct entry *e = find(m, key);

	if (e != NULL && e->open > 0)
		e->open--;
}

void
mailboxes_sent(struct mailboxes *m, uint64_t key, int64_t window_ms,
    int64_t now)
{
	struct entry *e = find_or_make(m, key, true, window_ms, now);

	if (e != NULL)
		rolling_add(&e->sent, window_ms, now, 1);
}
