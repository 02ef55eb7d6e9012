/*
 * limits_ended: what the end of a probe teaches the breakers and the ramp.
 */
#include <stdio.h>
#include <string.h>

#include "probe/limits.h"

enum lesson {
	LESSON_NONE,			/* says nothing here */
	LESSON_GOOD,
	LESSON_BAD
};

/* What one end says to each. */
struct lessons {
	enum lesson unknown, ratio, refused, faults;
};

static enum lesson
of_fault(enum fault fault)
{
	switch (fault) {
	case FAULT_NONE:
	case FAULT_NO_SMTPUTF8:
		return LESSON_GOOD;
	case FAULT_CONNECT:
	case FAULT_TIMEOUT:
	case FAULT_CLOSED:
	case FAULT_PROTOCOL:
	case FAULT_TLS:
		return LESSON_BAD;
	case FAULT_LOCAL:
		break;
	}
	return LESSON_NONE;
}

/*
 * A random recipient that is refused is what was hoped for: it says nothing of
 * the signups' quality, which the ratio is about. But the server counts it all
 * the same, so it is one of the domain's unknown users.
 */
static struct lessons
learn(const struct limits_question *q, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning)
{
	struct lessons l = { LESSON_NONE, LESSON_NONE, LESSON_NONE,
	    LESSON_NONE };
	bool unknown;

	l.faults = of_fault(fault);
	if (fault != FAULT_NONE || meaning == NULL)
		return l;
	if (repute_refuses_us(meaning->reason)) {
		l.refused = LESSON_BAD;
		return l;
	}
	if (stage != STAGE_RCPT || meaning->reason == REASON_RATE_LIMITED)
		return l;
	unknown = meaning->reason == REASON_NO_SUCH_USER;
	l.refused = LESSON_GOOD;
	l.unknown = unknown ? LESSON_BAD : LESSON_GOOD;
	if (!q->random)
		l.ratio = l.unknown;
	return l;
}

/*
 * A breaker is made by its first bad news; only the ratio needs the good ones
 * before it too.
 */
static bool
teach(struct limits *l, enum ledger_kind kind, const char *name,
    const struct breaker_rule *rule, enum lesson lesson, int64_t now)
{
	struct ledger *one = ledgers_find(&l->ledgers, kind, name);

	if (one == NULL && lesson != LESSON_NONE &&
	    (lesson == LESSON_BAD || kind == LEDGER_RATIO))
		one = ledgers_make(&l->ledgers, kind, name);
	if (one == NULL)
		return false;
	if (lesson == LESSON_NONE) {
		breaker_void(one->breaker);
		return false;
	}
	ledger_touch(&l->ledgers, one);
	return breaker_note(one->breaker, rule, lesson == LESSON_BAD, now);
}

/* "Too fast": for as long as the server says, and twice that if again. */
static void
named_limit(struct limits *l, const char *family, uint32_t retry_after_s,
    int64_t now)
{
	struct ledger *one = ledgers_make(&l->ledgers, LEDGER_REFUSED, family);
	int64_t ms = (int64_t)retry_after_s * 1000;

	if (one == NULL)
		return;
	if (ms < LIMITS_NAMED_MS)
		ms = LIMITS_NAMED_MS;
	if (one->breaker->open && one->breaker->trial_at != 0 &&
	    ms < 2 * one->breaker->pause_ms)
		ms = 2 * one->breaker->pause_ms;
	if (ms > LIMITS_NAMED_MAX_MS)
		ms = LIMITS_NAMED_MAX_MS;
	breaker_pause(one->breaker, ms, now);
	ledger_touch(&l->ledgers, one);
}

static void
add_news(struct limits *l, enum notice_kind kind, const char *text)
{
	struct limits_news *n = &l->news;

	if (n->count == LIMITS_NEWS_MAX)
		return;
	n->items[n->count].kind = kind;
	n->items[n->count++].text = text;
}

