#include "probe/identity.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/server_internal.h"
#include "probe/source_keep.h"

static void
send_json(struct client *c, const char *id, const char *name,
    const char *json)
{
	char *buf = malloc(WIRE_ANSWER_MAX);
	struct wire_writer w;

	if (buf == NULL || json == NULL) {
		free(buf);
		client_answer_error(c, id, "memory", "no memory");
		return;
	}
	wire_begin(&w, buf, WIRE_ANSWER_MAX);
	wire_put(&w, "id", id);
	wire_put(&w, name, json);
	client_send(c, &w);
	free(buf);
}

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
		send_json(c, a->id, "preflight", json);
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

/* --- source -------------------------------------------------------------- */

/* NULL, with an error on its way, if the request names none of ours. */
static struct source *
named(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *address = wire_get(msg, "address");
	struct net_addr addr;
	struct source *s = NULL;

	if (!c->admin)
		client_answer_error(c, id, "denied", "only root and the user "
		    "of rcptguard-probe may do this");
	else if (address == NULL || !net_addr_parse(address, &addr))
		client_answer_error(c, id, "usage", "address is missing, or "
		    "no IP address");
	else if ((s = source_find(c->server->p.pool, &addr)) == NULL)
		client_answer_error(c, id, "unknown", "identity.sources has "
		    "no such address");
	return s;
}

void
identity_source(struct client *c, const struct wire_message *msg,
    const char *id)
{
	const char *order = wire_get(msg, "do");
	struct source *s = NULL;
	struct jval *list;
	char *json, text[NET_TEXT_SIZE];

	if (order == NULL || (strcmp(order, "list") != 0 &&
	    strcmp(order, "rest") != 0 && strcmp(order, "resume") != 0)) {
		client_answer_error(c, id, "usage", "do is list, rest or "
		    "resume");
		return;
	}
	if (strcmp(order, "list") != 0) {
		if ((s = named(c, msg, id)) == NULL)
			return;
		if (strcmp(order, "rest") == 0) {
			source_rest(s, REST_ADMIN, clock_wall_s(), "");
		} else {
			source_resume(s, REST_ADMIN);
			source_resume(s, REST_LISTED);
		}
		source_keep(c->server->p.clerk, s);
		source_text(s, text);
		log_info("source %s: %s, as the admin says", text,
		    strcmp(order, "rest") == 0 ? "rests" : "resumes");
	}
	list = source_pool_json(c->server->p.pool);
	json = list != NULL ? jval_print(list) : NULL;
	send_json(c, id, "sources", json);
	free(json);
	jval_free(list);
}
