/*
 * clerk: the thread that writes, so that the loop never waits for a disk.
 *
 * It is the store's only writer and the verdict log's only writer. Work is
 * done in the order in which it was given, in batches: a verdict is in the
 * store before the log line that speaks of it is written. While the disk is
 * full verdicts stay in memory, up to CLERK_HELD_MAX, and are tried again.
 * While the store has as many items as it may (store.h, STORE_FULL) new ones
 * are lost, counted as dropped, and whoever waits is told so; the rest goes on.
 *
 * Every function but clerk_create and clerk_destroy may be called from any
 * thread; none blocks on the disk, nor for as long as a batch takes.
 */
#ifndef RCPTGUARD_CLERK_H
#define RCPTGUARD_CLERK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/conf.h"
#include "common/store.h"
#include "common/verdict.h"
#include "common/verdict_line.h"

#define CLERK_HELD_MAX	20000		/* pieces of work */
#define CLERK_OCTETS_MAX	(64u << 20)	/* of their texts */

struct clerk;

/*
 * store may be NULL: then only the log is written, and verdicts live for as
 * long as they are held. It is borrowed; conf says where the verdict log is,
 * if there is one, and how addresses are shown. NULL with a log line.
 */
struct clerk *clerk_create(struct store *store, const struct conf *conf);

/* Finishes what is held, within a second or two, and ends. NULL is fine. */
void clerk_destroy(struct clerk *c);

/* Takes evidence (as packed, may be NULL) over; it is freed here. */
void clerk_verdict(struct clerk *c, const struct address *addr,
    const struct verdict *v, void *evidence, size_t len);

/* True: a verdict that is not in the store yet is in *out. */
bool clerk_held(struct clerk *c, const struct address *addr,
    struct verdict *out);

/*
 * An item of a table (store.h); key and data are copied. One over the limits
 * of store.h is counted as dropped, and nothing else is lost with it.
 */
void clerk_item(struct clerk *c, enum store_table table, const void *key,
    size_t key_len, const void *data, size_t len);
void clerk_drop_item(struct clerk *c, enum store_table table, const void *key,
    size_t key_len);

/*
 * A line for the verdict log. Strings are copied. Where line->evidence is
 * NULL and addr is not, the evidence is taken from the store.
 */
void clerk_line(struct clerk *c, const struct verdict_line *line,
    const struct address *addr);

/*
 * done is called in the clerk's thread, with how many records went. False: it
 * is never called, for there is no memory, or too much waits.
 */
typedef void clerk_purged_fn(void *arg, enum store_status status,
    uint64_t count);
bool clerk_purge_address(struct clerk *c, const struct address *addr,
    clerk_purged_fn *done, void *arg);
bool clerk_purge_domain(struct clerk *c, const char *domain,
    clerk_purged_fn *done, void *arg);

/* The same; done is called when all that was given before is in the store. */
bool clerk_sync(struct clerk *c, clerk_purged_fn *done, void *arg);

/* Opens the log anew (rotation) under the names and rules of conf. */
void clerk_reopen(struct clerk *c, const struct conf *conf);

struct clerk_stats {
	uint64_t committed, lines, dropped, failed_commits;
	size_t held;		/* given and not done: not stored, not logged */
};
void clerk_stats(struct clerk *c, struct clerk_stats *out);

#endif
