/*
 * walk: which mail host is asked next, and when enough is known.
 *
 * Pure. It is given the route from DNS and, after each host's answer, the
 * answer's meaning; it returns the next host or the verdict. Hosts are tried
 * in order of preference and each of their addresses in turn (RFC 5321, 5.1).
 */
#ifndef RCPTGUARD_WALK_H
#define RCPTGUARD_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/classify.h"
#include "common/verdict.h"
#include "probe/mx.h"
#include "probe/target.h"

#define WALK_TRIES_MAX	6		/* connections for one address, in all */

/* How asking one host ended. */
enum fault {
	FAULT_NONE,			/* it answered; the meaning says what */
	FAULT_CONNECT,			/* refused, unreachable, or no answer to SYN */
	FAULT_TIMEOUT,
	FAULT_CLOSED,			/* closed or reset before the answer */
	FAULT_PROTOCOL,			/* what came is no SMTP, or too much of it */
	FAULT_TLS,			/* the handshake failed */
	FAULT_NO_SMTPUTF8,
	FAULT_LOCAL			/* ours: no memory, no descriptor */
};

const char *fault_text(enum fault fault);

struct walk {
	const struct mx_route *route;	/* borrowed */
	const struct target_rules *rules;	/* borrowed */
	size_t host, addr;		/* under way */
	unsigned tries;
	unsigned ourselves, not_public;	/* addresses that may not be dialled */
	bool have_best;
	struct reply_meaning best;	/* the most telling answer so far */
	char best_rule[64];		/* a reload must not take it away */
};

enum walk_do { WALK_ASK, WALK_END };

struct walk_step {
	enum walk_do act;
	const struct mx_host *host;	/* WALK_ASK */
	const struct net_addr *addr;
	enum verdict_reason reason;	/* WALK_END */
	const char *rule;		/* id for the evidence, or NULL; read now */
};

void walk_begin(struct walk *w, const struct mx_route *route,
    const struct target_rules *rules, struct walk_step *step);

/* meaning is read with FAULT_NONE only; stage is where it was said. */
void walk_next(struct walk *w, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning, struct walk_step *step);

/* Ends the walk early, with what is known by now (deadline). */
void walk_give_up(const struct walk *w, enum verdict_reason otherwise,
    struct walk_step *step);

#endif
