#include "common/rolling.h"

#include <string.h>

static int64_t
part_at(const struct rolling *r, int64_t span_ms, int64_t now)
{
	int64_t part = now / (span_ms / ROLLING_PARTS);

	return part < r->part ? r->part : part;
}

uint32_t
rolling_part(const struct rolling *r, int64_t part)
{
	if (part < 0 || part > r->part || part <= r->part - ROLLING_SLOTS)
		return 0;
	return r->counts[part % ROLLING_SLOTS];
}

void
rolling_add(struct rolling *r, int64_t span_ms, int64_t now, uint32_t n)
{
	int64_t part = part_at(r, span_ms, now), p = r->part + 1;
	uint32_t *count = &r->counts[part % ROLLING_SLOTS];

	if (part - r->part >= ROLLING_SLOTS)
		memset(r->counts, 0, sizeof(r->counts));
	else
		for (; p <= part; p++)
			r->counts[p % ROLLING_SLOTS] = 0;
	r->part = part;
	*count = *count > UINT32_MAX - n ? UINT32_MAX : *count + n;
}

uint64_t
rolling_count(const struct rolling *r, int64_t span_ms, int64_t now)
{
	int64_t last = part_at(r, span_ms, now), p;
	uint64_t sum = 0;

	if (last - r->part > ROLLING_PARTS)
		return 0;
	for (p = last - ROLLING_PARTS; p <= last; p++)
		sum += rolling_part(r, p);
	return sum;
}
