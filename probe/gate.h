/*
 * gate: whether a probe may be sent at all, and from which source (rule R6).
 *
 * Everything that can forbid a probe is asked here, in this order: exclusions
 * (other people's wishes), a target whose own name we would bear, preflight,
 * resting sources, breakers, warm-up, budgets; what lists say of the address
 * comes before (job_lists.c). What is forbidden is not sent; the verdict is
 * not_checked with the reason and, where known, the time when it could be.
 * Every probe that is sent is told here when it ends, so that ledgers and
 * breakers learn.
 *
 * The domain of our own sender or of our HELO name is not probed (practice
 * P43): who comes from outside under the name of him whom he asks is taken
 * for a forger, and what is then refused is the forger. Not so where budgets
 * are off: that site asks its own relays.
 *
 * The parts decide in pure functions with the time given (budget.h,
 * breaker.h, warmup.h, exclusion.h, source.h); the gate only asks them in
 * turn. The loop's thread only. Never blocks.
 */
#ifndef RCPTGUARD_GATE_H
#define RCPTGUARD_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/classify.h"
#include "common/conf.h"
#include "probe/mx.h"
#include "probe/walk.h"

struct clerk;
struct source;
struct source_pool;
struct event_base;
struct jval;
struct notices;
struct exclusions;
struct store;

struct gate;
struct counters;

struct gate_params {
	struct event_base *base;
	const struct conf *conf;	/* borrowed until gate_reconfigured */
	const struct source_pool *sources;	/* borrowed */
	struct store *store;		/* to read ledgers from; NULL: none */
	struct clerk *clerk;		/* to write them */
	const struct exclusions *exclusions;	/* borrowed; NULL: none */
	struct notices *notices;	/* borrowed; NULL: none */
	bool distrust;			/* ledgers were lost: lowest steps */
};

/* NULL: no memory. Reads the ledgers: before the loop runs. */
struct gate *gate_create(const struct gate_params *p);
void gate_reconfigured(struct gate *g, const struct conf *conf);
/* Gives all that is not yet stored to the clerk: before the clerk ends. */
void gate_flush(struct gate *g);
void gate_destroy(struct gate *g);	/* NULL is fine */

/* For the status: budgets, ramps, breakers. The caller owns it. */
struct jval *gate_status(struct gate *g);
/*
 * The health of each source, as an array (health.h). Those that the system
 * chooses, of both families, share what is counted. As gate_status; NULL: no
 * memory.
 */
struct jval *gate_health(const struct gate *g);
/* What was done since the start; lives as long as the gate. */
struct counters *gate_counters(struct gate *g);

/* One connection that a job would make. Borrowed. */
struct gate_question {
	const struct address *addr;
	const char *machine;		/* mx_host_machine of host */
	const char *host;		/* MX name */
	const struct net_addr *ip;	/* to be dialled */
	const struct provider *provider;	/* or NULL */
	const char *submitter;		/* guard's name, "" for the admin */
	bool random;			/* a name that should not exist */
	bool ours;			/* preflight asks a mailbox of ours */
};

struct gate_answer {
	bool admitted;
	bool next_host;			/* not admitted: for this host alone */
	bool no_source;			/* not admitted: none of this family */
	enum verdict_reason reason;	/* not admitted: a not_checked one,
					 * or port25_blocked */
	int64_t retry_at;		/* wall seconds; 0: not known */
	const struct source *source;	/* admitted: from there */
	int64_t delay_ms;		/* admitted: begin so much later */
	const char *why;		/* a sentence for the story; static */
	uint64_t ticket;		/* for gate_ended */
};

/* Whether an exclusion forbids it; for what was admitted and waits. */
bool gate_excludes(const struct gate *g, const struct gate_question *q);

/*
 * Before each question to a host. Counts it as begun when admitted; gate_ended
 * is then owed, whatever comes, before the gate is destroyed.
 */
void gate_admit(struct gate *g, const struct gate_question *q,
    struct gate_answer *a);

/* How it ended; meaning is NULL if no reply decided. */
void gate_ended(struct gate *g, uint64_t ticket,
    const struct gate_question *q, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning);

/*
 * When the sender's domain was registered, as RDAP says: what
 * identity.domain_since says comes before it. 0: not known.
 */
void gate_domain_since(struct gate *g, int64_t since);

/* The admin has the source (its address as text) resume. */
void gate_resume(struct gate *g, const char *source);

/* A list names the source (its address as text): its ramp falls back. */
void gate_listed(struct gate *g, const char *source);

/* It begins at the lowest step, whatever its age. */
void gate_restart_source(struct gate *g, const char *source);

/* Its step, from 1; 0: it has no ramp. */
void gate_ramp(const struct gate *g, const char *source, unsigned *step,
    bool *recovering);

#endif
