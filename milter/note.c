#include "milter/note.h"

#include <string.h>

#include "common/text.h"
#include "common/wire.h"

static const char *
role_word(enum guard_verify role)
{
	return role == VERIFY_SENDER ? "sender" : "recipient";
}

/*
 * The wire carries any octet but line breaks (and what reads it escapes for
 * its own ends), so UTF-8 goes as it is: it is the store's key.
 */
static const char *
one_line(const char *in, char *out, size_t size)
{
	if (strpbrk(in, "\r\n") == NULL)
		return in;
	text_escape(in, strlen(in), out, size);
	return out;
}

static void
begin_note(struct wire_writer *w, char *out, size_t size, const char *note)
{
	wire_begin(w, out, size);
	wire_put(w, "request", "note");
	wire_put(w, "wire", WIRE_VERSION);
	wire_put(w, "note", note);
}

static size_t
note_decision(const struct ring_entry *e, char *out, size_t size)
{
	struct wire_writer w;
	struct verdict_line line = { 0 };
	char auth[TEXT_FIELD_MAX], sender[TEXT_FIELD_MAX];
	char address[TEXT_FIELD_MAX];

	line.time_ms = e->time_ms;
	line.id = e->id;
	line.address = one_line(e->address, address, sizeof(address));
	line.role = role_word(e->role);
	line.guard = e->guard;
	line.origin = guard_origin_word(e->origin);
	if (e->client[0] != '\0')
		line.client = e->client;
	if (e->auth[0] != '\0')
		line.auth = one_line(e->auth, auth, sizeof(auth));
	line.sender = one_line(e->sender, sender, sizeof(sender));
	line.reason = e->reason;
	line.action = guard_action_word(e->action);
	line.mode = guard_mode_word(e->mode);
	line.flood = ring_flood_word(e->flood);
	line.source = e->source;
	line.age_s = e->age_s;
	line.took_ms = e->took_ms;
	begin_note(&w, out, size, "decision");
	verdict_line_put(&line, &w);
	return wire_end(&w);
}

static size_t
note_attack(const struct ring_entry *e, char *out, size_t size)
{
	struct wire_writer w;
	struct attack a;
	char auth[TEXT_FIELD_MAX];

	ring_attack(e, &a);
	text_copy(a.auth, one_line(e->auth, auth, sizeof(auth)),
	    sizeof(a.auth));
	begin_note(&w, out, size, "attack");
	attack_put(&a, e->attack.phase, &w);
	return wire_end(&w);
}

size_t
note_entry(const struct ring_entry *e, char *out, size_t size)
{
	switch (e->kind) {
	case RING_DECISION:
		return note_decision(e, out, size);
	case RING_ATTACK:
		return note_attack(e, out, size);
	case RING_QUEUED:
		break;
	}
	return 0;
}

size_t
note_verify(const struct note_question *q, char *out, size_t size)
{
	struct wire_writer w;
	char auth[TEXT_FIELD_MAX];

	wire_begin(&w, out, size);
	wire_put(&w, "request", "verify");
	wire_put(&w, "wire", WIRE_VERSION);
	wire_put(&w, "id", q->id);
	wire_put(&w, "address", q->address);
	wire_put(&w, "role", role_word(q->role));
	wire_put(&w, "guard", q->guard);
	wire_put(&w, "client", q->client);
	wire_put(&w, "auth", one_line(q->auth, auth, sizeof(auth)));
	wire_put_i64(&w, "wait_ms", q->wait_ms);
	wire_put(&w, "fresh", "no");
	wire_put(&w, "evidence", "no");
	return wire_end(&w);
}

size_t
note_refresh(const struct ring_entry *e, char *out, size_t size)
{
	const struct note_question q = {
		.id = e->id,
		.address = e->address,
		.guard = e->guard,
		.client = e->client,
		.auth = e->auth,
		.role = e->role,
		.wait_ms = 0,
	};

	return note_verify(&q, out, size);
}
