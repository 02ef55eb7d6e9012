/*
 * guard: which guard of the configuration speaks for a message, and what its
 * policy table says of a verdict.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_GUARD_H
#define RCPTGUARD_GUARD_H

#include <stdbool.h>

#include "common/address.h"
#include "common/conf.h"

/* Borrowed. Text of the MTA's macros and of the client's MAIL FROM. */
struct guard_facts {
	/*
	 * {auth_authen}, or "". Never {auth_author}: Sendmail fills that from
	 * the client's own word (AUTH= of MAIL FROM) without a login.
	 */
	const char *auth;
	struct net_addr client;		/* family 0: not an IP client */
	const char *listener;		/* {daemon_name}, or "" */
	const struct address *sender;	/* NULL: none that can be parsed */
};

/* The first guard whose every list matches; NULL: none speaks for it. */
const struct conf_guard *guard_match(const struct conf *c,
    const struct guard_facts *facts);

struct guard_decision {
	enum guard_action action;
	bool observed;			/* the action is logged, not taken */
};

/*
 * What the guard does about a verdict. degraded: the verdict is missing by a
 * fault of ours. Rule R1 is kept here whatever the table says: only an
 * undeliverable verdict that was really found may refuse for good; else
 * "reject" becomes "tempfail".
 */
struct guard_decision guard_decide(const struct conf_guard *guard,
    enum verdict_reason reason, bool degraded);

/*
 * Whether an action lets the recipient into the message, so that a limit of
 * guards.flood may still defer it.
 */
bool guard_lets_pass(enum guard_action action);

#endif
