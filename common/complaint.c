#include "common/complaint.h"

#include <string.h>

#include "common/address.h"
#include "common/sealed.h"
#include "common/text.h"

static const char *const words[COMPLAINT_STATE_COUNT] = {
	[COMPLAINT_OPEN] = "open",
	[COMPLAINT_ANSWERED] = "answered",
	[COMPLAINT_CLOSED] = "closed",
};

const char *
complaint_state_word(enum complaint_state state)
{
	return (unsigned)state < COMPLAINT_STATE_COUNT ? words[state] : NULL;
}

bool
complaint_state_from_word(const char *word, enum complaint_state *out)
{
	unsigned i;

	for (i = 0; i < COMPLAINT_STATE_COUNT; i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum complaint_state)i;
			return true;
		}
	return false;
}

bool
complaint_from_is(const char *text)
{
	struct address addr;

	return strcmp(text, COMPLAINT_UNKNOWN) == 0 ||
	    address_parse(text, strlen(text), &addr) == ADDRESS_OK;
}

struct jval *
complaint_value(const struct complaint *c)
{
	struct jval *o = jval_object();

	if (jval_put_text(o, "id", c->id) &&
	    jval_put_text(o, "from", c->from) &&
	    jval_put_text(o, "about", c->about) &&
	    jval_put_text(o, "text", c->text) &&
	    jval_put_text(o, "exclusion", c->exclusion) &&
	    (c->message_id[0] == '\0' ||
	    jval_put_text(o, "message_id", c->message_id)) &&
	    (c->names[0] == '\0' || jval_put_text(o, "names", c->names)) &&
	    jval_put_text(o, "state", complaint_state_word(c->state)) &&
	    jval_put_int(o, "at", c->at) &&
	    jval_put_int(o, "changed_at", c->changed_at))
		return o;
	jval_free(o);
	return NULL;
}

void *
complaint_seal(struct store *s, const struct complaint *c, size_t *len)
{
	struct jval *o = complaint_value(c);
	void *sealed = sealed_make(s, o, len);

	jval_free(o);
	return sealed;
}

static bool
take(const struct jval *o, const char *name, char *out, size_t size)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL && text_copy(out, text, size) < size;
}

/* Only one that came by mail has it. */
static bool
may_take(const struct jval *o, const char *name, char *out, size_t size)
{
	return jval_get(o, name) == NULL || take(o, name, out, size);
}

static bool
read_members(const struct jval *o, struct complaint *out)
{
	const char *state = jval_text(jval_get(o, "state"));

	return take(o, "id", out->id, sizeof out->id) &&
	    take(o, "from", out->from, sizeof out->from) &&
	    take(o, "about", out->about, sizeof out->about) &&
	    take(o, "text", out->text, sizeof out->text) &&
	    take(o, "exclusion", out->exclusion, sizeof out->exclusion) &&
	    may_take(o, "message_id", out->message_id,
	    sizeof out->message_id) &&
	    may_take(o, "names", out->names, sizeof out->names) &&
	    state != NULL && complaint_state_from_word(state, &out->state) &&
	    jval_int(jval_get(o, "at"), &out->at) &&
	    jval_int(jval_get(o, "changed_at"), &out->changed_at);
}

bool
complaint_unseal(struct store *s, const void *data, size_t len,
    struct complaint *out)
{
	struct jval *o = sealed_open(s, data, len);
	bool good;

	memset(out, 0, sizeof *out);
	good = o != NULL && read_members(o, out);
	if (!good)
		memset(out, 0, sizeof *out);
	jval_free(o);
	return good;
}
