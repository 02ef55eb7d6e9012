/*
 * loop: the probe's event loop, and how its work shares it.
 *
 * Ten thousand probes must not keep a client from its answer. Clients have a
 * priority of their own; of all else LOOP_SLICE callbacks are run, or what
 * takes LOOP_SLICE_MS, then the loop looks for clients again. So no callback
 * does more than some tenths of a millisecond: what has a list to work through
 * does a piece, and the rest in a later one.
 *
 * What is LOOP_LATER is done when there is nothing else: a session that is to
 * take its next questions finds more of them by then, and puts them in one
 * write. Clients may keep the loop busy for as long as they like, so whoever
 * waits for that has a timer too.
 */
#ifndef RCPTGUARD_PROBE_LOOP_H
#define RCPTGUARD_PROBE_LOOP_H

#include <event2/event.h>

#define LOOP_CLIENTS	0		/* priorities; all else has the default */
#define LOOP_LATER	2
#define LOOP_SLICE	32
#define LOOP_SLICE_MS	1		/* the clock's grain may make it 4 */

/* NULL: no memory, or the system has no way to wait for descriptors. */
struct event_base *loop_create(void);

#endif
