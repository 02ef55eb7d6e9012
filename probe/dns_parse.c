#include <ares.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "probe/dns_parse.h"

enum dns_status
dns_status_of(int ares_status)
{
	switch (ares_status) {
	case ARES_SUCCESS:
		return DNS_OK;
	case ARES_ENODATA:
		return DNS_NODATA;
	case ARES_ENOTFOUND:
		return DNS_NXDOMAIN;
	default:			/* c-ares' codes are no closed list */
		return DNS_FAILED;
	}
}

/*
 * What c-ares 1.18 does not tell of an answer: how many aliases led to it, and
 * for how long the least of it holds. By the C library's parser; none of ours
 * touches the wire format.
 */
struct look {
	bool ok;			/* well-formed, no alias too many */
	uint32_t ttl_s;
};

static struct look
look_at(const unsigned char *buf, int len)
{
	struct look l = { .ok = false, .ttl_s = UINT32_MAX };
	ns_msg msg;
	ns_rr rr;
	int i, aliases = 0;

	if (ns_initparse(buf, len, &msg) != 0)
		return l;
	for (i = 0; i < ns_msg_count(msg, ns_s_an); i++) {
		if (ns_parserr(&msg, ns_s_an, i, &rr) != 0)
			return l;
		if (ns_rr_ttl(rr) < l.ttl_s)
			l.ttl_s = ns_rr_ttl(rr);
		aliases += ns_rr_type(rr) == ns_t_cname;
	}
	l.ok = aliases <= DNS_CNAME_CHAIN_MAX;
	return l;
}

#define SOA_NUMBERS	20	/* octets behind its two names; MINIMUM is last */

uint32_t
dns_parse_negative_ttl(const unsigned char *buf, int len)
{
	uint32_t ttl_s, least;
	ns_msg msg;
	ns_rr rr;
	int i;

	if (buf == NULL || ns_initparse(buf, len, &msg) != 0)
		return UINT32_MAX;
	for (i = 0; i < ns_msg_count(msg, ns_s_ns); i++) {
		if (ns_parserr(&msg, ns_s_ns, i, &rr) != 0)
			return UINT32_MAX;
		if (ns_rr_type(rr) != ns_t_soa ||
		    ns_rr_rdlen(rr) < 2 + SOA_NUMBERS)
			continue;
		least = (uint32_t)ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) -
		    4);
		ttl_s = ns_rr_ttl(rr);
		return ttl_s < least ? ttl_s : least;
	}
	return UINT32_MAX;
}

static void
take_address(struct dns_addresses *out, int family, const void *octets,
    size_t len)
{
	struct net_addr *a = &out->items[out->count++];

	a->family = family;
	memcpy(a->octets, octets, len);
}

enum dns_status
dns_parse_addresses(int family, const unsigned char *buf, int len,
    struct dns_addresses *out)
{
	struct ares_addrttl v4[MX_ADDRS_MAX + 1];
	struct ares_addr6ttl v6[MX_ADDRS_MAX + 1];
	struct look l = look_at(buf, len);
	int n = MX_ADDRS_MAX + 1, i, rc;

	memset(out, 0, sizeof *out);
	if (!l.ok)
		return DNS_FAILED;
	out->ttl_s = l.ttl_s;
	rc = family == AF_INET ? ares_parse_a_reply(buf, len, NULL, v4, &n) :
	    ares_parse_aaaa_reply(buf, len, NULL, v6, &n);
	if (rc != ARES_SUCCESS)
		return dns_status_of(rc);
	out->incomplete = n > MX_ADDRS_MAX;
	for (i = 0; i < n && i < MX_ADDRS_MAX; i++)
		if (family == AF_INET)
			take_address(out, family, &v4[i].ipaddr, 4);
		else
			take_address(out, family, &v6[i].ip6addr, 16);
	return n > 0 ? DNS_OK : DNS_NODATA;
}

void
dns_parse_mx(const unsigned char *buf, int len, struct mx_answer *answer)
{
	struct ares_mx_reply *list = NULL, *m;
	struct look l = look_at(buf, len);

	answer->count = 0;
	answer->incomplete = false;
	answer->ttl_s = l.ttl_s;
	answer->status = !l.ok ? DNS_FAILED :
	    dns_status_of(ares_parse_mx_reply(buf, len, &list));
	if (answer->status != DNS_OK)
		return;
	for (m = list; m != NULL; m = m->next) {
		struct mx_record *r = &answer->records[answer->count];

		if (answer->count == MX_RECORDS_MAX ||
		    strlen(m->host) >= sizeof r->host) {
			answer->incomplete = true;
			continue;
		}
		r->preference = m->priority;
		text_copy(r->host, m->host, sizeof r->host);
		answer->count++;
	}
	if (list == NULL)
		answer->status = DNS_NODATA;
	ares_free_data(list);
}

