/*
 * gate: asks the parts in turn.
 */
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/domain_age.h"
#include "probe/exclusion.h"
#include "probe/gate_internal.h"
#include "probe/notices.h"

int64_t
gate_now(const struct gate *g)
{
	return clock_mono_ms() + g->offset_ms;
}

int64_t
gate_wall(const struct gate *g, int64_t ledger_ms)
{
	if (ledger_ms == 0 || ledger_ms == WINDOW_NEVER)
		return 0;
	return (clock_wall_ms() + ledger_ms - gate_now(g) + 999) / 1000;
}

/* --- sources ------------------------------------------------------------- */

/* The sender's domain, which is held to the first step while it is young. */
static bool
domain_is_young(const struct gate *g)
{
	int64_t since = g->domain_since != 0 ? g->domain_since :
	    g->domain_told;

	switch (domain_age(since, clock_wall_s())) {
	case DOMAIN_AGE_BLOCKED:
	case DOMAIN_AGE_HELD:
		return true;
	case DOMAIN_AGE_UNKNOWN:
	case DOMAIN_AGE_GROWN:
		break;
	}
	return false;
}

void
gate_domain_since(struct gate *g, int64_t since)
{
	g->domain_told = since;
}

/* 0: not known, or in the future. */
static int64_t
age_of(const struct source *s)
{
	int64_t since = clock_day(s->since) * 1000, now = clock_wall_ms();

	return since == 0 || since > now ? 0 : now - since;
}

/* Sources beyond the table share its last ledger: fewer probes, never more. */
static uint64_t
ticket_for(struct gate *g, const char *source)
{
	size_t i;

	for (i = 0; i < g->source_count; i++)
		if (strcmp(g->sources[i], source) == 0)
			return i + 1;
	if (g->source_count == GATE_SOURCES_MAX)
		return GATE_SOURCES_MAX;
	text_copy(g->sources[g->source_count++], source, NET_TEXT_SIZE);
	return g->source_count;
}

static const char *
source_of(const struct gate *g, uint64_t ticket)
{
	return ticket >= 1 && ticket <= g->source_count ?
	    g->sources[ticket - 1] : "";
}

/* --- asking -------------------------------------------------------------- */

static struct limits_question
limits_question_of(const struct gate_question *q, const char *source)
{
	struct limits_question lq = {
		.domain = q->addr->domain,
		.host = q->host,
		.provider = q->provider,
		.source = source,
		.submitter = q->submitter != NULL ? q->submitter : "",
		.random = q->random,
	};

	return lq;
}

/* A way around by another host of the domain would mock the wish. */
bool
gate_excludes(const struct gate *g, const struct gate_question *q)
{
	int64_t now = clock_wall_s();

	return exclusions_domain(g->exclusions, q->addr->domain, now) !=
	    NULL || exclusions_host(g->exclusions, q->host, q->ip, now) !=
	    NULL;
}

/* Whichever of our sources it would be: another is no way around. */
static bool
is_our_name(const struct gate *g, const struct gate_question *q)
{
	const char *sender = strrchr(g->conf->identity.sender, '@');
	const char *domain = q->addr->domain;
	size_t i;

	if (!g->conf->budget.enabled || q->ours)
		return false;
	if (sender != NULL && strcasecmp(domain, sender + 1) == 0)
		return true;
	for (i = 0; i < g->pool->count; i++)
		if (strcasecmp(domain, g->pool->items[i].helo) == 0)
			return true;
	return false;
}

static uint32_t
draw_chance(struct gate *g)
{
	if (g->chances_left == 0) {
		evutil_secure_rng_get_bytes(g->chances, sizeof g->chances);
		g->chances_left = GATE_CHANCES;
	}
	return g->chances[--g->chances_left];
}

void
gate_admit(struct gate *g, const struct gate_question *q,
    struct gate_answer *a)
{
	char text[NET_TEXT_SIZE] = "";
	struct source_choice s;
	struct limits_question lq;
	struct limits_answer la;

	memset(a, 0, sizeof *a);
	if (gate_excludes(g, q)) {
		a->reason = REASON_EXCLUDED_BY_REQUEST;
		a->why = "it is excluded on request";
		return;
	}
	if (is_our_name(g, q)) {
		a->reason = REASON_PREFLIGHT_FAILED;
		a->why = "our HELO name or sender is of this very domain, "
		    "and its mail host would take us for a forger";
		return;
	}
	if (!source_choose(g->pool, q->provider != NULL ? q->provider->name :
	    q->machine, q->ip->family, clock_wall_s(), &s)) {
		a->no_source = true;
		a->reason = s.reason;
		a->retry_at = s.retry_at;
		a->why = s.why;
		return;
	}
	if (!s.source->implied)
		net_addr_text(&s.source->addr, text);
	a->ticket = ticket_for(g, text);
	lq = limits_question_of(q, source_of(g, a->ticket));
	lq.source_age_ms = age_of(s.source);
	lq.held = domain_is_young(g);
	limits_ask(&g->limits, &lq, gate_now(g), draw_chance(g), &la);
	a->admitted = la.admitted;
	a->next_host = la.next_host;
	a->reason = la.reason;
	a->retry_at = gate_wall(g, la.retry_at);
	a->delay_ms = la.delay_ms;
	a->source = s.source;
	a->why = la.why;
}

