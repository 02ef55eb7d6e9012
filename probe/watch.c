#include "probe/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/dnsbl.h"
#include "probe/lookup.h"
#include "probe/source_keep.h"

#define HOUR_S		3600
#define FILE_MAX	65536
#define FOUND_MAX	64

struct found {
	char what[FACTS_NAME_SIZE];
	const struct dnsbl_zone *zone;	/* in the watch's dnsbl */
	struct net_addr code;
	char meaning[160], reason[200];
};

struct watch {
	const struct job_tools *tools;
	struct source_pool *pool;
	struct clerk *clerk;
	struct event *timer;
	struct facts *facts;		/* NULL: no run is under way */
	struct lookup *lookup;
	struct dnsbl dnsbl;
	struct found now[FOUND_MAX], next[FOUND_MAX];
	size_t now_count, next_count;
};

static void on_facts(void *arg);

/* --- the file ------------------------------------------------------------ */

static bool
read_file(const char *path, char out[FILE_MAX])
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL) {
		log_warn("%s: the lists of our addresses are not watched",
		    path);
		return false;
	}
	len = fread(out, 1, FILE_MAX - 1, f);
	out[len] = '\0';
	fclose(f);
	return true;
}

static void
load(struct watch *w)
{
	const char *path = w->tools->conf->identity.blocklists, *why;
	char *text = malloc(FILE_MAX);
	unsigned line;

	memset(&w->dnsbl, 0, sizeof w->dnsbl);
	if (path[0] == '\0')
		path = PKGDATADIR "/dnsbl.conf";
	if (text != NULL && read_file(path, text) &&
	    !dnsbl_parse(&w->dnsbl, text, &line, &why)) {
		log_warnx("%s:%u: %s; the lists of our addresses are not "
		    "watched", path, line, why);
		memset(&w->dnsbl, 0, sizeof w->dnsbl);
	}
	free(text);
}

/* --- a run --------------------------------------------------------------- */

/* False: pending. */
static bool
judge_one(struct watch *w, const struct dnsbl_zone *z,
    const struct net_addr *addr, const char *what)
{
	struct dnsbl_finding f;
	struct found *one = &w->next[w->next_count];

	dnsbl_judge(&w->dnsbl, z, addr, what, w->facts, &f);
	if (f.result == DNSBL_LISTED && w->next_count < FOUND_MAX) {
		w->next_count++;
		text_copy(one->what, what, sizeof one->what);
		one->zone = z;
		one->code = f.code;
		text_copy(one->meaning, f.meaning, sizeof one->meaning);
		text_copy(one->reason, f.reason, sizeof one->reason);
	}
	return f.result != DNSBL_PENDING;
}

static bool
judge_all(struct watch *w)
{
	const struct conf *c = w->tools->conf;
	char text[NET_TEXT_SIZE];
	bool known = true;
	size_t i, k;

	w->next_count = 0;
	for (i = 0; i < w->dnsbl.zone_count; i++) {
		const struct dnsbl_zone *z = &w->dnsbl.zones[i];

		for (k = 0; !z->by_name && k < w->pool->count; k++) {
			if (w->pool->items[k].implied)
				continue;
			source_text(&w->pool->items[k], text);
			known = judge_one(w, z, &w->pool->items[k].addr,
			    text) && known;
		}
		if (z->by_name)
			known = judge_one(w, z, NULL, c->identity.helo) &&
			    judge_one(w, z, NULL,
			    preflight_sender_domain(c)) && known;
	}
	return known;
}

static bool
was_known(const struct watch *w, const struct found *f)
{
	size_t i;

	for (i = 0; i < w->now_count; i++)
		if (w->now[i].zone == f->zone &&
		    strcmp(w->now[i].what, f->what) == 0)
			return true;
	return false;
}

static void
describe(const struct found *f, char out[200])
{
	char code[NET_TEXT_SIZE];

	net_addr_text(&f->code, code);
	snprintf(out, 200, "%.90s %s %.60s", f->zone->zone, code,
	    f->meaning[0] != '\0' ? f->meaning : f->reason);
}

static bool
is_on(const struct watch *w, const char *what)
{
	size_t i;

	for (i = 0; i < w->next_count; i++)
		if (strcmp(w->next[i].what, what) == 0)
			return true;
	return false;
}

