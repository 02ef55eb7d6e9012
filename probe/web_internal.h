/*
 * web_internal: what web.c (listeners) and web_answer.c (requests) share.
 */
#ifndef RCPTGUARD_WEB_INTERNAL_H
#define RCPTGUARD_WEB_INTERNAL_H

#include <event2/http.h>

#include "common/policy.h"
#include "probe/web.h"

#define WEB_ETAG_SIZE	64

struct site {
	struct web *web;
	const char *key;		/* of the configuration */
	bool page_only;
	struct conf_endpoint at;	/* port 0: closed */
	int fd;				/* listens; -1: none */
	int next_fd;			/* prepared; -1: none */
	/*
	 * evhttp knows neither the age nor the number of its connections. So
	 * it is replaced in turns: now accepts; before only ends what it
	 * accepted, and is freed, with whatever is left, one turn later.
	 */
	struct evhttp *now, *before;
	struct evhttp_bound_socket *bound;	/* of now */
	unsigned accepted;		/* by now */
	int64_t turn_at_ms;		/* monotonic */
};

enum { SITE_METRICS, SITE_PAGE, SITE_COUNT };

struct web {
	struct web_params p;
	struct event *tick;
	struct site sites[SITE_COUNT];
	char *page;			/* NULL: no memory */
	char version[POLICY_VERSION_SIZE];
	char etag[WEB_ETAG_SIZE];
};

/* web_answer.c: one whole request; arg is its site. */
void web_answer(struct evhttp_request *req, void *arg);

#endif
