#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/routes.h"
#include "probe/turns.h"

#define LINES_MAX	4096	/* octets of the story of one lookup */
#define PIECES		4	/* answers, in one callback */
#define LOOK_MAX	64	/* for one to give up */

/* Waits at its entry until it is answered. */
struct route_wait {
	struct entry *entry;
	bool remembered;		/* the answer was there before */
	int64_t since_ms;
	routes_tell_fn *tell;
	resolver_done_fn *done;
	void *arg;
	struct route_wait *prev, *next;
};

/*
 * A domain: being looked up (query is set), or known until expires_ms. One
 * that is to be forgotten leaves the table, and is freed when nobody needs it.
 */
struct entry {
	char domain[256];
	struct routes *routes;
	struct resolver_query *query;
	struct route_wait *waits;
	bool listed;			/* in the table; else in gone */
	struct turn turn;		/* known, and waits are being answered */
	int64_t learned_ms, expires_ms;
	enum verdict_reason reason;
	struct mx_route route;
	char *lines;			/* as told: the time, the text, NUL */
	size_t lines_len;
	struct entry *prev, *next;		/* of gone */
	UT_hash_handle hh;
};

struct routes {
	struct resolver *resolver;
	struct turns *turns;		/* an answer each */
	struct entry *table;		/* in the order of learning */
	struct entry *gone;
};

/* --- entries ------------------------------------------------------------- */

static void
entry_free(struct entry *e)
{
	if (e->listed)
		HASH_DEL(e->routes->table, e);
	else
		DL_DELETE(e->routes->gone, e);
	resolver_cancel(e->query);
	free(e->lines);
	free(e);
}

static bool
is_unused(const struct entry *e)
{
	return e->query == NULL && e->waits == NULL && !e->turn.waits;
}

static void
entry_forget(struct entry *e)
{
	if (e->listed) {
		HASH_DEL(e->routes->table, e);
		DL_APPEND(e->routes->gone, e);
		e->listed = false;
	}
	if (is_unused(e))
		entry_free(e);
}

/* --- the story ----------------------------------------------------------- */

static void
on_line(void *arg, const char *line)
{
	struct entry *e = arg;
	int64_t now = clock_mono_ms();
	size_t len = strlen(line) + 1;
	char *lines;

	if (len + sizeof now > LINES_MAX - e->lines_len)
		return;
	lines = realloc(e->lines, e->lines_len + sizeof now + len);
	if (lines == NULL)
		return;
	e->lines = lines;
	memcpy(lines + e->lines_len, &now, sizeof now);
	memcpy(lines + e->lines_len + sizeof now, line, len);
	e->lines_len += sizeof now + len;
}

static void
tell_lines(const struct route_wait *w)
{
	const struct entry *e = w->entry;
	size_t at = 0;
	int64_t then;
	char line[64], age_s[TEXT_NUMBER];

	if (w->remembered) {
		text_number((uint64_t)(w->since_ms - e->learned_ms) / 1000,
		    age_s);
		text_join(line, sizeof line, "from memory, ", age_s,
		    " s old:", NULL);
		w->tell(w->arg, w->since_ms, line);
	}
	while (at < e->lines_len) {
		memcpy(&then, e->lines + at, sizeof then);
		at += sizeof then;
		if (then < w->since_ms)
			then = w->since_ms;
		w->tell(w->arg, then, e->lines + at);
		at += strlen(e->lines + at) + 1;
	}
}

/* --- answers ------------------------------------------------------------- */

/* The entry may be freed. */
static void
wait_free(struct route_wait *w)
{
	struct entry *e = w->entry;

	DL_DELETE(e->waits, w);
	free(w);
	if (!e->listed && is_unused(e))
		entry_free(e);
}

void
route_cancel(struct route_wait *w)
{
	if (w == NULL)
		return;
	tell_lines(w);
	wait_free(w);
}

