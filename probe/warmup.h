/*
 * warmup: how much a source address may send at its age.
 *
 * A ramp of steps, such as 100/day, 1000/week, 100000/month, 100000/day; each
 * is a limit in its rolling span, as written. A source climbs to the next step
 * with a clean answer that comes at least the step's own span after the first
 * clean one there: so it climbs by being used well, never by lying idle.
 *
 * It falls a step when it is listed, or when refusals of us are
 * WARMUP_REFUSED in a day and WARMUP_PERCENT of the answers. It is then
 * `recovering`: half of each limit, until one clean period is over; the steps
 * come after that.
 *
 * While our own domain is young it is held (warmup_hold): to the limit of the
 * first step, whatever its own, and what it does meanwhile is no climbing.
 *
 * A source with a known first day begins at the step it would have climbed to
 * by now; one without, or one whose ledger was damaged, at the lowest.
 *
 * Times are ledger milliseconds. Pure; one owner at a time.
 */
#ifndef RCPTGUARD_WARMUP_H
#define RCPTGUARD_WARMUP_H

#include "probe/window.h"

#define WARMUP_REFUSED	5
#define WARMUP_PERCENT	10

struct warmup {
	unsigned step;
	bool recovering;
	bool held;			/* not kept: told anew each time */
	int64_t clean_since;		/* the first clean answer; 0: none yet */
	struct window used[SPAN_COUNT];
	struct window answered, refused;	/* SPAN_DAY */
};

/* age_ms: since its first day; 0: new, or not known. steps may be empty. */
void warmup_init(struct warmup *w, const struct rates *steps, int64_t age_ms);

/* See above; in force until it is told otherwise. */
void warmup_hold(struct warmup *w, bool held);

/* The limit in force; false: no ramp is configured. */
bool warmup_limit(const struct warmup *w, const struct rates *steps,
    struct rate *out);

/* False: *retry is when it may be asked again. Changes nothing. */
bool warmup_ask(const struct warmup *w, const struct rates *steps,
    int64_t now, int64_t *retry);
void warmup_begin(struct warmup *w, int64_t now);

enum warmup_change {
	WARMUP_SAME,
	WARMUP_RECOVERED,		/* the whole limit again */
	WARMUP_UP,
	WARMUP_DOWN
};

/* An answer came; refused: it refused us, whatever the address. */
enum warmup_change warmup_note(struct warmup *w, const struct rates *steps,
    bool refused, int64_t now);

/* It was found on a list: a step down. */
enum warmup_change warmup_listed(struct warmup *w,
    const struct rates *steps);

void warmup_pack(const struct warmup *w, struct packer *p);
void warmup_unpack(struct warmup *w, struct unpacker *u);

#endif
