#include "probe/listing.h"

#include <string.h>

#include "common/text.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const ticket_words[] = {
	[TICKET_NONE] = "none",
	[TICKET_REQUESTED] = "requested",
	[TICKET_CLOSED] = "closed",
};

const char *
ticket_word(enum ticket_state state)
{
	return (unsigned)state < COUNT(ticket_words) ? ticket_words[state] :
	    NULL;
}

bool
ticket_from_word(const char *word, enum ticket_state *out)
{
	unsigned i;

	for (i = 0; i < COUNT(ticket_words); i++)
		if (strcmp(ticket_words[i], word) == 0) {
			*out = (enum ticket_state)i;
			return true;
		}
	return false;
}

/* --- the book ------------------------------------------------------------ */

struct listing *
listings_find(struct listing_book *b, const char *what, const char *zone)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (strcmp(b->items[i].what, what) == 0 &&
		    strcmp(b->items[i].zone, zone) == 0)
			return &b->items[i];
	return NULL;
}

/* The one that is off its list for the longest time. */
static struct listing *
oldest_gone(struct listing_book *b)
{
	struct listing *best = NULL;
	size_t i;

	for (i = 0; i < b->count; i++)
		if (b->items[i].gone_at != 0 && (best == NULL ||
		    b->items[i].gone_at < best->gone_at))
			best = &b->items[i];
	return best;
}

struct listing *
listings_add(struct listing_book *b, const char *what, const char *zone)
{
	struct listing *l = b->count < LISTINGS_MAX ? &b->items[b->count++] :
	    oldest_gone(b);

	if (l == NULL)
		return NULL;
	memset(l, 0, sizeof *l);
	text_copy(l->what, what, sizeof l->what);
	text_copy(l->zone, zone, sizeof l->zone);
	return l;
}

bool
listings_has(const struct listing_book *b, const char *what, int64_t *gone_at)
{
	bool on = false;
	size_t i;

	*gone_at = 0;
	for (i = 0; i < b->count; i++) {
		if (strcmp(b->items[i].what, what) != 0)
			continue;
		on = on || b->items[i].gone_at == 0;
		if (b->items[i].gone_at > *gone_at)
			*gone_at = b->items[i].gone_at;
	}
	return on;
}

/* --- a round ------------------------------------------------------------- */

void
listings_begin(struct listing_book *b)
{
	size_t i;

	b->round++;
	for (i = 0; i < b->list_count; i++)
		b->lists[i].asked = b->lists[i].answered = false;
}

static void
note_health(struct listing_book *b, const struct listing_result *r)
{
	struct list_health *h = NULL;
	size_t i;

	for (i = 0; i < b->list_count && h == NULL; i++)
		if (strcmp(b->lists[i].zone, r->zone) == 0)
			h = &b->lists[i];
	if (h == NULL) {
		if (b->list_count == COUNT(b->lists))
			return;
		h = &b->lists[b->list_count++];
		memset(h, 0, sizeof *h);
		text_copy(h->zone, r->zone, sizeof h->zone);
	}
	h->asked = true;
	if (r->result == DNSBL_CLEAN || r->result == DNSBL_LISTED)
		h->answered = true;
}

static enum listing_change
note_listed(struct listing_book *b, struct listing *l,
    const struct listing_result *r, int64_t now, const struct listing **out)
{
	enum listing_change change = LISTING_SAME;

	if (l == NULL || l->gone_at != 0) {
		if (l == NULL)
			l = listings_add(b, r->what, r->zone);
		if (l == NULL)
			return LISTING_SAME;
		l->since = now;
		l->gone_at = l->ticket_at = 0;
		l->ticket = TICKET_NONE;
		l->note[0] = '\0';
		*out = l;
		change = LISTING_NEW;
	}
	l->round = b->round;
	text_copy(l->code, r->code, sizeof l->code);
	text_copy(l->meaning, r->meaning, sizeof l->meaning);
	text_copy(l->reason, r->reason, sizeof l->reason);
	text_copy(l->removal, r->removal, sizeof l->removal);
	return change;
}

enum listing_change
listings_note(struct listing_book *b, const struct listing_result *r,
    int64_t now, const struct listing **out)
{
	struct listing *l = listings_find(b, r->what, r->zone);

	*out = NULL;
	note_health(b, r);
	if (l != NULL)
		l->round = b->round;
	switch (r->result) {
	case DNSBL_LISTED:
		return note_listed(b, l, r, now, out);
	case DNSBL_CLEAN:
		if (l == NULL || l->gone_at != 0)
			break;
		l->gone_at = now;
		if (l->ticket == TICKET_REQUESTED)
			l->ticket = TICKET_CLOSED;
		*out = l;
		return LISTING_GONE;
	case DNSBL_PENDING:
	case DNSBL_UNKNOWN:
		break;
	}
	return LISTING_SAME;
}

