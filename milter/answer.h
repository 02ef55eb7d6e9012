/*
 * answer: the SMTP reply to a client, from one table of fixed texts.
 *
 * Only the verdict's id is put in, so nothing that a mail host, a resolver or
 * a client wrote comes back in a reply, and all kinds of failure to verify
 * read the same. The texts are in ASCII, hold no "%" (libmilter and Postfix
 * expand it), and do not begin as the rejections that stock fail2ban filters
 * count: a ban would hit the site's own web application.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_ANSWER_H
#define RCPTGUARD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conf.h"
#include "common/verdict.h"
#include "common/verdict_line.h"
#include "milter/ring.h"

struct answer {
	const char *code;		/* "450"; of the action's class */
	const char *enhanced;		/* "4.1.1" (RFC 3463) */
	const char *text;		/* without the id */
};

/*
 * NULL: the action says nothing to the client (accept, hold, tag). reject with
 * a state other than undeliverable gets a temporary reply (rule R1).
 */
const struct answer *answer_for(enum guard_action action,
    enum verdict_state state, enum guard_verify verify);

/* NULL: FLOOD_NONE. Always temporary. */
const struct answer *answer_for_flood(enum ring_flood flood);

#define ANSWER_TEXT_MAX	256

/*
 * The reply's text: the fixed one and "(id)". The length; out always ends in
 * NUL. id: as verdict_id_make wrote it.
 */
size_t answer_text(const struct answer *a, const char *id,
    char out[ANSWER_TEXT_MAX]);

/* Walks the table for tests; NULL past the end. */
const struct answer *answer_at(size_t index);

#endif
