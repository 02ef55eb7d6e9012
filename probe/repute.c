#include <string.h>

#include "probe/repute.h"

bool
repute_refuses_us(enum verdict_reason reason)
{
	return reason == REASON_BLOCKED_POLICY ||
	    reason == REASON_BLOCKED_IP_LISTED ||
	    reason == REASON_BLOCKED_NO_PTR ||
	    reason == REASON_BLOCKED_AUTH || reason == REASON_BLOCKED_HELO;
}

/* FNV-1a. Two names that collide count as one: a rest later, never sooner. */
static uint32_t
hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h != 0 ? h : 1;
}

/* Its own place, else a free one, else that of who refused longest ago. */
static struct repute_family *
place_of(struct repute *r, uint32_t name)
{
	struct repute_family *oldest = &r->families[0];
	size_t i;

	for (i = 0; i < REPUTE_KEPT; i++) {
		if (r->families[i].name == name)
			return &r->families[i];
		if (r->families[i].at < oldest->at)
			oldest = &r->families[i];
	}
	memset(oldest, 0, sizeof *oldest);
	oldest->name = name;
	return oldest;
}

static void
note_refusal(struct repute *r, const char *family, int64_t now)
{
	struct repute_family *f = place_of(r, hash(family));

	if (now - f->at >= rate_span_ms(SPAN_DAY))
		f->count = 0;
	f->count++;
	f->at = now;
}

static bool
is_shunned(const struct repute *r, int64_t now)
{
	uint64_t bad = window_count(&r->refused, SPAN_DAY, now);
	uint64_t all = window_count(&r->answered, SPAN_DAY, now);
	uint64_t families = 0, refusals = 0;
	size_t i;

	for (i = 0; i < REPUTE_KEPT; i++) {
		const struct repute_family *f = &r->families[i];

		if (f->name == 0 || now - f->at >= rate_span_ms(SPAN_DAY))
			continue;
		families++;
		refusals += f->count;
	}
	return families >= REPUTE_FAMILIES && refusals >= REPUTE_REFUSED &&
	    bad * 100 >= all * REPUTE_PERCENT;
}

static void
rest(struct repute *r, int64_t now)
{
	bool again = r->until != 0 && now - r->until < REPUTE_AGAIN_MS;

	r->rest_ms = again ? 2 * r->rest_ms : 0;
	if (r->rest_ms < REPUTE_REST_MS)
		r->rest_ms = REPUTE_REST_MS;
	if (r->rest_ms > REPUTE_REST_MAX_MS)
		r->rest_ms = REPUTE_REST_MAX_MS;
	r->until = now + r->rest_ms;
	memset(r->families, 0, sizeof r->families);
}

bool
repute_note(struct repute *r, const char *family, bool refused,
    bool may_rest, int64_t now)
{
	int64_t until;

	window_add(&r->answered, SPAN_DAY, now);
	if (!refused) {
		r->good_at = now;
		return false;
	}
	window_add(&r->refused, SPAN_DAY, now);
	if (repute_rests(r, now, &until))
		return false;		/* it was under way: no new reason */
	note_refusal(r, family, now);
	if (!may_rest || !is_shunned(r, now))
		return false;
	rest(r, now);
	return true;
}

bool
repute_rests(const struct repute *r, int64_t now, int64_t *until)
{
	/* No rest is that long: what says so is damaged. */
	if (now >= r->until || r->until - now > REPUTE_REST_MAX_MS)
		return false;
	*until = r->until;
	return true;
}

void
repute_resume(struct repute *r)
{
	r->until = r->rest_ms = 0;
	memset(r->families, 0, sizeof r->families);
}

void
repute_pack(const struct repute *r, struct packer *p)
{
	size_t i;

	window_pack(&r->answered, p);
	window_pack(&r->refused, p);
	pack_u64(p, (uint64_t)r->good_at);
	pack_u64(p, (uint64_t)r->until);
	pack_u64(p, (uint64_t)r->rest_ms);
	for (i = 0; i < REPUTE_KEPT; i++) {
		pack_u64(p, r->families[i].name);
		pack_u64(p, r->families[i].count);
		pack_u64(p, (uint64_t)r->families[i].at);
	}
}

void
repute_unpack(struct repute *r, struct unpacker *u)
{
	const uint64_t latest = (uint64_t)WINDOW_TIME_MAX;
	size_t i;

	memset(r, 0, sizeof *r);
	window_unpack(&r->answered, SPAN_DAY, u);
	window_unpack(&r->refused, SPAN_DAY, u);
	r->good_at = (int64_t)unpack_u64(u, latest);
	r->until = (int64_t)unpack_u64(u, latest);
	r->rest_ms = (int64_t)unpack_u64(u, REPUTE_REST_MAX_MS);
	for (i = 0; i < REPUTE_KEPT; i++) {
		r->families[i].name = (uint32_t)unpack_u64(u, UINT32_MAX);
		r->families[i].count = (uint32_t)unpack_u64(u, UINT32_MAX - 1);
		r->families[i].at = (int64_t)unpack_u64(u, latest);
	}
}
