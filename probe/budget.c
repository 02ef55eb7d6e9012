#include <string.h>

#include "probe/budget.h"

bool
budget_ask(const struct account *a, const struct rates *limits, int64_t now,
    int64_t *retry, const struct rate **rate)
{
	bool room = true;
	size_t i;

	for (i = 0; i < limits->count; i++) {
		const struct rate *r = &limits->items[i];
		const struct window *w = &a->used[r->span];
		int64_t at;

		if (window_count(w, r->span, now) < r->count)
			continue;
		at = window_free_at(w, r->span, r->count, now);
		if (room || at > *retry) {
			*retry = at;
			if (rate != NULL)
				*rate = r;
		}
		room = false;
	}
	return room;
}

void
budget_count(struct account *a, int64_t now)
{
	unsigned i;

	for (i = 0; i < SPAN_COUNT; i++)
		window_add(&a->used[i], (enum rate_span)i, now);
}

bool
budget_idle(const struct account *a, const struct rates *limits, int64_t now)
{
	size_t i;

	/* A minute at least: that is how long fairness looks back. */
	if (window_count(&a->used[SPAN_MINUTE], SPAN_MINUTE, now) > 0)
		return false;
	for (i = 0; i < limits->count; i++)
		if (window_count(&a->used[limits->items[i].span],
		    limits->items[i].span, now) > 0)
			return false;
	return true;
}

void
account_pack(const struct account *a, struct packer *p)
{
	unsigned i;

	for (i = 0; i < SPAN_COUNT; i++)
		window_pack(&a->used[i], p);
}

void
account_unpack(struct account *a, struct unpacker *u)
{
	unsigned i;

	for (i = 0; i < SPAN_COUNT; i++)
		window_unpack(&a->used[i], (enum rate_span)i, u);
}

int64_t
account_newest(const struct account *a)
{
	int64_t newest = 0, at;
	unsigned i;

	for (i = 0; i < SPAN_COUNT; i++) {
		at = window_newest(&a->used[i], (enum rate_span)i);
		if (at > newest)
			newest = at;
	}
	return newest;
}

static uint64_t
used_in(const struct account *a, enum rate_span span, int64_t now)
{
	return window_count(&a->used[span], span, now);
}

static bool
fair_in(const struct account *all, const struct account *const *shares,
    size_t k, size_t own, const struct rate *r, int64_t now)
{
	uint64_t part = r->count / k, used = used_in(all, r->span, now);
	uint64_t reserved = 0, n;
	size_t i;

	if (used_in(shares[own], r->span, now) < part)
		return true;
	for (i = 0; i < k; i++) {
		n = used_in(shares[i], r->span, now);
		if (i != own && n < part)
			reserved += part - n;
	}
	return used + reserved < r->count;
}

bool
budget_fair(const struct account *all, const struct account *const *shares,
    size_t k, size_t own, const struct rates *limits, int64_t now)
{
	size_t i;

	for (i = 0; k > 1 && i < limits->count; i++)
		if (!fair_in(all, shares, k, own, &limits->items[i], now))
			return false;
	return true;
}

int64_t
budget_space(int64_t *next_at, int64_t space_ms, uint32_t chance, bool begin,
    int64_t now, int64_t *retry)
{
	int64_t at = *next_at > now ? *next_at : now;
	int64_t jitter = (int64_t)((uint64_t)space_ms * chance / UINT32_MAX);

	if (at - now > BUDGET_DELAY_MAX_MS) {
		*retry = at;
		return -1;
	}
	if (begin)
		*next_at = at + space_ms + jitter;
	return at - now;
}
