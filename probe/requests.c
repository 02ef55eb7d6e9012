#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/consent.h"
#include "common/text.h"
#include "probe/attacks.h"
#include "probe/identity.h"
#include "probe/learn.h"
#include "probe/orders.h"
#include "probe/server_internal.h"

#define REQUESTS_MAX	256		/* under way, of one client */
#define REQUESTS_ALL	20000		/* and of all */
#define WAIT_MAX_MS	60000
#define WAIT_DEFAULT_MS	3000
#define ANSWER_MAX	1024		/* to a verify, without evidence */

/* --- verify -------------------------------------------------------------- */

static void
send_answer(struct client *c, const char *id, const struct answer *a,
    int64_t took_ms)
{
	char few[ANSWER_MAX], *buf = few;
	size_t size = sizeof few;
	struct wire_writer w;

	if (a->evidence != NULL) {
		size += strlen(a->evidence);
		buf = malloc(size);
		if (buf == NULL) {
			client_break(c);
			return;
		}
	}
	wire_begin(&w, buf, size);
	wire_put(&w, "id", id);
	wire_put(&w, "state", verdict_state_word(verdict_state_of(a->reason)));
	wire_put(&w, "reason", verdict_reason_word(a->reason));
	wire_put(&w, "source", verdict_source_word(a->source));
	wire_put_i64(&w, "age_s", a->age_s);
	wire_put_i64(&w, "took_ms", took_ms);
	if (a->suggestion[0] != '\0')
		wire_put(&w, "suggestion", a->suggestion);
	if (a->evidence != NULL)
		wire_put(&w, "evidence", a->evidence);
	client_send(c, &w);
	if (buf != few)
		free(buf);
}

static void
request_free(struct request *r)
{
	DL_DELETE(r->client->requests, r);
	r->client->request_count--;
	r->client->server->request_count--;
	waiter_cancel(r->waiter);
	free(r);
}

/* A refusal of who asked is not in the store: its story is made here. */
static void
write_line(struct server *s, struct verdict_line *line, const char *name,
    const struct address *addr)
{
	char *why = NULL;

	if (line->reason == REASON_SUBMITTER_NOT_ALLOWED)
		why = verifier_why_refused(s->p.verifier, name);
	line->evidence = why;
	tally_line(s->p.tally, verifier_tools(s->p.verifier)->conf, line);
	clerk_line(s->p.clerk, line, addr);
	free(why);
}

/* NULL: the name is a guard's, or that of nobody who is known. */
static const struct conf_submitter *
submitter_of(const struct client *c, const char *name)
{
	return consent_submitter(verifier_tools(c->server->p.verifier)->conf,
	    name);
}

static void
log_check(const struct request *r, const struct answer *a, int64_t took_ms)
{
	struct verdict_line line = {
		.time_ms = clock_wall_ms(),
		.id = r->id,
		.address = r->address,
		.role = r->role,
		.guard = r->guard[0] != '\0' ? r->guard : NULL,
		.origin = guard_origin_word(r->origin),
		.reason = a->reason,
		.source = a->source,
		.age_s = a->age_s,
		.took_ms = took_ms,
	};
	char id[VERDICT_ID_SIZE];

	/* A client that chose a verdict id can tell it to its user. */
	if (!verdict_id_is(r->id)) {
		verdict_id_make(id);
		line.id = id;
	}
	write_line(r->client->server, &line, r->guard, &r->addr);
}

static void
on_answer(void *arg, const struct answer *a)
{
	struct request *r = arg;
	int64_t took = clock_mono_ms() - r->began_ms;

	r->waiter = NULL;
	send_answer(r->client, r->id, a, took);
	if (r->log)
		log_check(r, a, took);
	request_free(r);
}

static struct request *
request_new(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *address = wire_get(msg, "address");
	const char *role = wire_get(msg, "role");
	const char *guard = wire_get(msg, "guard");
	struct request *r = calloc(1, sizeof *r);
	const struct conf_submitter *s;

	if (r == NULL)
		return NULL;
	r->client = c;
	r->began_ms = clock_mono_ms();
	text_copy(r->guard, guard != NULL ? guard : "", sizeof r->guard);
	s = submitter_of(c, r->guard);
	r->log = guard == NULL || s != NULL;
	r->origin = s != NULL ? s->origin : ORIGIN_OPERATOR;
	text_copy(r->id, id, sizeof r->id);
	text_copy(r->address, address, sizeof r->address);
	text_copy(r->role, role != NULL ? role : "recipient", sizeof r->role);
	DL_APPEND(c->requests, r);
	c->request_count++;
	c->server->request_count++;
	return r;
}

static bool
is_yes(const struct wire_message *msg, const char *name)
{
	const char *value = wire_get(msg, name);

	return value != NULL && strcmp(value, "yes") == 0;
}

