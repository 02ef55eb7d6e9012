#include "probe/retired.h"

#include <string.h>

#include "common/text.h"

const char *
retired_text(enum retired_status status)
{
	switch (status) {
	case RETIRED_OK:
		break;
	case RETIRED_ALREADY:
		return "it is retired already";
	case RETIRED_SELF:
		return "an address cannot replace itself";
	case RETIRED_BY_RETIRED:
		return "what is to replace it is itself retired";
	case RETIRED_TAKEN:
		return "what is to replace it replaces another address "
		    "already";
	case RETIRED_FULL:
		return "more addresses are retired than can be kept";
	}
	return "";
}

struct retirement *
retired_find(struct retired *set, const struct net_addr *addr)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (net_addr_equal(&set->items[i].addr, addr))
			return &set->items[i];
	return NULL;
}

static struct retirement *
replaced_by(struct retired *set, const struct net_addr *by)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->items[i].by.family != 0 &&
		    net_addr_equal(&set->items[i].by, by))
			return &set->items[i];
	return NULL;
}

enum retired_status
retired_add(struct retired *set, const struct retirement *r)
{
	if (retired_find(set, &r->addr) != NULL)
		return RETIRED_ALREADY;
	if (r->by.family != 0) {
		if (net_addr_equal(&r->by, &r->addr))
			return RETIRED_SELF;
		if (retired_find(set, &r->by) != NULL)
			return RETIRED_BY_RETIRED;
		if (replaced_by(set, &r->by) != NULL)
			return RETIRED_TAKEN;
	}
	if (set->count == RETIRED_MAX)
		return RETIRED_FULL;
	set->items[set->count++] = *r;
	return RETIRED_OK;
}

bool
retired_remove(struct retired *set, const struct net_addr *addr)
{
	struct retirement *r = retired_find(set, addr);

	if (r == NULL)
		return false;
	*r = set->items[--set->count];
	return true;
}

void
retired_apply(struct retired *set, struct source_pool *pool)
{
	const struct retirement *r;
	size_t i;

	for (i = 0; i < pool->count; i++) {
		struct source *s = &pool->items[i];

		if (s->implied)
			continue;
		if (retired_find(set, &s->addr) != NULL)
			s->rests |= REST_RETIRED;
		else
			s->rests &= ~(unsigned)REST_RETIRED;
		r = replaced_by(set, &s->addr);
		s->proving = r != NULL && !r->proven;
		if (s->proving)
			s->rests |= REST_PREFLIGHT;
	}
}

struct retirement *
retired_proves(struct retired *set, struct source *s)
{
	struct retirement *r = s->implied ? NULL : replaced_by(set, &s->addr);

	s->proving = false;
	if (r == NULL || r->proven)
		return NULL;
	r->proven = true;
	return r;
}

/* --- as JSON ------------------------------------------------------------- */

struct jval *
retirement_value(const struct retirement *r)
{
	struct jval *o = jval_object();
	char address[NET_TEXT_SIZE], by[NET_TEXT_SIZE];
	bool ok;

	net_addr_text(&r->addr, address);
	ok = jval_put_text(o, "address", address) &&
	    jval_put_text(o, "cause", r->cause) &&
	    jval_put_int(o, "at", r->at) && jval_put_int(o, "user", r->user) &&
	    jval_put_int(o, "step", r->step) &&
	    jval_put_bool(o, "recovering", r->recovering);
	if (ok && r->by.family != 0) {
		net_addr_text(&r->by, by);
		ok = jval_put_text(o, "by", by) &&
		    jval_put_bool(o, "proven", r->proven);
	}
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

bool
retirement_read(const struct jval *o, struct retirement *out)
{
	const char *address = jval_text(jval_get(o, "address"));
	const char *by = jval_text(jval_get(o, "by"));
	const char *cause = jval_text(jval_get(o, "cause"));
	int64_t user = 0, step = 0;

	memset(out, 0, sizeof *out);
	(void)jval_int(jval_get(o, "user"), &user);
	(void)jval_int(jval_get(o, "step"), &step);
	out->user = (uint32_t)user;
	out->step = (unsigned)step;
	(void)jval_bool(jval_get(o, "recovering"), &out->recovering);
	(void)jval_bool(jval_get(o, "proven"), &out->proven);
	return address != NULL && net_addr_parse(address, &out->addr) &&
	    (by == NULL || net_addr_parse(by, &out->by)) && cause != NULL &&
	    text_copy(out->cause, cause, sizeof out->cause) <
	    sizeof out->cause && jval_int(jval_get(o, "at"), &out->at);
}

struct jval *
retired_json(const struct retired *set)
{
	struct jval *list = jval_array();
	size_t i;

	for (i = 0; i < set->count; i++)
		if (!jval_add(list, retirement_value(&set->items[i]))) {
			jval_free(list);
			return NULL;
		}
	return list;
}
