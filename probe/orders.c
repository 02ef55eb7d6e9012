#include "probe/orders.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jval.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/gate.h"
#include "probe/server_internal.h"
#include "probe/source_keep.h"
#include "probe/watch.h"

#define ANY	"any"

enum order { ORDER_LIST, ORDER_REST, ORDER_RESUME, ORDER_RETIRE,
    ORDER_UNRETIRE, ORDER_COUNT };

static const struct {
	const char *word;
	bool needs_cause;
	const char *told;		/* in the log */
} orders[ORDER_COUNT] = {
	[ORDER_LIST] = { "list", false, "" },
	[ORDER_REST] = { "rest", false, "rests" },
	[ORDER_RESUME] = { "resume", true, "resumes" },
	[ORDER_RETIRE] = { "retire", true, "is retired" },
	[ORDER_UNRETIRE] = { "unretire", true, "is no longer retired" },
};

/* One order, checked. */
struct request_order {
	enum order order;
	struct net_addr addr, by;	/* by.family 0: none */
	char text[NET_TEXT_SIZE];	/* of addr, or "any" */
	char cause[SOURCE_CAUSE_MAX + 1];
	struct source *source;		/* in the pool, or NULL */
};

/* Takes values; NULL: no memory. */
static void
send_values(struct client *c, const char *id, const char *const *names,
    struct jval **values, size_t count, const char *note)
{
	char *buf = malloc(WIRE_ANSWER_MAX), *json;
	struct wire_writer w;
	bool ok = buf != NULL;
	size_t i;

	if (ok) {
		wire_begin(&w, buf, WIRE_ANSWER_MAX);
		wire_put(&w, "id", id);
	}
	for (i = 0; i < count; i++) {
		json = ok && values[i] != NULL ? jval_print(values[i]) : NULL;
		if (json != NULL)
			wire_put(&w, names[i], json);
		else
			ok = false;
		free(json);
		jval_free(values[i]);
	}
	if (ok && note != NULL)
		wire_put(&w, "note", note);
	if (ok)
		client_send(c, &w);
	else
		client_answer_error(c, id, "memory", "no memory");
	free(buf);
}

/* Text that needs no escape, not blank. */
static bool
take_text(const struct wire_message *msg, const char *name, char *out,
    size_t size)
{
	const char *text = wire_get(msg, name);
	char escaped[4 * SOURCE_CAUSE_MAX + 8];

	if (text == NULL || text[strspn(text, " ")] == '\0' ||
	    strlen(text) >= size)
		return false;
	text_escape_utf8(text, strlen(text), escaped, sizeof escaped);
	return strcmp(text, escaped) == 0 && text_copy(out, text, size) < size;
}

/* --- sources ------------------------------------------------------------- */

static bool
refuse(struct client *c, const char *id, const char *word, const char *text)
{
	client_answer_error(c, id, word, text);
	return false;
}

static bool
read_order(struct client *c, const struct wire_message *msg, const char *id,
    struct request_order *out)
{
	const char *word = wire_get(msg, "do");
	const char *address = wire_get(msg, "address");
	const char *by = wire_get(msg, "by");
	unsigned i;

