#include "milter/ring.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

const char *
ring_flood_word(enum ring_flood flood)
{
	switch (flood) {
	case FLOOD_NONE:
		break;
	case FLOOD_ATTACK:
		return "bounce_attack";
	case FLOOD_BOMB:
		return "mail_bomb";
	}
	return NULL;
}

void
ring_attack(const struct ring_entry *e, struct attack *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->id, e->id, sizeof(out->id));
	text_copy(out->guard, e->guard, sizeof(out->guard));
	text_copy(out->auth, e->auth, sizeof(out->auth));
	memcpy(out->client, e->client, sizeof(out->client));
	out->began = e->attack.began;
	out->until = e->attack.until;
	out->judged = e->attack.judged;
	out->undeliverable = e->attack.undeliverable;
	out->put_off = e->attack.put_off;
}

bool
ring_init(struct ring *r, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->slots = calloc(size, sizeof(*r->slots));
	if (r->slots == NULL)
		return false;
	r->size = size;
	return true;
}

void
ring_clear(struct ring *r)
{
	free(r->slots);
	memset(r, 0, sizeof(*r));
}

void
ring_put(struct ring *r, const struct ring_entry *e)
{
	int who;

	for (who = 0; who < RING_READERS; who++) {
		if (r->head - r->at[who] < r->size)
			continue;
		r->at[who]++;
		r->lost[who]++;
	}
	r->slots[r->head % r->size] = *e;
	r->head++;
}

size_t
ring_peek(const struct ring *r, enum ring_reader who, struct ring_entry *out,
    size_t most, uint64_t *mark)
{
	size_t n = 0;
	uint64_t at = r->at[who];

	while (n < most && at < r->head)
		out[n++] = r->slots[at++ % r->size];
	*mark = at;
	return n;
}

void
ring_done(struct ring *r, enum ring_reader who, uint64_t mark)
{
	if (mark > r->at[who])
		r->at[who] = mark;
}

size_t
ring_behind(const struct ring *r, enum ring_reader who)
{
	return (size_t)(r->head - r->at[who]);
}
