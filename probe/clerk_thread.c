#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/evidence.h"
#include "common/log.h"
#include "common/wire.h"
#include "probe/clerk_internal.h"

#define GATHER_MS	50		/* work comes together before a commit */
#define TIDY_S		10
#define RETRY_MS	1000		/* after a commit that failed */
#define FULL_TRIES	3		/* then without items */
#define COMPLAIN_S	60		/* between two lines about the same */

/*
 * The story is told in the line of the probe that it is of. In every later
 * line from the store it would only make the log grow.
 */
static char *
evidence_of(struct clerk *c, const struct address *addr,
    const struct verdict_line *line)
{
	struct verdict stored;
	void *packed;
	size_t len;
	char *json;

	/* Evidence of another verdict (rule R7) would belie the line. */
	if (c->store == NULL ||
	    store_get_verdict(c->store, addr, &stored) != STORE_OK ||
	    stored.reason != line->reason ||
	    store_get_evidence(c->store, addr, &packed, &len) != STORE_OK)
		return NULL;
	json = evidence_packed_json(packed, len,
	    line->source != SOURCE_STORE);
	free(packed);
	return json;
}

static void
write_line(struct clerk *c, struct task *t)
{
	struct wire_message msg;
	struct verdict_line line;
	char *evidence = NULL;
	size_t used;

	if (wire_parse(t->text, t->text_len, WIRE_REQUEST_MAX, &msg, &used) !=
	    WIRE_OK || !verdict_line_get(&msg, &line))
		return;
	if (t->evidence == NULL && t->has_addr)
		evidence = evidence_of(c, &t->addr, &line);
	line.evidence = t->evidence != NULL ? t->evidence : evidence;
	journal_write(c->journal, &line);
	free(evidence);
}

static bool
is_store_task(const struct task *t)
{
	switch (t->kind) {
	case TASK_VERDICT:
	case TASK_PURGE_ADDRESS:
	case TASK_PURGE_DOMAIN:
	case TASK_ITEM:
	case TASK_DROP_ITEM:
	case TASK_SYNC:
		return true;
	case TASK_LINE:
	case TASK_REOPEN:
		return false;
	}
	return false;
}

/* count is filled by the time the transaction has committed. */
static void
put(struct clerk *c, struct task *t)
{
	struct verdict v;

	switch (t->kind) {
	case TASK_VERDICT:
		store_offer_verdict(c->store, &t->addr, &t->verdict, t->text,
		    t->text_len, clock_wall_s());
		break;
	case TASK_PURGE_ADDRESS:
		t->count = store_get_verdict(c->store, &t->addr, &v) ==
		    STORE_OK;
		store_delete(c->store, &t->addr);
		break;
	case TASK_PURGE_DOMAIN:
		store_delete_domain(c->store, t->text, &t->count);
		break;
	case TASK_ITEM:
		store_put_item(c->store, t->table, t->text, t->key_len,
		    t->text + t->key_len, t->text_len - t->key_len);
		break;
	case TASK_DROP_ITEM:
		store_delete_item(c->store, t->table, t->text, t->key_len);
		break;
	case TASK_SYNC:
	case TASK_LINE:
	case TASK_REOPEN:
		break;
	}
}

static void
complain(struct clerk *c, enum store_status status)
{
	int64_t now = clock_mono_ms() / 1000;

	pthread_mutex_lock(&c->lock);
	c->stats.failed_commits++;
	pthread_mutex_unlock(&c->lock);
	if (now < c->complain_at)
		return;
	c->complain_at = now + COMPLAIN_S;
	log_warn("verdicts cannot be written: %s; they are kept in memory and "
	    "tried again (free disk space, or raise store.max_size)",
	    store_status_text(status));
}

static bool
stopping(struct clerk *c)
{
	bool stop;

	pthread_mutex_lock(&c->lock);
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return stop;
}

static struct timespec
after_ms(int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return until;
}

static void
pause_ms(struct clerk *c, int64_t ms)
{
	struct timespec until = after_ms(ms);

	pthread_mutex_lock(&c->lock);
	/* New work wakes too, and must not make the pause shorter. */
	while (!c->stop && pthread_cond_timedwait(&c->wake, &c->lock,
	    &until) != ETIMEDOUT)
		continue;
	pthread_mutex_unlock(&c->lock);
}

/*
 * Tried until it is done; only a stop ends the trying, a batch that the store
 * did not take whole, and full_tries of a store that is full. The store keeps
 * what was put until then.
 */
static enum store_status
commit_or_stop(struct clerk *c, unsigned full_tries)
{
	enum store_status status;
	unsigned full = 0;
	int error;

	while ((status = store_commit(c->store)) != STORE_OK) {
		error = errno;
		complain(c, status);
		full += status == STORE_FULL;
		if (status == STORE_REFUSED || full == full_tries ||
		    stopping(c)) {
			store_abort(c->store);
			errno = error;
			return status;
		}
		pause_ms(c, RETRY_MS);
	}
	return STORE_OK;
}

/* Returns how many items were left out. */
static uint64_t
put_all(struct clerk *c, struct task *batch, bool with_items)
{
	uint64_t left_out = 0;
	struct task *t;

	store_begin(c->store);		/* an error is latched until commit */
	DL_FOREACH(batch, t)
		if (with_items || t->kind != TASK_ITEM)
			put(c, t);
		else
			left_out++;
	return left_out;
}

