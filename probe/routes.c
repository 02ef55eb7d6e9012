#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event_struct.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/routes.h"

#define LINES_MAX	2048	/* of the story of one lookup */

struct route_wait {
	struct routes *routes;
	struct entry *entry;		/* waits there, or NULL: answered */
	struct event deliver;
	resolver_tell_fn *tell;
	resolver_done_fn *done;
	void *arg;
	enum verdict_reason reason;
	struct mx_route route;
	struct route_wait *prev, *next;
};

/* A domain: being looked up (query is set), or known until expires_ms. */
struct entry {
	char domain[256];
	struct routes *routes;
	struct resolver_query *query;
	struct route_wait *waits;
	bool forgotten;			/* not to be remembered when it comes */
	int64_t learned_ms, expires_ms;
	enum verdict_reason reason;
	struct mx_route route;
	char lines[LINES_MAX];		/* as told, each ended by NUL */
	size_t lines_len;
	UT_hash_handle hh;
};

struct routes {
	struct event_base *base;
	struct resolver *resolver;
	struct entry *table;		/* in the order of learning */
};

static void
wait_free(struct route_wait *w)
{
	if (w->entry != NULL)
		DL_DELETE(w->entry->waits, w);
	event_del(&w->deliver);
	free(w);
}

void
route_cancel(struct route_wait *w)
{
	if (w != NULL)
		wait_free(w);
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct route_wait *w = arg;

	(void)fd;
	(void)what;
	w->done(w->arg, w->reason, &w->route);	/* cannot be cancelled now */
	wait_free(w);
}

static void
wait_answer(struct route_wait *w, const struct entry *e)
{
	w->entry = NULL;
	w->reason = e->reason;
	w->route = e->route;
	event_active(&w->deliver, EV_TIMEOUT, 0);
}

static void
entry_free(struct entry *e)
{
	HASH_DEL(e->routes->table, e);
	resolver_cancel(e->query);
	free(e);
}

static void
on_line(void *arg, const char *line)
{
	struct entry *e = arg;
	struct route_wait *w;
	size_t left = sizeof e->lines - e->lines_len;
	size_t len = strlen(line);

	DL_FOREACH(e->waits, w)
		w->tell(w->arg, line);
	if (len + 1 > left)
		return;
	memcpy(e->lines + e->lines_len, line, len + 1);
	e->lines_len += len + 1;
}

static bool
worth_remembering(const struct entry *e)
{
	return !e->forgotten && e->reason != REASON_DNS_FAILURE;
}

/* That it does not exist is believed for no longer than its verdict is. */
static int64_t
lifetime_s(enum verdict_reason reason, uint32_t ttl_s)
{
	int64_t most = reason == REASON_MAX ? ROUTES_TTL_MAX_S :
	    ROUTES_TTL_NONE_MAX_S;

	if (ttl_s == UINT32_MAX)
		return ROUTES_TTL_NONE_S;
	return ttl_s < most ? ttl_s : most;
}

static void
on_route(void *arg, enum verdict_reason reason, const struct mx_route *route)
{
	struct entry *e = arg;
	struct route_wait *w, *next;

	e->query = NULL;
	e->reason = reason;
	e->route = *route;
	DL_FOREACH_SAFE(e->waits, w, next) {
		DL_DELETE(e->waits, w);
		wait_answer(w, e);
	}
	if (!worth_remembering(e)) {
		entry_free(e);
		return;
	}
	e->learned_ms = clock_mono_ms();
	e->expires_ms = e->learned_ms + lifetime_s(reason, route->ttl_s) * 1000;
}

static void
tell_again(const struct entry *e, const struct route_wait *w)
{
	char line[64];
	const char *at = e->lines, *end = e->lines + e->lines_len;

	snprintf(line, sizeof line, "from memory, %lld s old:",
	    (long long)((clock_mono_ms() - e->learned_ms) / 1000));
	w->tell(w->arg, line);
	for (; at < end; at += strlen(at) + 1)
		w->tell(w->arg, at);
}

/* The oldest that nobody waits for; all under way: one too many for a while. */
static void
make_room(struct routes *r)
{
	struct entry *e, *next;

	if (HASH_COUNT(r->table) < ROUTES_MAX)
		return;
	HASH_ITER(hh, r->table, e, next)
		if (e->query == NULL) {
			entry_free(e);
			return;
		}
}

static struct entry *
entry_new(struct routes *r, const char *domain)
{
	struct entry *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	make_room(r);
	e->routes = r;
	text_copy(e->domain, domain, sizeof e->domain);
	HASH_ADD_STR(r->table, domain, e);
	if (!TABLE_HAS(e)) {
		free(e);
		return NULL;
	}
	e->query = resolver_mail(r->resolver, domain, on_line, on_route, e);
	if (e->query == NULL) {
		entry_free(e);
		return NULL;
	}
	return e;
}

static struct entry *
entry_of(struct routes *r, const char *domain)
{
	struct entry *e;

	HASH_FIND_STR(r->table, domain, e);
	if (e != NULL && e->query == NULL && clock_mono_ms() >= e->expires_ms) {
		entry_free(e);
		e = NULL;
	}
	return e != NULL ? e : entry_new(r, domain);
}

struct route_wait *
routes_mail(struct routes *r, const char *domain, resolver_tell_fn *tell,
    resolver_done_fn *done, void *arg)
{
	struct route_wait *w = calloc(1, sizeof *w);
	struct entry *e;

	if (w == NULL)
		return NULL;
	w->routes = r;
	w->tell = tell;
	w->done = done;
	w->arg = arg;
	event_assign(&w->deliver, r->base, -1, 0, on_deliver, w);
	if ((e = entry_of(r, domain)) == NULL) {
		free(w);
		return NULL;
	}
	if (e->query != NULL) {
		w->entry = e;
		DL_APPEND(e->waits, w);
	} else {
		tell_again(e, w);
		wait_answer(w, e);
	}
	return w;
}

void
routes_forget(struct routes *r, const char *domain)
{
	struct entry *e;

	HASH_FIND_STR(r->table, domain, e);
	if (e == NULL)
		return;
	e->forgotten = true;
	if (e->query == NULL)
		entry_free(e);
}

void
routes_clear(struct routes *r)
{
	struct entry *e, *next;

	HASH_ITER(hh, r->table, e, next) {
		e->forgotten = true;
		if (e->query == NULL)
			entry_free(e);
	}
}

struct routes *
routes_create(struct event_base *base, struct resolver *resolver)
{
	struct routes *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->base = base;
	r->resolver = resolver;
	return r;
}

/* Waits are the callers' to cancel first. */
void
routes_destroy(struct routes *r)
{
	struct entry *e, *next;

	if (r == NULL)
		return;
	HASH_ITER(hh, r->table, e, next)
		entry_free(e);
	free(r);
}