static bool
may_begin(struct client *c, const char *id, const char *address)
{
	if (address == NULL) {
		client_answer_error(c, id, "usage", "verify needs an address");
		return false;
	}
	if (c->request_count >= REQUESTS_MAX ||
	    c->server->request_count >= REQUESTS_ALL) {
		client_answer_error(c, id, "busy",
		    "too many requests under way");
		return false;
	}
	return true;
}

static void
do_verify(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *address = wire_get(msg, "address");
	struct answer bad = {
		.reason = REASON_BAD_SYNTAX,
		.source = SOURCE_RULES,
	};
	struct verify_params p = {
		.fresh = is_yes(msg, "fresh"),
		.evidence = is_yes(msg, "evidence"),
		.wait_ms = WAIT_DEFAULT_MS,
		.done = on_answer,
	};
	uint64_t wait_ms;
	enum address_status status;
	struct request *r;
	struct waiter *w;

	if (!may_begin(c, id, address))
		return;
	if (wire_get_u64(msg, "wait_ms", WAIT_MAX_MS, &wait_ms))
		p.wait_ms = (int64_t)wait_ms;
	if ((r = request_new(c, msg, id)) == NULL) {
		client_answer_error(c, id, "memory", "no memory");
		return;
	}
	p.arg = r;
	p.submitter = r->guard;
	p.stranger = !c->admin;
	p.addr = &r->addr;
	status = address_parse(address, strlen(address), &r->addr);
	if (status != ADDRESS_OK) {
		if (status == ADDRESS_NO_MEMORY)
			bad.reason = REASON_PROBE_UNAVAILABLE;
		on_answer(r, &bad);
		return;
	}
	w = verifier_ask(c->server->p.verifier, &p);
	if (w != NULL)
		r->waiter = w;
}

/* --- notes, status ------------------------------------------------------- */

static void
do_note(struct client *c, const struct wire_message *msg, const char *id)
{
	const char *note = wire_get(msg, "note");
	struct verdict_line line;
	struct address addr;
	bool parsed;

	(void)id;
	if (note != NULL && strcmp(note, "attack") == 0)
		attacks_note(wishes_store(c->server->p.wishes),
		    c->server->p.clerk, msg);
	if (note == NULL || strcmp(note, "decision") != 0 ||
	    !verdict_line_get(msg, &line))
		return;
	parsed = address_parse(line.address, strlen(line.address), &addr) ==
	    ADDRESS_OK;
	write_line(c->server, &line, line.guard != NULL ? line.guard : "",
	    parsed ? &addr : NULL);
}

static void
do_status(struct client *c, const struct wire_message *msg, const char *id)
{
	char *status = c->server->p.status(c->server->p.arg);

	(void)msg;
	client_answer(c, id, "status", status);
	free(status);
}

/* --- the table ------------------------------------------------------------ */

static const struct {
	const char *name;
	bool admin, answered;
	void (*run)(struct client *, const struct wire_message *,
	    const char *id);
} requests[] = {
	{ "verify", false, true, do_verify },
	{ "note", false, false, do_note },
	{ "status", false, true, do_status },
	{ "reload", true, true, reload_run },
	{ "purge", true, true, purge_run },
	{ "exclude", true, true, exclude_run },
	{ "override", true, true, override_run },
	{ "preflight", false, true, identity_preflight },
	{ "source", false, true, orders_source },
	{ "listing", false, true, orders_listing },
	{ "complaint", true, true, complain_run },
	{ "outcome", true, true, learn_run },
};

void
requests_run(struct client *c, const struct wire_message *msg)
{
	const char *name = wire_get(msg, "request");
	const char *id = wire_get(msg, "id");
	const char *version = wire_get(msg, "wire");
	size_t i;

	if (name == NULL || strcmp(msg->attrs[0].name, "request") != 0 ||
	    version == NULL || strcmp(version, WIRE_VERSION) != 0) {
		client_answer_error(c, NULL, "version", "a request begins with "
		    "\"request=\" and says \"wire=" WIRE_VERSION "\"");
		c->broken = true;
		return;
	}
	for (i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		if (strcmp(requests[i].name, name) != 0)
			continue;
		if (requests[i].answered &&
		    (id == NULL || strlen(id) > ID_MAX))
			client_answer_error(c, NULL, "usage",
			    "an id is missing");
		else if (requests[i].admin && !c->admin)
			client_answer_error(c, id, "denied", "only root and the "
			    "user of rcptguard-probe may do this");
		else
			requests[i].run(c, msg, id);
		return;
	}
	client_answer_error(c, id != NULL && strlen(id) <= ID_MAX ? id : NULL,
	    "unknown", "there is no such request");
}

void
requests_drop(struct client *c)
{
	struct request *r, *next;

	DL_FOREACH_SAFE(c->requests, r, next)
		request_free(r);
}
