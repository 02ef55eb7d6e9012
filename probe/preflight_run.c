#include "probe/preflight_run.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/ages.h"
#include "probe/lookup.h"
#include "probe/preflight_act.h"
#include "probe/preflight_visit.h"

#define DAY_S		86400
#define SOON_S		300	/* if DNS failed; doubled each time */
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
	time_t pause_s;			/* to the next run */
	struct lookup *lookup;
	unsigned rounds;
	bool again;
	struct rdap_wait *age;		/* is being asked for */
	struct rdap_fact fact;		/* of the sender's domain */
	struct visits visits;
	struct preflight_report report;
	struct preflight_past past;
	struct wait *waits, *later;	/* for this run; for the next */
};

static void run_begin(struct preflight_run *r);
static void on_facts(void *arg);

static void
apply(struct preflight_run *r)
{
	preflight_apply(&r->report, r->conf, r->p.pool, r->p.proven,
	    r->p.arg);
}

static void
judge(struct preflight_run *r)
{
	struct preflight_listing listings[LISTINGS_MAX];
	struct preflight_input in = {
		.conf = r->conf,
		.lists = r->p.tools->lists,
		.now = clock_wall_s(),
		.domain_since = r->fact.registered,
		.age_note = r->fact.note[0] != '\0' ? r->fact.note : NULL,
		.contacts = r->visits.contacts,
		.contact_count = r->visits.count,
		.listings = listings,
	};

	if (r->p.listings != NULL)
		in.listing_count = r->p.listings(r->p.listings_arg, listings,
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

/*
 * Daily; sooner if DNS was not there, as when the machine has just started,
 * for then nobody knows yet whether we are who we say we are.
 */
static void
wait_for_next(struct preflight_run *r)
{
	struct timeval pause = { 0 };

	if (!r->report.unanswered)
		r->pause_s = DAY_S;
	else if (r->pause_s == 0 || r->pause_s >= DAY_S)
		r->pause_s = SOON_S;
	else
		r->pause_s = r->pause_s < DAY_S / 2 ? 2 * r->pause_s : DAY_S;
	pause.tv_sec = r->pause_s;
	evtimer_add(r->timer, &pause);
}

static void
run_end(void *arg)
{
	struct preflight_run *r = arg;
	bool again = r->again || r->later != NULL;

	judge(r);
	apply(r);
	preflight_tell(&r->past, &r->report, r->conf, r->p.tools->notices);
	answer(r);
	facts_free(r->facts);
	r->facts = NULL;
	if (r->conf->identity.preflight != PREFLIGHT_OFF)
		wait_for_next(r);
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
	if (r->age != NULL)
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
on_age(void *arg, const struct rdap_fact *fact)
{
	struct preflight_run *r = arg;

	r->age = NULL;
	r->fact = *fact;
	gate_domain_since(r->p.tools->gate, fact->registered);
	if (r->lookup == NULL)
		run_next(r);
}

/* What the settings say comes first; then nobody is asked. */
static void
ask_age(struct preflight_run *r)
{
	struct rdap *rdap = ages_own(r->p.tools->ages);
	const char *domain = preflight_sender_domain(r->conf);

	memset(&r->fact, 0, sizeof r->fact);
	if (r->conf->identity.domain_since[0] != '\0' ||
	    r->conf->identity.rdap[0] == '\0')
		return;
	if (!rdap_known(rdap, domain, &r->fact))
		r->age = rdap_ask(rdap, domain, on_age, r);
	if (r->age == NULL)
		gate_domain_since(r->p.tools->gate, r->fact.registered);
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
	ask_age(r);
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
	rdap_cancel(r->age);
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
