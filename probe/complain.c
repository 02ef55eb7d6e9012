#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/complaint.h"
#include "common/text.h"
#include "probe/server_internal.h"

#define COMPLAINTS_MAX		1000
#define COMPLAINTS_BY_MAIL	900

/* Plain text only: what would be escaped is refused, as in exclusions. */
static bool
take(const struct wire_message *msg, const char *name, char *out, size_t size)
{
	const char *text = wire_get(msg, name);

	return text != NULL && text_is_plain(text) &&
	    text_copy(out, text, size) < size;
}

/* Absent is fine. */
static bool
may_take(const struct wire_message *msg, const char *name, char *out,
    size_t size)
{
	return wire_get(msg, name) == NULL || take(msg, name, out, size);
}

struct room {
	struct store *store;
	unsigned count;
	char oldest[VERDICT_ID_SIZE];	/* of those that are closed */
	int64_t changed_at;
};

static bool
look_at(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct room *r = arg;
	struct complaint one;

	(void)key;
	(void)key_len;
	r->count++;
	if (!complaint_unseal(r->store, data, len, &one) ||
	    one.state != COMPLAINT_CLOSED ||
	    (r->oldest[0] != '\0' && one.changed_at >= r->changed_at))
		return true;
	memcpy(r->oldest, one.id, sizeof r->oldest);
	r->changed_at = one.changed_at;
	return true;
}

/*
 * Anybody may write mail, so its complaints leave room for the admin's. The
 * one that was closed first makes room.
 */
static bool
make_room(struct client *c, const struct wire_message *msg)
{
	struct room r = { .store = wishes_store(c->server->p.wishes) };
	unsigned most = wire_get(msg, "via") != NULL ? COMPLAINTS_BY_MAIL :
	    COMPLAINTS_MAX;

	if (r.store == NULL)
		return true;
	store_walk_items(r.store, STORE_COMPLAINTS, look_at, &r);
	if (r.count < most)
		return true;
	if (r.oldest[0] == '\0')
		return false;
	clerk_drop_item(c->server->p.clerk, STORE_COMPLAINTS, r.oldest,
	    strlen(r.oldest));
	return true;
}

static void
put(struct client *c, const char *id, const struct complaint *one)
{
	struct store *store = wishes_store(c->server->p.wishes);
	size_t len;
	void *sealed = store != NULL ? complaint_seal(store, one, &len) : NULL;

	if (sealed == NULL) {
		client_answer_error(c, id, "store", "it cannot be stored; "
		    "rcptguard status says how the store is");
		return;
	}
	clerk_item(c->server->p.clerk, STORE_COMPLAINTS, one->id,
	    strlen(one->id), sealed, len);
	free(sealed);
	purge_after(c, id, NULL);
}

static void
add(struct client *c, const struct wire_message *msg, const char *id)
{
	struct complaint one;
	struct exclusion about;

	memset(&one, 0, sizeof one);
	if (!take(msg, "what", one.id, sizeof one.id) ||
	    !verdict_id_is(one.id) ||
	    !take(msg, "from", one.from, sizeof one.from) ||
	    !take(msg, "text", one.text, sizeof one.text) ||
	    !take(msg, "exclusion", one.exclusion, sizeof one.exclusion) ||
	    !may_take(msg, "message_id", one.message_id,
	    sizeof one.message_id) ||
	    !may_take(msg, "names", one.names, sizeof one.names)) {
		client_answer_error(c, id, "usage", "who complains (255 "
		    "octets) or the text (1000) is missing, too long, or has "
		    "a control character or a backslash");
		return;
	}
	/* What a message has as From is shown as it is. */
	if (wire_get(msg, "via") == NULL && !complaint_from_is(one.from)) {
		client_answer_error(c, id, "usage", "a complaint is from an "
		    "address, or from unknown");
		return;
	}
	if (wire_get(msg, "about") == NULL ||
	    exclusion_parse(wire_get(msg, "about"), &about) != NULL) {
		client_answer_error(c, id, "usage", "a complaint is about a "
		    "domain, an address or a network");
		return;
	}
	if (!make_room(c, msg)) {
		client_answer_error(c, id, "full", "there are too many open "
		    "complaints; close some (rcptguard complaint close ID)");
		return;
	}
	text_copy(one.about, about.text, sizeof one.about);
	one.at = one.changed_at = clock_wall_s();
	put(c, id, &one);
}

static void
change(struct client *c, const struct wire_message *msg, const char *id)
{
	struct store *store = wishes_store(c->server->p.wishes);
	const char *what = wire_get(msg, "what"), *word = wire_get(msg,
	    "state");
	struct complaint one;
	void *data = NULL;
	size_t len = 0;

	if (what == NULL || store == NULL || !verdict_id_is(what) ||
	    store_get_item(store, STORE_COMPLAINTS, what, strlen(what), &data,
	    &len) != STORE_OK || !complaint_unseal(store, data, len, &one)) {
		client_answer_error(c, id, "usage", "there is no such "
		    "complaint; rcptguard complaint list shows all");
	} else if (word == NULL || !complaint_state_from_word(word,
	    &one.state)) {
		client_answer_error(c, id, "usage", "a complaint is open, "
		    "answered or closed");
	} else {
		one.changed_at = clock_wall_s();
		put(c, id, &one);
	}
	free(data);
}

void
complain_run(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *what = wire_get(msg, "do");

	if (what != NULL && strcmp(what, "add") == 0)
		add(c, msg, id);
	else if (what != NULL && strcmp(what, "change") == 0)
		change(c, msg, id);
	else
		client_answer_error(c, id, "usage", "complaint needs do=add "
		    "or do=change");
}
