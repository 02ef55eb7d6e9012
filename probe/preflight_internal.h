/*
 * preflight_internal: what the parts of preflight's judgement share:
 * preflight.c (the report, HELO names), preflight_domain.c (the sender's
 * domain), preflight_reach.c (page, mailboxes, hosts) and preflight_source.c
 * (what holds for one source).
 */
#ifndef RCPTGUARD_PREFLIGHT_INTERNAL_H
#define RCPTGUARD_PREFLIGHT_INTERNAL_H

#include "probe/preflight.h"

enum check_id {
	CHECK_HELO_NAME,
	CHECK_HELO_ADDRESS,
	CHECK_PTR,
	CHECK_SPF,
	CHECK_DKIM,
	CHECK_DMARC,
	CHECK_MX,
	CHECK_POSTMASTER,
	CHECK_ABUSE,
	CHECK_BOUNCES,
	CHECK_POLICY,
	CHECK_PAGE_NAME,
	CHECK_CONTACT,
	CHECK_CONSENT,
	CHECK_SENDER,
	CHECK_AGE,
	CHECK_PORT,
	CHECK_APART,
	CHECK_LISTED
};

struct judge {
	const struct preflight_input *in;
	const struct conf *conf;
	struct facts *facts;
	struct preflight_report *out;
	const char *domain;		/* of the sender */
};

/* A new line of the report; never NULL. source: NULL for all. */
struct preflight_check *preflight_say(struct judge *j, enum check_id id,
    enum check_result result, const struct net_addr *source,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void preflight_fix(struct preflight_check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes that the report is pending if NULL. */
const struct fact_answer *preflight_ask(struct judge *j, enum fact_type type,
    const char *name);

/* Foreign text for a report. */
const char *preflight_safe(const char *text, char out[128]);

/*
 * The addresses of a host, and what can be said of it: DNS_OK if it has any.
 * False: pending.
 */
bool preflight_host(struct judge *j, const char *host, enum dns_status *out);

/* In a domain where anybody can have a mailbox. */
bool preflight_is_shared(const struct judge *j, const char *domain);

void preflight_judge_domain(struct judge *j);
void preflight_judge_reach(struct judge *j);
void preflight_judge_source(struct judge *j, struct preflight_source *s);

#endif
