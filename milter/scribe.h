/*
 * scribe: tells of decisions and attacks, off the answer path.
 *
 * One thread writes a log line for each decision and sends it to the probe as
 * a note (wire.h), which puts it into the verdict log and the history. While
 * the probe is away notes wait in the ring; the oldest are lost when it is
 * full, and the loss is logged. A note that was written to the probe's socket
 * is not asked after: a probe killed at that moment loses it.
 *
 * It also carries the requests to verify behind a served verdict that is past
 * its refresh time, at most one per address in SCRIBE_REFRESH_S.
 */
#ifndef RCPTGUARD_SCRIBE_H
#define RCPTGUARD_SCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/ring.h"

#define SCRIBE_RING		8192	/* decisions; about 7 MiB */
#define SCRIBE_REFRESH_S	10

struct scribe;

/*
 * probe_socket is copied. The thread starts at once, with all signals blocked
 * as the caller has them. NULL: no memory or no thread.
 */
struct scribe *scribe_start(const char *probe_socket, bool addresses_clear);

/* Any thread; never waits for anything but a short lock. */
void scribe_put(struct scribe *s, const struct ring_entry *e);

/* From the next line on. Any thread. */
void scribe_set_clear(struct scribe *s, bool addresses_clear);

/*
 * Lets the thread write what is left, for at most most_ms. True if it ended;
 * then s is freed. False: it is stuck in a write, s lives on, and the caller
 * must end the process.
 */
bool scribe_stop(struct scribe *s, int64_t most_ms);

#endif