	memset(out, 0, sizeof *out);
	for (i = 0; i < ORDER_COUNT; i++)
		if (word != NULL && strcmp(orders[i].word, word) == 0)
			break;
	if (i == ORDER_COUNT)
		return refuse(c, id, "usage", "do is list, rest, resume, "
		    "retire or unretire");
	out->order = (enum order)i;
	if (out->order == ORDER_LIST)
		return true;
	if (!c->admin)
		return refuse(c, id, "denied", "only root and the user of "
		    "rcptguard-probe may do this");
	/* Where the system chooses there is one rest alone that can end. */
	if (out->order == ORDER_RESUME && address != NULL &&
	    strcmp(address, ANY) == 0)
		text_copy(out->text, ANY, sizeof out->text);
	else if (address == NULL || !net_addr_parse(address, &out->addr))
		return refuse(c, id, "usage", address != NULL &&
		    strcmp(address, ANY) == 0 ? "\"any\" is what the system "
		    "chooses, and can only be resumed; name one of "
		    "identity.sources" : "address is missing, or no IP "
		    "address");
	if (by != NULL && !net_addr_parse(by, &out->by))
		return refuse(c, id, "usage", "what replaces it is no IP "
		    "address");
	if (!take_text(msg, "cause", out->cause, sizeof out->cause) &&
	    (orders[i].needs_cause || wire_get(msg, "cause") != NULL))
		return refuse(c, id, "usage", "it needs a cause: what was "
		    "wrong and what was done, in one line of at most 200 "
		    "octets");
	if (out->text[0] == '\0')
		net_addr_text(&out->addr, out->text);
	out->source = source_find(c->server->p.pool, &out->addr);
	return true;
}

static void
note_order(struct server *s, const struct request_order *o, uint32_t uid,
    enum notice_kind kind)
{
	struct notice n = { .kind = kind, .what = o->text,
	    .source = o->text };
	struct source_order *to;

	log_info("source %s %s, as user %lu says: %s", o->text,
	    orders[o->order].told, (unsigned long)uid,
	    o->cause[0] != '\0' ? o->cause : "no cause given");
	notices_tell(s->p.notices, &n, "it %s; cause: %s",
	    orders[o->order].told, o->cause[0] != '\0' ? o->cause : "none");
	if (o->source == NULL)
		return;
	to = &o->source->order;
	text_copy(to->word, orders[o->order].word, sizeof to->word);
	text_copy(to->cause, o->cause, sizeof to->cause);
	to->at = clock_wall_s();
	to->by = uid;
	source_keep(s->p.clerk, o->source);
}

static bool
rest_or_resume(struct client *c, const char *id, struct request_order *o)
{
	struct source *s = o->source;

	if (strcmp(o->text, ANY) == 0) {
		gate_resume(c->server->p.gate, "");
		note_order(c->server, o, c->uid, NOTICE_SOURCE_RESUMES);
		return true;
	}
	if (s == NULL)
		return refuse(c, id, "usage", "identity.sources has no such "
		    "address; rcptguard source list shows all");
	if (o->order == ORDER_REST) {
		source_rest(s, REST_ADMIN, clock_wall_s(), "");
	} else if (s->rests & REST_RETIRED) {
		return refuse(c, id, "usage", "it is retired; rcptguard "
		    "source unretire takes that back");
	} else {
		source_resume(s, REST_ADMIN);
		source_resume(s, REST_LISTED);
		gate_resume(c->server->p.gate, o->text);
	}
	note_order(c->server, o, c->uid, o->order == ORDER_REST ?
	    NOTICE_SOURCE_RESTS : NOTICE_SOURCE_RESUMES);
	return true;
}

/* Both begin, or begin again, at the lowest step. */
static void
restart_ramp(struct server *s, const struct net_addr *addr)
{
	char text[NET_TEXT_SIZE];

	net_addr_text(addr, text);
	gate_restart_source(s->p.gate, text);
}

static bool
retire(struct client *c, const char *id, struct request_order *o)
{
	struct server *s = c->server;
	struct retirement r = { .addr = o->addr, .by = o->by,
	    .at = clock_wall_s(), .user = c->uid };
	enum retired_status status;

	text_copy(r.cause, o->cause, sizeof r.cause);
	gate_ramp(s->p.gate, o->text, &r.step, &r.recovering);
	status = retired_add(s->p.retired, &r);
	if (status != RETIRED_OK)
		return refuse(c, id, "usage", retired_text(status));
	retired_keep(s->p.clerk, &r);
	if (r.by.family != 0)
		restart_ramp(s, &r.by);
	retired_apply(s->p.retired, s->p.pool);
	note_order(s, o, c->uid, NOTICE_SOURCE_RETIRED);
	preflight_run_again(s->p.preflight);
	return true;
}

