#include "probe/preflight_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/lookup.h"
#include "probe/preflight_visit.h"

#define DAY_S		86400
#define LISTINGS_MAX	32
#define WAITS_MAX	16
#define ROUNDS_MAX	40		/* of DNS; SPF may need 12 and more */

struct wait {
	preflight_done_fn *done;
	void *arg;
	struct wait *prev, *next;
};

struct preflight_run {
	struct preflight_run_params p;
	struct event *timer;
	const struct conf *conf;	/* of the run; NULL: none is under way */
	struct facts *facts;
	struct lookup *lookup;
	unsigned rounds;
	bool again;
	struct visits visits;
	struct preflight_report report;
	enum check_result last[PREFLIGHT_CHECKS_MAX];
	size_t last_count;
	struct wait *waits, *later;	/* for this run; for the next */
};

static void run_begin(struct preflight_run *r);
static void on_facts(void *arg);

/* --- what a report does -------------------------------------------------- */

static bool
family_passes(const struct preflight_report *r, int family)
{
	bool any = false;
	size_t i;

	for (i = 0; i < r->source_count; i++) {
		if (!r->implied || r->sources[i].addr.family != family)
			continue;
		any = true;
		if (!r->sources[i].good)
			return false;
	}
	return any;
}

static bool
source_passes(const struct preflight_report *r, const struct source *s)
{
	size_t i;

	if (!r->good)
		return false;
	if (s->implied)
		return family_passes(r, s->addr.family);
	for (i = 0; i < r->source_count; i++)
		if (net_addr_equal(&r->sources[i].addr, &s->addr))
			return r->sources[i].good;
	return false;
}

static void
apply(struct preflight_run *r)
{
	struct source_pool *pool = r->p.pool;
	bool enforced = r->conf->identity.preflight == PREFLIGHT_ENFORCE;
	size_t i;

	for (i = 0; i < pool->count; i++)
		if (enforced && !source_passes(&r->report, &pool->items[i]))
			source_rest(&pool->items[i], REST_PREFLIGHT,
			    clock_wall_s(), "");
		else
			source_resume(&pool->items[i], REST_PREFLIGHT);
}

static bool
is_news(struct preflight_run *r)
{
	bool news = r->report.count != r->last_count;
	size_t i;

	for (i = 0; i < r->report.count; i++) {
		news = news || r->last[i] != r->report.checks[i].result;
		r->last[i] = r->report.checks[i].result;
	}
	r->last_count = r->report.count;
	return news;
}

static void
tell_log(struct preflight_run *r)
{
	size_t i;

	if (!is_news(r))
		return;
	log_info("preflight: %u of %d points", r->report.score,
	    PREFLIGHT_POINTS);
	for (i = 0; i < r->report.count; i++) {
		const struct preflight_check *c = &r->report.checks[i];

		if (c->result == CHECK_FAIL || c->result == CHECK_WARN)
			log_warnx("preflight: %s%s: %s; %s", c->name,
			    c->result == CHECK_FAIL && c->hard &&
			    r->conf->identity.preflight == PREFLIGHT_ENFORCE ?
			    " (stops probes)" : "", c->text, c->fix);
	}
}

static void
judge(struct preflight_run *r)
{
	struct preflight_listing listings[LISTINGS_MAX];
	struct preflight_input in = {
		.conf = r->conf,
		.lists = r->p.tools->lists,
		.now = clock_wall_s(),
		.contacts = r->visits.contacts,
		.contact_count = r->visits.count,
		.listings = listings,
	};

	if (r->p.listings != NULL)
		in.listing_count = r->p.listings(r->p.arg, listings,
		    LISTINGS_MAX);
	preflight_judge(&in, r->facts, &r->report);
}

static void
answer(struct preflight_run *r)
{
	struct wait *waits = r->waits, *w, *next;
	char *json = NULL;

	r->waits = NULL;
	if (waits != NULL)
		json = preflight_json(&r->report, clock_wall_s(),
		    r->conf->identity.preflight == PREFLIGHT_ENFORCE);
	DL_FOREACH_SAFE(waits, w, next) {
		w->done(w->arg, json);
		free(w);
	}
	free(json);
}