/* Who waits for an item is told that it is not stored. */
static enum store_status
left_out_items(struct clerk *c, uint64_t n)
{
	pthread_mutex_lock(&c->lock);
	c->stats.dropped += n;
	pthread_mutex_unlock(&c->lock);
	return STORE_FULL;
}

/*
 * Without memory for the batch all of it is put again. Items are never
 * evicted: when there are too many, nothing but what goes makes room, and that
 * may wait behind this very batch. So verdicts and deletions go on without
 * them.
 */
static enum store_status
write_batch(struct clerk *c, struct task *batch)
{
	enum store_status status;
	bool with_items = true;
	uint64_t left_out;

	for (;;) {
		left_out = put_all(c, batch, with_items);
		status = commit_or_stop(c, with_items ? FULL_TRIES : 1);
		if (status == STORE_OK && left_out > 0)
			return left_out_items(c, left_out);
		if (stopping(c) || (status != STORE_FULL &&
		    (status != STORE_REFUSED || errno != ENOMEM)))
			return status;
		with_items = status != STORE_FULL || !with_items;
		if (status != STORE_FULL)
			pause_ms(c, RETRY_MS);
	}
}

/* Lets the verdicts go that wait no longer, and tells who ordered. */
static void
committed(struct clerk *c, struct task *batch, enum store_status status,
    uint64_t n)
{
	struct task *t;

	pthread_mutex_lock(&c->lock);
	if (status == STORE_OK)
		c->stats.committed += n;
	c->done = batch->prev->serial;
	pthread_mutex_unlock(&c->lock);
	DL_FOREACH(batch, t)
		if (t->purged != NULL)
			t->purged(t->arg, status, t->count);
}

/* One transaction for every store task in the batch. */
static void
commit(struct clerk *c, struct task *batch)
{
	enum store_status status = STORE_ABSENT;
	struct task *t;
	uint64_t n = 0;

	DL_FOREACH(batch, t)
		n += is_store_task(t);
	if (n == 0)
		return;
	if (c->store != NULL)
		status = write_batch(c, batch);
	committed(c, batch, status, n);
}

static void
work(struct clerk *c, struct task *batch)
{
	struct task *t, *next;
	uint64_t lines = 0;

	commit(c, batch);
	DL_FOREACH_SAFE(batch, t, next) {
		if (t->kind == TASK_LINE) {
			write_line(c, t);
			lines++;
		} else if (t->kind == TASK_REOPEN) {
			journal_reopen(c->journal, t->conf);
		}
		DL_DELETE(batch, t);
		clerk_task_free(t);
	}
	pthread_mutex_lock(&c->lock);
	c->stats.lines += lines;
	c->working = 0;
	pthread_mutex_unlock(&c->lock);
}

/* Under lock. */
static void
wait_for_work(struct clerk *c)
{
	struct timespec until = after_ms(1000);

	while (c->queued == 0 && !c->stop)
		if (pthread_cond_timedwait(&c->wake, &c->lock, &until) ==
		    ETIMEDOUT)
			break;
}

/*
 * Under lock. A commit rewrites every page that it touches, and waits for the
 * disk: what comes within a moment shares both. Who waits for a piece of work
 * does not wait for more to come.
 */
static void
gather(struct clerk *c)
{
	struct timespec until = after_ms(GATHER_MS);

	c->gathering = true;
	while (!c->stop && c->urgent == 0 && c->queued > 0 &&
	    c->queued < CLERK_BATCH_MAX)
		if (pthread_cond_timedwait(&c->wake, &c->lock, &until) ==
		    ETIMEDOUT)
			break;
	c->gathering = false;
}

/* Of what was taken, which counts as queued until then. */
static struct task *
cut_batch(struct clerk *c)
{
	size_t n = 0, octets = 0, urgent = 0;
	struct task *batch = NULL, *t;

	while ((t = c->taken) != NULL && n < CLERK_BATCH_MAX) {
		DL_DELETE(c->taken, t);
		DL_APPEND(batch, t);
		n++;
		octets += t->text_len;
		urgent += clerk_is_urgent(t->kind);
	}
	pthread_mutex_lock(&c->lock);
	c->queued -= n;
	c->octets -= octets;
	c->urgent -= urgent;
	c->working = n;
	pthread_mutex_unlock(&c->lock);
	return batch;
}

/* Waits for work; NULL when there is none and it is time to end or tidy. */
static struct task *
next_batch(struct clerk *c, bool *stop)
{
	pthread_mutex_lock(&c->lock);
	wait_for_work(c);
	gather(c);
	DL_CONCAT(c->taken, c->queue);
	c->queue = NULL;
	*stop = c->stop && c->queued == 0;
	pthread_mutex_unlock(&c->lock);
	return cut_batch(c);
}

/* Puts free what is held no more, but none may come for long. */
static void
free_held(struct clerk *c)
{
	struct held *held = NULL;

	pthread_mutex_lock(&c->lock);
	if (c->queued == 0) {		/* so all that was given is done */
		held = c->held;
		c->held = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	held_clear(&held);
}

void *
clerk_thread(void *arg)
{
	struct clerk *c = arg;
	struct task *batch;
	bool stop = false;

	while (!stop) {
		if ((batch = next_batch(c, &stop)) != NULL)
			work(c, batch);
		else
			free_held(c);
		if (c->store != NULL && clock_mono_ms() >= c->tidy_at) {
			store_tidy(c->store);
			c->tidy_at = clock_mono_ms() + TIDY_S * 1000;
		}
	}
	return NULL;
}
