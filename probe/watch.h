/*
 * watch: are our sources and names on lists (dnsbl.h)? Asked at start, hourly,
 * after a reload, and soon after a removal was asked for; not where
 * identity.preflight is "off".
 *
 * A source that is listed rests, over restarts, until the admin has it resume
 * or no list has named it for WATCH_CLEAN_S. A change is a line in the log and
 * a notice. The loop's thread only.
 */
#ifndef RCPTGUARD_WATCH_H
#define RCPTGUARD_WATCH_H

#include "probe/clerk.h"
#include "probe/job.h"
#include "probe/listing.h"
#include "probe/notices.h"
#include "probe/preflight.h"
#include "probe/source.h"

#define WATCH_CLEAN_S	(7 * 86400)

struct watch;

/* All borrowed; store may be NULL, it is read. NULL: no memory. */
struct watch *watch_create(const struct job_tools *tools,
    struct source_pool *pool, struct store *store, struct clerk *clerk);
void watch_destroy(struct watch *w);	/* NULL is fine */
void watch_again(struct watch *w);	/* tools->conf has changed */

/* For preflight's report; arg is the watch. */
size_t watch_listings(void *arg, struct preflight_listing *out, size_t max);

/* What the admin says of one listing. */
struct watch_ticket {
	const char *what, *zone;
	const char *note;		/* escaped; NULL: as it was */
	bool set;			/* state is given */
	enum ticket_state state;
	uint32_t by;			/* user id */
};
/* False: what is not on such a list, nor was. */
bool watch_ticket(struct watch *w, const struct watch_ticket *t);

/*
 * What is on lists now, or with all what was; the caller owns it. NULL: no
 * memory.
 */
struct jval *watch_status(const struct watch *w, bool all);

/*
 * { asked_at, lists: [ { zone, broken } ] } of the last whole round; as above.
 */
struct jval *watch_lists(const struct watch *w);

#endif
