/*
 * walk: which mail host is asked next, and when enough is known.
 *
 * Pure. It is given the route from DNS, what is remembered of its hosts, and,
 * after each host's answer, the answer's meaning; it returns the next host or
 * the verdict. Hosts are tried in order of preference and each of their
 * addresses in turn (RFC 5321, 5.1), but those that rest (hostmem.h) are
 * passed over. What a resting host did last counts once nobody is left to be
 * asked, as if it had just done it again.
 */
#ifndef RCPTGUARD_WALK_H
#define RCPTGUARD_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/classify.h"
#include "common/verdict.h"
#include "probe/fault.h"
#include "probe/hostmem.h"
#include "probe/mx.h"
#include "probe/target.h"

#define WALK_TRIES_MAX	6		/* connections for one address, in all */

struct walk {
	const struct mx_route *route;	/* borrowed */
	const struct target_rules *rules;	/* borrowed */
	const struct hostmem *memory;	/* borrowed; NULL: nothing is known */
	size_t host, addr;		/* under way */
	uint32_t done;			/* addresses: asked, or never to be */
	uint32_t failed;		/* those that were asked in vain */
	unsigned tries;
	unsigned ourselves, not_public;	/* addresses that may not be dialled */
	bool passed;			/* others could be, and were not */
	unsigned no_smtputf8;		/* hosts */
	bool have_best;
	struct reply_meaning best;	/* the most telling answer so far */
	char best_rule[64];		/* a reload must not take it away */
};

enum walk_do { WALK_ASK, WALK_END };

struct walk_step {
	enum walk_do act;
	const struct mx_host *host;	/* of addr, or of did; else NULL */
	const struct net_addr *addr;
	/*
	 * WALK_ASK: an address of the same host in the other family, to be
	 * dialled beside a slow one; NULL: there is none.
	 */
	const struct net_addr *other;
	/* WALK_END by memory: what addr did; lives until memory changes. */
	const struct host_did *did;
	enum verdict_reason reason;	/* WALK_END */
	const char *rule;		/* id for the evidence, or NULL; read now */
};

void walk_begin(struct walk *w, const struct mx_route *route,
    const struct target_rules *rules, const struct hostmem *memory,
    int64_t now_ms, struct walk_step *step);

/*
 * Before walk_next: which addresses of the last step's host were dialled, if
 * it had two. w->addr is then addr's, who answered. other.family 0: only addr
 * was.
 */
void walk_tried(struct walk *w, const struct net_addr *addr,
    const struct net_addr *other);

/* meaning is read with FAULT_NONE only; stage is where it was said. */
void walk_next(struct walk *w, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning, int64_t now_ms,
    struct walk_step *step);

/*
 * The last step's host is not to be asked, whatever it would say: the next
 * one. It shows nothing, and is no try.
 */
void walk_pass(struct walk *w, int64_t now_ms, struct walk_step *step);

/*
 * The last step's address cannot be asked from here: the next one. It is no
 * try, but has failed the domain.
 */
void walk_skip(struct walk *w, int64_t now_ms, struct walk_step *step);

/*
 * The last step's host accepts any name. Where hosts that the domain prefers
 * to it have failed or rest, it is but their backup and its word shows nothing
 * of the address: true, and the walk ends with what they did. False: there
 * are none.
 */
bool walk_end_without(struct walk *w, int64_t now_ms, struct walk_step *step);

/* Ends the walk early, with what is known by now (deadline). */
void walk_give_up(const struct walk *w, enum verdict_reason otherwise,
    struct walk_step *step);

#endif
