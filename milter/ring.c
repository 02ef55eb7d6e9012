#include "milter/ring.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define FACTS	offsetof(struct ring_entry, id)
#define TEXT(f)	{ offsetof(struct ring_entry, f), \
    sizeof(((struct ring_entry *)0)->f) }

/*
 * An entry with its texts one behind the other: most are short, and a ring of
 * whole entries is larger than any cache of a processor.
 */
struct ring_slot {
	unsigned char facts[FACTS];
	char texts[sizeof(struct ring_entry) - FACTS];
};

static const struct {
	size_t at, size;
} texts[] = {
	TEXT(id), TEXT(qid), TEXT(client), TEXT(guard), TEXT(auth),
	TEXT(address), TEXT(sender),
};
#define TEXTS	(sizeof(texts) / sizeof(texts[0]))

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

static void
pack(struct ring_slot *slot, const struct ring_entry *e)
{
	char *to = slot->texts;
	size_t i, n;

	memcpy(slot->facts, e, FACTS);
	for (i = 0; i < TEXTS; i++) {
		const char *text = (const char *)e + texts[i].at;

		n = strnlen(text, texts[i].size - 1);
		memcpy(to, text, n);
		to[n] = '\0';
		to += n + 1;
	}
}

static void
unpack(const struct ring_slot *slot, struct ring_entry *e)
{
	const char *from = slot->texts;
	size_t i;

	memcpy(e, slot->facts, FACTS);
	for (i = 0; i < TEXTS; i++)
		from += text_copy((char *)e + texts[i].at, from,
		    texts[i].size) + 1;
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
	pack(&r->slots[r->head % r->size], e);
	r->head++;
}

size_t
ring_peek(const struct ring *r, enum ring_reader who, struct ring_entry *out,
    size_t most, uint64_t *mark)
{
	size_t n = 0;
	uint64_t at = r->at[who];

	while (n < most && at < r->head)
		unpack(&r->slots[at++ % r->size], &out[n++]);
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
