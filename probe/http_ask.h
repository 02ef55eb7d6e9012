/*
 * http_ask: asks an endpoint of the admin's about one address (provider rule
 * "http").
 *
 *   POST target HTTP/1.1
 *   Host, Content-Type: application/json, the admin's header
 *   {"address":"...","id":"..."}
 *
 * address is the wire form; id is fresh and tells one question from another.
 * 200 with an answer that http_answer.h takes is the verdict. All else, from a
 * name without an address to a body over 64 KiB (http_fetch.h), is
 * temporary_error, and the story says why.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_HTTP_ASK_H
#define RCPTGUARD_HTTP_ASK_H

#include "common/address.h"
#include "common/evidence.h"
#include "probe/http_endpoints.h"
#include "probe/resolver.h"

struct http_ask;

struct http_result {
	enum verdict_reason reason;
	unsigned status;		/* of HTTP; 0: none came */
	const char *text;		/* the answer's body, escaped, or "" */
	const char *ip;			/* asked last, or "" */
	const char *tls;		/* "TLSv1.3", or "" */
};

typedef void http_done_fn(void *arg, const struct http_result *result);

struct http_params {
	struct event_base *base;
	struct resolver *resolver;
	struct http_endpoints *endpoints;
	const char *provider;		/* whose endpoint */
	const struct address *addr;
	struct evidence *story;		/* borrowed until done or cancel */
	int64_t story_began_ms;
	http_done_fn *done;		/* once, from the loop */
	void *arg;
};

/* NULL: no memory, or no such endpoint. */
struct http_ask *http_ask(const struct http_params *params);
void http_ask_cancel(struct http_ask *a);	/* done is not called */

#endif
