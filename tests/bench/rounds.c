#include "tests/bench/rounds.h"

#include <err.h>
#include <time.h>

static double
microseconds(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) == -1)
		err(1, "clock");
	return 1e6 * (double)ts.tv_sec + (double)ts.tv_nsec / 1e3;
}

double
rounds_used_by(pid_t pid)
{
	clockid_t clock;

	if (pid == 0)
		return 0;
	if (clock_getcpuclockid(pid, &clock) != 0)
		errx(1, "the clock of process %ld", (long)pid);
	return microseconds(clock);
}

struct clocks
rounds_clocks(const struct run *run, pid_t probe)
{
	struct clocks c = {
		.wall = microseconds(CLOCK_MONOTONIC),
		.probe = rounds_used_by(probe),
		.client = microseconds(CLOCK_PROCESS_CPUTIME_ID),
		.sink = rounds_used_by(run->sink->pid),
	};

	return c;
}

struct round
rounds_end(const struct run *run, pid_t probe, const struct clocks *was)
{
	struct clocks now = rounds_clocks(run, probe);
	double n = run->addresses;
	struct round r = {
		.rate = 1e6 * n / (now.wall - was->wall),
		.probe_us = (now.probe - was->probe) / n,
		.client_us = (now.client - was->client) / n,
		.sink_us = (now.sink - was->sink) / n,
	};

	return r;
}