static void
run_end(void *arg)
{
	struct preflight_run *r = arg;
	const struct timeval day = { .tv_sec = DAY_S };
	bool again = r->again || r->later != NULL;

	judge(r);
	apply(r);
	tell_log(r);
	answer(r);
	facts_free(r->facts);
	r->facts = NULL;
	if (r->conf->identity.preflight != PREFLIGHT_OFF)
		evtimer_add(r->timer, &day);
	conf_unref(r->conf);
	r->conf = NULL;
	if (again)
		run_begin(r);
}

/* --- a run --------------------------------------------------------------- */

static bool
ask_dns(struct preflight_run *r)
{
	const struct conf *c = r->conf;

	if (++r->rounds > ROUNDS_MAX)
		return false;
	r->lookup = lookup_start(r->p.tools->base, r->p.tools->resolver,
	    r->facts, c->dns.timeout_ms * c->dns.tries + 1000, on_facts, r);
	return r->lookup != NULL;
}

static bool
hosts_known(struct preflight_run *r)
{
	const struct conf_strings *hosts = &r->conf->identity.check_hosts;
	bool known = true;
	struct net_addr addr;
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		if (net_addr_parse(hosts->items[i], &addr))
			continue;
		if (facts_get(r->facts, FACT_A, hosts->items[i]) == NULL)
			known = false;
		if (facts_get(r->facts, FACT_AAAA, hosts->items[i]) == NULL)
			known = false;
	}
	return known;
}

static void
run_next(struct preflight_run *r)
{
	struct visits_params vp = {
		.tools = r->p.tools,
		.pool = r->p.pool,
		.conf = r->conf,
		.facts = r->facts,
		.done = run_end,
		.arg = r,
	};
	bool known = hosts_known(r);

	judge(r);
	if ((r->report.pending || !known) && ask_dns(r))
		return;
	/* Without DNS or memory nothing was told; what rests goes on so. */
	if (!r->report.pending)
		apply(r);
	visits_begin(&r->visits, &vp);
}

static void
on_facts(void *arg)
{
	struct preflight_run *r = arg;

	r->lookup = NULL;
	run_next(r);
}

static void
run_begin(struct preflight_run *r)
{
	if (r->conf != NULL) {
		r->again = true;
		return;
	}
	r->again = false;
	if ((r->facts = facts_new()) == NULL) {
		log_warnx("preflight: no memory");
		return;
	}
	DL_CONCAT(r->waits, r->later);
	r->later = NULL;
	r->conf = conf_ref(r->p.tools->conf);
	r->rounds = 0;
	visits_clear(&r->visits);
	run_next(r);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run_begin(arg);
}

/* --- the public side ----------------------------------------------------- */

void
preflight_run_again(struct preflight_run *r)
{
	if (r->p.tools->conf->identity.preflight == PREFLIGHT_OFF)
		evtimer_del(r->timer);
	else if (r->conf != NULL)
		r->again = true;
	else
		event_active(r->timer, EV_TIMEOUT, 0);
}

struct preflight_run *
preflight_run_create(const struct preflight_run_params *p)
{
	struct preflight_run *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->p = *p;
	r->timer = evtimer_new(p->tools->base, on_timer, r);
	if (r->timer == NULL) {
		free(r);
		return NULL;
	}
	preflight_run_again(r);
	return r;
}

static void
waits_free(struct wait *list)
{
	struct wait *w, *next;

	DL_FOREACH_SAFE(list, w, next)
		free(w);
}

void
preflight_run_destroy(struct preflight_run *r)
{
	if (r == NULL)
		return;
	lookup_cancel(r->lookup);
	visits_clear(&r->visits);
	facts_free(r->facts);
	conf_unref(r->conf);
	waits_free(r->waits);
	waits_free(r->later);
	event_free(r->timer);
	free(r);
}

bool
preflight_run_ask(struct preflight_run *r, preflight_done_fn *done, void *arg)
{
	struct wait *w, *other;
	size_t n;

	DL_COUNT(r->later, other, n);
	if (n >= WAITS_MAX || (w = calloc(1, sizeof *w)) == NULL)
		return false;
	w->done = done;
	w->arg = arg;
	DL_APPEND(r->later, w);
	/* From the loop, so that done is not called from within. */
	if (r->conf == NULL)
		event_active(r->timer, EV_TIMEOUT, 0);
	return true;
}
