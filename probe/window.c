#include <string.h>

#include "probe/window.h"

#define SLOTS	(WINDOW_PARTS + 1)

static int64_t
width_of(enum rate_span span)
{
	return rate_span_ms(span) / WINDOW_PARTS;
}

static int64_t
part_at(const struct window *w, enum rate_span span, int64_t now)
{
	int64_t part = now / width_of(span);

	return part < w->part ? w->part : part;
}

static uint32_t
count_of(const struct window *w, int64_t part)
{
	if (part < 0 || part > w->part || part <= w->part - SLOTS)
		return 0;
	return w->counts[part % SLOTS];
}

void
window_add(struct window *w, enum rate_span span, int64_t now)
{
	int64_t part = part_at(w, span, now), p = w->part + 1;

	if (part - w->part >= SLOTS)
		memset(w->counts, 0, sizeof w->counts);
	else
		for (; p <= part; p++)
			w->counts[p % SLOTS] = 0;
	w->part = part;
	if (w->counts[part % SLOTS] < UINT32_MAX)
		w->counts[part % SLOTS]++;
}

uint64_t
window_count(const struct window *w, enum rate_span span, int64_t now)
{
	int64_t last = part_at(w, span, now), p;
	uint64_t sum = 0;

	for (p = last - WINDOW_PARTS; p <= last; p++)
		sum += count_of(w, p);
	return sum;
}

int64_t
window_free_at(const struct window *w, enum rate_span span, uint64_t limit,
    int64_t now)
{
	int64_t last = part_at(w, span, now), p;
	uint64_t sum = window_count(w, span, now);

	if (limit == 0)
		return WINDOW_NEVER;
	if (sum < limit)
		return now;
	for (p = last - WINDOW_PARTS; p < last; p++) {
		sum -= count_of(w, p);
		if (sum < limit)
			break;
	}
	return (p + SLOTS) * width_of(span);
}

static bool
is_empty(const struct window *w)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (w->counts[i] > 0)
			return false;
	return true;
}

int64_t
window_newest(const struct window *w, enum rate_span span)
{
	int64_t p;

	for (p = w->part; p > w->part - SLOTS; p--)
		if (count_of(w, p) > 0)
			return p * width_of(span);
	return 0;
}

void
window_pack(const struct window *w, struct packer *p)
{
	int64_t part;

	if (is_empty(w)) {
		pack_u64(p, 0);
		return;
	}
	pack_u64(p, (uint64_t)w->part + 1);
	for (part = w->part - WINDOW_PARTS; part <= w->part; part++)
		pack_u64(p, count_of(w, part));
}

void
window_unpack(struct window *w, enum rate_span span, struct unpacker *u)
{
	uint64_t most = (uint64_t)(WINDOW_TIME_MAX / width_of(span));
	uint64_t head = unpack_u64(u, most + 1);
	int64_t part;

	memset(w, 0, sizeof *w);
	if (head == 0)
		return;
	w->part = (int64_t)head - 1;
	for (part = w->part - WINDOW_PARTS; part <= w->part; part++) {
		uint64_t n = unpack_u64(u, UINT32_MAX);

		if (part >= 0)
			w->counts[part % SLOTS] = (uint32_t)n;
		else if (n > 0)
			u->bad = true;
	}
	if (is_empty(w))
		u->bad = true;
}
