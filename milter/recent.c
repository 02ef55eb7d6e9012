#include "milter/recent.h"

/* FNV-1a: it only has to spread, not to defend. */
static uint64_t
hash_text(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

bool
recent_or_mark(struct recent *r, const char *address, int64_t now,
    int64_t for_ms)
{
	uint64_t h = hash_text(address), at = h % RECENT_SIZE;

	if (r->slots[at].hash == h && now < r->slots[at].until)
		return true;
	r->slots[at].hash = h;
	r->slots[at].until = now + for_ms;
	return false;
}
