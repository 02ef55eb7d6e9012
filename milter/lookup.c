#include "milter/lookup.h"
#include "config.h"

#include <sys/stat.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct lookup {
	pthread_rwlock_t lock;		/* held for writing to swap store */
	struct store *store;		/* NULL: none */
	atomic_bool doubted;		/* a reader met damage */

	/* lookup_tend's own */
	char *state_dir, *path;
	uint64_t max_size;
	dev_t dev;
	ino_t ino;
	enum store_status said;
};

struct lookup *
lookup_new(const struct conf *c)
{
	struct lookup *l = calloc(1, sizeof(*l));
	pthread_rwlockattr_t attr;

	if (l == NULL)
		return NULL;
	pthread_rwlockattr_init(&attr);
	/* Readers follow each other without a gap; the swap must get in. */
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&l->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	l->state_dir = strdup(c->state_dir);
	l->path = conf_store_path(c);
	l->max_size = (uint64_t)c->store.max_size;
	l->said = STORE_OK;
	if (l->state_dir == NULL || l->path == NULL) {
		lookup_free(l);
		return NULL;
	}
	return l;
}

void
lookup_free(struct lookup *l)
{
	if (l == NULL)
		return;
	store_close(l->store);
	pthread_rwlock_destroy(&l->lock);
	free(l->state_dir);
	free(l->path);
	free(l);
}

static void
swap(struct lookup *l, struct store *next)
{
	struct store *old;

	pthread_rwlock_wrlock(&l->lock);
	old = l->store;
	l->store = next;
	pthread_rwlock_unlock(&l->lock);
	store_close(old);
}

static void
say(struct lookup *l, enum store_status st)
{
	if (st == l->said)
		return;
	if (st == STORE_OK)
		log_info("store %s: open", l->path);
	else
		log_warnx("store %s: %s; verdicts come from the probe alone "
		    "until this changes", l->path, store_status_text(st));
	l->said = st;
}

static void
open_store(struct lookup *l, const struct stat *st)
{
	struct store_params p = {
		.state_dir = l->state_dir,
		.path = l->path,
		.max_size = l->max_size,
	};
	struct store *next = NULL;
	enum store_status status;

	status = store_open_reader(&p, &next);
	say(l, status);
	if (status != STORE_OK) {
		store_close(next);
		return;
	}
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	swap(l, next);
}

void
lookup_tend(struct lookup *l)
{
	struct stat st;
	bool there = stat(l->path, &st) == 0;

	/* The old one goes first: one environment per process and file. */
	if (l->store != NULL && (atomic_exchange(&l->doubted, false) ||
	    !there || st.st_dev != l->dev || st.st_ino != l->ino)) {
		swap(l, NULL);
		l->said = STORE_MISS;	/* whatever comes next is news */
	}
	if (l->store != NULL)
		return;
	if (there)
		open_store(l, &st);
	else
		say(l, STORE_ABSENT);
}

bool
lookup_verdict(struct lookup *l, const struct address *addr, int64_t now,
    struct verdict *out, bool *refresh)
{
	enum store_status st = STORE_MISS;

	pthread_rwlock_rdlock(&l->lock);
	if (l->store != NULL)
		st = store_get_verdict(l->store, addr, out);
	pthread_rwlock_unlock(&l->lock);
	if (st == STORE_DAMAGED)
		atomic_store(&l->doubted, true);
	if (st != STORE_OK || now >= out->expire_at)
		return false;
	*refresh = now >= out->refresh_at;
	return true;
}
