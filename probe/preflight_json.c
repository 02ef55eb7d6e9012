#include "common/jval.h"
#include "probe/preflight.h"

static struct jval *
check_json(const struct preflight_check *c)
{
	struct jval *o = jval_object();
	bool ok = jval_put_text(o, "name", c->name);

	ok = jval_put_text(o, "practice", c->practice) && ok;
	ok = jval_put_text(o, "result", check_result_word(c->result)) && ok;
	ok = jval_put_bool(o, "hard", c->hard) && ok;
	ok = jval_put_int(o, "point", (int64_t)c->point + 1) && ok;
	if (c->source[0] != '\0')
		ok = jval_put_text(o, "source", c->source) && ok;
	ok = jval_put_text(o, "text", c->text) && ok;
	if (c->fix[0] != '\0')
		ok = jval_put_text(o, "fix", c->fix) && ok;
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

static struct jval *
source_json(const struct preflight_source *s, bool good)
{
	struct jval *o = jval_object();
	char ip[NET_TEXT_SIZE];

	net_addr_text(&s->addr, ip);
	if (jval_put_text(o, "address", ip) &&
	    jval_put_text(o, "helo", s->helo) &&
	    jval_put_bool(o, "passes", s->good && good))
		return o;
	jval_free(o);
	return NULL;
}

static bool
all_pass(const struct preflight_report *r)
{
	size_t i;

	for (i = 0; i < r->source_count; i++)
		if (!r->sources[i].good)
			return false;
	return r->good;
}

char *
preflight_json(const struct preflight_report *r, int64_t made_at,
    bool enforced)
{
	struct jval *o = jval_object(), *list = jval_array();
	struct jval *sources = jval_array();
	char *text = NULL;
	bool ok;
	size_t i;

	ok = jval_put_int(o, "time", made_at);
	ok = jval_put_int(o, "score", r->score) && ok;
	ok = jval_put_bool(o, "passes", all_pass(r)) && ok;
	ok = jval_put_bool(o, "enforced", enforced) && ok;
	for (i = 0; i < r->source_count; i++)
		ok = jval_add(sources, source_json(&r->sources[i], r->good)) &&
		    ok;
	for (i = 0; i < r->count; i++)
		ok = jval_add(list, check_json(&r->checks[i])) && ok;
	ok = jval_put(o, "sources", sources) && ok;
	ok = jval_put(o, "checks", list) && ok;
	if (ok)
		text = jval_print(o);
	jval_free(o);
	return text;
}
