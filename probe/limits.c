#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "probe/limits.h"

#define SOON_MS		INT64_C(5000)
#define MINUTE_MS	INT64_C(60000)
#define HOUR_MS		(60 * MINUTE_MS)
#define DAY_MS		(24 * HOUR_MS)

/* The ledgers that one probe is about; breakers are NULL while closed. */
struct about {
	struct ledger *all, *source, *provider, *route, *domain, *host;
	struct ledger *share, *provider_share;
	struct ledger *warmup;
	struct ledger *unknown, *ratio, *refused, *faults;
};

static const char *
family_of(const struct limits_question *q)
{
	return q->provider != NULL ? q->provider->name : q->host;
}

/* Of the breaker and of the account from a source to a provider. */
static void
route_name(const struct limits_question *q, char name[LEDGER_KEY_MAX])
{
	(void)snprintf(name, LEDGER_KEY_MAX, "%s %s", q->source,
	    family_of(q));
}

static void
share_name(const char *of, const char *submitter, char name[LEDGER_KEY_MAX])
{
	(void)snprintf(name, LEDGER_KEY_MAX, "%.100s %.100s", of, submitter);
}

/* --- birth --------------------------------------------------------------- */

void
limits_init(struct limits *l)
{
	memset(l, 0, sizeof *l);
	ledgers_init(&l->ledgers);
}

void
limits_clear(struct limits *l)
{
	ledgers_clear(&l->ledgers);
}

void
limits_configure(struct limits *l, const struct conf *c)
{
	struct limits_rules *r = &l->rules;
	char why[256];

	memset(r, 0, sizeof *r);
	r->enabled = c->budget.enabled;
	rates_parse(c->budget.all, &r->all, why, sizeof why);
	rates_parse(c->budget.source, &r->source, why, sizeof why);
	rates_parse(c->budget.provider, &r->provider, why, sizeof why);
	rates_parse(c->budget.domain, &r->domain, why, sizeof why);
	rates_parse(c->budget.mail_host, &r->host, why, sizeof why);
	rates_parse_steps(c->budget.warmup, &r->steps, why, sizeof why);
	r->spacing_ms = c->budget.spacing_ms;
	r->unknown = (struct breaker_rule){
		(uint32_t)c->budget.unknown_per_domain, 0, SPAN_HOUR,
		HOUR_MS, 6 * HOUR_MS
	};
	r->ratio = (struct breaker_rule){
		10, (unsigned)(c->budget.unknown_ratio * 100 + 0.5), SPAN_DAY,
		HOUR_MS, DAY_MS
	};
	r->refused = (struct breaker_rule){
		3, 50, SPAN_HOUR, HOUR_MS, DAY_MS
	};
	r->faults = (struct breaker_rule){
		5, 80, SPAN_HOUR, 5 * MINUTE_MS, HOUR_MS
	};
}

static struct ledger *
warmup_of(struct limits *l, const struct limits_question *q)
{
	struct ledger *one;
	bool known;

	one = ledgers_find(&l->ledgers, LEDGER_WARMUP, q->source);
	if (one != NULL) {
		warmup_hold(one->warmup, q->held);
		return one;
	}
	/* An account without its ramp: that one was damaged. */
	known = ledgers_find(&l->ledgers, LEDGER_SOURCE, q->source) != NULL;
	one = ledgers_make(&l->ledgers, LEDGER_WARMUP, q->source);
	if (one == NULL)
		return NULL;
	warmup_init(one->warmup, &l->rules.steps,
	    known || l->lowest ? 0 : q->source_age_ms);
	warmup_hold(one->warmup, q->held);
	return one;
}

static void
find_breakers(const struct limits *l, const struct limits_question *q,
    struct about *o)
{
	char name[LEDGER_KEY_MAX];

