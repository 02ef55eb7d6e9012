/*
 * turns: long lists are worked off a piece at a time, so that the loop stays
 * free for others (loop.h), and their owners come in turn, so that a long one
 * keeps no short one waiting.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_TURNS_H
#define RCPTGUARD_TURNS_H

#include <event2/event.h>

#include <stdbool.h>

/* A member of the list's owner. All zero but for the first three: no turn. */
struct turn {
	/* One piece. False: nothing is left. The owner must stay. */
	bool (*work)(void *arg);
	/* Nothing was left, and it waits no more; the owner may go. Or NULL. */
	void (*over)(void *arg);
	void *arg;
	bool waits;			/* for its turn, or has it now */
	struct turn *prev, *next;
};

struct turns;

/* pieces: at most, in one callback of the loop. NULL: no memory. */
struct turns *turns_create(struct event_base *base, unsigned pieces);
/* Those that wait are forgotten. NULL is fine. */
void turns_destroy(struct turns *ts);

/* Its turn comes in a later callback; nothing changes if it waits already. */
void turns_wait(struct turns *ts, struct turn *t);

#endif
