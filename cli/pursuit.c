#include "cli/pursuit.h"

#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/keyed.h"
#include "common/table.h"

struct waiting {			/* deferred, and not settled */
	uint64_t id;
	int64_t first_ms, last_ms;
	uint64_t tries;
	UT_hash_handle hh;
};

struct bad {				/* last known to be undeliverable */
	uint64_t id;
	UT_hash_handle hh;
};

struct pursuit {
	uint8_t key[KEYED_KEY];
	size_t most;
	struct waiting *waiting;
	struct bad *bad;
	struct pursuit_sum sum;
};

struct pursuit *
pursuit_new(size_t most)
{
	struct pursuit *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	keyed_random(p->key, sizeof p->key);
	p->most = most;
	return p;
}

void
pursuit_free(struct pursuit *p)
{
	struct waiting *w, *next;
	struct bad *b, *after;

	if (p == NULL)
		return;
	HASH_ITER(hh, p->waiting, w, next) {
		HASH_DEL(p->waiting, w);
		free(w);
	}
	HASH_ITER(hh, p->bad, b, after) {
		HASH_DEL(p->bad, b);
		free(b);
	}
	free(p);
}

/* Other names of one mailbox are not this address: the host judges names. */
static uint64_t
id_of(const struct pursuit *p, const char *text)
{
	char canonical[ADDRESS_MAX + 1];
	uint8_t hash[KEYED_HASH];
	struct address addr;
	uint64_t id;

	if (address_parse(text, strlen(text), &addr) == ADDRESS_OK) {
		address_canonical(&addr, canonical);
		text = canonical;
	}
	keyed_hash(p->key, text, strlen(text), hash);
	memcpy(&id, hash, sizeof id);
	return id;
}

static bool
defer(struct pursuit *p, struct waiting *w, uint64_t id, int64_t time_ms)
{
	if (w != NULL) {
		w->tries++;
		w->last_ms = time_ms;
		return true;
	}
	if (HASH_COUNT(p->waiting) >= p->most) {
		p->sum.unfollowed++;
		return true;
	}
	if ((w = calloc(1, sizeof *w)) == NULL)
		return false;
	w->id = id;
	w->tries = 1;
	w->first_ms = w->last_ms = time_ms;
	HASH_ADD(hh, p->waiting, id, sizeof w->id, w);
	if (!TABLE_HAS(w)) {
		free(w);
		return false;
	}
	p->sum.episodes++;
	return true;
}

static void
settle(struct pursuit *p, struct waiting *w, int64_t time_ms, bool passed)
{
	if (w == NULL)
		return;
	if (passed) {
		p->sum.passed++;
		histogram_add(&p->sum.waited_s, (time_ms - w->first_ms) /
		    1000);
	} else {
		p->sum.refused++;
	}
	HASH_DEL(p->waiting, w);
	free(w);
}

static bool
note_bad(struct pursuit *p, struct bad *b, uint64_t id)
{
	if (b != NULL)
		return true;
	if (HASH_COUNT(p->bad) >= p->most) {
		p->sum.good_cut = true;
		return true;
	}
	if ((b = calloc(1, sizeof *b)) == NULL)
		return false;
	b->id = id;
	HASH_ADD(hh, p->bad, id, sizeof b->id, b);
	if (TABLE_HAS(b))
		return true;
	free(b);
	return false;
}

static bool
note_state(struct pursuit *p, uint64_t id, enum verdict_state state)
{
	struct bad *b;

	HASH_FIND(hh, p->bad, &id, sizeof id, b);
	if (state == STATE_UNDELIVERABLE)
		return note_bad(p, b, id);
	if (state == STATE_DELIVERABLE && b != NULL) {
		p->sum.turned_good++;
		HASH_DEL(p->bad, b);
		free(b);
	}
	return true;
}

bool
pursuit_add(struct pursuit *p, const char *address, int64_t time_ms,
    enum pursuit_event event, enum verdict_state state)
{
	struct waiting *w;
	uint64_t id;

	p->sum.deferrals += event == PURSUIT_DEFERRED;
	if (strchr(address, '@') == NULL) {
		p->sum.unfollowed += event == PURSUIT_DEFERRED;
		return true;
	}
	id = id_of(p, address);
	HASH_FIND(hh, p->waiting, &id, sizeof id, w);
	switch (event) {
	case PURSUIT_DEFERRED:
		if (!defer(p, w, id, time_ms))
			return false;
		break;
	case PURSUIT_PASSED:
		settle(p, w, time_ms, true);
		break;
	case PURSUIT_REFUSED:
		settle(p, w, time_ms, false);
		break;
	case PURSUIT_WATCHED:
		break;
	}
	return note_state(p, id, state);
}

void
pursuit_end(const struct pursuit *p, int64_t until_ms,
    struct pursuit_sum *out)
{
	const struct waiting *w;

	*out = p->sum;
	for (w = p->waiting; w != NULL; w = w->hh.next) {
		if (w->last_ms >= until_ms - PURSUIT_PATIENCE_MS)
			out->may_come++;
		else if (w->tries > 1)
			out->again++;
		else
			out->gone++;
	}
}
