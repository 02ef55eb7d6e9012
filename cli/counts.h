/*
 * counts: what is counted of decisions in the verdict log, whatever they are
 * grouped by.
 *
 * Pure; one thread.
 */
#ifndef RCPTGUARD_COUNTS_H
#define RCPTGUARD_COUNTS_H

#include <stdint.h>

#include "common/conf.h"
#include "common/verdict_line.h"

struct counts {
	uint64_t verdicts;
	uint64_t states[STATE_COUNT];
	uint64_t done[ACTION_COUNT];		/* where the guard enforces */
	uint64_t observed[ACTION_COUNT];	/* and where it only observes */
	uint64_t refused_us;		/* our address, name or rate */
	int64_t first_ms, last_ms;	/* wall clock; 0: none */
};

/* One decision: a line with an action. What is no action of ours counts as a
 * verdict without one. */
void counts_add(struct counts *c, const struct verdict_line *line);

/* All that was only observed, whatever the action. */
uint64_t counts_watched(const struct counts *c);

/* Thousandths of the whole, rounded; 0 where there is no whole. */
unsigned counts_share(uint64_t part, uint64_t whole);

/* False: it is none, and *out is untouched. */
bool counts_action(const char *word, enum guard_action *out);

/* Refusals that are about us, and not about the address. */
bool counts_of_us(enum verdict_reason reason);
/* Limits of our own: budgets, the ramp, sources that rest, preflight. */
bool counts_of_limits(enum verdict_reason reason);

#endif
