/*
 * rdap_fetch: one question to an RDAP server, over its redirects.
 *
 * A client is expected to follow them (RFC 7480, 5.2): a server that knows no
 * domain itself names the registry's. RDAP_HOPS_MAX at most, to https alone,
 * and only to addresses that a probe may dial: whoever answers the admin's
 * server must not lead us into the site's own network. All together has the
 * time of one question.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_RDAP_FETCH_H
#define RCPTGUARD_RDAP_FETCH_H

#include "probe/http_fetch.h"

#define RDAP_HOPS_MAX	3
#define RDAP_NOTE_SIZE	160

struct rdap_fetch;

/*
 * note: what was told last, which is why there is no answer if got->status is
 * 0; may be shown. Both live during the call.
 */
typedef void rdap_fetched_fn(void *arg, const struct http_fetched *got,
    const char *note);

struct rdap_fetch_params {
	struct event_base *base;	/* all borrowed */
	struct resolver *resolver;
	struct http_endpoints *endpoints;	/* of the admin's URL */
	struct tls *tls;		/* verifying; for redirects */
	const struct target_rules *targets;	/* of redirects */
	const char *domain;		/* copied */
	rdap_fetched_fn *done;		/* once, from the loop */
	void *arg;
};

/* NULL: no memory. */
struct rdap_fetch *rdap_fetch(const struct rdap_fetch_params *p);
void rdap_fetch_cancel(struct rdap_fetch *f);	/* NULL is fine; no call */

#endif
