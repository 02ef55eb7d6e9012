/*
 * dnsbl: is an address or a name of ours on a list that others ask (RFC 5782)?
 *
 * Zones are data, a line each; "#" begins a comment:
 *
 *	ZONE ip|name CONTROL REMOVAL-URL
 *	code ZONE 127.0.0.N MEANING ...
 *
 * CONTROL is an entry that the zone always has (127.0.0.2, "test"): a zone
 * that does not show it is dead or refuses us, and says nothing. What is not
 * within 127.0.0.0/8 and 127.255.255.0/24 (errors, as "asked too often") is
 * no listing.
 *
 * Pure over facts.h.
 */
#ifndef RCPTGUARD_DNSBL_H
#define RCPTGUARD_DNSBL_H

#include "probe/facts.h"

#define DNSBL_ZONES_MAX		32
#define DNSBL_CODES_MAX		128

struct dnsbl_zone {
	char zone[128];
	bool by_name;
	char control[128];
	char removal[200];
};

struct dnsbl_code {
	char zone[128];
	struct net_addr code;
	char meaning[160];
};

struct dnsbl {
	struct dnsbl_zone zones[DNSBL_ZONES_MAX];
	size_t zone_count;
	struct dnsbl_code codes[DNSBL_CODES_MAX];
	size_t code_count;
};

/* False: *line is the bad one, *why is static. */
bool dnsbl_parse(struct dnsbl *d, const char *text, unsigned *line,
    const char **why);

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
