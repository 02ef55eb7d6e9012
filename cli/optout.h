/*
 * optout: a message that somebody sent to our contact: who asks, about which
 * domains, and whether he has shown that he speaks for one of them.
 *
 * Nothing in a message is believed but what the admin's own mail server says
 * of it: Authentication-Results (RFC 8601) with the authserv-id that the admin
 * named. That server must remove such fields that come from outside (RFC 8601,
 * section 5). Of several with that name the topmost that tells of a method
 * counts.
 *
 * Pure; any thread. All texts are safe to show, and have no backslash.
 */
#ifndef RCPTGUARD_OPTOUT_H
#define RCPTGUARD_OPTOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/address.h"
#include "common/complaint.h"

#define OPTOUT_DOMAINS_MAX	20

struct optout {
	char from[COMPLAINT_SHORT_MAX + 1];	/* "": none that is one */
	char id[COMPLAINT_SHORT_MAX + 1];	/* Message-ID, or "" */
	char excerpt[COMPLAINT_TEXT_MAX + 1];	/* subject, then the text */
	/* Named in From, subject or text, in this order; lower case. */
	char domains[OPTOUT_DOMAINS_MAX][ADDRESS_DOMAIN_MAX + 1];
	size_t domain_count;
	char asks[ADDRESS_DOMAIN_MAX + 1];	/* "exclude DOMAIN", or "" */
	char proven[ADDRESS_DOMAIN_MAX + 1];	/* he wrote from there, or "" */
	bool role;			/* postmaster or abuse */
	bool automatic;			/* Auto-Submitted (RFC 3834), or a list */
};

/*
 * text as message_load leaves it. authserv_id: identity.authserv_id; with ""
 * nothing is proven.
 */
void optout_read(const char *text, size_t len, const char *authserv_id,
    struct optout *out);

/*
 * The domain that is excluded at once: postmaster or abuse of a domain asks
 * for that very domain, and it is proven that he does. NULL, and *why in words
 * (static): the admin decides.
 */
const char *optout_grants(const struct optout *o, const char **why);

#endif
