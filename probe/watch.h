/*
 * watch: are our sources and names on lists (dnsbl.h)? Asked at start, hourly
 * and after a reload; not where identity.preflight is "off".
 *
 * A source that is listed rests, over restarts, until the admin has it resume
 * or no list has named it for WATCH_CLEAN_S. A change is a line in the log.
 * The loop's thread only.
 */
#ifndef RCPTGUARD_WATCH_H
#define RCPTGUARD_WATCH_H

#include "probe/clerk.h"
#include "probe/job.h"
#include "probe/preflight.h"
#include "probe/source.h"

#define WATCH_CLEAN_S	(7 * 86400)

struct watch;

/* All borrowed. NULL: no memory. */
struct watch *watch_create(const struct job_tools *tools,
    struct source_pool *pool, struct clerk *clerk);
void watch_destroy(struct watch *w);	/* NULL is fine */
void watch_again(struct watch *w);	/* tools->conf has changed */

/* For preflight's report; arg is the watch. */
size_t watch_listings(void *arg, struct preflight_listing *out, size_t max);

/* For the status; the caller owns it. NULL: no memory. */
struct jval;
struct jval *watch_status(const struct watch *w);

#endif
