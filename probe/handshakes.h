/*
 * handshakes: how many TLS handshakes are under way at a time.
 *
 * The answer to one takes as long to work through as hundreds of replies, and
 * the loop is told of each answer again in every turn until it comes to it
 * (parking.h, which such a descriptor cannot use). With ten thousand of them
 * ready it did little else for minutes. So only so many begin, and the others
 * wait for a place. A host that is slow to answer gives its place up, for it
 * costs nothing meanwhile: behind slow ones all places are free again after that
 * time. What such hosts answer later, all at once, is not limited.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_HANDSHAKES_H
#define RCPTGUARD_HANDSHAKES_H

#include <event2/event.h>

#include <stdbool.h>
#include <stdint.h>

enum handshake_place { HANDSHAKE_NO_PLACE, HANDSHAKE_WAITS, HANDSHAKE_HAS_ONE };

/* A member of who has one. All zero but for the first two: it is not begun. */
struct handshake {
	/* It has a place now. Others may enter or leave in there. */
	void (*begin)(void *arg);
	void *arg;
	enum handshake_place place;
	struct handshakes *owner;
	int64_t until_ms;		/* it keeps its place; monotonic */
	struct handshake *prev, *next;
};

struct handshakes;

/* places: for so many, each for so long. NULL: no memory. */
struct handshakes *handshakes_create(struct event_base *base, unsigned places,
    int64_t place_ms);
/* Nobody has a place, or waits for one. NULL is fine. */
void handshakes_destroy(struct handshakes *hs);

/* True: it has a place at once. False: begin is called later, from the loop. */
bool handshakes_enter(struct handshakes *hs, struct handshake *h);
/* It is over, or not wanted any more. Nothing happens if it never entered. */
void handshakes_leave(struct handshake *h);

#endif
