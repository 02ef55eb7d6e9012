#include "probe/mx.h"

#include <string.h>

#include "common/text.h"

enum name_kind {
	NAME_HOST,
	NAME_NULL,			/* "." */
	NAME_LOCALHOST,
	NAME_BAD
};

/* Copies without the final dot, in lower case. False: too long for a name. */
static bool
name_fold(const char *in, char out[256])
{
	size_t len;

	len = text_copy(out, in, 256);
	if (len >= 256)
		return false;
	if (len > 0 && out[len - 1] == '.')
		out[len - 1] = '\0';
	text_lower(out);
	return true;
}

/* RFC 6761, 6.3, and the name that old systems have for it. */
static bool
is_localhost(const char *name)
{
	static const char tld[] = ".localhost";
	size_t len = strlen(name);

	if (strcmp(name, "localhost") == 0 ||
	    strcmp(name, "localhost.localdomain") == 0)
		return true;
	return len >= sizeof(tld) &&
	    strcmp(name + len - (sizeof(tld) - 1), tld) == 0;
}

static bool
is_mail_host(const char *name)
{
	const char *last;
	char plain[256];
	size_t i;

	last = strrchr(name, '.');
	last = last == NULL ? name : last + 1;
	if (strspn(last, "0123456789") == strlen(last))
		return false;
	text_copy(plain, name, sizeof(plain));
	for (i = 0; plain[i] != '\0'; i++)
		if (plain[i] == '_')
			plain[i] = 'x';
	return text_is_hostname(plain);
}

static enum name_kind
name_kind(const char *in, char out[256])
{
	if (!name_fold(in, out))
		return NAME_BAD;
	if (out[0] == '\0')
		return NAME_NULL;
	if (is_localhost(out))
		return NAME_LOCALHOST;
	return is_mail_host(out) ? NAME_HOST : NAME_BAD;
}

/*
 * FNV-1a from the seed on, then the last steps of MurmurHash3 to spread it.
 * Taken from the name and not from its place, so that an answer whose records
 * are rotated gives the same order.
 */
static uint32_t
shuffle_key(const char *name, uint32_t seed)
{
	uint32_t h = 2166136261U ^ seed;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;
	h = (h ^ (h >> 16)) * 0x85ebca6bU;
	h = (h ^ (h >> 13)) * 0xc2b2ae35U;
	return h ^ (h >> 16);
}

static bool
is_before(const char *a, uint16_t a_pref, const struct mx_host *b,
    uint32_t seed)
{
	uint32_t a_key, b_key;

	if (a_pref != b->preference)
		return a_pref < b->preference;
	a_key = shuffle_key(a, seed);
	b_key = shuffle_key(b->name, seed);
	if (a_key != b_key)
		return a_key < b_key;
	return strcmp(a, b->name) < 0;
}

static void
host_set(struct mx_host *host, const char *name, uint16_t pref, bool implicit)
{
	memset(host, 0, sizeof(*host));
	text_copy(host->name, name, sizeof(host->name));
	host->preference = pref;
	host->implicit = implicit;
	host->a = host->aaaa = DNS_FAILED;
}

/* False: the name is there already, at a preference no worse. */
static bool
host_make_way(struct mx_route *route, const char *name, uint16_t pref)
{
	struct mx_host *h;
	size_t i;

	for (i = 0; i < route->host_count; i++) {
		h = &route->hosts[i];
		if (strcmp(h->name, name) != 0)
			continue;
		if (h->preference <= pref)
			return false;
		route->host_count--;
		memmove(h, h + 1, (route->host_count - i) * sizeof(*h));
		return true;
	}
	return true;
}

/* Keeps the best MX_HOSTS_MAX names, in order. */
static void
host_keep(struct mx_route *route, const char *name, uint16_t pref,
    uint32_t seed)
{
	struct mx_host *h;
	size_t at;

	if (!host_make_way(route, name, pref))
		return;
	for (at = 0; at < route->host_count; at++)
		if (is_before(name, pref, &route->hosts[at], seed))
			break;
	if (route->host_count == MX_HOSTS_MAX) {
		route->incomplete = true;
		if (at == MX_HOSTS_MAX)
			return;
		route->host_count--;
	}
	h = &route->hosts[at];
	memmove(h + 1, h, (route->host_count - at) * sizeof(*h));
	host_set(h, name, pref, false);
	route->host_count++;
}

