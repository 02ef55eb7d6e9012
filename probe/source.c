#include "probe/source.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

static bool
same(const struct source *a, const struct source *b)
{
	return a->implied == b->implied && net_addr_equal(&a->addr, &b->addr);
}

static void
add(struct source_pool *pool, const struct source_pool *old,
    const struct source *s, bool enforced)
{
	struct source *new = &pool->items[pool->count];
	size_t i;

	if (pool->count == SOURCES_MAX)
		return;
	pool->count++;
	*new = *s;
	new->rests = enforced ? REST_PREFLIGHT : 0;
	for (i = 0; i < old->count; i++) {
		if (!same(&old->items[i], s))
			continue;
		new->rests = old->items[i].rests;
		new->rests_since = old->items[i].rests_since;
		new->listed_at = old->items[i].listed_at;
		text_copy(new->why, old->items[i].why, sizeof new->why);
		new->order = old->items[i].order;
	}
	if (!enforced)
		new->rests &= ~(unsigned)REST_PREFLIGHT;
}

static bool
has_family(const struct source_pool *pool, int family)
{
	size_t i;

	for (i = 0; i < pool->count; i++)
		if (pool->items[i].addr.family == family)
			return true;
	return false;
}

void
source_pool_configure(struct source_pool *pool, const struct conf *conf)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct source_pool old = *pool;
	bool enforced = conf->identity.preflight == PREFLIGHT_ENFORCE;
	size_t i;

	pool->count = 0;
	for (i = 0; i < conf->identity.source_count; i++) {
		const struct conf_source *c = &conf->identity.sources[i];
		struct source s = { .addr = c->address };

		text_copy(s.helo, c->helo[0] != '\0' ? c->helo :
		    conf->identity.helo, sizeof s.helo);
		text_copy(s.since, c->since, sizeof s.since);
		add(pool, &old, &s, enforced);
	}
	for (i = 0; i < 2; i++) {
		struct source s = { .addr.family = families[i],
		    .implied = true };

		text_copy(s.helo, conf->identity.helo, sizeof s.helo);
		if (!has_family(pool, families[i]))
			add(pool, &old, &s, enforced);
	}
}

/* --- choosing ------------------------------------------------------------ */

/* FNV-1a; with the highest score a source wins (rendezvous hashing). */
static uint64_t
score(const char *provider, const struct source *s)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (; *provider != '\0'; provider++)
		h = (h ^ (uint8_t)*provider) * UINT64_C(1099511628211);
	for (i = 0; i < sizeof s->addr.octets; i++)
		h = (h ^ s->addr.octets[i]) * UINT64_C(1099511628211);
	/* The last octets must reach the high bits as well. */
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 33;
}

static bool
is_held(const struct source *s, int64_t now)
{
	return (s->rests & REST_LISTED) &&
	    now - s->rests_since < SOURCE_HOLD_S;
}

bool
source_choose(const struct source_pool *pool, const char *provider,
    int family, int64_t now, struct source_choice *out)
{
	const struct source *best = NULL;
	uint64_t high = 0;
	bool any_rests = false;
	size_t i;

	memset(out, 0, sizeof *out);
	for (i = 0; i < pool->count; i++) {
		const struct source *s = &pool->items[i];
		uint64_t mine = score(provider, s);

		if (s->addr.family != family)
			continue;
		if (s->rests != 0 && s->rests != REST_PREFLIGHT)
			any_rests = true;
		if (s->rests != 0 && !(is_held(s, now) &&
		    !(s->rests & (REST_PREFLIGHT | REST_ADMIN |
		    REST_RETIRED))))
			continue;
		if (best == NULL || mine > high) {
			best = s;
			high = mine;
		}
	}
	if (best != NULL && best->rests == 0) {
		out->source = best;
		return true;
	}
	if (best != NULL) {
		out->retry_at = best->rests_since + SOURCE_HOLD_S;
		out->why = "the source address for this provider is listed "
		    "and rests";
	} else
		out->why = any_rests ? "all source addresses rest" :
		    "no source address has passed preflight";
	out->reason = best != NULL || any_rests ?
	    REASON_ALL_SOURCES_RESTING : REASON_PREFLIGHT_FAILED;
	return false;
}

struct source *
source_find(struct source_pool *pool, const struct net_addr *addr)
{
	size_t i;

	for (i = 0; i < pool->count; i++)
		if (!pool->items[i].implied &&
		    net_addr_equal(&pool->items[i].addr, addr))
			return &pool->items[i];
	return NULL;
}

void
source_rest(struct source *s, enum source_rest rest, int64_t now,
    const char *why)
{
	if (rest == REST_LISTED) {
		if (!(s->rests & REST_LISTED))
			s->rests_since = now;
		text_copy(s->why, why, sizeof s->why);
	}
	s->rests |= (unsigned)rest;
}

void
source_resume(struct source *s, enum source_rest rest)
{
	s->rests &= ~(unsigned)rest;
	if (rest == REST_LISTED) {
		s->rests_since = 0;
		s->why[0] = '\0';
	}
}

bool
source_is_clean(struct source *s, bool on, int64_t gone_at, int64_t clean_s,
    int64_t now)
{
	if (on) {
		s->listed_at = now;
		return false;
	}
	/* A listing that the book has lost counts from now. */
	if (s->listed_at == 0 || gone_at > s->listed_at)
		s->listed_at = gone_at != 0 ? gone_at : now;
	return (s->rests & REST_LISTED) && now - s->listed_at >= clean_s;
}

/* --- to show ------------------------------------------------------------- */

void
source_text(const struct source *s, char out[NET_TEXT_SIZE])
{
	if (s->implied)
		snprintf(out, NET_TEXT_SIZE, "any %s",
		    s->addr.family == AF_INET ? "IPv4" : "IPv6");
	else
		net_addr_text(&s->addr, out);
}
