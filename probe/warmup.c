#include <string.h>

#include "probe/warmup.h"

/* Steps may be fewer after a reload. */
static unsigned
step_of(const struct warmup *w, const struct rates *steps)
{
	return w->step < steps->count ? w->step : (unsigned)steps->count - 1;
}

void
warmup_init(struct warmup *w, const struct rates *steps, int64_t age_ms)
{
	int64_t span;

	memset(w, 0, sizeof *w);
	while (w->step + 1 < steps->count) {
		span = rate_span_ms(steps->items[w->step].span);
		if (age_ms < span)
			break;
		age_ms -= span;
		w->step++;
	}
}

void
warmup_hold(struct warmup *w, bool held)
{
	w->held = held;
}

bool
warmup_limit(const struct warmup *w, const struct rates *steps,
    struct rate *out)
{
	if (steps->count == 0)
		return false;
	*out = steps->items[w->held ? 0 : step_of(w, steps)];
	if (w->recovering)
		out->count = out->count > 1 ? out->count / 2 : 1;
	return true;
}

bool
warmup_ask(const struct warmup *w, const struct rates *steps, int64_t now,
    int64_t *retry)
{
	struct rate r;

	if (!warmup_limit(w, steps, &r) ||
	    window_count(&w->used[r.span], r.span, now) < r.count)
		return true;
	*retry = window_free_at(&w->used[r.span], r.span, r.count, now);
	return false;
}

void
warmup_begin(struct warmup *w, int64_t now)
{
	unsigned i;

	for (i = 0; i < SPAN_COUNT; i++)
		window_add(&w->used[i], (enum rate_span)i, now);
}

static enum warmup_change
fall(struct warmup *w, const struct rates *steps)
{
	if (steps->count == 0)
		return WARMUP_SAME;
	w->step = step_of(w, steps);
	if (w->step > 0)
		w->step--;
	w->recovering = true;
	w->clean_since = 0;
	/* These refusals have had their effect. */
	memset(&w->answered, 0, sizeof w->answered);
	memset(&w->refused, 0, sizeof w->refused);
	return WARMUP_DOWN;
}

static enum warmup_change
climb(struct warmup *w, const struct rates *steps, int64_t now)
{
	int64_t span;

	if (steps->count == 0)
		return WARMUP_SAME;
	w->step = step_of(w, steps);
	if (w->held) {
		w->clean_since = 0;
		return WARMUP_SAME;
	}
	span = rate_span_ms(steps->items[w->step].span);
	if (w->clean_since == 0)
		w->clean_since = now;
	if (now - w->clean_since < span)
		return WARMUP_SAME;
	if (w->recovering) {
		w->recovering = false;
		w->clean_since = now;
		return WARMUP_RECOVERED;
	}
	if (w->step + 1 == steps->count)
		return WARMUP_SAME;
	w->step++;
	w->clean_since = now;
	return WARMUP_UP;
}

enum warmup_change
warmup_note(struct warmup *w, const struct rates *steps, bool refused,
    int64_t now)
{
	uint64_t bad, all;

	window_add(&w->answered, SPAN_DAY, now);
	if (!refused)
		return climb(w, steps, now);
	window_add(&w->refused, SPAN_DAY, now);
	bad = window_count(&w->refused, SPAN_DAY, now);
	all = window_count(&w->answered, SPAN_DAY, now);
	if (bad < WARMUP_REFUSED || bad * 100 < all * WARMUP_PERCENT)
		return WARMUP_SAME;
	return fall(w, steps);
}

enum warmup_change
warmup_listed(struct warmup *w, const struct rates *steps)
{
	return fall(w, steps);
}

void
warmup_pack(const struct warmup *w, struct packer *p)
{
	unsigned i;

	pack_u64(p, w->step);
	pack_u64(p, w->recovering);
	pack_u64(p, (uint64_t)w->clean_since);
	for (i = 0; i < SPAN_COUNT; i++)
		window_pack(&w->used[i], p);
	window_pack(&w->answered, p);
	window_pack(&w->refused, p);
}

void
warmup_unpack(struct warmup *w, struct unpacker *u)
{
	unsigned i;

	memset(w, 0, sizeof *w);
	w->step = (unsigned)unpack_u64(u, RATES_MAX - 1);
	w->recovering = unpack_u64(u, 1) == 1;
	w->clean_since = (int64_t)unpack_u64(u, (uint64_t)WINDOW_TIME_MAX);
	for (i = 0; i < SPAN_COUNT; i++)
		window_unpack(&w->used[i], (enum rate_span)i, u);
	window_unpack(&w->answered, SPAN_DAY, u);
	window_unpack(&w->refused, SPAN_DAY, u);
}
