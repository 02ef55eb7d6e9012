#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/wishes.h"

struct wishes {
	struct store *store;
	struct clerk *clerk;
	struct exclusions *exclusions;
};

struct loading {
	struct wishes *w;
	unsigned bad;
};

static bool
load_item(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct loading *l = arg;
	struct exclusion e;

	if (!exclusion_from_json(data, len, &e) || strlen(e.text) != key_len ||
	    memcmp(e.text, key, key_len) != 0 ||
	    exclusions_put(l->w->exclusions, &e) != EXCLUSIONS_OK)
		l->bad++;
	return true;
}

static void
load(struct wishes *w)
{
	struct loading l = { .w = w };
	enum store_status status = store_walk_items(w->store, STORE_EXCLUSIONS,
	    load_item, &l);

	if (status != STORE_OK)
		log_warnx("exclusions cannot be read: %s; import them again "
		    "(rcptguard exclude --import)", store_status_text(status));
	if (l.bad > 0)
		log_warnx("%u exclusions in the store cannot be read; compare "
		    "rcptguard exclude --list with your own list", l.bad);
	if (exclusions_count(w->exclusions) > 0)
		log_info("%zu exclusions are in force",
		    exclusions_count(w->exclusions));
}

struct wishes *
wishes_create(struct store *store, struct clerk *clerk)
{
	struct wishes *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->store = store;
	w->clerk = clerk;
	if ((w->exclusions = exclusions_create()) == NULL) {
		free(w);
		return NULL;
	}
	if (store != NULL)
		load(w);
	return w;
}

void
wishes_destroy(struct wishes *w)
{
	if (w == NULL)
		return;
	exclusions_destroy(w->exclusions);
	free(w);
}

const struct exclusions *
wishes_exclusions(const struct wishes *w)
{
	return w->exclusions;
}

struct store *
wishes_store(const struct wishes *w)
{
	return w->store;
}

static bool
is_excluded(void *arg, const char *host, const struct net_addr *addr,
    const char *domain)
{
	return exclusion_has_host(arg, host, addr) ||
	    exclusion_has_domain(arg, domain);
}

enum exclusions_status
wishes_exclude(struct wishes *w, struct verifier *v,
    const struct exclusion *e, unsigned *ended, unsigned *closed)
{
	int64_t began = clock_mono_ms();
	struct exclusion copy = *e;
	enum exclusions_status status = exclusions_put(w->exclusions, e);
	char *json;

	*ended = *closed = 0;
	if (status != EXCLUSIONS_OK)
		return status;
	verifier_exclude(v, is_excluded, &copy, e->kind == EXCLUDE_DOMAIN ?
	    e->text : NULL, ended, closed);
	log_info("exclusion of %s is in force after %lld ms: %u probes and %u "
	    "sessions under way were ended", e->text,
	    (long long)(clock_mono_ms() - began), *ended, *closed);
	if ((json = exclusion_to_json(e)) == NULL)
		return EXCLUSIONS_NO_MEMORY;
	clerk_item(w->clerk, STORE_EXCLUSIONS, e->text, strlen(e->text), json,
	    strlen(json));
	free(json);
	return EXCLUSIONS_OK;
}

bool
wishes_include(struct wishes *w, const char *text)
{
	if (!exclusions_remove(w->exclusions, text))
		return false;
	clerk_drop_item(w->clerk, STORE_EXCLUSIONS, text, strlen(text));
	log_info("exclusion of %s is no longer in force", text);
	return true;
}
