#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "common/log.h"
#include "common/wire.h"
#include "probe/clerk_internal.h"

/* --- giving work --------------------------------------------------------- */

void
clerk_task_free(struct task *t)
{
	free(t->text);
	free(t->evidence);
	conf_unref(t->conf);
	free(t);
}

static struct task *
task_new(enum task_kind kind)
{
	struct task *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->kind = kind;
	return t;
}

/*
 * Notes may come as fast as a client likes, so they leave room for verdicts;
 * and what an admin ordered must not fail because of either.
 */
static size_t
limit_of(enum task_kind kind)
{
	switch (kind) {
	case TASK_LINE:
		return CLERK_HELD_MAX * 3 / 4;
	case TASK_VERDICT:
		return CLERK_HELD_MAX;
	case TASK_PURGE_ADDRESS:
	case TASK_PURGE_DOMAIN:
	case TASK_ITEM:
	case TASK_DROP_ITEM:
	case TASK_SYNC:
	case TASK_REOPEN:
		return CLERK_HELD_MAX + CLERK_HELD_MAX / 20;
	}
	return 0;
}

/*
 * Over the limit of octets a verdict goes on without its story, which is to be
 * freed once the lock is.
 */
static bool
has_room(const struct clerk *c, struct task *t, char **story)
{
	if (c->queued >= limit_of(t->kind))
		return false;
	if (c->octets + t->text_len <= CLERK_OCTETS_MAX)
		return true;
	if (t->kind == TASK_VERDICT) {
		*story = t->text;
		t->text = NULL;
		t->text_len = 0;
	}
	return t->kind != TASK_LINE;
}

bool
clerk_is_urgent(enum task_kind kind)
{
	switch (kind) {
	case TASK_PURGE_ADDRESS:
	case TASK_PURGE_DOMAIN:
	case TASK_SYNC:
	case TASK_REOPEN:
		return true;
	case TASK_VERDICT:
	case TASK_LINE:
	case TASK_ITEM:
	case TASK_DROP_ITEM:
		return false;
	}
	return false;
}

/* Under lock. To wake the thread for every verdict would cost more than it. */
static void
wake(struct clerk *c)
{
	if (!c->gathering || c->urgent > 0 || c->queued >= CLERK_BATCH_MAX)
		pthread_cond_signal(&c->wake);
}

/* Under lock. */
static void
enqueue(struct clerk *c, struct task *t)
{
	t->serial = ++c->given;
	DL_APPEND(c->queue, t);
	c->queued++;
	c->octets += t->text_len;
	c->urgent += clerk_is_urgent(t->kind);
	if (t->kind == TASK_VERDICT)
		held_put(&c->held, &t->addr, &t->verdict, t->serial, c->done);
	wake(c);
}

/* False, and t freed, when too much is held. */
static bool
give(struct clerk *c, struct task *t)
{
	char *story = NULL;
	bool taken;

	pthread_mutex_lock(&c->lock);
	taken = has_room(c, t, &story);
	if (taken)
		enqueue(c, t);
	else
		c->stats.dropped++;
	pthread_mutex_unlock(&c->lock);
	free(story);
	if (!taken)
		clerk_task_free(t);
	return taken;
}

void
clerk_verdict(struct clerk *c, const struct address *addr,
    const struct verdict *v, void *evidence, size_t len)
{
	struct task *t = task_new(TASK_VERDICT);

	if (t == NULL) {
		free(evidence);
		return;
	}
	t->addr = *addr;
	t->has_addr = true;
	t->verdict = *v;
	t->text = evidence;
	t->text_len = evidence != NULL ? len : 0;
	give(c, t);
}

bool
clerk_held(struct clerk *c, const struct address *addr, struct verdict *out)
{
	bool found;

	pthread_mutex_lock(&c->lock);
	found = held_get(c->held, addr, c->done, out);
	pthread_mutex_unlock(&c->lock);
	return found;
}

/* A line travels as the note it came as: one codec, one copy. */
static bool
keep_line(struct task *t, const struct verdict_line *line)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_writer w;

	wire_begin(&w, buf, sizeof buf);
	verdict_line_put(line, &w);
	t->text_len = wire_end(&w);
	if (t->text_len == 0 || (t->text = malloc(t->text_len)) == NULL)
		return false;
	memcpy(t->text, buf, t->text_len);
	return true;
}