static bool
unretire(struct client *c, const char *id, struct request_order *o)
{
	struct server *s = c->server;

	if (!retired_remove(s->p.retired, &o->addr))
		return refuse(c, id, "usage", "it is not retired");
	retired_drop(s->p.clerk, &o->addr);
	restart_ramp(s, &o->addr);
	retired_apply(s->p.retired, s->p.pool);
	note_order(s, o, c->uid, NOTICE_SOURCE_RETURNS);
	preflight_run_again(s->p.preflight);
	return true;
}

static bool
obey(struct client *c, const char *id, struct request_order *o)
{
	switch (o->order) {
	case ORDER_LIST:
	case ORDER_COUNT:
		break;
	case ORDER_REST:
	case ORDER_RESUME:
		return rest_or_resume(c, id, o);
	case ORDER_RETIRE:
		return retire(c, id, o);
	case ORDER_UNRETIRE:
		return unretire(c, id, o);
	}
	return true;
}

/* What the admin has still to do. NULL: nothing. */
static const char *
advice(struct server *s, const struct request_order *o)
{
	if (o->order != ORDER_RETIRE)
		return NULL;
	if (o->source == NULL)
		return "identity.sources has no such address; it is "
		    "remembered as retired";
	if (o->by.family != 0 && source_find(s->p.pool, &o->by) == NULL)
		return "put what replaces it into identity.sources instead "
		    "of it, with its DNS records, and reload; it begins at "
		    "the lowest step once preflight has passed";
	return NULL;
}

void
orders_source(struct client *c, const struct wire_message *msg,
    const char *id)
{
	static const char *const names[] = { "sources", "retired" };
	struct server *s = c->server;
	struct request_order o;
	struct jval *values[2];

	if (!read_order(c, msg, id, &o) || !obey(c, id, &o))
		return;
	values[0] = gate_health(s->p.gate);
	values[1] = retired_json(s->p.retired);
	send_values(c, id, names, values, 2, advice(s, &o));
}

/* --- listings ------------------------------------------------------------ */

static bool
ticket(struct client *c, const struct wire_message *msg, const char *id)
{
	char note[LISTING_NOTE_MAX + 1];
	const char *word = wire_get(msg, "state");
	struct watch_ticket t = {
		.what = wire_get(msg, "what"),
		.zone = wire_get(msg, "zone"),
		.set = word != NULL,
		.by = c->uid,
	};

	if (!c->admin)
		return refuse(c, id, "denied", "only root and the user of "
		    "rcptguard-probe may do this");
	if (t.what == NULL || t.zone == NULL ||
	    (word != NULL && !ticket_from_word(word, &t.state)) ||
	    (word == NULL && wire_get(msg, "note") == NULL))
		return refuse(c, id, "usage", "it needs what is listed, the "
		    "list, and a state (none, requested, closed) or a note");
	if (wire_get(msg, "note") != NULL) {
		if (!take_text(msg, "note", note, sizeof note))
			return refuse(c, id, "usage", "a note is one line of "
			    "at most 200 octets");
		t.note = note;
	}
	if (!watch_ticket(c->server->p.watch, &t))
		return refuse(c, id, "usage", "it is not on such a list; "
		    "rcptguard listing list shows all");
	return true;
}

void
orders_listing(struct client *c, const struct wire_message *msg,
    const char *id)
{
	static const char *const names[] = { "listings" };
	const char *word = wire_get(msg, "do");
	struct jval *list;

	if (word != NULL && strcmp(word, "ticket") == 0) {
		if (!ticket(c, msg, id))
			return;
	} else if (word == NULL || strcmp(word, "list") != 0) {
		(void)refuse(c, id, "usage", "do is list or ticket");
		return;
	}
	list = watch_status(c->server->p.watch, true);
	send_values(c, id, names, &list, 1, NULL);
}