/* Whom a change is about. */
static const char *
about(enum notice_kind kind, const struct limits_question *q,
    const char *domain)
{
	if (kind == NOTICE_UNKNOWN_USERS)
		return domain;
	if (kind == NOTICE_RAMP_FELL || kind == NOTICE_RAMP_ROSE ||
	    kind == NOTICE_PORT25_CLOSED || kind == NOTICE_SOURCE_RESTS)
		return q->source;
	if (kind == NOTICE_HOST_SILENT || q->provider == NULL)
		return q->host;
	return q->provider->name;
}

static void
tell(struct gate *g, const struct limits_news *news,
    const struct limits_question *q)
{
	char domain[ADDRESS_DOMAIN_MAX * 4 + 1];
	struct notice n = { .source = q->source,
	    .see = "rcptguard status" };
	size_t i;

	text_escape(q->domain, strlen(q->domain), domain, sizeof domain);
	for (i = 0; i < news->count; i++) {
		log_info("budget: %s (domain %s, host %s, provider %s, "
		    "source %s)", news->items[i].text, domain, q->host,
		    q->provider != NULL ? q->provider->name : "none known",
		    q->source[0] != '\0' ? q->source : "of the system");
		n.kind = news->items[i].kind;
		n.what = about(n.kind, q, domain);
		notices_tell(g->notices, &n, "%s (domain %s, host %s)",
		    news->items[i].text, domain, q->host);
	}
}

void
gate_ended(struct gate *g, uint64_t ticket, const struct gate_question *q,
    enum fault fault, enum stage stage, const struct reply_meaning *meaning)
{
	const char *source = source_of(g, ticket);
	struct limits_question lq = limits_question_of(q, source);
	enum counter outcome = counters_outcome(fault, meaning);
	const struct limits_news *news;

	if (outcome != COUNTER_COUNT)
		counters_add(&g->counters, source, q->provider != NULL ?
		    q->provider->name : NULL, outcome, 1);
	news = limits_ended(&g->limits, &lq, fault, stage, meaning,
	    gate_now(g));
	if (news != NULL)
		tell(g, news, &lq);
}

void
gate_resume(struct gate *g, const char *source)
{
	limits_resume(&g->limits, source);
}

struct counters *
gate_counters(struct gate *g)
{
	return &g->counters;
}

void
gate_listed(struct gate *g, const char *source)
{
	const struct limits_news *news = limits_listed(&g->limits, source);
	struct notice n = { .what = source, .source = source };
	size_t i;

	for (i = 0; news != NULL && i < news->count; i++) {
		log_info("budget: %s (source %s)", news->items[i].text,
		    source);
		n.kind = news->items[i].kind;
		notices_tell(g->notices, &n, "%s", news->items[i].text);
	}
}

void
gate_restart_source(struct gate *g, const char *source)
{
	limits_restart(&g->limits, source);
}

void
gate_ramp(const struct gate *g, const char *source, unsigned *step,
    bool *recovering)
{
	const struct ledger *one = ledgers_find(&g->limits.ledgers,
	    LEDGER_WARMUP, source);

	*step = one != NULL ? one->warmup->step + 1 : 0;
	*recovering = one != NULL && one->warmup->recovering;
}

/* --- birth and death ----------------------------------------------------- */

static struct event *
every(struct event_base *base, time_t seconds, event_callback_fn run,
    struct gate *g)
{
	const struct timeval tv = { .tv_sec = seconds };
	struct event *e = event_new(base, -1, EV_PERSIST, run, g);

	if (e != NULL && event_add(e, &tv) == -1) {
		event_free(e);
		e = NULL;
	}
	return e;
}

struct gate *
gate_create(const struct gate_params *p)
{
	struct gate *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->pool = p->sources;
	g->store = p->store;
	g->clerk = p->clerk;
	g->exclusions = p->exclusions;
	g->notices = p->notices;
	limits_init(&g->limits);
	gate_reconfigured(g, p->conf);
	gate_load(g, p->distrust);
	g->flush = every(p->base, 1, gate_on_flush, g);
	g->tidy = every(p->base, 60, gate_on_tidy, g);
	if (g->flush == NULL || g->tidy == NULL) {
		gate_destroy(g);
		return NULL;
	}
	return g;
}

void
gate_reconfigured(struct gate *g, const struct conf *conf)
{
	g->conf = conf;
	g->domain_since = clock_day(conf->identity.domain_since);
	limits_configure(&g->limits, conf);
}

void
gate_destroy(struct gate *g)
{
	if (g == NULL)
		return;
	if (g->flush != NULL)
		event_free(g->flush);
	if (g->tidy != NULL)
		event_free(g->tidy);
	limits_clear(&g->limits);
	free(g);
}
