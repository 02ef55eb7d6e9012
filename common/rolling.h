/*
 * rolling: how many in a rolling span, in bounded memory.
 *
 * The span is cut into ROLLING_PARTS parts; a ring holds a count for each part
 * that the span (now - span, now] touches, one more than its parts. All of the
 * oldest part counts, though the span has left some of it behind: so a count
 * is never too low, and who admits only while it is under the limit never
 * admits more than the limit in any such span. It may be too high by what came
 * in one part: something counts for up to a twentieth longer than its span.
 *
 * Times are milliseconds from 0 on, of one clock; a time before the newest one
 * counts as the newest. All zero is empty. span_ms is at least ROLLING_PARTS;
 * the caller knows it, and it never changes for one of them.
 * Pure; one owner at a time.
 */
#ifndef RCPTGUARD_ROLLING_H
#define RCPTGUARD_ROLLING_H

#include <stdint.h>

#define ROLLING_PARTS	20
#define ROLLING_SLOTS	(ROLLING_PARTS + 1)

struct rolling {
	int64_t part;			/* the newest: time / width of a part */
	uint32_t counts[ROLLING_SLOTS];	/* part number p at p % 21 */
};

void rolling_add(struct rolling *r, int64_t span_ms, int64_t now, uint32_t n);
uint64_t rolling_count(const struct rolling *r, int64_t span_ms, int64_t now);

/* The count of one part; 0 for one that the ring does not hold. */
uint32_t rolling_part(const struct rolling *r, int64_t part);

#endif
