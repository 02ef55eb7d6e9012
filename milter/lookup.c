#include "milter/lookup.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/log.h"

struct lookup {
	struct store *store;
	char *path;
	atomic_int status;		/* of the last call; never STORE_MISS */
	enum store_status told;
};

struct lookup *
lookup_open(const struct conf *c)
{
	struct store_params p = {
		.state_dir = c->state_dir,
		.path = c->store.path,
		.max_size = (uint64_t)c->store.max_size,
		.verify = true,
	};
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->path = conf_store_path(c);
	atomic_store(&l->status, (int)store_open_reader(&p, &l->store));
	if (l->path == NULL || l->store == NULL) {
		lookup_close(l);
		return NULL;
	}
	return l;
}

void
lookup_close(struct lookup *l)
{
	if (l == NULL)
		return;
	store_close(l->store);
	free(l->path);
	free(l);
}

bool
lookup_verdict(struct lookup *l, const struct address *addr, int64_t now,
    struct verdict *out, bool *refresh)
{
	enum store_status st = store_get_verdict(l->store, addr, out);

	/* Told by another thread: a log that blocks must not hold a session. */
	atomic_store_explicit(&l->status, st == STORE_MISS ? STORE_OK : (int)st,
	    memory_order_relaxed);
	if (st != STORE_OK || verdict_is_expired(out, now))
		return false;
	*refresh = verdict_is_stale(out, now);
	return true;
}

bool
lookup_override(struct lookup *l, const struct address *addr, int64_t now,
    struct override *out)
{
	return override_find(l->store, addr, now, out);
}

/* Without a store nothing is known of them; lookup_tell says that. */
void
lookup_attacks(struct lookup *l, int64_t now, attack_fn *each, void *arg)
{
	(void)attack_walk(l->store, now, each, arg);
}

void
lookup_tell(struct lookup *l)
{
	enum store_status st = (enum store_status)atomic_load(&l->status);

	if (st == l->told)
		return;
	if (st == STORE_OK)
		log_info("store %s: open", l->path);
	else
		log_warnx("store %s: %s; verdicts come from the probe alone "
		    "until this changes", l->path, store_status_text(st));
	l->told = st;
}
