/*
 * http_fetch: one question to an endpoint of the admin's, and what it answers.
 *
 * TLS is verified, time, body and header are limited (the endpoint's timeout,
 * HTTP_BODY_MAX, HTTP_HEADERS_MAX). A redirect is not followed here, but told
 * (location): a question with the admin's secrets goes to the host that he
 * wrote, and to no other. Whatever its address is, it is his word; a host that
 * a stranger named (targets) is connected to where a probe may go.
 *
 * One connection for each question: an endpoint that ends idle connections
 * makes the next question fail otherwise, and a POST is not sent twice. Only
 * when a connection could not be made is the next address tried. No more than
 * the endpoint's `parallel` at once; the others wait in order, within their
 * time.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_HTTP_FETCH_H
#define RCPTGUARD_HTTP_FETCH_H

#include "common/evidence.h"
#include "probe/http_endpoints.h"
#include "probe/resolver.h"
#include "probe/target.h"

#define HTTP_BODY_MAX		(64 * 1024)
#define HTTP_HEADERS_MAX	(16 * 1024)

struct http_fetch;

/* Lives during the call. */
struct http_fetched {
	unsigned status;		/* 0: no answer; tell has said why */
	const char *body;		/* foreign; a NUL behind it */
	size_t len;
	const char *ip;			/* asked last, or "" */
	const char *tls;		/* "TLSv1.3", or "" */
	const char *location;		/* of a redirect; foreign; or "" */
};

/* What happens, line by line; text may be shown. Maybe from within. */
typedef void http_tell_fn(void *arg, enum story_kind kind, const char *text);
typedef void http_fetched_fn(void *arg, const struct http_fetched *got);

struct http_fetch_params {
	struct event_base *base;
	struct resolver *resolver;
	struct http_endpoints *endpoints;	/* a reference is taken */
	struct http_endpoint *ep;		/* of these */
	/* Where it may lead, borrowed; NULL: the admin named the host. */
	const struct target_rules *targets;
	const char *target;		/* path and query; copied */
	const char *body;		/* JSON to POST, copied; NULL: GET */
	http_tell_fn *tell;
	http_fetched_fn *done;		/* once, from the loop */
	void *arg;
};

/* NULL: no memory. */
struct http_fetch *http_fetch(const struct http_fetch_params *p);
void http_fetch_cancel(struct http_fetch *f);	/* done is not called */

#endif