	route_name(q, name);
	o->unknown = ledgers_find(&l->ledgers, LEDGER_UNKNOWN, q->domain);
	o->ratio = ledgers_find(&l->ledgers, LEDGER_RATIO, name);
	o->refused = ledgers_find(&l->ledgers, LEDGER_REFUSED, family_of(q));
	o->faults = ledgers_find(&l->ledgers, LEDGER_FAULTS, q->host);
}

/* False: there is no room for the accounts. */
static bool
find_accounts(struct limits *l, const struct limits_question *q,
    struct about *o)
{
	struct ledgers *set = &l->ledgers;
	char name[LEDGER_KEY_MAX];

	o->warmup = warmup_of(l, q);
	o->all = ledgers_make(set, LEDGER_ALL, "");
	o->source = ledgers_make(set, LEDGER_SOURCE, q->source);
	o->domain = ledgers_make(set, LEDGER_DOMAIN, q->domain);
	o->host = ledgers_make(set, LEDGER_HOST, q->host);
	share_name("", q->submitter, name);
	o->share = ledgers_make(set, LEDGER_SHARE, name);
	if (q->provider != NULL) {
		o->provider = ledgers_make(set, LEDGER_PROVIDER,
		    q->provider->name);
		share_name(q->provider->name, q->submitter, name);
		o->provider_share = ledgers_make(set, LEDGER_SHARE, name);
		route_name(q, name);
		o->route = ledgers_make(set, LEDGER_ROUTE, name);
		if (o->provider == NULL || o->provider_share == NULL ||
		    o->route == NULL)
			return false;
	}
	return o->warmup != NULL && o->all != NULL && o->source != NULL &&
	    o->domain != NULL && o->host != NULL && o->share != NULL;
}

/* --- asking -------------------------------------------------------------- */

static bool
refuse(struct limits_answer *a, enum verdict_reason reason, const char *why)
{
	a->reason = reason;
	a->why = why;
	return false;
}

static bool
source_allows(struct limits *l, const struct limits_question *q, int64_t now,
    struct limits_answer *a)
{
	const struct repute *r = limits_repute(l, q->source);

	if (r == NULL || !repute_rests(r, now, &a->retry_at))
		return true;
	l->stats.no_rest++;
	return refuse(a, REASON_ALL_SOURCES_RESTING, "several providers "
	    "refused our source address, and it rests");
}

static bool
breakers_allow(struct limits *l, const struct about *o, int64_t now,
    struct limits_answer *a)
{
	const struct {
		const struct ledger *ledger;
		const char *why;
	} rows[] = {
		{ o->refused, "this provider refused us or named a limit; its "
		    "pause is not over" },
		{ o->unknown, "too many unknown users of this domain in the "
		    "last hour; it is left alone for a while" },
		{ o->ratio, "too many of this provider's answers were unknown "
		    "users; it is left alone for a while" },
		{ o->faults, "this host did not answer the last times; it is "
		    "left alone for a while" },
	};
	size_t i;

	if (!port25_ask(&l->port25, now, &a->retry_at)) {
		l->stats.no_port25++;
		return refuse(a, REASON_PORT25_BLOCKED, "no connection gets "
		    "out to any host; one is tried each minute");
	}
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].ledger == NULL ||
		    breaker_ask(rows[i].ledger->breaker, now, &a->retry_at))
			continue;
		a->next_host = rows[i].ledger == o->faults;
		l->stats.no_breaker++;
		return refuse(a, REASON_BUDGET_EXHAUSTED, rows[i].why);
	}
	return true;
}

