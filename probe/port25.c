#include <string.h>

#include "probe/port25.h"

bool
port25_ask(const struct port25 *p, int64_t now, int64_t *retry)
{
	if (!p->blocked || now >= p->trial_at)
		return true;
	*retry = p->trial_at;
	return false;
}

void
port25_begin(struct port25 *p, int64_t now)
{
	if (p->blocked)
		p->trial_at = now + PORT25_MS;
}

/* FNV-1a: whether two names differ is all that is asked of it. */
static uint32_t
hash_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

static void
remember(struct port25 *p, const char *host)
{
	uint32_t h = hash_of(host);
	size_t i;

	for (i = 0; i < p->host_count; i++)
		if (p->hosts[i] == h)
			return;
	if (p->host_count < PORT25_HOSTS)
		p->hosts[p->host_count++] = h;
}

bool
port25_note(struct port25 *p, const char *host, bool connected, int64_t now)
{
	if (connected) {
		memset(p, 0, sizeof *p);
		p->connected_at = now;
		return false;
	}
	remember(p, host);
	if (p->failed < PORT25_TRIES)
		p->failed++;
	if (p->blocked || p->failed < PORT25_TRIES ||
	    p->host_count < PORT25_HOSTS || (p->connected_at != 0 &&
	    now - p->connected_at < PORT25_MS))
		return false;
	p->blocked = true;
	p->trial_at = now + PORT25_MS;
	return true;
}