static bool
leaves_now(const struct listing_book *b, const struct listing *l, int64_t now)
{
	if (l->gone_at == 0)
		return l->round != b->round;
	return now - l->gone_at >= LISTING_KEPT_S;
}

void
listings_end(struct listing_book *b, int64_t now, void (*leaves)(void *arg,
    const struct listing *l), void *arg)
{
	size_t i, k = 0;

	for (i = 0; i < b->count; i++) {
		if (leaves_now(b, &b->items[i], now)) {
			leaves(arg, &b->items[i]);
			continue;
		}
		if (k != i)
			b->items[k] = b->items[i];
		k++;
	}
	b->count = k;
}

/* One bad answer is the network's; a list that is dead stays so. */
enum list_change
listings_health(struct listing_book *b, size_t list)
{
	struct list_health *h = &b->lists[list];

	if (!h->asked)
		return LIST_SAME;
	if (!h->answered) {
		h->bad++;
		if (h->broken || h->bad < LISTING_BROKEN_ROUNDS)
			return LIST_SAME;
		h->broken = true;
		return LIST_BROKE;
	}
	h->bad = 0;
	if (!h->broken)
		return LIST_SAME;
	h->broken = false;
	return LIST_WORKS;
}

int64_t
listings_wait(const struct listing_book *b, int64_t last, int64_t now)
{
	int64_t at = last + LISTING_ROUND_S, soon;
	size_t i;

	for (i = 0; i < b->count; i++) {
		const struct listing *l = &b->items[i];

		soon = l->ticket_at + LISTING_SOON_S;
		if (l->gone_at == 0 && l->ticket == TICKET_REQUESTED &&
		    soon > now && soon < at)
			at = soon;
	}
	if (at <= now)
		return 1;
	/* The clock was set back. */
	return at - now < LISTING_ROUND_S ? at - now : LISTING_ROUND_S;
}

/* --- as JSON ------------------------------------------------------------- */

struct jval *
listing_value(const struct listing *l)
{
	struct jval *o = jval_object();
	bool ok = jval_put_text(o, "what", l->what) &&
	    jval_put_text(o, "zone", l->zone) &&
	    jval_put_text(o, "code", l->code) &&
	    jval_put_text(o, "meaning", l->meaning) &&
	    jval_put_text(o, "reason", l->reason) &&
	    jval_put_text(o, "removal", l->removal) &&
	    jval_put_int(o, "since", l->since) &&
	    jval_put_text(o, "ticket", ticket_word(l->ticket));

	if (ok && l->gone_at != 0)
		ok = jval_put_int(o, "gone_at", l->gone_at);
	if (ok && l->ticket_at != 0)
		ok = jval_put_int(o, "ticket_at", l->ticket_at) &&
		    jval_put_int(o, "ticket_by", l->ticket_by);
	if (ok && l->note[0] != '\0')
		ok = jval_put_text(o, "note", l->note);
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

static bool
take_text(const struct jval *o, const char *name, char *out, size_t size)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL && text_copy(out, text, size) < size;
}

bool
listing_read(const struct jval *o, struct listing *out)
{
	const char *word = jval_text(jval_get(o, "ticket"));
	int64_t by = 0;

	memset(out, 0, sizeof *out);
	(void)jval_int(jval_get(o, "gone_at"), &out->gone_at);
	(void)jval_int(jval_get(o, "ticket_at"), &out->ticket_at);
	(void)jval_int(jval_get(o, "ticket_by"), &by);
	out->ticket_by = (uint32_t)by;
	if (jval_get(o, "note") != NULL &&
	    !take_text(o, "note", out->note, sizeof out->note))
		return false;
	return take_text(o, "what", out->what, sizeof out->what) &&
	    take_text(o, "zone", out->zone, sizeof out->zone) &&
	    take_text(o, "code", out->code, sizeof out->code) &&
	    take_text(o, "meaning", out->meaning, sizeof out->meaning) &&
	    take_text(o, "reason", out->reason, sizeof out->reason) &&
	    take_text(o, "removal", out->removal, sizeof out->removal) &&
	    jval_int(jval_get(o, "since"), &out->since) && out->since > 0 &&
	    out->gone_at >= 0 && word != NULL &&
	    ticket_from_word(word, &out->ticket);
}
