#include "common/override.h"

#include <stdlib.h>
#include <string.h>

#include "common/sealed.h"
#include "common/text.h"

#define MAILBOX_MARK	'\0'		/* no domain begins so */

static const char *
parse_domain(const char *text, struct override *out)
{
	char mailbox[ADDRESS_DOMAIN_MAX + 8] = "x@";
	struct address addr;
	enum address_status status;

	if (text_copy(mailbox + 2, text, sizeof(mailbox) - 2) >=
	    sizeof(mailbox) - 2)
		return "is too long for a domain";
	status = address_parse(mailbox, strlen(mailbox), &addr);
	if (status != ADDRESS_OK)
		return address_status_text(status);
	if (addr.literal || strchr(addr.domain, '.') == NULL)
		return "is no domain; write one such as example.com";
	text_copy(out->what, addr.domain, sizeof(out->what));
	return NULL;
}

const char *
override_parse(const char *text, struct override *out)
{
	struct address addr;
	enum address_status status;

	memset(out, 0, sizeof(*out));
	if (text[0] == '\0')
		return "is empty; write an address or a domain";
	if (strchr(text, '@') == NULL)
		return parse_domain(text, out);
	status = address_parse(text, strlen(text), &addr);
	if (status != ADDRESS_OK)
		return address_status_text(status);
	address_canonical(&addr, out->what);
	return NULL;
}

static bool
is_state(enum verdict_state state)
{
	return state == STATE_DELIVERABLE || state == STATE_RISKY ||
	    state == STATE_UNDELIVERABLE;
}

bool
override_set_state(struct override *o, const char *word)
{
	enum verdict_state state;

	if (!verdict_state_from_word(word, &state) || !is_state(state))
		return false;
	o->state = state;
	return true;
}

bool
override_set_note(struct override *o, const char *note)
{
	if (strlen(note) > OVERRIDE_NOTE_MAX || !text_is_plain(note))
		return false;
	text_copy(o->note, note, sizeof(o->note));
	return true;
}

enum verdict_reason
override_reason(enum verdict_state state)
{
	switch (state) {
	case STATE_DELIVERABLE:
		return REASON_KNOWN_BY_SIGNAL;
	case STATE_UNDELIVERABLE:
		return REASON_MAILBOX_DISABLED;
	case STATE_RISKY:
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return REASON_DENIED;
}

bool
override_in_force(const struct override *o, int64_t now)
{
	return o->until == 0 || now < o->until;
}

/* --- keys ---------------------------------------------------------------- */

static size_t
domain_key(const char *domain, uint8_t out[OVERRIDE_KEY_MAX])
{
	size_t len = strlen(domain);

	if (len > OVERRIDE_KEY_MAX)
		return 0;
	memcpy(out, domain, len);
	return len;
}

static size_t
address_key(struct store *s, const struct address *addr,
    uint8_t out[OVERRIDE_KEY_MAX])
{
	out[0] = MAILBOX_MARK;
	return store_address_key(s, addr, out + 1) ? 1 + STORE_ADDRESS_KEY :
	    0;
}

size_t
override_key(struct store *s, const struct override *o,
    uint8_t out[OVERRIDE_KEY_MAX])
{
	struct address addr;

	if (strchr(o->what, '@') == NULL)
		return domain_key(o->what, out);
	if (address_parse(o->what, strlen(o->what), &addr) != ADDRESS_OK)
		return 0;
	return address_key(s, &addr, out);
}

/* --- records ------------------------------------------------------------- */

struct jval *
override_value(const struct override *o)
{
	struct jval *v = jval_object();

	if (jval_put_text(v, "what", o->what) &&
	    jval_put_text(v, "state", verdict_state_word(o->state)) &&
	    jval_put_text(v, "note", o->note) &&
	    jval_put_int(v, "since", o->since) &&
	    jval_put_int(v, "until", o->until) &&
	    jval_put_int(v, "uid", o->uid))
		return v;
	jval_free(v);
	return NULL;
}

void *
override_seal(struct store *s, const struct override *o, size_t *len)
{
	struct jval *v = override_value(o);
	void *sealed = sealed_make(s, v, len);

	jval_free(v);
	return sealed;
}

static bool
read_members(const struct jval *v, struct override *out)
{
	const char *what = jval_text(jval_get(v, "what"));
	const char *state = jval_text(jval_get(v, "state"));
	const char *note = jval_text(jval_get(v, "note"));
	int64_t uid;

	if (what == NULL || override_parse(what, out) != NULL ||
	    strcmp(what, out->what) != 0 ||
	    state == NULL || !override_set_state(out, state) ||
	    note == NULL || !override_set_note(out, note) ||
	    !jval_int(jval_get(v, "since"), &out->since) ||
	    !jval_int(jval_get(v, "until"), &out->until) ||
	    !jval_int(jval_get(v, "uid"), &uid) || uid < 0 ||
	    uid > UINT32_MAX || out->since < 0 || out->until < 0)
		return false;
	out->uid = (uint32_t)uid;
	return true;
}

bool
override_unseal(struct store *s, const void *data, size_t len,
    struct override *out)
{
	struct jval *v = sealed_open(s, data, len);
	bool good = v != NULL && read_members(v, out);

	jval_free(v);
	if (!good)
		memset(out, 0, sizeof(*out));
	return good;
}

/* --- finding ------------------------------------------------------------- */

/* What the record itself names must be what was looked for. */
static bool
get(struct store *s, const uint8_t *key, size_t key_len, const char *what,
    int64_t now, struct override *out)
{
	void *data = NULL;
	size_t len = 0;
	bool good;

	if (key_len == 0 || store_get_item(s, STORE_OVERRIDES, key, key_len,
	    &data, &len) != STORE_OK)
		return false;
	good = override_unseal(s, data, len, out) &&
	    strcmp(out->what, what) == 0 && override_in_force(out, now);
	free(data);
	return good;
}

bool
override_find(struct store *s, const struct address *addr, int64_t now,
    struct override *out)
{
	uint8_t key[OVERRIDE_KEY_MAX];
	char canonical[ADDRESS_MAX + 1];

	/* Most have none, and this is asked for every recipient. */
	if (s == NULL || store_is_empty(s, STORE_OVERRIDES))
		return false;
	address_canonical(addr, canonical);
	return get(s, key, address_key(s, addr, key), canonical, now, out) ||
	    get(s, key, domain_key(addr->domain, key), addr->domain, now, out);
}
