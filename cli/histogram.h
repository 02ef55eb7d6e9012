/*
 * histogram: quantiles of a stream of durations, in fixed memory. Below 128
 * each value has its own count; above, a bucket is a 64th of a power of two
 * wide at most, so a quantile is at most 1.6 % too large.
 *
 * Pure; one thread.
 */
#ifndef RCPTGUARD_HISTOGRAM_H
#define RCPTGUARD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS	1728
#define HISTOGRAM_MAX		INT64_C(0xffffffff)	/* larger ones are this */

struct histogram {			/* all zero: empty */
	uint64_t count;
	int64_t largest;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* What is below 0 is 0. */
void histogram_add(struct histogram *h, int64_t value);

/* The value that so many thousandths do not exceed; -1: there is none. */
int64_t histogram_quantile(const struct histogram *h, unsigned thousandths);

#endif
