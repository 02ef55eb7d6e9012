/*
 * web: the probe's HTTP listeners.
 *
 * probe.metrics serves /metrics, /healthz and the policy page (/ and /policy)
 * to who is close; probe.page serves the page alone, to everybody. GET and
 * HEAD, one request a connection.
 *
 * Clients are bounded (rule R2): 8 KiB of request, no body, WEB_LIFE_S to
 * 2 * WEB_LIFE_S for a connection whatever it does, and some WEB_ACCEPTED_MAX
 * connections to each listener: who comes after them ends the oldest. So slow
 * clients hold neither descriptors nor the door.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_WEB_H
#define RCPTGUARD_WEB_H

#include <event2/event.h>

#include "common/conf.h"

#define WEB_LIFE_S		5
#define WEB_ACCEPTED_MAX	64
#define WEB_WHY_SIZE		320

struct web;

struct web_params {
	struct event_base *base;
	/* What /metrics answers; malloc'd, or NULL without memory. */
	char *(*metrics)(void *arg);
	void *arg;
};

/* Listens nowhere yet. NULL: no memory. */
struct web *web_create(const struct web_params *p);

/*
 * Opens what c names and is not open yet. False: it cannot be, why says what
 * and what to do, and nothing has changed.
 */
bool web_prepare(struct web *w, const struct conf *c,
    char why[WEB_WHY_SIZE]);

/* After web_prepare, with the same c: that is in force, the rest is closed. */
void web_commit(struct web *w, const struct conf *c);

void web_destroy(struct web *w);	/* NULL is fine */

#endif
