#include "probe/dormant_judge.h"

#include <string.h>

#include "probe/pack.h"

struct dormant_record
dormant_dead(const struct dormant_record *r, int64_t now)
{
	struct dormant_record next = *r;

	if (r->dead_since == 0 || r->alive_since != 0 ||
	    now - r->dead_last > DORMANT_GAP_S)
		return (struct dormant_record){ now, now, 0 };
	if (now > r->dead_last)
		next.dead_last = now;
	return next;
}

struct dormant_record
dormant_alive(const struct dormant_record *r, int64_t now)
{
	struct dormant_record next = *r;

	if (r->alive_since == 0)
		next.alive_since = now;
	if (dormant_is_suspect(&next, now))
		return next;
	return (struct dormant_record){ 0, 0, 0 };
}

bool
dormant_is_suspect(const struct dormant_record *r, int64_t now)
{
	return r->dead_since != 0 && r->alive_since != 0 &&
	    r->dead_last - r->dead_since >= DORMANT_DEAD_S &&
	    now - r->alive_since < DORMANT_SUSPECT_S;
}

bool
dormant_is_over(const struct dormant_record *r, int64_t now)
{
	if (r->alive_since != 0)
		return !dormant_is_suspect(r, now);
	/* A long death counts for long; a short one must go on. */
	return now - r->dead_last > (r->dead_last - r->dead_since >=
	    DORMANT_DEAD_S ? DORMANT_SUSPECT_S : DORMANT_GAP_S);
}

size_t
dormant_pack(const struct dormant_record *r, uint8_t out[DORMANT_ITEM_MAX])
{
	struct packer p = { out, out + DORMANT_ITEM_MAX, false };

	pack_u64(&p, (uint64_t)r->dead_since);
	pack_u64(&p, (uint64_t)r->dead_last);
	pack_u64(&p, (uint64_t)r->alive_since);
	return p.full ? 0 : (size_t)(p.at - out);
}

bool
dormant_unpack(const void *data, size_t len, struct dormant_record *out)
{
	struct unpacker u = { data, (const uint8_t *)data + len, false };

	out->dead_since = (int64_t)unpack_u64(&u, INT64_MAX);
	out->dead_last = (int64_t)unpack_u64(&u, INT64_MAX);
	out->alive_since = (int64_t)unpack_u64(&u, INT64_MAX);
	if (!u.bad && u.at == u.end && out->dead_since > 0 &&
	    out->dead_last >= out->dead_since)
		return true;
	memset(out, 0, sizeof *out);
	return false;
}
