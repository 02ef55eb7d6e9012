#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/text.h"
#include "probe/server_internal.h"

#define LIST_MAX	40		/* entries of one answer */

/* An exclusion that acts on what is under way. The answer is owed. */
struct excluding {
	struct server *server;
	uint64_t client;
	char id[ID_MAX + 1];
	struct exclusion e;
	struct excluding *prev, *next;
};

static bool
read_entry(struct client *c, const struct wire_message *msg, const char *id,
    struct exclusion *e)
{
	char text[EXCLUSION_TEXT_MAX + 256];
	const char *what = client_given(msg, "what");
	const char *wrong = exclusion_parse(what, e);

	if (wrong != NULL) {
		(void)snprintf(text, sizeof text, "\"%.255s\": %s", what,
		    wrong);
		client_answer_error(c, id, "usage", text);
		return false;
	}
	if (!exclusion_set_note(e, client_given(msg, "note")) ||
	    !exclusion_set_ticket(e, client_given(msg, "ticket"))) {
		client_answer_error(c, id, "usage", "the note (256 octets) or "
		    "the ticket (64) is too long, or has a control character "
		    "or a backslash");
		return false;
	}
	if (!client_until(c, msg, id, &e->until))
		return false;
	e->since = clock_wall_s();
	e->uid = c->uid;
	return true;
}

/* The domain that it is about, or is the top of; NULL: it is about hosts. */
static const char *
domain_of(const struct exclusion *e)
{
	switch (e->kind) {
	case EXCLUDE_DOMAIN:
		return e->text;
	case EXCLUDE_TREE:
		return e->text + 1;
	case EXCLUDE_MX:
	case EXCLUDE_NETWORK:
		break;
	}
	return NULL;
}

/* Nothing that it forbids is under way. The client may be gone. */
static void
on_excluded(void *arg)
{
	struct excluding *x = arg;

	purge_for(x->server, x->client, x->id, domain_of(&x->e));
	DL_DELETE(x->server->excluding, x);
	free(x);
}

static struct excluding *
excluding_new(struct client *c, const struct exclusion *e, const char *id)
{
	struct excluding *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->server = c->server;
	x->client = c->serial;
	x->e = *e;
	text_copy(x->id, id, sizeof x->id);
	DL_APPEND(c->server->excluding, x);
	return x;
}

void
exclude_drop(struct server *s)
{
	struct excluding *x, *next;

	DL_FOREACH_SAFE(s->excluding, x, next) {
		DL_DELETE(s->excluding, x);
		free(x);
	}
}

static enum exclusions_status
exclude(struct client *c, const struct exclusion *e, const char *id)
{
	struct server *s = c->server;
	struct excluding *x = excluding_new(c, e, id);
	enum exclusions_status status;

	if (x == NULL)
		return EXCLUSIONS_NO_MEMORY;
	status = wishes_exclude(s->p.wishes, s->p.verifier, e, on_excluded, x);
	if (status != EXCLUSIONS_OK) {
		DL_DELETE(s->excluding, x);
		free(x);
	}
	return status;
}

static void
add(struct client *c, const struct wire_message *msg, const char *id)
{
	struct exclusion e;

	if (!read_entry(c, msg, id, &e))
		return;
	switch (exclude(c, &e, id)) {
	case EXCLUSIONS_OK:
		break;
	case EXCLUSIONS_FULL:
		client_answer_error(c, id, "full", "there are 10000 exclusions "
		    "already; remove some, or join them to networks and "
		    ".domains");
		return;
	case EXCLUSIONS_NO_MEMORY:
		client_answer_error(c, id, "memory", "no memory");
		return;
	}
}

static void
take_back(struct client *c, const struct wire_message *msg, const char *id)
{
	struct exclusion e;

	if (exclusion_parse(client_given(msg, "what"), &e) != NULL ||
	    !wishes_include(c->server->p.wishes, e.text)) {
		client_answer_error(c, id, "usage", "there is no such "
		    "exclusion; rcptguard exclude --list shows all");
		return;
	}
	purge_after(c, id, NULL);
}

static struct jval *
entry_value(const struct exclusion *e)
{
	char *json = exclusion_to_json(e);
	struct jval *v = json != NULL ? jval_parse(json, strlen(json)) : NULL;

	free(json);
	return v;
}

/* The next LIST_MAX; *last is the last of them if there are more. */
static char *
page(const struct exclusions *x, const struct exclusion *after,
    const struct exclusion **last)
{
	struct jval *list = jval_array();
	const struct exclusion *e = after;
	char *json = NULL;
	bool good = list != NULL;
	unsigned n;

	*last = NULL;
	for (n = 0; good && n < LIST_MAX &&
	    (e = exclusions_next(x, e)) != NULL; n++) {
		good = jval_add(list, entry_value(e));
		*last = e;
	}
	if (*last != NULL && exclusions_next(x, *last) == NULL)
		*last = NULL;
	if (good)
		json = jval_print(list);
	jval_free(list);
	return json;
}

static void
list(struct client *c, const struct wire_message *msg, const char *id)
{
	const struct exclusions *x = wishes_exclusions(c->server->p.wishes);
	const char *after = wire_get(msg, "after");
	const struct exclusion *from = NULL, *last;
	char *json, *buf;
	struct wire_writer w;

	if (after != NULL && (from = exclusions_find(x, after)) == NULL) {
		client_answer_error(c, id, "changed", "the list has changed "
		    "meanwhile; begin again");
		return;
	}
	json = page(x, from, &last);
	buf = malloc(WIRE_ANSWER_MAX);
	if (json == NULL || buf == NULL) {
		client_answer_error(c, id, "memory", "no memory");
	} else {
		wire_begin(&w, buf, WIRE_ANSWER_MAX);
		wire_put(&w, "id", id);
		wire_put(&w, "list", json);
		if (last != NULL)
			wire_put(&w, "more", last->text);
		client_send(c, &w);
	}
	free(json);
	free(buf);
}

void
exclude_run(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *what = client_given(msg, "do");

	if (strcmp(what, "add") == 0)
		add(c, msg, id);
	else if (strcmp(what, "remove") == 0)
		take_back(c, msg, id);
	else if (strcmp(what, "list") == 0)
		list(c, msg, id);
	else
		client_answer_error(c, id, "usage", "exclude needs do=add, "
		    "do=remove or do=list");
}
