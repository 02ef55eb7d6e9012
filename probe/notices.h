/*
 * notices: what changed in how we stand with others, kept in the store for
 * `rcptguard incident`, and each alarm put as a file into log.notices.
 *
 * The newest NOTICES_KEPT alarms and as many other changes are kept (fewer in
 * a small store). The file comes after the store has it, by the clerk's
 * thread. The caller logs.
 *
 * The loop's thread only; never blocks.
 */
#ifndef RCPTGUARD_NOTICES_H
#define RCPTGUARD_NOTICES_H

#include "common/conf.h"
#include "common/notice.h"
#include "common/store.h"
#include "probe/clerk.h"

#define NOTICES_KEPT	500

struct notices;

/* All borrowed; store may be NULL. Before the loop runs. NULL: no memory. */
struct notices *notices_create(struct store *store, struct clerk *clerk,
    const struct conf *conf);
void notices_reconfigured(struct notices *n, const struct conf *conf);
/* The clerk is about to end: nothing is told any more. n may be NULL. */
void notices_end(struct notices *n);
/* After the clerk has ended. */
void notices_destroy(struct notices *n);	/* NULL is fine */

/* about->time_ms and about->text are filled in here. n may be NULL. */
void notices_tell(struct notices *n, const struct notice *about,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* { dir, dropped, refused, kept }; the caller owns it. NULL: no memory. */
struct jval *notices_status(const struct notices *n);

#endif
