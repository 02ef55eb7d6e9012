#include "probe/identity.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/text.h"
#include "probe/server_internal.h"

/* A client that may be gone when the report is there. */
struct asker {
	struct server *server;
	uint64_t client;
	char id[ID_MAX + 1];
	struct asker *prev, *next;
};

static void
on_report(void *arg, const char *json)
{
	struct asker *a = arg;
	struct client *c;

	DL_SEARCH_SCALAR(a->server->clients, c, serial, a->client);
	if (c != NULL)
		client_answer(c, a->id, "preflight", json);
	DL_DELETE(a->server->askers, a);
	free(a);
}

void
identity_preflight(struct client *c, const struct wire_message *msg,
    const char *id)
{
	struct server *s = c->server;
	struct asker *a = calloc(1, sizeof *a);

	(void)msg;
	if (a == NULL) {
		client_answer_error(c, id, "memory", "no memory");
		return;
	}
	a->server = s;
	a->client = c->serial;
	text_copy(a->id, id, sizeof a->id);
	if (!preflight_run_ask(s->p.preflight, on_report, a)) {
		free(a);
		client_answer_error(c, id, "busy", "others wait for preflight "
		    "already; ask again in a minute");
		return;
	}
	DL_APPEND(s->askers, a);
}

void
identity_drop(struct server *s)
{
	struct asker *a, *next;

	DL_FOREACH_SAFE(s->askers, a, next) {
		DL_DELETE(s->askers, a);
		free(a);
	}
}
