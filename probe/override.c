#include "common/override.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/server_internal.h"

static bool
read_entry(struct client *c, const struct wire_message *msg, const char *id,
    struct override *o)
{
	char text[ADDRESS_MAX + 256];
	const char *what = client_given(msg, "what");
	const char *wrong = override_parse(what, o);

	if (wrong != NULL) {
		(void)snprintf(text, sizeof text, "\"%.254s\": %s", what,
		    wrong);
		client_answer_error(c, id, "usage", text);
		return false;
	}
	if (!override_set_state(o, client_given(msg, "state"))) {
		client_answer_error(c, id, "usage", "the state of an override "
		    "is deliverable, risky or undeliverable");
		return false;
	}
	if (!override_set_note(o, client_given(msg, "note"))) {
		client_answer_error(c, id, "usage", "the note is too long (256 "
		    "octets), or has a control character or a backslash");
		return false;
	}
	if (!client_until(c, msg, id, &o->until))
		return false;
	o->since = clock_wall_s();
	o->uid = c->uid;
	return true;
}

static bool
count_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	(void)key;
	(void)key_len;
	(void)data;
	(void)len;
	++*(unsigned *)arg;
	return true;
}

/* The loop's own count; what waits to be stored is in it. */
static unsigned *
count_of(struct server *s, struct store *store)
{
	if (s->overrides == 0)
		(void)store_walk_items(store, STORE_OVERRIDES, count_one,
		    &s->overrides);
	return &s->overrides;
}

static bool
is_known(struct store *store, const uint8_t *key, size_t key_len)
{
	void *data = NULL;
	size_t len;
	bool known = store_get_item(store, STORE_OVERRIDES, key, key_len,
	    &data, &len) == STORE_OK;

	free(data);
	return known;
}

/* A mailbox as log.addresses has it. */
static void
tell(struct client *c, const struct override *o, const char *done)
{
	const struct job_tools *tools = verifier_tools(c->server->p.verifier);
	const char *what = o->what, *domain = strrchr(what, '@');
	bool hidden = domain != NULL && !tools->conf->log.addresses_clear;
	char shown[4 * ADDRESS_MAX + 8];

	if (hidden)
		what = domain + 1;
	text_escape_utf8(what, strlen(what), shown, sizeof shown);
	log_info("override of %s%s: %s, as user %lu says",
	    hidden ? "an address at " : "", shown, done,
	    (unsigned long)c->uid);
}

static void
add(struct client *c, const struct wire_message *msg, const char *id,
    struct store *store)
{
	uint8_t key[OVERRIDE_KEY_MAX];
	unsigned *count = count_of(c->server, store);
	struct override o;
	size_t key_len, len;
	void *sealed;

	if (!read_entry(c, msg, id, &o))
		return;
	key_len = override_key(store, &o, key);
	sealed = override_seal(store, &o, &len);
	if (key_len == 0 || sealed == NULL) {
		client_answer_error(c, id, "memory", "no memory");
	} else if (!is_known(store, key, key_len) &&
	    (*count)++ >= OVERRIDES_MAX) {
		(*count)--;
		client_answer_error(c, id, "full", "there are 10000 overrides "
		    "already; remove some, or join them to domains");
	} else {
		clerk_item(c->server->p.clerk, STORE_OVERRIDES, key, key_len,
		    sealed, len);
		tell(c, &o, verdict_state_word(o.state));
		purge_after(c, id, NULL);
	}
	free(sealed);
}

static void
take_back(struct client *c, const struct wire_message *msg, const char *id,
    struct store *store)
{
	uint8_t key[OVERRIDE_KEY_MAX];
	unsigned *count = count_of(c->server, store);
	struct override o;
	size_t key_len = 0;

	if (override_parse(client_given(msg, "what"), &o) == NULL)
		key_len = override_key(store, &o, key);
	if (key_len == 0 || !is_known(store, key, key_len)) {
		client_answer_error(c, id, "usage", "there is no such "
		    "override; rcptguard override list shows all");
		return;
	}
	if (*count > 0)
		(*count)--;
	clerk_drop_item(c->server->p.clerk, STORE_OVERRIDES, key, key_len);
	tell(c, &o, "taken back");
	purge_after(c, id, NULL);
}

void
override_run(struct client *c, const struct wire_message *msg, const char *id)
{
	struct store *store = wishes_store(c->server->p.wishes);
	const char *what = client_given(msg, "do");

	if (store == NULL)
		client_answer_error(c, id, "store", "there is no store to keep "
		    "it in; rcptguard status says why");
	else if (strcmp(what, "add") == 0)
		add(c, msg, id, store);
	else if (strcmp(what, "remove") == 0)
		take_back(c, msg, id, store);
	else
		client_answer_error(c, id, "usage", "override needs do=add or "
		    "do=remove");
}
