/*
 * preflight: are we who we say we are, as those whom we ask will see it?
 *
 * Each check is one that receivers make, or that a practice asks for. Pure
 * over facts.h: the report is pending as long as an answer of DNS is wanted.
 * Ten points; a check that warns or fails loses its point, one that could not
 * be made loses none and says why. A hard check that fails stops probing from
 * its source, or from all, where identity.preflight is "enforce".
 *
 * What DNS failed to answer is a warning: it stops nothing, for nothing could
 * be probed then, and the next run tells.
 */
#ifndef RCPTGUARD_PREFLIGHT_H
#define RCPTGUARD_PREFLIGHT_H

#include "common/address.h"
#include "common/conf.h"
#include "common/lists.h"
#include "probe/facts.h"

#define PREFLIGHT_CHECKS_MAX	160
#define PREFLIGHT_SOURCES_MAX	16
#define PREFLIGHT_POINTS	10

enum check_result { CHECK_OK, CHECK_WARN, CHECK_FAIL, CHECK_SKIPPED };
const char *check_result_word(enum check_result result);

struct preflight_check {
	const char *name;		/* static, as its practice (facts) */
	const char *practice;
	unsigned point;			/* 0 to 9: which it can lose */
	bool hard;
	enum check_result result;
	char source[NET_TEXT_SIZE];	/* "": all */
	char text[400];			/* what was found */
	char fix[400];			/* what to do; "" when there is none */
};

struct preflight_source {
	struct net_addr addr;
	const char *helo;
	bool good;			/* no hard check of its own failed */
};

struct preflight_report {
	bool pending;
	bool good;			/* no hard check failed that holds for all */
	unsigned score;
	/* The configured ones in order, or the addresses of the HELO name. */
	struct preflight_source sources[PREFLIGHT_SOURCES_MAX];
	size_t source_count;
	bool implied;			/* identity.sources is empty */
	/* It is, and DNS did not say whether the HELO name has A, AAAA. */
	bool silent[2];
	bool unanswered;		/* DNS failed for something */
	size_t count;
	struct preflight_check checks[PREFLIGHT_CHECKS_MAX];
};

/* What sessions told; a contact that is not here was not made. */
enum contact_kind { CONTACT_MAILBOX, CONTACT_PORT };
struct preflight_contact {
	enum contact_kind kind;
	char what[ADDRESS_MAX + 1];	/* an address, or a host */
	enum check_result result;
	char text[200];
};

/* A source or name of ours on a list; see dnsbl.h. */
struct preflight_listing {
	char what[FACTS_NAME_SIZE];
	char text[200];
};

struct preflight_input {
	const struct conf *conf;
	const struct lists *lists;	/* free-mail; NULL: none */
	int64_t now;			/* wall seconds */
	/* When the sender's domain was registered, where conf does not say;
	   0: not known, and age_note may say why. */
	int64_t domain_since;
	const char *age_note;		/* or NULL */
	const struct preflight_contact *contacts;
	size_t contact_count;
	const struct preflight_listing *listings;
	size_t listing_count;
};

void preflight_judge(const struct preflight_input *in, struct facts *facts,
    struct preflight_report *out);

/* The domain of identity.sender, lower case or not as it was written. */
const char *preflight_sender_domain(const struct conf *c);

/* The caller frees. NULL: no memory. */
char *preflight_json(const struct preflight_report *r, int64_t made_at,
    bool enforced);

/* Pure parts, for tests. */
bool preflight_looks_dynamic(const char *name, const struct net_addr *addr);

/* The HELO names in use, each once; identity.helo is the first. How many. */
#define PREFLIGHT_HELOS_MAX	PREFLIGHT_SOURCES_MAX
size_t preflight_helos(const struct conf *c,
    const char *out[PREFLIGHT_HELOS_MAX]);

/*
 * The mailboxes of ours that must take mail: postmaster@ and abuse@ of the
 * sender's domain, and of the registrable domain of each HELO name where that
 * is another; and the sender itself, where bounces go. An address may be here
 * in two roles. How many; the first ones of too many.
 */
#define PREFLIGHT_MAILBOXES_MAX	11
enum preflight_role { ROLE_POSTMASTER, ROLE_ABUSE, ROLE_BOUNCES };
struct preflight_mailbox {
	enum preflight_role role;
	char address[ADDRESS_MAX + 1];
};
size_t preflight_mailboxes(const struct conf *c,
    struct preflight_mailbox out[PREFLIGHT_MAILBOXES_MAX]);

#endif
