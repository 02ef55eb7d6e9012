#include "probe/canary_judge.h"

#include <string.h>

#include "probe/pack.h"

#define VERSION		1

static const char *const words[DRIFT_COUNT] = {
	[DRIFT_UNCLEAR] = "unclear",
	[DRIFT_NONE] = "none",
	[DRIFT_ALL_ACCEPTED] = "all_accepted",
	[DRIFT_ALL_REFUSED] = "all_refused",
	[DRIFT_REVERSED] = "reversed",
	[DRIFT_REFUSED_US] = "refused_us",
};

const char *
canary_drift_word(enum canary_drift drift)
{
	return (unsigned)drift < DRIFT_COUNT ? words[drift] : NULL;
}

/* A full mailbox exists, and a role was accepted. */
static bool
is_accepted(enum verdict_reason r)
{
	return r == REASON_ACCEPTED || r == REASON_CATCH_ALL ||
	    r == REASON_ACCEPTED_RATE_LIMITED_MAILBOX || r == REASON_ROLE ||
	    r == REASON_MAILBOX_FULL || r == REASON_MAILBOX_FULL_LONG;
}

/* By a host: what DNS says is no answer of the provider's. */
static bool
is_refused(enum verdict_reason r)
{
	return r == REASON_NO_SUCH_USER || r == REASON_MAILBOX_DISABLED ||
	    r == REASON_MAILBOX_MOVED;
}

static bool
is_refusal_of_us(enum verdict_reason r)
{
	return r == REASON_BLOCKED_POLICY || r == REASON_BLOCKED_IP_LISTED ||
	    r == REASON_BLOCKED_NO_PTR || r == REASON_BLOCKED_AUTH ||
	    r == REASON_BLOCKED_HELO || r == REASON_RATE_LIMITED;
}

enum canary_drift
canary_judge(enum verdict_reason good, enum verdict_reason bad)
{
	if (is_refusal_of_us(good) || is_refusal_of_us(bad))
		return DRIFT_REFUSED_US;
	if (is_accepted(good) && is_refused(bad))
		return DRIFT_NONE;
	if (is_accepted(good) && is_accepted(bad))
		return DRIFT_ALL_ACCEPTED;
	if (is_refused(good) && is_refused(bad))
		return DRIFT_ALL_REFUSED;
	if (is_refused(good) && is_accepted(bad))
		return DRIFT_REVERSED;
	return DRIFT_UNCLEAR;
}

static uint32_t
one_more(uint32_t n)
{
	return n < UINT32_MAX ? n + 1 : n;
}

struct canary_record
canary_next(const struct canary_record *old, enum verdict_reason good,
    enum verdict_reason bad, uint32_t rounds, int64_t now)
{
	struct canary_record r = *old;

	r.good = good;
	r.bad = bad;
	r.asked_at = now;
	r.drift = canary_judge(good, bad);
	if (r.drift == DRIFT_UNCLEAR)
		return r;
	r.right = r.drift == DRIFT_NONE ? one_more(old->right) : 0;
	r.wrong = r.drift == DRIFT_NONE ? 0 : one_more(old->wrong);
	if (old->lowered ? r.right >= rounds : r.wrong >= rounds) {
		r.lowered = !old->lowered;
		r.changed_at = now;
	}
	return r;
}

size_t
canary_pack(const struct canary_record *r, uint8_t out[CANARY_ITEM_MAX])
{
	struct packer p = { .at = out, .end = out + CANARY_ITEM_MAX };

	pack_u64(&p, VERSION);
	pack_u64(&p, r->lowered);
	pack_u64(&p, r->drift);
	pack_u64(&p, r->good);
	pack_u64(&p, r->bad);
	pack_u64(&p, r->wrong);
	pack_u64(&p, r->right);
	pack_u64(&p, (uint64_t)r->asked_at);
	pack_u64(&p, (uint64_t)r->changed_at);
	return p.full ? 0 : (size_t)(p.at - out);
}

/* 0, or a reason of the table. */
static enum verdict_reason
unpack_reason(struct unpacker *u)
{
	uint64_t n = unpack_u64(u, REASON_MAX);
	enum verdict_reason reason = 0;

	if (n != 0 && !verdict_reason_from_number((unsigned)n, &reason))
		u->bad = true;
	return reason;
}

bool
canary_unpack(const uint8_t *data, size_t len, struct canary_record *out)
{
	struct unpacker u = { .at = data, .end = data + len };

	memset(out, 0, sizeof *out);
	if (unpack_u64(&u, UINT64_MAX) != VERSION)
		return false;
	out->lowered = unpack_u64(&u, 1) == 1;
	out->drift = (enum canary_drift)unpack_u64(&u, DRIFT_COUNT - 1);
	out->good = unpack_reason(&u);
	out->bad = unpack_reason(&u);
	out->wrong = (uint32_t)unpack_u64(&u, UINT32_MAX);
	out->right = (uint32_t)unpack_u64(&u, UINT32_MAX);
	out->asked_at = (int64_t)unpack_u64(&u, INT64_MAX);
	out->changed_at = (int64_t)unpack_u64(&u, INT64_MAX);
	if (!u.bad && u.at == u.end)
		return true;
	memset(out, 0, sizeof *out);
	return false;
}
