/*
 * sink: a mail host and its name server for the benches, as fast as one
 * process can be. It knows every name that begins with "user".
 *
 * Every name below "bench.example" has one MX, whose address is the sink's.
 */
#ifndef RCPTGUARD_BENCH_SINK_H
#define RCPTGUARD_BENCH_SINK_H

#include <stdint.h>
#include <sys/types.h>

#define SINK_HOST	"mx.bench.example"

struct sink {
	const char *address;		/* IPv4, on loopback */
	uint16_t smtp_port, dns_port;	/* filled in by sink_start */
	pid_t pid;
};

/* Forks it; returns when it listens. Ends the bench on failure. */
void sink_start(struct sink *s);
void sink_stop(struct sink *s);

#endif
