#include "probe/source_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

#define KEY_SIZE	(NET_TEXT_SIZE + 2)
#define RETIRED_PREFIX	"r/"

static size_t
key_of(const struct source *s, char out[KEY_SIZE])
{
	memcpy(out, "s/", 2);
	source_text(s, out + 2);
	return strlen(out);
}

/* Takes o. */
static void
put(struct clerk *clerk, const char *key, struct jval *o)
{
	char *json = jval_print(o);

	jval_free(o);
	if (json != NULL)
		clerk_item(clerk, STORE_LEDGERS, key, strlen(key), json,
		    strlen(json));
	else
		log_warnx("no memory: what is said of %s is forgotten at the "
		    "next start", key + 2);
	free(json);
}

/* --- rests --------------------------------------------------------------- */

/* What preflight finds is found again at each start; retired.h has the rest. */
void
source_keep(struct clerk *clerk, const struct source *s)
{
	unsigned rests = s->rests & (REST_LISTED | REST_ADMIN);
	struct jval *o, *order;
	char key[KEY_SIZE];

	(void)key_of(s, key);
	if (rests == 0 && s->order.word[0] == '\0') {
		clerk_drop_item(clerk, STORE_LEDGERS, key, strlen(key));
		return;
	}
	o = jval_object();
	order = jval_object();
	(void)jval_put_int(o, "rests", rests);
	(void)jval_put_int(o, "since", s->rests_since);
	(void)jval_put_text(o, "why", s->why);
	(void)jval_put_text(order, "word", s->order.word);
	(void)jval_put_text(order, "cause", s->order.cause);
	(void)jval_put_int(order, "at", s->order.at);
	(void)jval_put_int(order, "by", s->order.by);
	(void)jval_put(o, "order", order);
	put(clerk, key, o);
}

static bool
copy(const struct jval *o, const char *name, char *out, size_t size)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL && text_copy(out, text, size) < size;
}

/* A damaged order is left out; the rests matter. */
static void
read_order(const struct jval *o, struct source_order *out)
{
	int64_t by = 0;

	if (!copy(o, "word", out->word, sizeof out->word) ||
	    !copy(o, "cause", out->cause, sizeof out->cause) ||
	    !jval_int(jval_get(o, "at"), &out->at) ||
	    !jval_int(jval_get(o, "by"), &by))
		memset(out, 0, sizeof *out);
	else
		out->by = (uint32_t)by;
}

static void
read_item(struct source *s, const void *data, size_t len)
{
	struct jval *o = jval_parse(data, len);
	const char *why = jval_text(jval_get(o, "why"));
	int64_t rests, since;

	if (!jval_int(jval_get(o, "rests"), &rests) ||
	    !jval_int(jval_get(o, "since"), &since) || why == NULL) {
		source_rest(s, REST_ADMIN, 0, "");
		log_warnx("what the store knows of a source cannot be read: "
		    "it rests until rcptguard source resume");
	} else {
		if (rests & REST_ADMIN)
			source_rest(s, REST_ADMIN, 0, "");
		if (rests & REST_LISTED)
			source_rest(s, REST_LISTED, since, why);
		read_order(jval_get(o, "order"), &s->order);
	}
	jval_free(o);
}

void
source_recall(struct store *store, struct source_pool *pool)
{
	char key[KEY_SIZE];
	void *data;
	size_t i, len;

	for (i = 0; store != NULL && i < pool->count; i++) {
		struct source *s = &pool->items[i];

		if (store_get_item(store, STORE_LEDGERS, key, key_of(s, key),
		    &data, &len) != STORE_OK)
			continue;
		read_item(s, data, len);
		free(data);
	}
}

/* --- retired ------------------------------------------------------------- */

static void
retired_key(const struct net_addr *addr, char out[KEY_SIZE])
{
	memcpy(out, RETIRED_PREFIX, 2);
	net_addr_text(addr, out + 2);
}

void
retired_keep(struct clerk *clerk, const struct retirement *r)
{
	char key[KEY_SIZE];

	retired_key(&r->addr, key);
	put(clerk, key, retirement_value(r));
}

void
retired_drop(struct clerk *clerk, const struct net_addr *addr)
{
	char key[KEY_SIZE];

	retired_key(addr, key);
	clerk_drop_item(clerk, STORE_LEDGERS, key, strlen(key));
}

/* The key alone is enough to retire it. */
static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct retirement r;
	struct net_addr addr;
	struct jval *o;
	char name[KEY_SIZE];

	if (key_len < 3 || key_len >= sizeof name ||
	    memcmp(key, RETIRED_PREFIX, 2) != 0)
		return true;
	snprintf(name, sizeof name, "%.*s", (int)key_len, (const char *)key);
	if (!net_addr_parse(name + 2, &addr))
		return true;
	o = jval_parse(data, len);
	if (o == NULL || !retirement_read(o, &r) ||
	    !net_addr_equal(&r.addr, &addr)) {
		memset(&r, 0, sizeof r);
		r.addr = addr;
		text_copy(r.cause, "(what the store knew was damaged)",
		    sizeof r.cause);
	}
	jval_free(o);
	if (retired_add(arg, &r) != RETIRED_OK)
		log_warnx("source %s is retired, but cannot be kept so",
		    name + 2);
	return true;
}

void
retired_recall(struct store *store, struct retired *set)
{
	if (store != NULL && store_walk_items(store, STORE_LEDGERS, load_item,
	    set) != STORE_OK)
		log_warnx("which sources are retired cannot be read");
}