static bool
budgets_allow(const struct limits *l, const struct limits_question *q,
    const struct about *o, int64_t now, struct limits_answer *a)
{
	const struct limits_rules *r = &l->rules;
	const struct {
		const struct ledger *ledger;
		const struct rates *limits;
		const char *why;
	} rows[] = {
		{ o->source, &r->source, "the budget of our source address "
		    "is used up" },
		{ o->provider, q->provider != NULL &&
		    q->provider->budget.count > 0 ? &q->provider->budget :
		    &r->provider, "this provider's budget is used up" },
		{ o->route, q->provider != NULL ?
		    &q->provider->source_budget : NULL, "this provider's "
		    "budget for our source address is used up" },
		{ o->domain, &r->domain, "this domain's budget is used up" },
		{ o->host, &r->host, "this mail host's budget is used up" },
		{ o->all, &r->all, "the budget of all probes is used up" },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].ledger != NULL &&
		    !budget_ask(rows[i].ledger->account, rows[i].limits, now,
		    &a->retry_at, NULL))
			return refuse(a, REASON_BUDGET_EXHAUSTED, rows[i].why);
	return true;
}

/* --- fairness ------------------------------------------------------------ */

/* "" is the admin's own check: nobody keeps a part free for it. */
static void
note_asker(struct limits *l, const char *submitter, int64_t now)
{
	struct asker *slot = NULL;
	size_t i;

	if (submitter[0] == '\0')
		return;
	for (i = 0; i < LIMITS_ASKERS; i++) {
		struct asker *one = &l->askers[i];

		if (strncmp(one->name, submitter, sizeof one->name - 1) == 0) {
			slot = one;
			break;
		}
		if (slot == NULL && (one->name[0] == '\0' ||
		    now - one->at >= BUDGET_ASKING_MS))
			slot = one;
	}
	if (slot == NULL)
		return;			/* too many: it has no part either */
	text_copy(slot->name, submitter, sizeof slot->name);
	slot->at = now;
}

/* The accounts at `of` of those that asked of late; own is the first. */
static size_t
find_shares(const struct limits *l, const char *of, const struct ledger *own,
    int64_t now, const struct account *shares[BUDGET_SHARES_MAX])
{
	static const struct account nothing;
	char name[LEDGER_KEY_MAX];
	size_t i, k = 0;

	shares[k++] = own->account;
	for (i = 0; i < LIMITS_ASKERS && k < BUDGET_SHARES_MAX; i++) {
		const struct asker *one = &l->askers[i];
		const struct ledger *there;

		if (one->name[0] == '\0' || now - one->at >= BUDGET_ASKING_MS)
			continue;
		share_name(of, one->name, name);
		there = ledgers_find(&l->ledgers, LEDGER_SHARE, name);
		if (there != own)
			shares[k++] = there != NULL ? there->account :
			    &nothing;
	}
	return k;
}

static bool
fair(const struct limits *l, const struct limits_question *q,
    const struct about *o, int64_t now)
{
	const struct account *shares[BUDGET_SHARES_MAX];
	struct rates ramp = { .count = 1 };
	const struct rates *limits = &l->rules.provider;
	size_t k = find_shares(l, "", o->share, now, shares);

	if (!budget_fair(o->all->account, shares, k, 0, &l->rules.all, now))
		return false;
	if (warmup_limit(o->warmup->warmup, &l->rules.steps,
	    &ramp.items[0]) && !budget_fair(o->source->account, shares, k, 0,
	    &ramp, now))
		return false;
	if (o->provider == NULL)
		return true;
	if (q->provider->budget.count > 0)
		limits = &q->provider->budget;
	k = find_shares(l, q->provider->name, o->provider_share, now, shares);
	return budget_fair(o->provider->account, shares, k, 0, limits, now);
}

/*
 * All that is under way may turn out unknown users: with those that were, not
 * more than a domain may have. A trial of its breaker is let through alone.
 */
static bool
domain_has_room(const struct limits *l, const struct about *o, int64_t now)
{
	uint64_t n = o->domain->under_way;

	if (o->unknown != NULL && o->unknown->breaker->open)
		return true;
	if (o->unknown != NULL)
		n += window_count(&o->unknown->breaker->bad,
		    l->rules.unknown.span, now);
	return n < l->rules.unknown.least;
}

/* --- asking, all together ------------------------------------------------- */

