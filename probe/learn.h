/*
 * learn: what the admin's log says became of mail, counted against the verdict
 * that was known, and kept where it teaches something (teach.h).
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_LEARN_H
#define RCPTGUARD_LEARN_H

#include "common/wire.h"

#define LEARN_ITEMS_MAX		100000	/* then the oldest go */
#define LEARN_OCTETS_EACH	4096	/* of the store, for one to be kept */
#define LEARN_PLACES_MAX	64	/* logs whose place is kept */
#define LEARN_PENDING_MAX	64	/* wait for DNS */

struct client;
struct server;

/* The request outcome; see wire.h. */
void learn_run(struct client *c, const struct wire_message *msg,
    const char *id);

/* Nobody waits for an answer any more. */
void learn_drop(struct server *s);

#endif
