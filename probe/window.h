/*
 * window: how many in a rolling span, in bounded memory.
 *
 * The span is cut into WINDOW_PARTS parts; a ring holds a count for each part
 * that the span (now - span, now] touches, one more than its parts. All of the
 * oldest part counts, though the span has left some of it behind: so a count
 * is never too low, and who admits only while it is under the limit never
 * admits more than the limit in any such span. It may be too high by what came
 * in one part: something counts for up to a twentieth longer than its span.
 *
 * Times are ledger milliseconds (ledger_clock.h), which never go back; a time
 * before the newest one counts as the newest. A window of zeros is empty.
 * Pure; one owner at a time.
 */
#ifndef RCPTGUARD_WINDOW_H
#define RCPTGUARD_WINDOW_H

#include "common/rate.h"
#include "probe/pack.h"

#define WINDOW_PARTS	20
#define WINDOW_NEVER	INT64_MAX
#define WINDOW_TIME_MAX	INT64_C(1000000000000000)	/* far beyond any date */

struct window {
	int64_t part;			/* the newest: time / width of a part */
	uint32_t counts[WINDOW_PARTS + 1];	/* part number p at p % 21 */
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
