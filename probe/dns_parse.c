#include <ares.h>
#include <arpa/nameser.h>
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

const char *
dns_status_text(enum dns_status status)
{
	switch (status) {
	case DNS_OK:
		return "found";
	case DNS_NODATA:
		return "no such record";
	case DNS_NXDOMAIN:
		return "no such name";
	case DNS_FAILED:
		return "no usable answer";
	}
	return "?";
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
