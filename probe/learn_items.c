#include "probe/learn_items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/outcome.h"
#include "probe/learn.h"
#include "probe/server_internal.h"

#define DAY		86400
#define DAYS_BACK	7		/* in which a message is found again */

/* --- the table ------------------------------------------------------------ */

struct pruning {
	struct clerk *clerk;
	int64_t before;			/* day */
	size_t most, count;
};

static bool
prune_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct pruning *p = arg;
	int64_t day = outcome_key_day(key, key_len);

	(void)data;
	(void)len;
	if (day == -1)
		return true;
	if (day >= p->before && p->most == 0)
		return false;
	clerk_drop_item(p->clerk, STORE_OUTCOMES, key, key_len);
	p->count++;
	if (p->most > 0)
		p->most--;
	return true;
}

static bool
count_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	size_t *count = arg;

	(void)data;
	(void)len;
	*count += outcome_key_day(key, key_len) != -1;
	return true;
}

/* They are never evicted: a small store has few. */
static size_t
items_max(const struct server *s)
{
	int64_t most = verifier_tools(s->p.verifier)->conf->store.max_size /
	    LEARN_OCTETS_EACH;

	return most < LEARN_ITEMS_MAX ? (size_t)most : LEARN_ITEMS_MAX;
}

/* Counted once, at the first report; then once a day what is too old goes. */
void
learn_keep_bounds(struct server *s, struct store *store, int64_t day)
{
	struct pruning p = { s->p.clerk, day - OUTCOME_KEEP_DAYS, 0, 0 };
	size_t most = items_max(s);

	if (s->outcomes_day == 0)
		store_walk_items(store, STORE_OUTCOMES, count_one,
		    &s->outcomes);
	if (s->outcomes >= most)
		p.most = most / 100 + 1;
	else if (s->outcomes_day == day)
		return;
	s->outcomes_day = day;
	store_walk_items(store, STORE_OUTCOMES, prune_one, &p);
	s->outcomes -= p.count < s->outcomes ? p.count : s->outcomes;
}

/* The same message, told of before: its key and outcome. */
bool
learn_find(struct store *store, const struct address *addr, const char *qid,
    int64_t at, uint8_t key[OUTCOME_KEY_SIZE], struct outcome *out)
{
	int64_t day = at / DAY, back;
	void *data;
	size_t len;
	bool found;

	for (back = 0; back <= DAYS_BACK; back++) {
		if (!outcome_key(store, addr, qid, day - back, key) ||
		    store_get_item(store, STORE_OUTCOMES, key,
		    OUTCOME_KEY_SIZE, &data, &len) != STORE_OK)
			continue;
		found = outcome_read(data, len, out);
		free(data);
		if (found)
			return true;
	}
	return false;
}

/* --- the place in a log --------------------------------------------------- */

static bool
count_place(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	unsigned *count = arg;
	const char *at = key;

	(void)data;
	(void)len;
	(void)key_len;
	*count += *at == 'f';
	/* The outcomes are behind them, and are too many to walk over. */
	return *at <= 'f' && *count <= LEARN_PLACES_MAX;
}

void
learn_place(struct client *c, const struct wire_message *msg, const char *id)
{
	struct store *store = wishes_store(c->server->p.wishes);
	const char *path = wire_get(msg, "what"), *at = wire_get(msg, "at");
	char key[STORE_ITEM_KEY_MAX + 1];
	unsigned count = 0;
	int n;

	if (path != NULL) {
		n = snprintf(key, sizeof key, "f%s", path);
		if (n >= (int)sizeof key || at == NULL || strlen(at) > 80) {
			client_answer_error(c, id, "usage", "the path is too "
			    "long to be remembered");
			return;
		}
		store_walk_items(store, STORE_OUTCOMES, count_place, &count);
		if (count > LEARN_PLACES_MAX) {
			client_answer_error(c, id, "full", "too many logs are "
			    "remembered");
			return;
		}
		clerk_item(c->server->p.clerk, STORE_OUTCOMES, key, (size_t)n,
		    at, strlen(at));
	}
	purge_after(c, id, NULL);
}
