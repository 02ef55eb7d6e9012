/*
 * preflight_run: runs preflight's checks at start, daily, after a reload and
 * when asked, and rests the sources that fail a hard one where
 * identity.preflight is "enforce".
 *
 * DNS first: what it shows opens or rests the sources. Then mailboxes of ours
 * are asked, as any address is, and the hosts of identity.check_hosts are
 * greeted and left. The loop's thread only.
 */
#ifndef RCPTGUARD_PREFLIGHT_RUN_H
#define RCPTGUARD_PREFLIGHT_RUN_H

#include "probe/job.h"
#include "probe/preflight.h"
#include "probe/source.h"

struct preflight_run;

/* json lives during the call; NULL: no memory. */
typedef void preflight_done_fn(void *arg, const char *json);

struct preflight_run_params {
	const struct job_tools *tools;	/* all borrowed */
	struct source_pool *pool;
	/* Listings of now, for the report; up to max. May be NULL. */
	size_t (*listings)(void *arg, struct preflight_listing *out,
	    size_t max);
	void *listings_arg;
	/* A replacement has passed. */
	void (*proven)(void *arg, struct source *s);
	void *arg;
};

/* NULL: no memory. The first run begins with the loop. */
struct preflight_run *preflight_run_create(
    const struct preflight_run_params *p);
void preflight_run_destroy(struct preflight_run *r);	/* NULL is fine */

/* tools->conf has changed: runs again. */
void preflight_run_again(struct preflight_run *r);

/*
 * done is called once, when the run that begins now, or the next if one is
 * under way, has ended; or never, if r is destroyed before. False: too many
 * wait, or no memory.
 */
bool preflight_run_ask(struct preflight_run *r, preflight_done_fn *done,
    void *arg);

#endif
