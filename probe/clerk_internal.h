/*
 * clerk_internal: what clerk.c (giving work) and clerk_thread.c (doing it)
 * share.
 */
#ifndef RCPTGUARD_CLERK_INTERNAL_H
#define RCPTGUARD_CLERK_INTERNAL_H

#include <pthread.h>

#include "probe/clerk.h"
#include "probe/held.h"
#include "probe/journal.h"

enum task_kind {
	TASK_VERDICT,
	TASK_LINE,
	TASK_PURGE_ADDRESS,
	TASK_PURGE_DOMAIN,
	TASK_ITEM,
	TASK_DROP_ITEM,
	TASK_SYNC,
	TASK_REOPEN
};

struct task {
	enum task_kind kind;
	uint64_t serial;		/* greater with each that is given */
	struct address addr;
	bool has_addr;
	struct verdict verdict;
	char *text;			/* packed evidence, a note as on the
					   wire, or an item's key and then its
					   data */
	size_t text_len, key_len;
	char *evidence;			/* TASK_LINE: its own, or NULL */
	enum store_table table;
	const struct conf *conf;	/* TASK_REOPEN: a count of its own */
	clerk_purged_fn *purged;
	void *arg;
	uint64_t count;			/* of a purge; filled by its commit */
	struct task *prev, *next;
};

struct clerk {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/*
	 * Under lock. The thread holds it for some instructions only, however
	 * long a batch is: the loop would wait for it, and longer still when
	 * another program takes the thread's processor meanwhile.
	 */
	struct task *queue;
	size_t queued, octets;		/* not in a batch; octets of texts */
	size_t urgent;			/* of those queued: somebody waits */
	bool gathering;			/* sleeps while work comes together */
	size_t working;			/* in the batch that is written */
	uint64_t given, done;		/* the last serial of each */
	struct held *held;
	bool stop;
	struct clerk_stats stats;
	/* the thread's own */
	struct task *taken;		/* from the queue, for its batches */
	struct store *store;
	struct journal *journal;
	int64_t tidy_at, complain_at;
};

#define CLERK_BATCH_MAX	1000

/* clerk.c */
void clerk_task_free(struct task *t);
/* Somebody waits for the end of this one. */
bool clerk_is_urgent(enum task_kind kind);

/* clerk_thread.c: for pthread_create; ends when stop is set, queue empty. */
void *clerk_thread(void *arg);

#endif
