#include "cli/histogram.h"

#define HALF_BITS	6		/* 64 buckets for each power of two */

/* Values shifted by e lie in 64 to 127, but for e 0, which has 0 to 63 too. */
static unsigned
shift_of(uint64_t value)
{
	unsigned e = 0;

	for (; value >= UINT64_C(2) << HALF_BITS; value >>= 1)
		e++;
	return e;
}

void
histogram_add(struct histogram *h, int64_t value)
{
	unsigned e;

	if (value < 0)
		value = 0;
	if (value > HISTOGRAM_MAX)
		value = HISTOGRAM_MAX;
	e = shift_of((uint64_t)value);
	h->buckets[((uint64_t)e << HALF_BITS) + ((uint64_t)value >> e)]++;
	h->count++;
	if (value > h->largest)
		h->largest = value;
}

/* The largest value of a bucket. */
static int64_t
top_of(unsigned bucket)
{
	unsigned e = bucket < 2U << HALF_BITS ? 0 : (bucket >> HALF_BITS) - 1;
	uint64_t scaled = bucket - ((uint64_t)e << HALF_BITS);

	return (int64_t)(((scaled + 1) << e) - 1);
}

int64_t
histogram_quantile(const struct histogram *h, unsigned thousandths)
{
	uint64_t rank, seen = 0;
	unsigned i;

	if (h->count == 0)
		return -1;
	rank = (uint64_t)((double)h->count * thousandths / 1000 + 0.999999);
	if (rank == 0)
		rank = 1;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen >= rank)
			break;
	}
	if (i == HISTOGRAM_BUCKETS)
		return h->largest;
	return top_of(i) < h->largest ? top_of(i) : h->largest;
}