/* One of the waits is answered; e stays while it has its turn. */
static bool
entry_answer(void *arg)
{
	struct entry *e = arg;
	struct route_wait *w = e->waits;
	resolver_done_fn *done;
	void *who;

	if (w == NULL)
		return false;
	done = w->done;
	who = w->arg;
	tell_lines(w);
	wait_free(w);
	done(who, e->reason, &e->route);
	return e->waits != NULL;
}

static void
entry_answered(void *arg)
{
	struct entry *e = arg;

	if (!e->listed)
		entry_free(e);
}

/*
 * That it does not exist is believed for no longer than its verdict is; and
 * what DNS did not tell of a route is soon asked for again.
 */
static int64_t
lifetime_s(enum verdict_reason reason, const struct mx_route *route)
{
	int64_t most = ROUTES_TTL_MAX_S;

	if (reason != REASON_MAX)
		most = ROUTES_TTL_NONE_MAX_S;
	else if (mx_route_has_failed(route))
		most = ROUTES_TTL_PART_S;
	if (route->ttl_s == UINT32_MAX)
		return ROUTES_TTL_NONE_S;
	return route->ttl_s < most ? route->ttl_s : most;
}

static void
on_route(void *arg, enum verdict_reason reason, const struct mx_route *route)
{
	struct entry *e = arg;

	e->query = NULL;
	e->reason = reason;
	e->route = *route;
	e->learned_ms = clock_mono_ms();
	e->expires_ms = e->learned_ms + lifetime_s(reason, route) * 1000;
	if (e->waits != NULL)
		turns_wait(e->routes->turns, &e->turn);
	if (reason == REASON_DNS_FAILURE || !e->listed)
		entry_forget(e);
}

/* --- the table ----------------------------------------------------------- */

/* The oldest that nobody waits for; all under way: one too many for a while. */
static void
make_room(struct routes *r)
{
	struct entry *e, *next;
	unsigned looked = 0;

	if (HASH_COUNT(r->table) < ROUTES_MAX)
		return;
	HASH_ITER(hh, r->table, e, next) {
		if (is_unused(e))
			entry_free(e);
		if (++looked == LOOK_MAX ||
		    HASH_COUNT(r->table) < ROUTES_MAX)
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
	e->turn.work = entry_answer;
	e->turn.over = entry_answered;
	e->turn.arg = e;
	text_copy(e->domain, domain, sizeof e->domain);
	HASH_ADD_STR(r->table, domain, e);
	if (!TABLE_HAS(e)) {
		free(e);
		return NULL;
	}
	e->listed = true;
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
		entry_forget(e);
		e = NULL;
	}
	return e != NULL ? e : entry_new(r, domain);
}

struct route_wait *
routes_mail(struct routes *r, const char *domain, routes_tell_fn *tell,
    resolver_done_fn *done, void *arg)
{
	struct route_wait *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->since_ms = clock_mono_ms();
	w->tell = tell;
	w->done = done;
	w->arg = arg;
	if ((w->entry = entry_of(r, domain)) == NULL) {
		free(w);
		return NULL;
	}
	DL_APPEND(w->entry->waits, w);
	w->remembered = w->entry->query == NULL;
	if (w->remembered)
		turns_wait(r->turns, &w->entry->turn);
	return w;
}

void
routes_forget(struct routes *r, const char *domain)
{
	struct entry *e;

	HASH_FIND_STR(r->table, domain, e);
	if (e != NULL)
		entry_forget(e);
}

void
routes_clear(struct routes *r)
{
	struct entry *e, *next;

	HASH_ITER(hh, r->table, e, next)
		entry_forget(e);
}

struct routes *
routes_create(struct event_base *base, struct resolver *resolver)
{
	struct routes *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->resolver = resolver;
	r->turns = turns_create(base, PIECES);
	if (r->turns == NULL) {
		free(r);
		return NULL;
	}
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
	DL_FOREACH_SAFE(r->gone, e, next)
		entry_free(e);
	turns_destroy(r->turns);
	free(r);
}
