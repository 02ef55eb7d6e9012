#include <string.h>

#include "probe/window.h"

static int64_t
width_of(enum rate_span span)
{
	return rate_span_ms(span) / WINDOW_PARTS;
}

void
window_add(struct window *w, enum rate_span span, int64_t now)
{
	rolling_add(&w->r, rate_span_ms(span), now, 1);
}

uint64_t
window_count(const struct window *w, enum rate_span span, int64_t now)
{
	return rolling_count(&w->r, rate_span_ms(span), now);
}

int64_t
window_free_at(const struct window *w, enum rate_span span, uint64_t limit,
    int64_t now)
{
	int64_t last = now / width_of(span), p;
	uint64_t sum = window_count(w, span, now);

	if (limit == 0)
		return WINDOW_NEVER;
	if (sum < limit)
		return now;
	if (last < w->r.part)
		last = w->r.part;
	for (p = last - WINDOW_PARTS; p < last; p++) {
		sum -= rolling_part(&w->r, p);
		if (sum < limit)
			break;
	}
	return (p + ROLLING_SLOTS) * width_of(span);
}

static bool
is_empty(const struct window *w)
{
	size_t i;

	for (i = 0; i < ROLLING_SLOTS; i++)
		if (w->r.counts[i] > 0)
			return false;
	return true;
}

int64_t
window_newest(const struct window *w, enum rate_span span)
{
	int64_t p;

	for (p = w->r.part; p > w->r.part - ROLLING_SLOTS; p--)
		if (rolling_part(&w->r, p) > 0)
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
	pack_u64(p, (uint64_t)w->r.part + 1);
	for (part = w->r.part - WINDOW_PARTS; part <= w->r.part; part++)
		pack_u64(p, rolling_part(&w->r, part));
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
	w->r.part = (int64_t)head - 1;
	for (part = w->r.part - WINDOW_PARTS; part <= w->r.part; part++) {
		uint64_t n = unpack_u64(u, UINT32_MAX);

		if (part >= 0)
			w->r.counts[part % ROLLING_SLOTS] = (uint32_t)n;
		else if (n > 0)
			u->bad = true;
	}
	if (is_empty(w))
		u->bad = true;
}