static const struct limits_news *
news_of(const struct limits *l)
{
	return l->news.count > 0 ? &l->news : NULL;
}

static void
tell_ramp(struct limits *l, enum warmup_change change, const char *fell)
{
	switch (change) {
	case WARMUP_SAME:
		break;
	case WARMUP_RECOVERED:
		add_news(l, NOTICE_RAMP_ROSE, "a clean period is over: the "
		    "whole limit of the warm-up's step again");
		break;
	case WARMUP_UP:
		add_news(l, NOTICE_RAMP_ROSE, "a clean period is over: the "
		    "next step of the warm-up");
		break;
	case WARMUP_DOWN:
		add_news(l, NOTICE_RAMP_FELL, fell);
		break;
	}
}

static void
teach_ramp(struct limits *l, const struct limits_question *q,
    enum lesson refused, int64_t now)
{
	struct ledger *one = ledgers_find(&l->ledgers, LEDGER_WARMUP,
	    q->source);

	if (one == NULL || refused == LESSON_NONE)
		return;
	ledger_touch(&l->ledgers, one);
	tell_ramp(l, warmup_note(one->warmup, &l->rules.steps,
	    refused == LESSON_BAD, now), "refusals of us: a step down in the "
	    "warm-up, and recovering");
}

/* Counted with budgets switched off too; but then it never rests. */
static bool
teach_repute(struct limits *l, const struct limits_question *q,
    const char *family, enum lesson refused, int64_t now)
{
	struct ledger *one;

	if (refused == LESSON_NONE || (one = ledgers_make(&l->ledgers,
	    LEDGER_REPUTE, q->source)) == NULL)
		return false;
	ledger_touch(&l->ledgers, one);
	return repute_note(one->repute, family, refused == LESSON_BAD,
	    l->rules.enabled, now);
}

static bool
connected(enum fault fault, enum stage stage)
{
	return fault == FAULT_NONE || stage > STAGE_CONNECT;
}

const struct limits_news *
limits_ended(struct limits *l, const struct limits_question *q,
    enum fault fault, enum stage stage, const struct reply_meaning *meaning,
    int64_t now)
{
	const struct limits_rules *r = &l->rules;
	const char *family = q->provider != NULL ? q->provider->name : q->host;
	struct lessons to = learn(q, fault, stage, meaning);
	char ratio[LEDGER_KEY_MAX];
	struct ledger *domain;

	l->news.count = 0;
	if ((domain = ledgers_find(&l->ledgers, LEDGER_DOMAIN, q->domain)) !=
	    NULL && domain->under_way > 0)
		domain->under_way--;
	if (!r->enabled)
		return NULL;
	(void)snprintf(ratio, sizeof ratio, "%s %s", q->source, family);
	teach_ramp(l, q, to.refused, now);
	if (fault == FAULT_NONE && meaning != NULL &&
	    meaning->reason == REASON_RATE_LIMITED) {
		named_limit(l, family, meaning->retry_after_s, now);
		add_news(l, NOTICE_LIMIT_NAMED, "it names a limit: a pause");
	} else if (teach(l, LEDGER_REFUSED, family, &r->refused, to.refused,
	    now)) {
		add_news(l, q->provider != NULL ? NOTICE_REFUSED_US :
		    NOTICE_HOST_REFUSED_US, "it refuses us: a pause");
	}
	if (teach(l, LEDGER_UNKNOWN, q->domain, &r->unknown, to.unknown, now))
		add_news(l, NOTICE_UNKNOWN_USERS, "too many unknown users of "
		    "the domain: a pause");
	if (teach(l, LEDGER_RATIO, ratio, &r->ratio, to.ratio, now))
		add_news(l, NOTICE_UNKNOWN_RATIO, "too many unknown users at "
		    "the provider: a pause");
	if (teach(l, LEDGER_FAULTS, q->host, &r->faults, to.faults, now))
		add_news(l, NOTICE_HOST_SILENT, "the host does not answer: a "
		    "pause");
	if (fault != FAULT_LOCAL && port25_note(&l->port25, q->host,
	    connected(fault, stage), now))
		add_news(l, NOTICE_PORT25_CLOSED, "no connection gets out to "
		    "any host: is port 25 open?");
	if (teach_repute(l, q, family, to.refused, now))
		add_news(l, NOTICE_SOURCE_RESTS, "several providers refuse "
		    "the source: it rests, and nobody takes its place");
	return news_of(l);
}

