/*
 * classify: what a server's reply says, and about whom.
 *
 * The order of tests (facts and sources stand in etc/replies.conf):
 *   1. the stage: what is said before RCPT is about us
 *   2. rules of the provider, then general rules, in order, on text or token
 *   3. the enhanced code (RFC 3463, RFC 5248)
 *   4. plain words
 *   5. the basic code
 * On doubt the answer is ambiguous_refusal, which is unknown (rule R1).
 *
 * Rules are data. A rule set never changes once loaded; classify is pure over
 * it and may be called from any thread.
 */
#ifndef RCPTGUARD_CLASSIFY_H
#define RCPTGUARD_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/conf.h"
#include "common/conf_tree.h"
#include "common/rate.h"
#include "common/reply_text.h"
#include "common/stage.h"
#include "common/verdict.h"

struct rules;				/* replies.conf and providers.conf */

/*
 * NULL after at least one message in e, and then nothing was loaded. A path
 * that is NULL or empty is the installed file.
 */
struct rules *rules_load(const char *replies, const char *providers,
    struct conf_errors *e);
void rules_free(struct rules *r);

enum provider_method { METHOD_SMTP, METHOD_RULES, METHOD_HTTP, METHOD_NONE };

/* An endpoint of the admin's that judges addresses (METHOD_HTTP). */
struct provider_http {
	char *url;			/* as it was written */
	bool tls;			/* https */
	char *host;			/* name, or address without brackets */
	uint16_t port;
	char *target;			/* path and query */
	char *header_file;		/* one header line, a secret; or NULL */
	char *ca_file;			/* or NULL: the system's CA store */
	int64_t timeout_ms;		/* of one question, all in all */
};

/* A family of MX, or of domains. Strings live as long as the rule set. */
struct provider {
	const char *name;		/* "google" */
	enum provider_method method;
	bool accepts_everything;	/* a 2xx at RCPT means nothing */
	unsigned rcpts_per_session;	/* 0: no limit known */
	unsigned connections;		/* side by side; 0: smtp.per_mx */
	struct rates budget;		/* count 0: budget.provider holds */
	struct rates source_budget;	/* of each source address; count 0:
					   none of its own */
	const struct provider_http *http;	/* for METHOD_HTTP, or NULL */
};

/*
 * Whether a name fits a pattern, both in lower case: "*" is any number of
 * octets, "?" one that is not a dot.
 */
bool rule_mx_matches(const char *pattern, const char *mx);

/* By MX host name (lower case, no final dot); NULL: no family known. */
const struct provider *rules_provider(const struct rules *r, const char *mx);
/*
 * By a recipient's domain (lower case, no literal), for those entries that
 * name domains and are never asked by SMTP; NULL: none does.
 */
const struct provider *rules_provider_of(const struct rules *r,
    const char *domain);
/* The index-th, or NULL past the end. */
const struct provider *rules_provider_at(const struct rules *r, size_t index);
/* By its own name; NULL: there is none. */
const struct provider *rules_provider_named(const struct rules *r,
    const char *name);

/*
 * The id of the grammar by which no mailbox of this name can exist at its
 * domain, to be called bad_syntax; NULL if it can, if no grammar is known for
 * the domain, and on any doubt: a quoted local part is never judged.
 */
const char *rules_impossible(const struct rules *r,
    const struct address *addr);

/*
 * Adds a message, with file and line, for each canary of conf whose provider
 * the rules do not name: nothing would follow from its answers. It is asked
 * all the same, so that new rules never keep the probe from starting.
 */
void rules_check_canaries(const struct rules *r, const struct conf *conf,
    struct conf_errors *w);

struct reply_facts {
	enum stage stage;
	unsigned code;			/* 200 to 599 */
	const char *enhanced;		/* "5.1.1", or "" */
	const char *text;		/* all lines after the codes, joined by LF */
	const char *provider;		/* name, or NULL */
	const struct reply_names *names;	/* of the session, or NULL */
};

struct reply_meaning {
	enum verdict_reason reason;
	unsigned code;			/* the reply's, as it was given */
	const char *rule;		/* id; lives as long as the rule set */
	uint32_t retry_after_s;		/* the server named a time; 0: no */
	bool next_host;			/* another MX may answer otherwise */
};

/* Never fails: with no rule set at all it still judges by codes. */
void classify_reply(const struct rules *r, const struct reply_facts *facts,
    struct reply_meaning *out);

/*
 * Splits a reply as a server wrote it, lines joined by LF ("550-5.1.1 a\n550
 * 5.1.1 b"), into code, enhanced code and text. False if it is no SMTP reply.
 * text must hold len + 1 octets.
 */
bool reply_split(const char *reply, size_t len, unsigned *code,
    char enhanced[16], char *text);

/*
 * One line of `rcptguard classify`: STAGE TAB REPLY, without its end of line.
 * STAGE is a word of stage.h, or "unknown"; the lines of a REPLY are joined by
 * the two characters "\n". Writes "state TAB reason TAB rule". False: out says
 * what is wrong with the line. r may be NULL; provider, a family's name, too.
 */
#define CLASSIFY_LINE_SIZE	160
bool classify_line(const struct rules *r, const char *provider,
    const char *line, char *out, size_t size);

#endif
