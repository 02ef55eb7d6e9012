/*
 * mx: from the answers of DNS to the hosts that take a domain's mail
 * (RFC 5321, 5.1; RFC 7505).
 *
 * Pure: facts in, a route or a verdict out. Names from DNS are foreign text
 * until they are in a route. There they are host names as text_is_hostname
 * has them, but for the underscore, which is no host name's (RFC 952) and yet
 * is in MX records that mail is delivered to every day, and harms nothing.
 * A name whose last label is a number is an address in the place of a name
 * (RFC 5321, 5.1, allows none) and is bad like any other.
 *
 * Only what DNS said in full makes an address undeliverable (rule R1). Where
 * a name was bad, a record unread, or a host left out, and nothing else takes
 * the mail, the reason is dns_failure: another mail server may well deliver.
 */
#ifndef RCPTGUARD_MX_H
#define RCPTGUARD_MX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/net.h"
#include "common/verdict.h"

#define MX_RECORDS_MAX	100		/* read of one answer */
#define MX_HOSTS_MAX	3		/* kept */
#define MX_ADDRS_MAX	5		/* kept of one host */
#define MX_NS_MAX	4		/* name servers kept */
#define MX_NS_SIZE	128		/* longer names are left out */

enum dns_status {
	DNS_OK,				/* at least one record */
	DNS_NODATA,			/* the name exists, the record not */
	DNS_NXDOMAIN,
	DNS_FAILED			/* SERVFAIL, timeout, garbage */
};

struct mx_record {
	uint16_t preference;
	char host[256];			/* as it came; "" or "." for null MX */
};

struct mx_answer {
	enum dns_status status;
	struct mx_record *records;	/* no more than MX_RECORDS_MAX */
	size_t count;
	bool incomplete;		/* it had records that are not here */
	uint32_t ttl_s;			/* of the records; mx_plan does not look */
};

struct mx_host {
	char name[256];			/* lower case, no final dot */
	uint16_t preference;
	bool implicit;			/* no MX: the domain's own addresses */
	struct net_addr addrs[MX_ADDRS_MAX];
	size_t addr_count;
	enum dns_status a, aaaa;
};

/*
 * What the names of one machine have in common, whichever of its addresses is
 * asked: the least of them, as text. h has one at least.
 */
void mx_host_machine(const struct mx_host *h, char out[NET_TEXT_SIZE]);

/*
 * Its addresses from those of both families, in turn, so that a dead family
 * costs one try and not all. IPv4 first, since receivers ask more of who comes
 * over IPv6 (reverse DNS above all). False: some were left out.
 */
bool mx_host_fold(struct mx_host *h, const struct net_addr *v4,
    size_t v4_count, const struct net_addr *v6, size_t v6_count);

struct mx_route {
	struct mx_host hosts[MX_HOSTS_MAX];
	size_t host_count;
	uint32_t ttl_s;			/* the least of all answers; where they
					   lead nowhere, also of those that
					   said "none". UINT32_MAX: not said */
	/* Of the registrable domain, asked where it has no MX; lower case. */
	char ns[MX_NS_MAX][MX_NS_SIZE];
	size_t ns_count;
	bool bad_names;			/* some hosts were no host names */
	bool incomplete;		/* some hosts or addresses were left out */
};

/* Whether DNS did not tell the addresses of some host. */
bool mx_route_has_failed(const struct mx_route *route);

enum mx_plan {
	MX_ASK_HOSTS,			/* route->hosts: ask their addresses */
	MX_VERDICT			/* *reason is decided */
};

/*
 * After the MX answer: which hosts to look up, in order of preference, equal
 * ones shuffled with seed: the order depends on it and the names alone. A name
 * that occurs twice is one host at its better preference. No MX gives the
 * domain itself, implicit. A null MX beside real hosts is ignored; "localhost"
 * and names below it count as no host.
 *
 * With MX_VERDICT, *reason is null_mx, no_such_domain, no_mail_host or
 * dns_failure; with MX_ASK_HOSTS it is REASON_MAX, the addresses of the hosts
 * are empty and their statuses DNS_FAILED, until an answer says better.
 */
enum mx_plan mx_plan(const char *domain, const struct mx_answer *answer,
    uint32_t seed, struct mx_route *route, enum verdict_reason *reason);

/*
 * After the address answers of a route to ask: REASON_MAX if some host has an
 * address, else the reason: no_such_domain, no_mail_host, dns_failure.
 */
enum verdict_reason mx_judge(const struct mx_route *route,
    enum dns_status mx_status);

#endif
