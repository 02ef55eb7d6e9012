/*
 * dnsbl: is an address or a name of ours on a list that others ask (RFC 5782)?
 *
 * Zones are data, see dnsbl_file.h. CONTROL is an entry that the zone always
 * has (127.0.0.2, "test"): a zone that does not show it is dead or refuses us,
 * and says nothing. What is not within 127.0.0.0/8 and 127.255.255.0/24
 * (errors, as "asked too often") is no listing.
 *
 * Pure over facts.h.
 */
#ifndef RCPTGUARD_DNSBL_H
#define RCPTGUARD_DNSBL_H

#include "common/dnsbl_file.h"
#include "probe/facts.h"

enum dnsbl_result {
	DNSBL_PENDING,
	DNSBL_CLEAN,
	DNSBL_LISTED,
	DNSBL_UNKNOWN			/* the zone does not answer as it should */
};

struct dnsbl_finding {
	enum dnsbl_result result;
	struct net_addr code;
	const char *meaning;		/* in d, or "" */
	char reason[200];		/* the zone's TXT, escaped; or "" */
};

/* addr for a zone of addresses, name for one of names; the other is unused. */
void dnsbl_judge(const struct dnsbl *d, const struct dnsbl_zone *z,
    const struct net_addr *addr, const char *name, struct facts *facts,
    struct dnsbl_finding *out);

#endif