/* --- facts --------------------------------------------------------------- */

/* The name that begins at data; a final dot is not part of it. */
static void
take_name(struct fact_answer *a, const ns_msg *msg, unsigned preference,
    const unsigned char *data)
{
	char name[NS_MAXDNAME];

	if (dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), data, name,
	    sizeof name) >= 0)
		fact_add_text(a, preference, name, strlen(name));
}

static void
take_record(struct fact_answer *a, enum fact_type type, const ns_msg *msg,
    const ns_rr *rr)
{
	struct net_addr addr = { .family = AF_INET };
	size_t len = ns_rr_rdlen(*rr);

	if ((int)ns_rr_type(*rr) != (int)type)
		return;
	switch (type) {
	case FACT_A:
	case FACT_AAAA:
		if (type == FACT_AAAA)
			addr.family = AF_INET6;
		if (len != (type == FACT_A ? 4 : 16))
			return;
		memcpy(addr.octets, ns_rr_rdata(*rr), len);
		fact_add_addr(a, &addr);
		return;
	case FACT_NS:
	case FACT_PTR:
		take_name(a, msg, 0, ns_rr_rdata(*rr));
		return;
	case FACT_MX:
		if (len > 2)
			take_name(a, msg, ns_get16(ns_rr_rdata(*rr)),
			    ns_rr_rdata(*rr) + 2);
		return;
	case FACT_TXT:			/* by c-ares: take_texts */
		return;
	}
}

/* The strings of one record are one text, as SPF and DKIM have it. */
static int
take_texts(struct fact_answer *a, const unsigned char *buf, int len)
{
	struct ares_txt_ext *list = NULL, *t;
	char text[FACTS_TEXT_MAX + 1];
	size_t n = 0;
	int rc = ares_parse_txt_reply_ext(buf, len, &list);

	for (t = list; t != NULL; t = t->next) {
		if (n + t->length <= FACTS_TEXT_MAX)
			memcpy(text + n, t->txt, t->length);
		n += t->length;
		/* Cut records and those with NUL are none that we know. */
		if (t->next != NULL && !t->next->record_start)
			continue;
		if (n <= FACTS_TEXT_MAX && memchr(text, '\0', n) == NULL)
			fact_add_text(a, 0, text, n);
		n = 0;
	}
	ares_free_data(list);
	return rc;
}

static enum dns_status
take_answer(struct fact_answer *a, enum fact_type type,
    const unsigned char *buf, int len)
{
	ns_msg msg;
	ns_rr rr;
	int i;

	if (!look_at(buf, len).ok || ns_initparse(buf, len, &msg) != 0)
		return DNS_FAILED;
	if (type == FACT_TXT)
		return dns_status_of(take_texts(a, buf, len));
	for (i = 0; i < ns_msg_count(msg, ns_s_an); i++)
		if (ns_parserr(&msg, ns_s_an, i, &rr) == 0)
			take_record(a, type, &msg, &rr);
	return DNS_OK;
}

struct fact_answer *
dns_parse_fact(enum fact_type type, int status, const unsigned char *buf,
    int len)
{
	struct fact_answer *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->status = dns_status_of(status);
	if (a->status == DNS_OK)
		a->status = take_answer(a, type, buf, len);
	if (a->status == DNS_OK && a->count == 0)
		a->status = DNS_NODATA;
	return a;
}

enum dns_status
dns_parse_servers(int status, const unsigned char *buf, int len,
    struct mx_route *route)
{
	struct fact_answer *a = dns_parse_fact(FACT_NS, status, buf, len);
	enum dns_status found = a != NULL ? a->status : DNS_FAILED;
	char *name;
	size_t i;

	for (i = 0; a != NULL && i < a->count && route->ns_count < MX_NS_MAX;
	    i++) {
		name = route->ns[route->ns_count];
		if (text_copy(name, a->items[i].text, MX_NS_SIZE) >=
		    MX_NS_SIZE || !text_is_hostname(name))
			continue;
		text_lower(name);
		route->ns_count++;
	}
	fact_answer_free(a);
	return found == DNS_OK && route->ns_count == 0 ? DNS_FAILED : found;
}
