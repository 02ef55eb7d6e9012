/*
 * hostmem: what is remembered of mail hosts, by address, for a while.
 *
 * A host that could not be reached, said nothing, or refused us rests: a
 * minute at first, then twice as long after each further failure, up to an
 * hour. While it rests it is not asked; what it did last stands for what it
 * would do. A failure while it rests (of a question that was under way) is
 * the same one and lengthens nothing. One success ends the rest and the
 * back-off; so does quiet for as long as the longest rest.
 *
 * Its habits are remembered besides, each for a time of its own.
 *
 * Pure: times are passed in, in milliseconds of the monotonic clock. Bounded:
 * what was learned longest ago goes first. One owner, one thread.
 */
#ifndef RCPTGUARD_HOSTMEM_H
#define RCPTGUARD_HOSTMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/classify.h"
#include "common/net.h"
#include "common/stage.h"
#include "probe/fault.h"

#define HOSTMEM_MAX		10000	/* addresses */
#define HOSTMEM_REST_MS		(60 * 1000)
#define HOSTMEM_REST_MAX_MS	(3600 * 1000)
#define HOSTMEM_SHARES_MS	(24 * 3600 * 1000)
#define HOSTMEM_DROPS		2	/* in a row: a limit of its sessions */

struct hostmem;

/* What a host did. */
struct host_did {
	enum fault fault;
	enum stage stage;
	unsigned code;			/* with FAULT_NONE, and what follows */
	char enhanced[16];
	char text[160];			/* the reply's, raw and cut */
	enum verdict_reason reason;	/* what it was read as */
	char rule[64];			/* by which rule; "" with a fault */
	int64_t at_ms, until_ms;	/* filled in by hostmem_rest */
};

enum host_habit {
	HABIT_NO_TLS,			/* its handshake failed: no STARTTLS */
	HABIT_FEW_RCPTS,		/* a session; hostmem_rcpts says how many */
	HABIT_ONE_SESSION,		/* refuses a second one beside it */
	HABIT_SLOW,			/* another family's address was faster */
	HABIT_SHARES,			/* answers several in one session */
	HABIT_NO_GROUPS,		/* but left some of a group unanswered,
					   or no reply shows which one it is */
	HABIT_COUNT
};

struct hostmem *hostmem_create(void);	/* NULL: no memory */
void hostmem_destroy(struct hostmem *m);
void hostmem_clear(struct hostmem *m);
size_t hostmem_count(const struct hostmem *m);

/* Frees what says nothing any more. */
void hostmem_sweep(struct hostmem *m, int64_t now);

/*
 * Whether the host must rest after this. Before RCPT all failures are the
 * host's, but for the wait that greylisting asks for and faults of ours; a
 * failed handshake is HABIT_NO_TLS's. At RCPT only refusals that no recipient
 * can be the reason of: our address, its name, our HELO.
 */
bool hostmem_is_failure(const struct host_did *did);

/*
 * The rest that begins, ms; 0: it rests already, or there is no memory, and
 * nothing is remembered without.
 */
int64_t hostmem_rest(struct hostmem *m, const struct net_addr *addr,
    const struct host_did *did, int64_t now);
void hostmem_well(struct hostmem *m, const struct net_addr *addr);

/* NULL if it does not rest; else valid until m changes. m may be NULL. */
const struct host_did *hostmem_rests(const struct hostmem *m,
    const struct net_addr *addr, int64_t now);

void hostmem_learn(struct hostmem *m, const struct net_addr *addr,
    enum host_habit habit, int64_t until);
bool hostmem_has(const struct hostmem *m, const struct net_addr *addr,
    enum host_habit habit, int64_t now);

/*
 * The name by which the host was found, if anything is remembered of it; the
 * last one stands, for the admin alone.
 */
void hostmem_name(struct hostmem *m, const struct net_addr *addr,
    const char *name);

/* It takes no more than count recipients a session. */
void hostmem_learn_rcpts(struct hostmem *m, const struct net_addr *addr,
    unsigned count, int64_t now, int64_t until);
/* 0: no limit is known. */
unsigned hostmem_rcpts(const struct hostmem *m, const struct net_addr *addr,
    int64_t now);

/*
 * It dropped a session at its second recipient, or later. It is not
 * HABIT_SHARES then. True if that is how it is with it: HOSTMEM_DROPS in a
 * row.
 */
bool hostmem_dropped(struct hostmem *m, const struct net_addr *addr);
/* It answered a second recipient, or later: HABIT_SHARES for a day. */
void hostmem_shared(struct hostmem *m, const struct net_addr *addr,
    int64_t now);

/* What keeps us from asking a host as others are asked. */
struct host_limits {
	const struct net_addr *addr;
	const char *name;		/* "": not known */
	const struct host_did *rest;	/* NULL: it does not rest */
	int64_t until[HABIT_COUNT];	/* 0: not now, or no limit */
	unsigned rcpts;			/* a session, where it has few */
};

/*
 * Hosts with limits now, what was learned last first, until each is false:
 * its argument lives during the call. Returns how many have any, called or
 * not.
 */
size_t hostmem_limits(const struct hostmem *m, int64_t now,
    bool (*each)(void *arg, const struct host_limits *l), void *arg);

#endif
