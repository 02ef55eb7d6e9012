/*
 * rounds: what the sides of bench_probe do in one round, and what it takes.
 */
#ifndef RCPTGUARD_BENCH_ROUNDS_H
#define RCPTGUARD_BENCH_ROUNDS_H

#include <sys/types.h>

#include <event2/event.h>

#include "tests/bench/sink.h"

struct run {
	struct event_base *base;
	const struct sink *sink;
	unsigned first, addresses;	/* of this round */
	unsigned parallel, per_session;
	unsigned begun, answered, open;
};

/* What one round took, by address: rate, and microseconds of processor. */
struct round {
	double rate, probe_us, client_us, sink_us;
};

/* Microseconds of wall clock, and of each process. */
struct clocks {
	double wall, probe, client, sink;
};

/* Of processor that a process took; 0: none, which takes nothing. */
double rounds_used_by(pid_t pid);

/* Now. probe: its process, or 0 where it takes no part. */
struct clocks rounds_clocks(const struct run *run, pid_t probe);

/* Since was. */
struct round rounds_end(const struct run *run, pid_t probe,
    const struct clocks *was);

#endif
