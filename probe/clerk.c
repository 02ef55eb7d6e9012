#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/clerk.h"
#include "probe/held.h"
#include "probe/journal.h"

#define BATCH_MAX	1000
#define TIDY_S		10
#define RETRY_MS	1000		/* after a commit that failed */
#define COMPLAIN_S	60		/* between two lines about the same */

enum task_kind {
	TASK_VERDICT,
	TASK_LINE,
	TASK_PURGE_ADDRESS,
	TASK_PURGE_DOMAIN,
	TASK_REOPEN
};

struct task {
	enum task_kind kind;
	struct address addr;
	bool has_addr;
	struct verdict verdict;
	char *text;			/* evidence, or a note as on the wire */
	size_t text_len;
	const struct conf *conf;	/* TASK_REOPEN: a count of its own */
	clerk_purged_fn *purged;
	void *arg;
	struct task *prev, *next;
};

struct clerk {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under lock */
	struct task *queue;
	size_t queued;
	struct held *held;
	bool stop;
	struct clerk_stats stats;
	/* the clerk's own */
	struct store *store;
	struct journal *journal;
	int64_t tidy_at, complain_at;
};

/* --- giving work --------------------------------------------------------- */

static void
task_free(struct task *t)
{
	free(t->text);
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

/* Under lock. False, and t freed, when too much is held. */
static bool
enqueue(struct clerk *c, struct task *t)
{
	if (c->queued >= CLERK_HELD_MAX) {
		c->stats.dropped++;
		task_free(t);
		return false;
	}
	DL_APPEND(c->queue, t);
	c->queued++;
	pthread_cond_signal(&c->wake);
	return true;
}

static bool
give(struct clerk *c, struct task *t)
{
	bool taken;

	pthread_mutex_lock(&c->lock);
	taken = enqueue(c, t);
	pthread_mutex_unlock(&c->lock);
	return taken;
}

void
clerk_verdict(struct clerk *c, const struct address *addr,
    const struct verdict *v, char *evidence)
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
	pthread_mutex_lock(&c->lock);
	if (enqueue(c, t))
		held_put(&c->held, addr, v, t);
	pthread_mutex_unlock(&c->lock);
}

bool
clerk_held(struct clerk *c, const struct address *addr, struct verdict *out)
{
	bool found;

	pthread_mutex_lock(&c->lock);
	found = held_get(c->held, addr, out);
	pthread_mutex_unlock(&c->lock);
	return found;
}

/* A line travels as the note it came as: one codec, one copy. */
void
clerk_line(struct clerk *c, const struct verdict_line *line,
    const struct address *addr)
{
	struct task *t = task_new(TASK_LINE);
	struct wire_writer w;

	if (t == NULL || (t->text = malloc(WIRE_REQUEST_MAX)) == NULL) {
		free(t);
		return;
	}
	wire_begin(&w, t->text, WIRE_REQUEST_MAX);
	verdict_line_put(line, &w);
	t->text_len = wire_end(&w);
	if (addr != NULL)
		t->addr = *addr;
	t->has_addr = addr != NULL;
	if (t->text_len == 0)
		task_free(t);
	else
		give(c, t);
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
		task_free(t);
		return false;
	}
	return give(c, t);
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
	out->held = c->queued;
	pthread_mutex_unlock(&c->lock);
}

/* --- the thread ---------------------------------------------------------- */

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
	if (t->has_addr && c->store != NULL &&
	    store_get_evidence(c->store, &t->addr, &evidence) == STORE_OK)
		line.evidence = evidence;
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
		return true;
	case TASK_LINE:
	case TASK_REOPEN:
		return false;
	}
	return false;
}

