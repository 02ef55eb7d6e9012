/*
 * parking: descriptors of those who wait long for a word.
 *
 * The loop is told of every descriptor that is ready, up to 4096 in one turn,
 * and again in each turn until it has been read: with ten thousand peers that
 * speak or hang up at once it would do little else, and come to a client's
 * descriptor after all of theirs.  A descriptor that is parked is told of
 * once, and only a few of them in one callback, so no more are ready at a time
 * than can be read.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_PARKING_H
#define RCPTGUARD_PARKING_H

#include <event2/event.h>

#include <stdbool.h>

/* A member of who waits. All zero but for the first two: it is not parked. */
struct parked {
	/* It can be read, or is closed, and is parked no more. It may be
	   called in vain: another may have read. Others may leave in there,
	   be parked, or be freed. */
	void (*ready)(void *arg);
	void *arg;
	struct parking *parking;	/* it is parked; or NULL */
	int fd;
};

struct parking;

/* pieces: at most, in one callback of the loop. NULL: no memory, or no
   descriptor for it. */
struct parking *parking_create(struct event_base *base, unsigned pieces);
/* Nobody is parked. NULL is fine. */
void parking_destroy(struct parking *p);

/*
 * fd stays the caller's, and open until it has left. False, with errno: it
 * cannot be, for want of memory; nothing has changed.
 */
bool parking_enter(struct parking *p, struct parked *k, int fd);
/* Nothing is called any more. Nothing happens if it is not parked. */
void parking_leave(struct parked *k);

#endif