static bool
ledgers_allow(struct limits *l, const struct limits_question *q,
    const struct about *o, int64_t now, struct limits_answer *a)
{
	if (!warmup_ask(o->warmup->warmup, &l->rules.steps, now,
	    &a->retry_at)) {
		l->stats.no_warmup++;
		return refuse(a, REASON_WARMUP_LIMIT, q->held ? "our own "
		    "domain is young, and the first step of the ramp allows "
		    "no more for now" : "our source address is new or "
		    "recovers, and its ramp allows no more for now");
	}
	if (!budgets_allow(l, q, o, now, a)) {
		l->stats.no_budget++;
		return false;
	}
	if (!domain_has_room(l, o, now)) {
		l->stats.no_budget++;
		a->retry_at = now + SOON_MS;
		return refuse(a, REASON_BUDGET_EXHAUSTED, "more probes of "
		    "this domain are under way than may turn out unknown "
		    "users");
	}
	if (!fair(l, q, o, now)) {
		l->stats.no_budget++;
		a->retry_at = now + BUDGET_ASKING_MS;
		return refuse(a, REASON_BUDGET_EXHAUSTED, "this submitter has "
		    "used its part, and others ask too");
	}
	return true;
}

static void
count_in(struct limits *l, struct ledger *one, int64_t now)
{
	if (one == NULL)
		return;
	budget_count(one->account, now);
	ledger_touch(&l->ledgers, one);
}

static void
begin(struct limits *l, const struct about *o, int64_t now)
{
	struct ledger *breakers[] = { o->unknown, o->ratio, o->refused,
	    o->faults };
	size_t i;

	count_in(l, o->all, now);
	count_in(l, o->source, now);
	count_in(l, o->provider, now);
	count_in(l, o->route, now);
	count_in(l, o->domain, now);
	count_in(l, o->host, now);
	count_in(l, o->share, now);
	count_in(l, o->provider_share, now);
	warmup_begin(o->warmup->warmup, now);
	ledger_touch(&l->ledgers, o->warmup);
	o->domain->under_way++;
	port25_begin(&l->port25, now);
	for (i = 0; i < sizeof breakers / sizeof breakers[0]; i++)
		if (breakers[i] != NULL)
			breaker_begin(breakers[i]->breaker, now);
}

/* Switched off: counted in all, for the status, and nothing is asked. */
static void
only_count(struct limits *l, const struct limits_question *q, int64_t now)
{
	(void)warmup_of(l, q);
	count_in(l, ledgers_make(&l->ledgers, LEDGER_ALL, ""), now);
	count_in(l, ledgers_make(&l->ledgers, LEDGER_SOURCE, q->source), now);
	l->stats.admitted++;
}

void
limits_ask(struct limits *l, const struct limits_question *q, int64_t now,
    uint32_t chance, struct limits_answer *a)
{
	struct about o = { 0 };

	memset(a, 0, sizeof *a);
	if (!l->rules.enabled) {
		only_count(l, q, now);
		a->admitted = true;
		return;
	}
	note_asker(l, q->submitter, now);
	find_breakers(l, q, &o);
	if (!source_allows(l, q, now, a) || !breakers_allow(l, &o, now, a))
		return;
	if (!find_accounts(l, q, &o)) {
		l->stats.no_budget++;
		refuse(a, REASON_BUDGET_EXHAUSTED, "more domains and hosts "
		    "were asked of late than can be counted");
		return;
	}
	if (!ledgers_allow(l, q, &o, now, a))
		return;
	a->delay_ms = budget_space(&o.host->at, l->rules.spacing_ms, chance,
	    true, now, &a->retry_at);
	if (a->delay_ms < 0) {
		l->stats.no_budget++;
		refuse(a, REASON_BUDGET_EXHAUSTED, "other probes to this mail "
		    "host come first");
		return;
	}
	begin(l, &o, now);
	l->stats.admitted++;
	l->stats.delayed += a->delay_ms > 0;
	a->admitted = true;
	a->retry_at = 0;
}
