/*
 * dns_parse: c-ares' answers as facts of ours. Pure but for c-ares' own
 * memory. Of what is too much, what comes first is kept.
 */
#ifndef RCPTGUARD_DNS_PARSE_H
#define RCPTGUARD_DNS_PARSE_H

#include <stddef.h>

#include "probe/facts.h"
#include "probe/mx.h"

#define DNS_CNAME_CHAIN_MAX	8

struct dns_addresses {
	struct net_addr items[MX_ADDRS_MAX];
	size_t count;
	bool incomplete;		/* there were more */
	uint32_t ttl_s;			/* the least, aliases included */
};

/* From an ARES_ code: NXDOMAIN, no data and failure are three things. */
enum dns_status dns_status_of(int ares_code);

/* A word or two for the story; static. */
const char *dns_status_text(enum dns_status status);

/* What an answer says, for the story; foreign text is escaped. */
void dns_addresses_text(const struct dns_addresses *got, char *out,
    size_t size);
void dns_mx_text(const struct mx_answer *a, char *out, size_t size);

/*
 * Fills answer but for its records pointer, which has room for MX_RECORDS_MAX.
 * What does not fit is left out and makes the answer incomplete.
 */
void dns_parse_mx(const unsigned char *buf, int len,
    struct mx_answer *answer);

/* family: AF_INET or AF_INET6. A chain of too many CNAMEs is a failure. */
enum dns_status dns_parse_addresses(int family, const unsigned char *buf,
    int len, struct dns_addresses *out);

/*
 * For how long an answer holds that there is no such name or record: the
 * lesser of its SOA's TTL and MINIMUM (RFC 2308, 5). UINT32_MAX: it does not
 * say. buf may be NULL.
 */
uint32_t dns_parse_negative_ttl(const unsigned char *buf, int len);

/*
 * The name servers of an answer (status: of c-ares), in lower case, into
 * route->ns; those that are no host names or too long are left out.
 */
enum dns_status dns_parse_servers(int status, const unsigned char *buf,
    int len, struct mx_route *route);

/*
 * An answer to a question of any type of fact. status: of c-ares. NULL: no
 * memory. Records of other types, aliases above all, are left out.
 */
struct fact_answer *dns_parse_fact(enum fact_type type, int status,
    const unsigned char *buf, int len);

#endif