const struct limits_news *
limits_listed(struct limits *l, const char *source)
{
	struct ledger *one = ledgers_make(&l->ledgers, LEDGER_WARMUP, source);

	l->news.count = 0;
	if (one == NULL)
		return NULL;
	ledger_touch(&l->ledgers, one);
	tell_ramp(l, warmup_listed(one->warmup, &l->rules.steps), "a list "
	    "names it: a step down in the warm-up, and recovering");
	return news_of(l);
}

void
limits_restart(struct limits *l, const char *source)
{
	struct ledger *one = ledgers_make(&l->ledgers, LEDGER_WARMUP, source);

	if (one == NULL)
		return;
	warmup_init(one->warmup, &l->rules.steps, 0);
	ledger_touch(&l->ledgers, one);
}

const struct repute *
limits_repute(const struct limits *l, const char *source)
{
	const struct ledger *one = ledgers_find(&l->ledgers, LEDGER_REPUTE,
	    source);

	return one != NULL ? one->repute : NULL;
}

const struct warmup *
limits_warmup(const struct limits *l, const char *source)
{
	const struct ledger *one = ledgers_find(&l->ledgers, LEDGER_WARMUP,
	    source);

	return one != NULL ? one->warmup : NULL;
}

void
limits_resume(struct limits *l, const char *source)
{
	struct ledger *one = ledgers_find(&l->ledgers, LEDGER_REPUTE, source);

	if (one == NULL)
		return;
	repute_resume(one->repute);
	ledger_touch(&l->ledgers, one);
}

static const struct rates *
limits_of(const struct limits *l, enum ledger_kind kind)
{
	/* Providers may name a longer span than any other: never idle. */
	switch (kind) {
	case LEDGER_DOMAIN:
		return &l->rules.domain;
	case LEDGER_HOST:
		return &l->rules.host;
	case LEDGER_SHARE:
		return &l->rules.all;
	case LEDGER_ALL:
	case LEDGER_SOURCE:
	case LEDGER_PROVIDER:
	case LEDGER_ROUTE:
	case LEDGER_WARMUP:
	case LEDGER_REPUTE:
	case LEDGER_UNKNOWN:
	case LEDGER_RATIO:
	case LEDGER_REFUSED:
	case LEDGER_FAULTS:
		break;
	}
	return NULL;
}

static bool
idle(const struct limits *l, const struct ledger *one, int64_t now)
{
	const struct rates *limits = limits_of(l, one->kind);

	if (one->breaker != NULL)
		return breaker_idle(one->breaker, ledger_span(one->kind), now);
	return limits != NULL && one->at <= now && one->under_way == 0 &&
	    budget_idle(one->account, limits, now);
}

void
limits_tidy(struct limits *l, int64_t now,
    void (*drop)(void *arg, const char *key), void *arg)
{
	struct ledger *one, *next;

	HASH_ITER(hh, l->ledgers.table, one, next) {
		if (!idle(l, one, now))
			continue;
		drop(arg, one->key);
		ledgers_remove(&l->ledgers, one);
	}
}

size_t
limits_open(const struct limits *l, int64_t now)
{
	const struct ledger *one;
	size_t n = 0;

	for (one = l->ledgers.table; one != NULL; one = one->hh.next)
		n += one->breaker != NULL && one->breaker->open &&
		    now < one->breaker->until;
	return n;
}
