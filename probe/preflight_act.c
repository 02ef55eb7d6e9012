#include "probe/preflight_act.h"

#include "common/clock.h"
#include "common/log.h"

static bool
family_passes(const struct preflight_report *r, int family)
{
	/* What DNS does not answer stops nothing. */
	bool any = r->silent[family == AF_INET ? 0 : 1];
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

void
preflight_apply(const struct preflight_report *report,
    const struct conf *conf, struct source_pool *pool,
    void (*proven)(void *arg, struct source *s), void *arg)
{
	bool enforced = conf->identity.preflight == PREFLIGHT_ENFORCE;
	size_t i;

	for (i = 0; i < pool->count; i++) {
		struct source *s = &pool->items[i];
		bool passes = source_passes(report, s);

		if ((enforced || s->proving) && !passes) {
			source_rest(s, REST_PREFLIGHT, clock_wall_s(), "");
			continue;
		}
		source_resume(s, REST_PREFLIGHT);
		if (s->proving)
			proven(arg, s);
	}
}

/* --- telling ------------------------------------------------------------- */

static bool
is_news(struct preflight_past *past, const struct preflight_report *r)
{
	bool news = r->count != past->count;
	size_t i;

	for (i = 0; i < r->count; i++) {
		news = news || past->results[i] != r->checks[i].result;
		past->results[i] = r->checks[i].result;
	}
	past->count = r->count;
	return news;
}

static bool
stops(const struct preflight_check *c)
{
	return c->result == CHECK_FAIL && c->hard;
}

static void
tell_notice(struct preflight_past *past, const struct preflight_report *r,
    const struct conf *conf, struct notices *notices)
{
	const struct preflight_check *first = NULL;
	struct notice n = { .what = conf->identity.helo,
	    .see = "rcptguard preflight" };
	bool failed = past->failed;
	unsigned others = 0;
	size_t i;

	for (i = 0; i < r->count; i++) {
		if (!stops(&r->checks[i]))
			continue;
		if (first == NULL)
			first = &r->checks[i];
		else
			others++;
	}
	past->failed = first != NULL;
	if (first != NULL) {
		n.kind = NOTICE_PREFLIGHT_FAILS;
		n.source = first->source;
		notices_tell(notices, &n, "%s: %.200s; %u more fail",
		    first->name, first->text, others);
	} else if (failed) {
		n.kind = NOTICE_PREFLIGHT_PASSES;
		notices_tell(notices, &n, "no hard check fails any more");
	}
}

void
preflight_tell(struct preflight_past *past,
    const struct preflight_report *r, const struct conf *conf,
    struct notices *notices)
{
	bool enforced = conf->identity.preflight == PREFLIGHT_ENFORCE;
	size_t i;

	if (!is_news(past, r))
		return;
	log_info("preflight: %u of %d points", r->score, PREFLIGHT_POINTS);
	for (i = 0; i < r->count; i++) {
		const struct preflight_check *c = &r->checks[i];

		if (c->result == CHECK_FAIL || c->result == CHECK_WARN)
			log_warnx("preflight: %s%s: %s; %s", c->name,
			    stops(c) && enforced ? " (stops probes)" : "",
			    c->text, c->fix);
	}
	tell_notice(past, r, conf, notices);
}
