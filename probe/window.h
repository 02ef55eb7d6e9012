/*
 * window: how many in a rolling span, in bounded memory.
 *
 * It is common/rolling.h over one of the spans of rate.h, and how it is stored.
 *
 * Times are ledger milliseconds (ledger_clock.h), which never go back; a time
 * before the newest one counts as the newest. A window of zeros is empty.
 * Pure; one owner at a time.
 */
#ifndef RCPTGUARD_WINDOW_H
#define RCPTGUARD_WINDOW_H

#include "common/rate.h"
#include "common/rolling.h"
#include "probe/pack.h"

#define WINDOW_PARTS	ROLLING_PARTS
#define WINDOW_NEVER	INT64_MAX
#define WINDOW_TIME_MAX	INT64_C(1000000000000000)	/* far beyond any date */

struct window {
	struct rolling r;
};

/* Which span it is the caller knows, and never changes for one window. */
void window_add(struct window *w, enum rate_span span, int64_t now);
uint64_t window_count(const struct window *w, enum rate_span span,
    int64_t now);

/*
 * The first time from now on when the count is under limit, if nothing more
 * comes; WINDOW_NEVER for a limit of 0.
 */
int64_t window_free_at(const struct window *w, enum rate_span span,
    uint64_t limit, int64_t now);

/* When the newest part with anything in it began; 0: empty. */
int64_t window_newest(const struct window *w, enum rate_span span);

/* part, then the counts from the oldest; an empty window is one 0. */
void window_pack(const struct window *w, struct packer *p);
void window_unpack(struct window *w, enum rate_span span, struct unpacker *u);

#endif
