/*
 * verdict_line: one verdict as one JSON object on one line, with the same
 * names everywhere: the verdict log, `rcptguard check --json`, `log --json`,
 * replay. Readers must ignore members they do not know.
 *
 *   time, id, address, role, guard, client, auth, sender, state, reason,
 *   action, mode, source, age_s, took_ms, evidence
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_VERDICT_LINE_H
#define RCPTGUARD_VERDICT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	const char *client;		/* IP address */
	const char *auth;		/* SASL login */
	const char *sender;
	enum verdict_reason reason;
	const char *action;
	const char *mode;
	enum verdict_source source;
	int64_t age_s;
	int64_t took_ms;
	const char *evidence;		/* a JSON object, or NULL */
};

/* Without LF. The caller frees. NULL: no memory. */
char *verdict_line_json(const struct verdict_line *line);

/* To and from a decision note on the wire (wire.h); evidence stays behind. */
void verdict_line_put(const struct verdict_line *line, struct wire_writer *w);
/* Strings point into msg. False if time, id, address or reason is missing. */
bool verdict_line_get(const struct wire_message *msg,
    struct verdict_line *line);

/* A fresh id, unguessable and unique; any thread. */
void verdict_id_make(char out[VERDICT_ID_SIZE]);

#endif
