/*
 * tally: verdicts and decisions since the start, for the metrics.
 *
 * Every line of the verdict log is one: a guard's decision, or an admin's
 * check. Reasons, sources, actions and modes are closed lists; a guard that
 * the settings do not have is "other". No address is kept.
 *
 * Pure; one owner at a time.
 */
#ifndef RCPTGUARD_TALLY_H
#define RCPTGUARD_TALLY_H

#include <stdio.h>

#include "common/conf.h"
#include "common/verdict_line.h"

#define TALLY_BUCKETS	12
#define TALLY_ROWS	256

struct tally_row {
	char guard[64];
	enum guard_action action;
	enum guard_mode mode;
	uint64_t n;
};

struct tally {
	uint64_t verdicts[REASON_MAX][SOURCE_COUNT];
	struct tally_row rows[TALLY_ROWS];
	size_t count;
	/* Of decisions: how many took no longer than the bucket's bound. */
	uint64_t took[TALLY_BUCKETS];
	uint64_t decisions, took_ms;
};

/* One line; without an action it is no decision. */
void tally_line(struct tally *t, const struct conf *c,
    const struct verdict_line *line);

/* The families verdicts, decisions and decision_seconds (exposition.h). */
void tally_write(const struct tally *t, FILE *f);

#endif
