#include "milter/guard.h"

#include <string.h>
#include <strings.h>

static bool
listed(const struct conf_strings *list, const char *word)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], word) == 0)
			return true;
	}
	return false;
}

static bool
network_listed(const struct conf_networks *list, const struct net_addr *addr)
{
	size_t i;

	if (addr->family == 0)
		return false;
	for (i = 0; i < list->count; i++) {
		if (net_cidr_contains(&list->items[i], addr))
			return true;
	}
	return false;
}

static bool
same_address(const char *pattern, const struct address *addr)
{
	struct address want;
	char a[ADDRESS_MAX + 1], b[ADDRESS_MAX + 1];

	if (address_parse(pattern, strlen(pattern), &want) != ADDRESS_OK)
		return false;
	address_canonical(&want, a);
	address_canonical(addr, b);
	return strcmp(a, b) == 0;
}

/*
 * "@domain" is that domain, ".domain" every domain below it. A pattern may
 * hold an U-label while addr holds A-labels, so it is parsed like an address.
 */
static bool
same_domain(const char *pattern, const struct address *addr)
{
	struct address want;
	char text[2 + ADDRESS_DOMAIN_MAX + 1];
	size_t len = strlen(pattern + 1), have = strlen(addr->domain);

	if (len > ADDRESS_DOMAIN_MAX)
		return false;
	memcpy(text, "x@", 2);
	memcpy(text + 2, pattern + 1, len + 1);
	if (address_parse(text, len + 2, &want) != ADDRESS_OK)
		return strcasecmp(pattern + 1, addr->domain) == 0;
	if (pattern[0] == '@')
		return strcmp(want.domain, addr->domain) == 0;
	len = strlen(want.domain);
	return have > len && addr->domain[have - len - 1] == '.' &&
	    strcmp(addr->domain + have - len, want.domain) == 0;
}

static bool
sender_listed(const struct conf_strings *list, const struct address *addr)
{
	size_t i;

	if (addr == NULL)
		return false;
	for (i = 0; i < list->count; i++) {
		const char *p = list->items[i];

		if (p[0] == '@' || p[0] == '.') {
			if (same_domain(p, addr))
				return true;
		} else if (same_address(p, addr))
			return true;
	}
	return false;
}

static bool
matches(const struct conf_guard *g, const struct guard_facts *facts)
{
	if (g->auth.count > 0 && !listed(&g->auth, facts->auth))
		return false;
	if (g->client.count > 0 && !network_listed(&g->client, &facts->client))
		return false;
	if (g->listener.count > 0 && !listed(&g->listener, facts->listener))
		return false;
	return g->sender.count == 0 || sender_listed(&g->sender, facts->sender);
}

const struct conf_guard *
guard_match(const struct conf *c, const struct guard_facts *facts)
{
	size_t i;

	for (i = 0; i < c->guard_count; i++) {
		if (matches(&c->guards[i], facts))
			return &c->guards[i];
	}
	return NULL;
}

struct guard_decision
guard_decide(const struct conf_guard *guard, enum verdict_reason reason,
    bool degraded)
{
	enum verdict_state state = verdict_state_of(reason);
	struct guard_decision d;

	d.action = conf_guard_action(guard, reason);
	d.observed = guard->mode == MODE_OBSERVE;
	if (d.action == ACTION_REJECT &&
	    (degraded || state != STATE_UNDELIVERABLE))
		d.action = ACTION_TEMPFAIL;
	return d;
}

bool
guard_lets_pass(enum guard_action action)
{
	switch (action) {
	case ACTION_ACCEPT:
	case ACTION_HOLD:
	case ACTION_TAG:
		return true;
	case ACTION_TEMPFAIL:
	case ACTION_REJECT:
	case ACTION_COUNT:
		break;
	}
	return false;
}
