/*
 * rdap: when domains were registered, by an RDAP server that the admin names
 * (RFC 7480, RFC 9082, 3.1.3): GET of its URL and the registrable domain, and
 * of what it redirects to (rdap_fetch.h).
 *
 * One question at a time, RDAP_SPACE_MS apart, and none twice within its time:
 * a day of registration in the last RDAP_YOUNG_S, and that there was no
 * answer, is known for a day; an older one for RDAP_KEEP_S. Days of
 * registration outlive a restart. A failure is nothing known, and stops
 * nothing.
 *
 * Items in STORE_DOMAINS: "domain" NUL "registered"; the day of registration
 * and the time of the question, in wall seconds, each as pack.h has it.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_RDAP_H
#define RCPTGUARD_RDAP_H

#include <event2/event.h>

#include "common/store.h"
#include "probe/clerk.h"
#include "probe/resolver.h"
#include "probe/target.h"

#define RDAP_TIMEOUT_MS		10000
#define RDAP_SPACE_MS		1000
#define RDAP_WAITING_MAX	256	/* domains not asked for yet */
#define RDAP_KNOWN_MAX		2000	/* in memory */
#define RDAP_DAY_S		86400
#define RDAP_YOUNG_S		(60 * RDAP_DAY_S)
#define RDAP_KEEP_S		(30 * RDAP_DAY_S)

struct rdap;
struct rdap_wait;

struct rdap_params {
	struct event_base *base;	/* all borrowed */
	struct resolver *resolver;
	struct store *store;		/* NULL: none */
	struct clerk *clerk;
	const struct target_rules *targets;	/* where a redirect may lead */
};

/* NULL: no memory. It is off until it is configured. */
struct rdap *rdap_create(const struct rdap_params *p);
void rdap_destroy(struct rdap *r);	/* NULL is fine; nobody is called */

/*
 * url: as conf_check_rdap has it; "": off. Another one than before makes
 * failures be forgotten. False, after a log line: it is off.
 */
bool rdap_configure(struct rdap *r, const char *url);

struct rdap_fact {
	int64_t registered;		/* wall seconds; 0: nobody said */
	char note[160];			/* why not; may be shown */
};

/* False: nothing is known yet. Reads the store, some microseconds. */
bool rdap_known(struct rdap *r, const char *domain, struct rdap_fact *out);

/* Asks unless it is known, off or full; nobody waits. */
void rdap_want(struct rdap *r, const char *domain);

/*
 * Where rdap_known is false: done is called once, from the loop, never from
 * within, within the times of all who come before. NULL: off, full, or no
 * memory. fact lives during the call.
 */
typedef void rdap_done_fn(void *arg, const struct rdap_fact *fact);
struct rdap_wait *rdap_ask(struct rdap *r, const char *domain,
    rdap_done_fn *done, void *arg);
void rdap_cancel(struct rdap_wait *w);	/* NULL is fine */

#endif
