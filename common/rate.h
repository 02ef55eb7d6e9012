/*
 * rate: how many in which rolling span, as an admin writes it:
 * "10/minute 100/hour 1000/day".
 *
 * A span is rolling: any such stretch of time, not a calendar's minute or day.
 * A month is 30 days. Pure; any thread.
 */
#ifndef RCPTGUARD_RATE_H
#define RCPTGUARD_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rate_span {
	SPAN_SECOND,
	SPAN_MINUTE,
	SPAN_HOUR,
	SPAN_DAY,
	SPAN_WEEK,
	SPAN_MONTH,
	SPAN_COUNT
};

struct rate {
	uint32_t count;			/* at least 1 */
	enum rate_span span;
};

#define RATES_MAX	8
#define RATE_COUNT_MAX	1000000000u

struct rates {
	struct rate items[RATES_MAX];	/* in the order they were written */
	size_t count;			/* 0: no limit */
};

int64_t rate_span_ms(enum rate_span span);
const char *rate_span_word(enum rate_span span);	/* "minute" */

/*
 * Limits that hold together: each span at most once, and a longer span never
 * has a lower count than a shorter one. "" is no limit. False: why has the
 * rest of a sentence that began with the text, and *out is as it was.
 */
bool rates_parse(const char *text, struct rates *out, char *why, size_t size);

/*
 * Steps of a ramp, in their order: "100/day 1000/week": spans may come again.
 */
bool rates_parse_steps(const char *text, struct rates *out, char *why,
    size_t size);

#endif
