/*
 * metrics: all numbers of the probe as text for Prometheus (exposition.h).
 *
 * Most are what `rcptguard status --json` says, under other names: one table
 * in metrics.c has each with its place there. rcptguard-probe(8) explains them
 * all. No label holds an address of anybody but our own sources.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_METRICS_H
#define RCPTGUARD_METRICS_H

#include "common/jval.h"
#include "probe/counters.h"
#include "probe/tally.h"

/*
 * status: what status.h makes; a part that is missing there is left out here.
 * The caller frees. NULL: no memory.
 */
char *metrics_text(const struct jval *status, const struct counters *counters,
    const struct tally *tally);

#endif