/* *count is filled by the time the transaction has committed. */
static void
put(struct clerk *c, struct task *t, uint64_t *count)
{
	struct verdict v;

	switch (t->kind) {
	case TASK_VERDICT:
		store_offer_verdict(c->store, &t->addr, &t->verdict, t->text,
		    clock_wall_s());
		break;
	case TASK_PURGE_ADDRESS:
		*count = store_get_verdict(c->store, &t->addr, &v) == STORE_OK;
		store_delete(c->store, &t->addr);
		break;
	case TASK_PURGE_DOMAIN:
		store_delete_domain(c->store, t->text, count);
		break;
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

static void
pause_ms(struct clerk *c, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&c->lock);
	if (!c->stop)
		pthread_cond_timedwait(&c->wake, &c->lock, &until);
	pthread_mutex_unlock(&c->lock);
}

/*
 * Tried until it is done; only a stop ends the trying, and a batch that the
 * store did not take whole. The store keeps what was put until then.
 */
static enum store_status
commit_or_stop(struct clerk *c)
{
	enum store_status status;
	int error;

	while ((status = store_commit(c->store)) != STORE_OK) {
		error = errno;
		complain(c, status);
		if (status == STORE_REFUSED || stopping(c)) {
			store_abort(c->store);
			errno = error;
			return status;
		}
		pause_ms(c, RETRY_MS);
	}
	return STORE_OK;
}

/* Without memory for the batch all of it is put again. */
static enum store_status
write_batch(struct clerk *c, struct task *batch, uint64_t *counts)
{
	enum store_status status;
	struct task *t;
	size_t i;

	for (;;) {
		store_begin(c->store);	/* an error is latched until commit */
		i = 0;
		DL_FOREACH(batch, t)
			if (is_store_task(t))
				put(c, t, &counts[i++]);
		status = commit_or_stop(c);
		if (status != STORE_REFUSED || errno != ENOMEM || stopping(c))
			return status;
		pause_ms(c, RETRY_MS);
	}
}

/* Tells who ordered, and lets the verdicts go that wait no longer. */
static void
committed(struct clerk *c, struct task *batch, enum store_status status,
    const uint64_t *counts, uint64_t n)
{
	struct task *t;
	size_t i = 0;

	DL_FOREACH(batch, t) {
		if (!is_store_task(t))
			continue;
		if (t->purged != NULL)
			t->purged(t->arg, status, counts[i]);
		i++;
	}
	pthread_mutex_lock(&c->lock);
	if (status == STORE_OK)
		c->stats.committed += n;
	DL_FOREACH(batch, t)
		if (t->kind == TASK_VERDICT)
			held_drop(&c->held, &t->addr, t);
	pthread_mutex_unlock(&c->lock);
}

/* One transaction for every store task in the batch. */
static void
commit(struct clerk *c, struct task *batch)
{
	struct task *t;
	enum store_status status = STORE_ABSENT;
	uint64_t *counts, n = 0;

	DL_FOREACH(batch, t)
		n += is_store_task(t);
	if (n == 0)
		return;
	counts = calloc(n, sizeof *counts);
	if (c->store != NULL && counts != NULL)
		status = write_batch(c, batch, counts);
	if (counts != NULL)
		committed(c, batch, status, counts, n);
	free(counts);
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
		task_free(t);
	}
	pthread_mutex_lock(&c->lock);
	c->stats.lines += lines;
	pthread_mutex_unlock(&c->lock);
}

/* Waits for work; NULL when there is none and it is time to end or tidy. */
static struct task *
next_batch(struct clerk *c, bool *stop)
{
	struct task *batch = NULL, *t;
	struct timespec until;
	size_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 1;
	pthread_mutex_lock(&c->lock);
	while (c->queue == NULL && !c->stop)
		if (pthread_cond_timedwait(&c->wake, &c->lock, &until) ==
		    ETIMEDOUT)
			break;
	while ((t = c->queue) != NULL && n++ < BATCH_MAX) {
		DL_DELETE(c->queue, t);
		DL_APPEND(batch, t);
		c->queued--;
	}
	*stop = c->stop && batch == NULL;
	pthread_mutex_unlock(&c->lock);
	return batch;
}

static void *
clerk_main(void *arg)
{
	struct clerk *c = arg;
	struct task *batch;
	bool stop = false;

	while (!stop) {
		if ((batch = next_batch(c, &stop)) != NULL)
			work(c, batch);
		if (c->store != NULL && clock_mono_ms() >= c->tidy_at) {
			store_tidy(c->store);
			c->tidy_at = clock_mono_ms() + TIDY_S * 1000;
		}
	}
	return NULL;
}

/* --- birth and death ----------------------------------------------------- */

static bool
start_thread(struct clerk *c)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&c->thread, NULL, clerk_main, c);
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
	held_clear(&c->held);
	journal_close(c->journal);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
