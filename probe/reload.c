#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/text.h"
#include "probe/server_internal.h"

/* A client that may be gone when it is done. */
struct reloading {
	struct server *server;
	uint64_t client;
	char id[ID_MAX + 1];
	struct reload_wait wait;
	struct reloading *prev, *next;
};

static void
answer(struct client *c, const char *id, bool good, const char *text)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_writer w;

	wire_begin(&w, buf, sizeof buf);
	wire_put(&w, "id", id);
	wire_put(&w, "result", good ? "ok" : "error");
	wire_put(&w, "text", text);
	client_send(c, &w);
}

static void
on_done(void *arg, bool good, const char *text)
{
	struct reloading *r = arg;
	struct client *c;

	DL_SEARCH_SCALAR(r->server->clients, c, serial, r->client);
	if (c != NULL)
		answer(c, r->id, good, text);
	DL_DELETE(r->server->reloading, r);
	free(r);
}

void
reload_run(struct client *c, const struct wire_message *msg, const char *id)
{
	struct server *s = c->server;
	struct reloading *r = calloc(1, sizeof *r);

	(void)msg;
	if (r == NULL) {
		client_answer_error(c, id, "memory", "no memory");
		return;
	}
	r->server = s;
	r->client = c->serial;
	text_copy(r->id, id, sizeof r->id);
	r->wait.done = on_done;
	r->wait.arg = r;
	DL_APPEND(s->reloading, r);
	s->p.reload(s->p.arg, &r->wait);
}

void
reload_drop(struct server *s)
{
	struct reloading *r, *next;

	DL_FOREACH_SAFE(s->reloading, r, next) {
		DL_DELETE(s->reloading, r);
		free(r);
	}
}