static void
rest_source(struct watch *w, struct source *s)
{
	char why[200];
	size_t i;
	char ip[NET_TEXT_SIZE];

	source_text(s, ip);
	for (i = 0; i < w->next_count; i++) {
		if (strcmp(w->next[i].what, ip) != 0)
			continue;
		s->listed_at = clock_wall_s();
		/* What the admin had resume rests again when listed anew. */
		if (!(s->rests & REST_LISTED) && was_known(w, &w->next[i]))
			continue;
		describe(&w->next[i], why);
		source_rest(s, REST_LISTED, clock_wall_s(), why);
		source_keep(w->clerk, s);
		gate_listed(w->tools->gate, ip);
		return;
	}
	if (!(s->rests & REST_LISTED) || is_on(w, ip))
		return;
	if (s->listed_at == 0)
		s->listed_at = clock_wall_s();
	if (clock_wall_s() - s->listed_at >= WATCH_CLEAN_S) {
		source_resume(s, REST_LISTED);
		source_keep(w->clerk, s);
		log_info("source %s resumes: no list has named it of late",
		    ip);
	}
}

static void
run_end(struct watch *w)
{
	const struct timeval hour = { .tv_sec = HOUR_S };
	char why[200];
	size_t i;

	for (i = 0; i < w->next_count; i++) {
		if (was_known(w, &w->next[i]))
			continue;
		describe(&w->next[i], why);
		log_warnx("%s is listed: %s; \"%s\"; see %s", w->next[i].what,
		    why, w->next[i].reason, w->next[i].zone->removal);
	}
	for (i = 0; i < w->pool->count; i++)
		if (!w->pool->items[i].implied)
			rest_source(w, &w->pool->items[i]);
	memcpy(w->now, w->next, sizeof w->now);
	w->now_count = w->next_count;
	facts_free(w->facts);
	w->facts = NULL;
	evtimer_add(w->timer, &hour);
}

static void
run_next(struct watch *w)
{
	const struct conf *c = w->tools->conf;

	if (!judge_all(w)) {
		w->lookup = lookup_start(w->tools->base, w->tools->resolver,
		    w->facts, c->dns.timeout_ms * c->dns.tries + 1000,
		    on_facts, w);
		if (w->lookup != NULL)
			return;
	}
	run_end(w);
}

static void
on_facts(void *arg)
{
	struct watch *w = arg;

	w->lookup = NULL;
	run_next(w);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	if (w->facts == NULL && (w->facts = facts_new()) != NULL)
		run_next(w);
}

/* --- the public side ----------------------------------------------------- */

void
watch_again(struct watch *w)
{
	lookup_cancel(w->lookup);
	w->lookup = NULL;
	facts_free(w->facts);
	w->facts = NULL;
	w->now_count = 0;
	if (w->tools->conf->identity.preflight == PREFLIGHT_OFF) {
		evtimer_del(w->timer);
		return;
	}
	load(w);
	event_active(w->timer, EV_TIMEOUT, 0);
}

struct watch *
watch_create(const struct job_tools *tools, struct source_pool *pool,
    struct clerk *clerk)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->tools = tools;
	w->pool = pool;
	w->clerk = clerk;
	if ((w->timer = evtimer_new(tools->base, on_timer, w)) == NULL) {
		free(w);
		return NULL;
	}
	watch_again(w);
	return w;
}

void
watch_destroy(struct watch *w)
{
	if (w == NULL)
		return;
	lookup_cancel(w->lookup);
	facts_free(w->facts);
	event_free(w->timer);
	free(w);
}

size_t
watch_listings(void *arg, struct preflight_listing *out, size_t max)
{
	const struct watch *w = arg;
	size_t i;

	for (i = 0; i < w->now_count && i < max; i++) {
		text_copy(out[i].what, w->now[i].what, sizeof out[i].what);
		describe(&w->now[i], out[i].text);
	}
	return i;
}

struct jval *
watch_status(const struct watch *w)
{
	struct jval *list = jval_array();
	char code[NET_TEXT_SIZE];
	size_t i;

	for (i = 0; i < w->now_count; i++) {
		const struct found *f = &w->now[i];
		struct jval *o = jval_object();

		net_addr_text(&f->code, code);
		jval_put_text(o, "what", f->what);
		jval_put_text(o, "zone", f->zone->zone);
		jval_put_text(o, "code", code);
		jval_put_text(o, "meaning", f->meaning);
		jval_put_text(o, "reason", f->reason);
		jval_put_text(o, "removal", f->zone->removal);
		jval_add(list, o);
	}
	return list;
}
