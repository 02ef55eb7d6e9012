#include <string.h>

#include "probe/breaker.h"

bool
breaker_ask(const struct breaker *b, int64_t now, int64_t *retry)
{
	if (!b->open)
		return true;
	if (now < b->until) {
		*retry = b->until;
		return false;
	}
	if (b->trial_at != 0 && now < b->trial_at + BREAKER_TRIAL_MS) {
		*retry = b->trial_at + BREAKER_TRIAL_MS;
		return false;
	}
	return true;
}

void
breaker_begin(struct breaker *b, int64_t now)
{
	if (b->open)
		b->trial_at = now;
}

static void
open_for(struct breaker *b, int64_t ms, int64_t now)
{
	b->open = true;
	b->until = now + ms;
	b->pause_ms = ms;
	b->trial_at = 0;
}

static void
close_again(struct breaker *b)
{
	memset(b, 0, sizeof *b);
}

/* What ends while it is open, and is no trial, began before: only counted. */
static bool
note_open(struct breaker *b, const struct breaker_rule *rule, bool bad,
    int64_t now)
{
	int64_t ms = 2 * b->pause_ms, most = rule->pause_max_ms;

	if (b->trial_at == 0)
		return false;
	if (!bad) {
		close_again(b);
		return false;
	}
	if (most < b->pause_ms)
		most = b->pause_ms;	/* the server named a longer one */
	if (ms < rule->pause_ms)
		ms = rule->pause_ms;
	if (ms > most)
		ms = most;
	open_for(b, ms, now);
	return true;
}

bool
breaker_note(struct breaker *b, const struct breaker_rule *rule, bool bad,
    int64_t now)
{
	uint64_t n, all;

	window_add(&b->all, rule->span, now);
	if (bad)
		window_add(&b->bad, rule->span, now);
	if (b->open)
		return note_open(b, rule, bad, now);
	n = window_count(&b->bad, rule->span, now);
	all = window_count(&b->all, rule->span, now);
	if (!bad || n < rule->least || n * 100 < all * rule->percent)
		return false;
	open_for(b, rule->pause_ms, now);
	return true;
}

void
breaker_void(struct breaker *b)
{
	b->trial_at = 0;
}

void
breaker_pause(struct breaker *b, int64_t ms, int64_t now)
{
	if (b->open && b->until >= now + ms)
		return;
	open_for(b, ms, now);
}

bool
breaker_idle(const struct breaker *b, enum rate_span span, int64_t now)
{
	return !b->open && window_count(&b->all, span, now) == 0 &&
	    window_count(&b->bad, span, now) == 0;
}

void
breaker_pack(const struct breaker *b, struct packer *p)
{
	pack_u64(p, b->open);
	if (b->open) {
		pack_u64(p, (uint64_t)b->until);
		pack_u64(p, (uint64_t)b->pause_ms);
	}
	window_pack(&b->bad, p);
	window_pack(&b->all, p);
}

void
breaker_unpack(struct breaker *b, enum rate_span span, struct unpacker *u)
{
	memset(b, 0, sizeof *b);
	b->open = unpack_u64(u, 1) == 1;
	if (b->open) {
		b->until = (int64_t)unpack_u64(u, 2 * WINDOW_TIME_MAX);
		b->pause_ms = (int64_t)unpack_u64(u, WINDOW_TIME_MAX);
	}
	window_unpack(&b->bad, span, u);
	window_unpack(&b->all, span, u);
}