static enum mx_plan
plan_records(const struct mx_answer *answer, uint32_t seed,
    struct mx_route *route, enum verdict_reason *reason)
{
	const struct mx_record *rec;
	size_t i, nulls = 0, locals = 0;
	char name[256];

	route->incomplete = answer->incomplete;
	for (i = 0; i < answer->count && i < MX_RECORDS_MAX; i++) {
		rec = &answer->records[i];
		switch (name_kind(rec->host, name)) {
		case NAME_HOST:
			host_keep(route, name, rec->preference, seed);
			break;
		case NAME_NULL:
			nulls++;
			break;
		case NAME_LOCALHOST:
			locals++;
			break;
		case NAME_BAD:
			route->bad_names = true;
			break;
		}
	}
	if (i < answer->count)
		route->incomplete = true;
	if (route->host_count > 0)
		return MX_ASK_HOSTS;
	if (route->bad_names || route->incomplete || nulls + locals == 0)
		*reason = REASON_DNS_FAILURE;
	else
		*reason = locals == 0 ? REASON_NULL_MX : REASON_NO_MAIL_HOST;
	return MX_VERDICT;
}

enum mx_plan
mx_plan(const char *domain, const struct mx_answer *answer, uint32_t seed,
    struct mx_route *route, enum verdict_reason *reason)
{
	memset(route, 0, sizeof(*route));
	*reason = REASON_MAX;
	switch (answer->status) {
	case DNS_OK:
		return plan_records(answer, seed, route, reason);
	case DNS_NODATA:
		host_set(&route->hosts[0], domain, 0, true);
		text_lower(route->hosts[0].name);
		route->host_count = 1;
		return MX_ASK_HOSTS;
	case DNS_NXDOMAIN:
		*reason = REASON_NO_SUCH_DOMAIN;
		return MX_VERDICT;
	case DNS_FAILED:
		break;
	}
	*reason = REASON_DNS_FAILURE;
	return MX_VERDICT;
}

static bool
says_none(enum dns_status status)
{
	return status == DNS_NODATA || status == DNS_NXDOMAIN;
}

enum verdict_reason
mx_judge(const struct mx_route *route, enum dns_status mx_status)
{
	const struct mx_host *h;
	bool exists = false;
	size_t i;

	for (i = 0; i < route->host_count; i++)
		if (route->hosts[i].addr_count > 0)
			return REASON_MAX;
	if (mx_status == DNS_FAILED || route->host_count == 0 ||
	    route->bad_names || route->incomplete)
		return REASON_DNS_FAILURE;
	for (i = 0; i < route->host_count; i++) {
		h = &route->hosts[i];
		if (!says_none(h->a) || !says_none(h->aaaa))
			return REASON_DNS_FAILURE;
		if (!h->implicit || h->a == DNS_NODATA || h->aaaa == DNS_NODATA)
			exists = true;
	}
	return exists ? REASON_NO_MAIL_HOST : REASON_NO_SUCH_DOMAIN;
}

bool
mx_host_fold(struct mx_host *h, const struct net_addr *v4, size_t v4_count,
    const struct net_addr *v6, size_t v6_count)
{
	size_t i;

	h->addr_count = 0;
	for (i = 0; i < MX_ADDRS_MAX; i++) {
		if (i < v4_count && h->addr_count < MX_ADDRS_MAX)
			h->addrs[h->addr_count++] = v4[i];
		if (i < v6_count && h->addr_count < MX_ADDRS_MAX)
			h->addrs[h->addr_count++] = v6[i];
	}
	return v4_count + v6_count <= MX_ADDRS_MAX;
}

bool
mx_route_has_failed(const struct mx_route *route)
{
	size_t i;

	for (i = 0; i < route->host_count; i++)
		if (route->hosts[i].a == DNS_FAILED ||
		    route->hosts[i].aaaa == DNS_FAILED)
			return true;
	return false;
}

static bool
is_less(const struct net_addr *a, const struct net_addr *b)
{
	if (a->family != b->family)
		return a->family == AF_INET;
	return memcmp(a->octets, b->octets, sizeof a->octets) < 0;
}

void
mx_host_machine(const struct mx_host *h, char out[NET_TEXT_SIZE])
{
	const struct net_addr *least = &h->addrs[0];
	size_t i;

	for (i = 1; i < h->addr_count; i++)
		if (is_less(&h->addrs[i], least))
			least = &h->addrs[i];
	net_addr_text(least, out);
}