void
clerk_line(struct clerk *c, const struct verdict_line *line,
    const struct address *addr)
{
	struct task *t = task_new(TASK_LINE);

	if (t == NULL)
		return;
	if (addr != NULL)
		t->addr = *addr;
	t->has_addr = addr != NULL;
	if (line->evidence != NULL)
		t->evidence = strdup(line->evidence);
	if (keep_line(t, line))
		give(c, t);
	else
		clerk_task_free(t);
}

bool
clerk_purge_address(struct clerk *c, const struct address *addr,
    clerk_purged_fn *done, void *arg)
{
	struct task *t = task_new(TASK_PURGE_ADDRESS);

	if (t == NULL)
		return false;
	t->addr = *addr;
	t->has_addr = true;
	t->purged = done;
	t->arg = arg;
	return give(c, t);
}

bool
clerk_purge_domain(struct clerk *c, const char *domain, clerk_purged_fn *done,
    void *arg)
{
	struct task *t = task_new(TASK_PURGE_DOMAIN);

	if (t == NULL)
		return false;
	t->text = strdup(domain);
	t->purged = done;
	t->arg = arg;
	if (t->text == NULL) {
		clerk_task_free(t);
		return false;
	}
	return give(c, t);
}

bool
clerk_sync(struct clerk *c, clerk_purged_fn *done, void *arg)
{
	struct task *t = task_new(TASK_SYNC);

	if (t == NULL)
		return false;
	t->purged = done;
	t->arg = arg;
	return give(c, t);
}

/* One item that the store refuses would take its whole batch with it. */
static bool
is_item(size_t key_len, size_t len)
{
	return key_len > 0 && key_len <= STORE_ITEM_KEY_MAX &&
	    len <= STORE_ITEM_MAX;
}

static void
note_dropped(struct clerk *c)
{
	pthread_mutex_lock(&c->lock);
	c->stats.dropped++;
	pthread_mutex_unlock(&c->lock);
}

static void
give_item(struct clerk *c, enum task_kind kind, enum store_table table,
    const void *key, size_t key_len, const void *data, size_t len)
{
	struct task *t;

	if (!is_item(key_len, len)) {
		note_dropped(c);
		return;
	}
	t = task_new(kind);
	if (t == NULL || (t->text = malloc(key_len + len)) == NULL) {
		free(t);
		return;
	}
	memcpy(t->text, key, key_len);
	if (len > 0)
		memcpy(t->text + key_len, data, len);
	t->key_len = key_len;
	t->text_len = key_len + len;
	t->table = table;
	give(c, t);
}

void
clerk_item(struct clerk *c, enum store_table table, const void *key,
    size_t key_len, const void *data, size_t len)
{
	give_item(c, TASK_ITEM, table, key, key_len, data, len);
}

void
clerk_drop_item(struct clerk *c, enum store_table table, const void *key,
    size_t key_len)
{
	give_item(c, TASK_DROP_ITEM, table, key, key_len, NULL, 0);
}

void
clerk_reopen(struct clerk *c, const struct conf *conf)
{
	struct task *t = task_new(TASK_REOPEN);

	if (t == NULL)
		return;
	t->conf = conf_ref(conf);
	give(c, t);
}

void
clerk_stats(struct clerk *c, struct clerk_stats *out)
{
	pthread_mutex_lock(&c->lock);
	*out = c->stats;
	out->held = c->queued + c->working;
	pthread_mutex_unlock(&c->lock);
}

/* --- birth and death ----------------------------------------------------- */

static bool
start_thread(struct clerk *c)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&c->thread, NULL, clerk_thread, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		errno = rc;
		log_warn("the writing thread cannot start");
	}
	return rc == 0;
}

struct clerk *
clerk_create(struct store *store, const struct conf *conf)
{
	struct clerk *c = calloc(1, sizeof *c);
	pthread_condattr_t attr;

	if (c == NULL)
		return NULL;
	c->store = store;
	c->journal = journal_open(conf);
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (c->journal == NULL || !start_thread(c)) {
		journal_close(c->journal);
		free(c);
		return NULL;
	}
	return c;
}

void
clerk_destroy(struct clerk *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	journal_close(c->journal);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
