#include <ares.h>
#include <netdb.h>
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

static void
take_address(struct dns_addresses *out, int family, const void *octets,
    size_t len, int ttl)
{
	struct net_addr *a = &out->items[out->count++];

	a->family = family;
	memcpy(a->octets, octets, len);
	if (ttl >= 0 && (uint32_t)ttl < out->ttl_s)
		out->ttl_s = (uint32_t)ttl;
}

enum dns_status
dns_parse_addresses(int family, const unsigned char *buf, int len,
    struct dns_addresses *out)
{
	struct ares_addrttl v4[MX_ADDRS_MAX];
	struct ares_addr6ttl v6[MX_ADDRS_MAX];
	struct hostent *h = NULL;
	int n = MX_ADDRS_MAX, i, rc;
	size_t chain = 0;

	rc = family == AF_INET ? ares_parse_a_reply(buf, len, &h, v4, &n) :
	    ares_parse_aaaa_reply(buf, len, &h, v6, &n);
	if (rc != ARES_SUCCESS)
		return dns_status_of(rc);
	while (h->h_aliases != NULL && h->h_aliases[chain] != NULL)
		chain++;
	ares_free_hostent(h);
	if (chain > DNS_CNAME_CHAIN_MAX)
		return DNS_FAILED;
	memset(out, 0, sizeof *out);
	out->ttl_s = UINT32_MAX;
	for (i = 0; i < n; i++)
		if (family == AF_INET)
			take_address(out, family, &v4[i].ipaddr, 4, v4[i].ttl);
		else
			take_address(out, family, &v6[i].ip6addr, 16,
			    v6[i].ttl);
	return n > 0 ? DNS_OK : DNS_NODATA;
}

void
dns_parse_mx(const unsigned char *buf, int len, struct mx_answer *answer)
{
	struct ares_mx_reply *list = NULL, *m;
	int rc = ares_parse_mx_reply(buf, len, &list);

	answer->count = 0;
	answer->incomplete = false;
	answer->status = dns_status_of(rc);
	if (rc != ARES_SUCCESS)
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
