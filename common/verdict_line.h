/*
 * verdict_line: one verdict as one JSON object on one line, with the same
 * names everywhere: the verdict log, `rcptguard check --json`, `log --json`,
 * replay. Readers must ignore members they do not know.
 *
 *   time, id, address, role, guard, origin, client, auth, sender, state,
 *   reason, action, mode, flood, source, age_s, took_ms, suggestion,
 *   evidence
 *
 * in this order; time is RFC 3339 in UTC, evidence is evidence.h's object.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_VERDICT_LINE_H
#define RCPTGUARD_VERDICT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jval.h"
#include "common/verdict.h"
#include "common/wire.h"

enum verdict_source {			/* where the answer came from */
	SOURCE_STORE,
	SOURCE_PROBE,
	SOURCE_RULES,
	SOURCE_DNS,
	SOURCE_HISTORY,
	SOURCE_OVERRIDE,
	SOURCE_COUNT
};
/* Static. NULL, or false and *out untouched, for what is not in the list. */
const char *verdict_source_word(enum verdict_source source);
bool verdict_source_from_word(const char *word, enum verdict_source *out);

#define VERDICT_ID_SIZE	17		/* 16 of [0-9a-z] and NUL */

/* Strings are borrowed, may be NULL (left out), and are escaped on output. */
struct verdict_line {
	int64_t time_ms;		/* wall clock */
	const char *id;
	const char *address;
	const char *role;		/* "recipient", "sender" */
	const char *guard;
	const char *origin;		/* guard_origin_word */
	const char *client;		/* IP address */
	const char *auth;		/* SASL login */
	const char *sender;
	enum verdict_reason reason;
	const char *action;
	const char *mode;
	const char *flood;		/* the limit that made the action:
					 * "bounce_attack", "mail_bomb" */
	enum verdict_source source;
	int64_t age_s;
	int64_t took_ms;
	const char *suggestion;		/* what may be meant; not in the log */
	const char *evidence;		/* a JSON object, or NULL */
};

/*
 * Without LF. The caller frees. NULL: no memory. Strings are cut at
 * TEXT_FIELD_MAX octets; evidence that is no JSON object is left out.
 */
char *verdict_line_json(const struct verdict_line *line);

/*
 * The way back, for readers of the verdict log. Strings point into object;
 * they are as they were written, that is escaped. evidence is NULL: it is
 * jval_get(object, "evidence"). False if time, id, address or reason is
 * missing, or if any known member is ill-formed.
 */
bool verdict_line_read(const struct jval *object, struct verdict_line *line);

/*
 * To and from a decision note on the wire (wire.h): the members under the same
 * names. The caller begins the note (request, wire, note) and ends it. state
 * follows from reason, and evidence stays behind. A string with CR or LF, which
 * the wire cannot carry, is escaped; any other goes as it is; both are cut at
 * TEXT_FIELD_MAX octets.
 */
void verdict_line_put(const struct verdict_line *line, struct wire_writer *w);
/*
 * Strings point into msg. False if time, id, address, reason or source is
 * missing, or if any of the attributes is ill-formed.
 */
bool verdict_line_get(const struct wire_message *msg,
    struct verdict_line *line);

/* A fresh id, unguessable and unique; any thread. */
void verdict_id_make(char out[VERDICT_ID_SIZE]);

/*
 * The same for who makes many: the kernel is asked for the octets of fifteen
 * ids at once. All zero has none yet. One owner at a time, who does not fork
 * a process that makes ids too.
 */
struct verdict_ids {
	unsigned char random[256];	/* getrandom gives as many whole */
	size_t left;
};
void verdict_id_next(struct verdict_ids *ids, char out[VERDICT_ID_SIZE]);
/* Whether text has the form of an id. */
bool verdict_id_is(const char *text);

#endif
