#include "probe/dnsbl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

/* RFC 5782, 2.1: within 127/8; 127.255.255.x tells of an error of asking. */
static bool
is_listing(const struct net_addr *a)
{
	const uint8_t *o = a->octets;

	return a->family == AF_INET && o[0] == 127 &&
	    !(o[1] == 255 && o[2] == 255);
}

static enum dnsbl_result
control_answers(const struct dnsbl_zone *z, struct facts *facts)
{
	char name[FACTS_NAME_SIZE];
	const struct fact_answer *a;
	struct net_addr addr;
	size_t i;

	if (z->by_name)
		snprintf(name, sizeof name, "%.120s.%s", z->control, z->zone);
	else if (!net_addr_parse(z->control, &addr) ||
	    !facts_reverse(&addr, z->zone, name))
		return DNSBL_UNKNOWN;
	if ((a = facts_get(facts, FACT_A, name)) == NULL)
		return DNSBL_PENDING;
	for (i = 0; i < a->count; i++)
		if (is_listing(&a->items[i].addr))
			return DNSBL_LISTED;
	return DNSBL_UNKNOWN;
}

static void
tell_listing(const struct dnsbl *d, const struct dnsbl_zone *z,
    const char *name, struct facts *facts, struct dnsbl_finding *out)
{
	const struct fact_answer *a = facts_get(facts, FACT_TXT, name);
	size_t i;

	for (i = 0; i < d->code_count; i++)
		if (strcasecmp(d->codes[i].zone, z->zone) == 0 &&
		    net_addr_equal(&d->codes[i].code, &out->code))
			out->meaning = d->codes[i].meaning;
	if (a == NULL)
		out->result = DNSBL_PENDING;
	else if (a->count > 0)
		text_escape(a->items[0].text, strlen(a->items[0].text),
		    out->reason, sizeof out->reason);
}

void
dnsbl_judge(const struct dnsbl *d, const struct dnsbl_zone *z,
    const struct net_addr *addr, const char *what, struct facts *facts,
    struct dnsbl_finding *out)
{
	char name[FACTS_NAME_SIZE];
	const struct fact_answer *a;
	size_t i;

	memset(out, 0, sizeof *out);
	out->meaning = "";
	out->result = control_answers(z, facts);
	if (z->by_name ? snprintf(name, sizeof name, "%s.%s", what,
	    z->zone) >= (int)sizeof name :
	    !facts_reverse(addr, z->zone, name)) {
		out->result = DNSBL_UNKNOWN;
		return;
	}
	a = facts_get(facts, FACT_A, name);
	if (a == NULL)
		out->result = DNSBL_PENDING;
	if (out->result != DNSBL_LISTED)
		return;
	out->result = a->status == DNS_FAILED ? DNSBL_UNKNOWN : DNSBL_CLEAN;
	for (i = 0; i < a->count; i++) {
		if (!is_listing(&a->items[i].addr)) {
			out->result = DNSBL_UNKNOWN;
			continue;
		}
		out->result = DNSBL_LISTED;
		out->code = a->items[i].addr;
		tell_listing(d, z, name, facts, out);
		return;
	}
}
