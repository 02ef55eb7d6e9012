#include "common/outcome.h"

#include <string.h>

#include "common/text.h"

static const char *const kind_words[OUTCOME_KIND_COUNT] = {
	[OUTCOME_SENT] = "sent",
	[OUTCOME_DEFERRED] = "deferred",
	[OUTCOME_BOUNCED] = "bounced",
};

const char *
outcome_kind_word(enum outcome_kind kind)
{
	return (unsigned)kind < OUTCOME_KIND_COUNT ? kind_words[kind] : NULL;
}

bool
outcome_kind_from_word(const char *word, enum outcome_kind *out)
{
	unsigned i;

	for (i = 0; i < OUTCOME_KIND_COUNT; i++)
		if (strcmp(kind_words[i], word) == 0) {
			*out = (enum outcome_kind)i;
			return true;
		}
	return false;
}

bool
outcome_key(struct store *s, const struct address *addr, const char *qid,
    int64_t day, uint8_t out[OUTCOME_KEY_SIZE])
{
	char text[ADDRESS_MAX + 1 + OUTCOME_QID_MAX + 2];
	size_t len = address_canonical(addr, text);

	text[len++] = '\n';
	text_copy(text + len, qid, sizeof text - len);
	out[0] = 'o';
	out[1] = (uint8_t)(day >> 24);
	out[2] = (uint8_t)(day >> 16);
	out[3] = (uint8_t)(day >> 8);
	out[4] = (uint8_t)day;
	return store_name(s, text, strlen(text), out + 5);
}

int64_t
outcome_key_day(const void *key, size_t len)
{
	const uint8_t *k = key;

	if (len != OUTCOME_KEY_SIZE || k[0] != 'o')
		return -1;
	return (int64_t)k[1] << 24 | (int64_t)k[2] << 16 |
	    (int64_t)k[3] << 8 | k[4];
}

char *
outcome_print(const struct outcome *o)
{
	struct jval *v = jval_object();
	char *json = NULL;

	if (jval_put_int(v, "at", o->at) &&
	    jval_put_text(v, "kind", outcome_kind_word(o->kind)) &&
	    jval_put_text(v, "reason", verdict_reason_word(o->reason)) &&
	    jval_put_text(v, "was", verdict_reason_word(o->was)) &&
	    jval_put_text(v, "provider", o->provider))
		json = jval_print(v);
	jval_free(v);
	return json;
}

static bool
read_reason(const struct jval *v, const char *name, enum verdict_reason *out)
{
	const char *word = jval_text(jval_get(v, name));

	return word != NULL && verdict_reason_from_word(word, out);
}

bool
outcome_read(const void *data, size_t len, struct outcome *out)
{
	struct jval *v = jval_parse(data, len);
	const char *kind = jval_text(jval_get(v, "kind"));
	const char *provider = jval_text(jval_get(v, "provider"));
	bool good = jval_int(jval_get(v, "at"), &out->at) && kind != NULL &&
	    outcome_kind_from_word(kind, &out->kind) &&
	    read_reason(v, "reason", &out->reason) &&
	    read_reason(v, "was", &out->was) && provider != NULL &&
	    text_copy(out->provider, provider, sizeof out->provider) <
	    sizeof out->provider;

	jval_free(v);
	return good;
}

bool
outcome_says_more(const struct outcome *old, const struct outcome *next)
{
	if (old->kind == OUTCOME_DEFERRED)
		return next->kind != OUTCOME_DEFERRED;
	return old->kind == OUTCOME_SENT && next->kind == OUTCOME_BOUNCED;
}

/* --- counting ------------------------------------------------------------ */

static void
count(struct outcome_count *c, const struct outcome *o)
{
	bool no_mailbox = verdict_state_of(o->reason) == STATE_UNDELIVERABLE;
	bool sent = o->kind == OUTCOME_SENT;

	if (o->kind == OUTCOME_DEFERRED) {
		c->deferred++;
		return;
	}
	switch (verdict_state_of(o->was)) {
	case STATE_DELIVERABLE:
		c->good_sent += sent;
		c->good_bounced += !sent && no_mailbox;
		c->good_refused += !sent && !no_mailbox;
		return;
	case STATE_UNDELIVERABLE:
		c->bad_sent += sent;
		c->bad_bounced += !sent;
		return;
	case STATE_RISKY:
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	c->open_sent += sent;
	c->open_bounced += !sent;
}

static struct outcome_count *
of_provider(struct outcome_tally *t, const char *provider)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (strcmp(t->by[i].provider, provider) == 0)
			return &t->by[i];
	if (t->count == OUTCOME_PROVIDERS_MAX)
		return &t->by[t->count - 1];
	text_copy(t->by[t->count].provider, t->count ==
	    OUTCOME_PROVIDERS_MAX - 1 ? "" : provider,
	    sizeof t->by[0].provider);
	return &t->by[t->count++];
}

void
outcome_add(struct outcome_tally *t, const struct outcome *o)
{
	count(&t->all, o);
	count(of_provider(t, o->provider), o);
}

static int
share(int64_t part, int64_t rest)
{
	return part + rest == 0 ? -1 : (int)(1000 * part / (part + rest));
}

int
outcome_bad_accepted(const struct outcome_count *c)
{
	return share(c->good_bounced, c->good_sent);
}

int
outcome_good_refused(const struct outcome_count *c)
{
	return share(c->bad_sent, c->bad_bounced);
}
