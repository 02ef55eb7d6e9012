/*
 * wire: Postfix's attribute syntax, both ways.
 *
 *   message   = *( name "=" value LF ) LF
 *   name      = 1*( ALPHA / DIGIT / "_" )      at most 64 octets
 *   value     = any octets but NUL and LF (CR is refused too)
 *
 * A request starts with "request=NAME"; "id" is chosen by the client and is
 * echoed, so answers may come out of order. A request without "wire=1" (the
 * version) is refused. Sizes include every octet up to and with the empty
 * line. A name given twice is an error.
 *
 * Requests (client to probe) and their attributes:
 *   verify  id, address, role (recipient, sender), guard, client, auth,
 *           wait_ms, fresh (yes, no), evidence (yes, no)
 *       ->  id, state, reason, source, age_s, took_ms [, suggestion]
 *           [, evidence (JSON)]
 *   note    note=decision and the fields of a verdict line, or note=attack
 *           and those of common/attack.h; never answered
 *   status  id                     -> id, status (JSON)
 *   reload  id                     -> id, result (ok, error), text
 *   purge   id, address or domain  -> id, result, count
 *   exclude id, do (add, remove, list), what, note, ticket, until (seconds
 *           since the epoch), after (list)
 *       ->  id, result, text, count; list: id, list (JSON) [, more]
 *   override id, do (add, remove), what, state, note, until (as above)
 *       ->  id, result, text, count
 *   preflight id                   -> id, preflight (JSON), once there is one
 *   source  id, do (list, rest, resume, retire, unretire), address, by, cause
 *       ->  id, sources, retired (JSON) [, note]
 *   listing id, do (list, ticket); ticket: what, zone, state, note
 *       ->  id, listings (JSON)
 *   complaint id, do (add, change), what (its own id), from, about, text,
 *           exclusion [, message_id, names, via (mail)]; change: state
 *       ->  id, result, text, count
 *   outcome id, do (report, place); report: kind (sent, deferred, bounced),
 *           address, qid, at (seconds since the epoch), relay, ip, quoted (yes,
 *           no), stage, code, enhanced, text, via (log, dsn)
 *       ->  id, result (counted, duplicate, unknown, newer,
 *           not_theirs, no_such_message), text [, taught (a reason)]
 *           place: what (the path of a log, or absent), at
 *       ->  id, result, text, count, once all before is stored
 * An error answers id (if any), error (a word), text.
 *
 * Pure; one owner per object.
 */
#ifndef RCPTGUARD_WIRE_H
#define RCPTGUARD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_VERSION		"1"
#define WIRE_REQUEST_MAX	4096
#define WIRE_ANSWER_MAX		(256 * 1024)	/* a status may need half */
#define WIRE_ATTRS_MAX		64
#define WIRE_NAME_MAX		64

enum wire_status {
	WIRE_OK,
	WIRE_MORE,			/* no whole message yet */
	WIRE_TOO_LONG,
	WIRE_TOO_MANY,			/* attributes */
	WIRE_SYNTAX,
	WIRE_DUPLICATE,
	WIRE_STATUS_COUNT
};

struct wire_attr {
	const char *name;		/* NUL-terminated, into the buffer */
	const char *value;
};

struct wire_message {
	struct wire_attr attrs[WIRE_ATTRS_MAX];
	size_t count;
};

/*
 * Parses the message at the start of buf (len octets). On WIRE_OK *used is
 * its length, and buf has been changed: names and values end in NUL and point
 * into it, so the message lives no longer than buf. An empty line alone is a
 * message without attributes. On any other status nothing was changed. limit:
 * WIRE_REQUEST_MAX or WIRE_ANSWER_MAX. Every status but WIRE_OK and WIRE_MORE
 * is final and comes as early as it is certain: more octets change nothing,
 * and the connection cannot be read on.
 *
 * Each call looks at the message from its start. Call it after a read, not
 * after an octet.
 */
enum wire_status wire_parse(char *buf, size_t len, size_t limit,
    struct wire_message *msg, size_t *used);

const char *wire_status_text(enum wire_status status);

/* The value, or NULL. */
const char *wire_get(const struct wire_message *msg, const char *name);

/*
 * Decimal, no sign, no more than max. False, and *out untouched, if absent or
 * ill-formed.
 */
bool wire_get_u64(const struct wire_message *msg, const char *name,
    uint64_t max, uint64_t *out);

/*
 * A message under construction in a caller's buffer. The first thing that
 * does not fit, a name that is none, a value that is NULL or has CR or LF,
 * latches failed; it is checked once, at wire_end. Values must come from where
 * they cannot hold CR or LF, or be escaped: a lost message is the lesser evil,
 * not the plan. The writer does not look for names put twice.
 */
struct wire_writer {
	char *buf;
	size_t size, len;
	bool failed;
};

void wire_begin(struct wire_writer *w, char *buf, size_t size);
void wire_put(struct wire_writer *w, const char *name, const char *value);
void wire_put_i64(struct wire_writer *w, const char *name, int64_t value);
/* Adds the empty line. The whole length, or 0 if anything failed. */
size_t wire_end(struct wire_writer *w);

#endif
