/*
 * attack: a bounce attack under way, as the milter tells it to the probe, as
 * the store keeps it (STORE_GUARDS, key: its id) and as an admin sees it.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_ATTACK_H
#define RCPTGUARD_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jval.h"
#include "common/net.h"
#include "common/store.h"
#include "common/verdict_line.h"
#include "common/wire.h"

#define ATTACK_GUARD_SIZE	64
#define ATTACK_AUTH_SIZE	128
#define ATTACKS_MAX		256	/* that are kept at once */
#define ATTACK_HOLD_MAX_S	(7 * 86400)	/* as guards.flood.hold has it */

enum attack_phase {
	ATTACK_BEGINS,
	ATTACK_GOES_ON,			/* it ends later than was said */
	ATTACK_ENDS
};

struct attack {
	char id[VERDICT_ID_SIZE];
	char guard[ATTACK_GUARD_SIZE];
	char auth[ATTACK_AUTH_SIZE];	/* SASL login, foreign; "": none */
	char client[NET_TEXT_SIZE];	/* IP address, or "" */
	int64_t began, until;		/* wall seconds */
	/* in the window when it began, or was last prolonged */
	int64_t judged, undeliverable;
	int64_t put_off;		/* recipients tempfailed for it */
};

const char *attack_phase_word(enum attack_phase phase);

/* A JSON object with the fields by their names. NULL: no memory. */
struct jval *attack_value(const struct attack *a);

/* An item of STORE_GUARDS, as sealed.h has it. */
void *attack_seal(struct store *s, const struct attack *a, size_t *len);
/* False, and *out zero, for what attack_seal has not made. */
bool attack_unseal(struct store *s, const void *data, size_t len,
    struct attack *out);

/*
 * Calls each for those in the store that are not over at now (wall seconds),
 * until it returns false.
 */
typedef bool attack_fn(void *arg, const struct attack *a);
enum store_status attack_walk(struct store *s, int64_t now, attack_fn *each,
    void *arg);

/*
 * Who says when it ends may have a wrong clock, or be no milter: no later than
 * the longest hold from now (wall seconds).
 */
void attack_bound(struct attack *a, int64_t now);

/*
 * The note's own attributes (wire.h: note=attack). Foreign text with CR or LF
 * must have been escaped.
 */
void attack_put(const struct attack *a, enum attack_phase phase,
    struct wire_writer *w);
/* False for anything that attack_put does not write. */
bool attack_get(const struct wire_message *msg, struct attack *out,
    enum attack_phase *phase);

#endif
