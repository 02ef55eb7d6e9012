#include <stdlib.h>
#include <string.h>

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

enum exclusions_status
wishes_exclude(struct wishes *w, struct verifier *v,
    const struct exclusion *e, verifier_excluded_fn *done, void *arg)
{
	char *json = exclusion_to_json(e);
	enum exclusions_status status = EXCLUSIONS_NO_MEMORY;

	if (json != NULL)
		status = exclusions_put(w->exclusions, e);
	if (status == EXCLUSIONS_OK)
		clerk_item(w->clerk, STORE_EXCLUSIONS, e->text,
		    strlen(e->text), json, strlen(json));
	free(json);
	if (status == EXCLUSIONS_OK && !verifier_exclude(v, e, done, arg))
		status = EXCLUSIONS_NO_MEMORY;
	return status;
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
