#include "probe/preflight_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/fault.h"
#include "probe/lookup.h"
#include "probe/session.h"

#define DAY_S		86400
#define VISITS_MAX	16
#define LISTINGS_MAX	32
#define WAITS_MAX	16
#define ROUNDS_MAX	40		/* of DNS; SPF may need 12 and more */

/* One mailbox or host, asked for the report. */
struct visit {
	struct preflight_run *run;
	struct preflight_contact *contact;
	struct job *job;
	struct session *session;
	struct net_addr source;
	char helo[256];
};

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
	struct preflight_contact contacts[VISITS_MAX];
	struct visit visits[VISITS_MAX];
	size_t contact_count;
	unsigned open;			/* visits under way, and their starter */
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
		.now = clock_wall_s(),
		.contacts = r->contacts,
		.contact_count = r->contact_count,
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
run_end(struct preflight_run *r)
{
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

/* --- visits -------------------------------------------------------------- */

static void
visit_ends(struct visit *v)
{
	if (--v->run->open == 0)
		run_end(v->run);
}

static void
visit_result(struct visit *v, enum check_result result, const char *text)
{
	v->contact->result = result;
	text_copy(v->contact->text, text, sizeof v->contact->text);
}

static struct visit *
visit_new(struct preflight_run *r, enum contact_kind kind, const char *what)
{
	struct visit *v = &r->visits[r->contact_count];

	if (r->contact_count == VISITS_MAX)
		return NULL;
	memset(v, 0, sizeof *v);
	v->run = r;
	v->contact = &r->contacts[r->contact_count++];
	v->contact->kind = kind;
	text_copy(v->contact->what, what, sizeof v->contact->what);
	visit_result(v, CHECK_SKIPPED, "could not be tried");
	return v;
}

/* Only what the mailbox's own host says of it counts against us. */
static void
on_mailbox(void *arg, const struct job_result *result)
{
	struct visit *v = arg;
	enum check_result res = CHECK_SKIPPED;
	char text[160];

	v->job = NULL;
	switch (verdict_state_of(result->reason)) {
	case STATE_DELIVERABLE:
	case STATE_RISKY:
		res = CHECK_OK;
		break;
	case STATE_UNDELIVERABLE:
		res = CHECK_FAIL;
		break;
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	snprintf(text, sizeof text, res == CHECK_OK ? "accepted" :
	    res == CHECK_FAIL ? "refused (%s)" : "could not be told (%s)",
	    verdict_reason_word(result->reason));
	visit_result(v, res, text);
	visit_ends(v);
}

static void
visit_mailbox(struct preflight_run *r, const char *local)
{
	char text[ADDRESS_MAX + 1];
	struct address addr;
	struct visit *v;

	snprintf(text, sizeof text, "%s@%s", local,
	    preflight_sender_domain(r->conf));
	if (address_parse(text, strlen(text), &addr) != ADDRESS_OK ||
	    (v = visit_new(r, CONTACT_MAILBOX, text)) == NULL)
		return;
	v->job = job_start(r->p.tools, &addr, "", 1, on_mailbox, v);
	if (v->job != NULL)
		r->open++;
}

static void
host_idle(void *arg)
{
	struct visit *v = arg;

	visit_result(v, CHECK_OK, "answers");
	session_leave(v->session);
}

static void
host_refused(void *arg, enum stage stage, const struct reply *reply)
{
	(void)stage;
	(void)reply;
	visit_result(arg, CHECK_OK, "answers, but refuses us");
}

static void
host_failed(void *arg, enum stage stage, enum fault fault)
{
	char text[160];

	snprintf(text, sizeof text, "at %s the host %s", stage_word(stage),
	    fault_text(fault));
	visit_result(arg, stage == STAGE_CONNECT ? CHECK_FAIL : CHECK_WARN,
	    text);
}

static void
host_over(void *arg)
{
	struct visit *v = arg;

	session_free(v->session);
	v->session = NULL;
	visit_ends(v);
}

/* These belong to recipients, and none is given. */
static void
host_answer(void *arg, const struct reply *reply)
{
	(void)arg;
	(void)reply;
}

static void
host_unasked(void *arg, enum fault fault)
{
	(void)arg;
	(void)fault;
}

static void
host_tell(void *arg, enum story_kind kind, const char *text)
{
	(void)arg;
	(void)kind;
	(void)text;
}

static const struct session_events host_events = {
	.idle = host_idle,
	.answer = host_answer,
	.unasked = host_unasked,
	.refused = host_refused,
	.failed = host_failed,
	.over = host_over,
	.tell = host_tell,
};

static void
host_dial(struct visit *v, const struct net_addr *addr,
    const struct source *s)
{
	struct preflight_run *r = v->run;
	struct session_params sp = {
		.base = r->p.tools->base,
		.host = v->contact->what,
		.addr = *addr,
		.port = (uint16_t)r->conf->smtp.port,
		.source = s->implied ? NULL : &v->source,
		.rules = &r->p.tools->targets,
		.helo = v->helo,
		.sender = r->conf->identity.sender,
		.connect_timeout_ms = r->conf->smtp.connect_timeout_ms,
		.reply_timeout_ms = r->conf->smtp.reply_timeout_ms,
		.session_timeout_ms = r->conf->smtp.session_timeout_ms,
	};

	v->source = s->addr;
	text_copy(v->helo, s->helo, sizeof v->helo);
	v->session = session_open(&sp, &host_events, v);
	if (v->session != NULL)
		r->open++;
	else
		visit_result(v, CHECK_WARN, strerror(errno));
}

/* The first address of a family that has a source for it. */
static bool
host_address(struct preflight_run *r, const char *host, struct net_addr *out,
    struct source_choice *c, bool *any)
{
	static const enum fact_type types[] = { FACT_A, FACT_AAAA };
	const struct fact_answer *a;
	size_t i;

	*any = net_addr_parse(host, out);
	if (*any)
		return source_choose(r->p.pool, host, out->family,
		    clock_wall_s(), c);
	for (i = 0; i < 2; i++) {
		a = facts_get(r->facts, types[i], host);
		if (a == NULL || a->count == 0)
			continue;
		*any = true;
		*out = a->items[0].addr;
		if (source_choose(r->p.pool, host, out->family,
		    clock_wall_s(), c))
			return true;
	}
	return false;
}

static void
visit_host(struct preflight_run *r, const char *host)
{
	struct visit *v = visit_new(r, CONTACT_PORT, host);
	struct source_choice c;
	struct net_addr addr;
	bool any;

	if (v == NULL)
		return;
	if (host_address(r, host, &addr, &c, &any))
		host_dial(v, &addr, c.source);
	else if (any)
		visit_result(v, CHECK_SKIPPED, "not tried: all sources rest");
	else
		visit_result(v, CHECK_FAIL, "DNS gave no address");
}

static void
visit_all(struct preflight_run *r)
{
	size_t i;

	r->open = 1;
	visit_mailbox(r, "postmaster");
	visit_mailbox(r, "abuse");
	for (i = 0; i < r->conf->identity.check_hosts.count; i++)
		visit_host(r, r->conf->identity.check_hosts.items[i]);
	if (--r->open == 0)
		run_end(r);
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
	bool known = hosts_known(r);

	judge(r);
	if ((r->report.pending || !known) && ask_dns(r))
		return;
	/* Without DNS or memory nothing was told; what rests goes on so. */
	if (!r->report.pending)
		apply(r);
	visit_all(r);
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
	r->contact_count = 0;
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
	size_t i;

	if (r == NULL)
		return;
	lookup_cancel(r->lookup);
	for (i = 0; r->conf != NULL && i < r->contact_count; i++) {
		if (r->visits[i].job != NULL)
			job_cancel(r->visits[i].job);
		session_free(r->visits[i].session);
	}
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
