/*
 * gate_internal: what gate.c, gate_keep.c and gate_status.c share.
 */
#ifndef RCPTGUARD_GATE_INTERNAL_H
#define RCPTGUARD_GATE_INTERNAL_H

#include <event2/event.h>

#include "probe/counters.h"
#include "probe/gate.h"
#include "probe/ledger_clock.h"
#include "probe/limits.h"
#include "probe/source.h"

#define GATE_SOURCES_MAX	64	/* known since the start */

#define GATE_CHANCES	32

struct gate {
	const struct source_pool *pool;
	struct store *store;
	struct clerk *clerk;
	const struct exclusions *exclusions;
	const struct conf *conf;	/* borrowed */
	struct notices *notices;
	struct limits limits;
	int64_t domain_since;		/* as configured; 0: it is not */
	int64_t domain_told;		/* as RDAP says; 0: not known */
	struct counters counters;
	int64_t offset_ms;		/* ledger time less monotonic time */
	char boot[LEDGER_BOOT_SIZE];
	int64_t marked_ms;		/* monotonic; of the last mark */
	struct event *flush, *tidy;
	/* A ticket is 1 and the index in here. */
	char sources[GATE_SOURCES_MAX][NET_TEXT_SIZE];
	size_t source_count;
	size_t damaged;			/* ledgers that were not read */
	/* Drawn for several questions at once, for each costs a system call. */
	uint32_t chances[GATE_CHANCES];
	size_t chances_left;
};

/* Reads what the store has; distrust: ramps begin at their lowest step. */
void gate_load(struct gate *g, bool distrust);
/* Timers: what has changed goes to the clerk; what is over is dropped. */
void gate_on_flush(evutil_socket_t fd, short what, void *arg);
void gate_on_tidy(evutil_socket_t fd, short what, void *arg);

int64_t gate_now(const struct gate *g);

/* A time of the ledgers in wall seconds, rounded up; 0 stays 0. */
int64_t gate_wall(const struct gate *g, int64_t ledger_ms);

#endif
