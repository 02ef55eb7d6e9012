/*
 * gate_status: budgets, ramps and breakers for `rcptguard status`.
 *
 * { enabled, admitted, delayed,
 *   refused: { budget, warmup, breaker, port25, rest },
 *   port25_blocked, breakers_open, ledgers,
 *   all: [ { limit, span, used } ],
 *   sources: [ { address, step, limit, span, used, recovering,
 *     held } ] }
 */
#include "common/clock.h"
#include "common/jval.h"
#include "probe/gate_internal.h"
#include "probe/health.h"

static struct jval *
rate(const struct rate *r, uint64_t used)
{
	struct jval *o = jval_object();

	jval_put_int(o, "limit", r->count);
	jval_put_text(o, "span", rate_span_word(r->span));
	jval_put_int(o, "used", (int64_t)used);
	return o;
}

static struct jval *
all(const struct gate *g, int64_t now)
{
	const struct rates *limits = &g->limits.rules.all;
	const struct ledger *one = ledgers_find(&g->limits.ledgers,
	    LEDGER_ALL, "");
	struct jval *list = jval_array();
	size_t i;

	for (i = 0; i < limits->count; i++) {
		enum rate_span span = limits->items[i].span;

		jval_add(list, rate(&limits->items[i], one == NULL ? 0 :
		    window_count(&one->account->used[span], span, now)));
	}
	return list;
}

static struct jval *
source(const struct gate *g, const struct ledger *one, int64_t now)
{
	const struct warmup *w = one->warmup;
	struct jval *o;
	struct rate r;

	if (warmup_limit(w, &g->limits.rules.steps, &r)) {
		o = rate(&r, window_count(&w->used[r.span], r.span, now));
		jval_put_int(o, "step", w->step + 1);
		jval_put_bool(o, "recovering", w->recovering);
		jval_put_bool(o, "held", w->held);
	} else {
		o = jval_object();
	}
	jval_put_text(o, "address", one->key[1] != '\0' ? one->key + 1 :
	    "any");
	return o;
}

static struct jval *
sources(const struct gate *g, int64_t now)
{
	struct jval *list = jval_array();
	const struct ledger *one;

	for (one = g->limits.ledgers.table; one != NULL; one = one->hh.next)
		if (one->kind == LEDGER_WARMUP)
			jval_add(list, source(g, one, now));
	return list;
}

static struct jval *
refused(const struct limits_stats *s)
{
	struct jval *o = jval_object();

	jval_put_int(o, "budget", (int64_t)s->no_budget);
	jval_put_int(o, "warmup", (int64_t)s->no_warmup);
	jval_put_int(o, "breaker", (int64_t)s->no_breaker);
	jval_put_int(o, "port25", (int64_t)s->no_port25);
	jval_put_int(o, "rest", (int64_t)s->no_rest);
	return o;
}

struct jval *
gate_status(struct gate *g)
{
	struct jval *o = jval_object();
	int64_t now = gate_now(g);

	jval_put_bool(o, "enabled", g->limits.rules.enabled);
	jval_put_int(o, "admitted", (int64_t)g->limits.stats.admitted);
	jval_put_int(o, "delayed", (int64_t)g->limits.stats.delayed);
	jval_put(o, "refused", refused(&g->limits.stats));
	jval_put_bool(o, "port25_blocked", g->limits.port25.blocked);
	jval_put_int(o, "breakers_open",
	    (int64_t)limits_open(&g->limits, now));
	jval_put_int(o, "ledgers",
	    (int64_t)HASH_COUNT(g->limits.ledgers.table));
	jval_put(o, "all", all(g, now));
	jval_put(o, "sources", sources(g, now));
	return o;
}

/* --- sources -------------------------------------------------------------- */

static void
judge_repute(const struct gate *g, const char *name, int64_t now,
    struct health *h)
{
	const struct repute *r = limits_repute(&g->limits, name);
	int64_t until;

	if (r == NULL)
		return;
	h->answered = window_count(&r->answered, SPAN_DAY, now);
	h->refused = window_count(&r->refused, SPAN_DAY, now);
	h->good_at = gate_wall(g, r->good_at);
	if (g->limits.rules.enabled && repute_rests(r, now, &until))
		h->refused_until = gate_wall(g, until);
}

static void
judge_ramp(const struct gate *g, const char *name, int64_t now,
    struct health *h)
{
	const struct rates *steps = &g->limits.rules.steps;
	const struct warmup *w = limits_warmup(&g->limits, name);

	if (w == NULL || !g->limits.rules.enabled ||
	    !warmup_limit(w, steps, &h->limit))
		return;
	h->has_ramp = true;
	h->steps = (unsigned)steps->count;
	h->step = w->step < h->steps ? w->step + 1 : h->steps;
	h->used = window_count(&w->used[h->limit.span], h->limit.span, now);
	h->recovering = w->recovering;
	h->held = w->held;
}

struct jval *
gate_health(const struct gate *g)
{
	struct jval *list = jval_array();
	int64_t now = gate_now(g);
	char name[NET_TEXT_SIZE];
	size_t i;

	for (i = 0; i < g->pool->count; i++) {
		struct health h = { .source = &g->pool->items[i] };

		name[0] = '\0';
		if (!h.source->implied)
			source_text(h.source, name);
		judge_repute(g, name, now, &h);
		judge_ramp(g, name, now, &h);
		if (!jval_add(list, health_json(&h, clock_wall_s()))) {
			jval_free(list);
			return NULL;
		}
	}
	return list;
}
