#include "common/jval.h"
#include "probe/health.h"

#define REFUSED_WHY	"several providers refused it within a day"

static bool
put_rest(struct jval *rests, const char *by, int64_t since, const char *why,
    int64_t until)
{
	struct jval *r = jval_object();
	bool ok = jval_put_text(r, "by", by);

	if (since != 0)
		ok = jval_put_int(r, "since", since) && ok;
	if (why[0] != '\0')
		ok = jval_put_text(r, "why", why) && ok;
	if (until != 0)
		ok = jval_put_int(r, "until", until) && ok;
	if (ok)
		return jval_add(rests, r);
	jval_free(r);
	return false;
}

static struct jval *
rests_json(const struct health *h)
{
	const struct source *s = h->source;
	struct jval *rests = jval_array();
	bool ok = rests != NULL;

	if (s->rests & REST_PREFLIGHT)
		ok = ok && put_rest(rests, "preflight", 0, "", 0);
	if (s->rests & REST_LISTED)
		ok = ok && put_rest(rests, "listed", s->rests_since, s->why,
		    0);
	if (h->refused_until != 0)
		ok = ok && put_rest(rests, "refused", 0, REFUSED_WHY,
		    h->refused_until);
	if (s->rests & REST_ADMIN)
		ok = ok && put_rest(rests, "admin", 0, "", 0);
	if (s->rests & REST_RETIRED)
		ok = ok && put_rest(rests, "retired", 0, "", 0);
	if (ok)
		return rests;
	jval_free(rests);
	return NULL;
}

static struct jval *
order_json(const struct source_order *order)
{
	struct jval *o = jval_object();

	if (jval_put_text(o, "word", order->word) &&
	    jval_put_text(o, "cause", order->cause) &&
	    jval_put_int(o, "at", order->at) &&
	    jval_put_int(o, "by", order->by))
		return o;
	jval_free(o);
	return NULL;
}

static struct jval *
ramp_json(const struct health *h)
{
	struct jval *o = jval_object();

	if (jval_put_int(o, "step", h->step) &&
	    jval_put_int(o, "steps", h->steps) &&
	    jval_put_int(o, "limit", h->limit.count) &&
	    jval_put_text(o, "span", rate_span_word(h->limit.span)) &&
	    jval_put_int(o, "used", (int64_t)h->used) &&
	    jval_put_bool(o, "recovering", h->recovering) &&
	    jval_put_bool(o, "held", h->held))
		return o;
	jval_free(o);
	return NULL;
}

static bool
put_answers(struct jval *o, const struct health *h, int64_t now)
{
	bool ok = jval_put_int(o, "answers_day", (int64_t)h->answered) &&
	    jval_put_int(o, "refusals_day", (int64_t)h->refused) &&
	    jval_put_real(o, "refusal_ratio", h->answered == 0 ? 0 :
	    (double)h->refused / (double)h->answered);

	if (h->good_at == 0)
		return ok;
	return ok && jval_put_int(o, "last_good_at", h->good_at) &&
	    jval_put_int(o, "last_good_age_s", now > h->good_at ?
	    now - h->good_at : 0);
}

struct jval *
health_json(const struct health *h, int64_t now)
{
	const struct source *s = h->source;
	struct jval *o = jval_object();
	char text[NET_TEXT_SIZE];
	bool ok;

	source_text(s, text);
	ok = jval_put_text(o, "address", text) &&
	    jval_put_text(o, "helo", s->helo) &&
	    jval_put_text(o, "state", s->rests == 0 && h->refused_until == 0 ?
	    "healthy" : "resting") &&
	    jval_put(o, "rests", rests_json(h)) &&
	    jval_put_bool(o, "listed", (s->rests & REST_LISTED) != 0) &&
	    put_answers(o, h, now);
	if (ok && s->order.word[0] != '\0')
		ok = jval_put(o, "order", order_json(&s->order));
	if (ok && h->has_ramp)
		ok = jval_put(o, "ramp", ramp_json(h));
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}
