/*
 * spf: may this address send mail in that domain's name (RFC 7208)?
 *
 * Pure over facts.h: SPF_PENDING as long as an answer of DNS is wanted. The
 * limits of section 4.6.4 hold: 10 terms that ask DNS, 2 void lookups, 10 mail
 * hosts or names of one term. The exp modifier is not followed; it changes no
 * result.
 */
#ifndef RCPTGUARD_SPF_H
#define RCPTGUARD_SPF_H

#include "probe/facts.h"

enum spf_result {
	SPF_PENDING,
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};
const char *spf_word(enum spf_result result);

struct spf_input {
	struct net_addr ip;
	const char *local;		/* of MAIL FROM; "postmaster" if none */
	const char *domain;
	const char *helo;
};

struct spf_verdict {
	enum spf_result result;
	unsigned lookups;		/* terms that asked DNS */
	char why[256];			/* the term that decided, or the error */
};

void spf_check(const struct spf_input *in, struct facts *facts,
    struct spf_verdict *out);

/*
 * A domain-spec with its macros expanded (section 7), for the domain that is
 * looked at now. False: ill-formed. Pure.
 */
bool spf_expand(const struct spf_input *in, const char *domain,
    const char *spec, size_t len, char out[FACTS_NAME_SIZE]);

#endif
