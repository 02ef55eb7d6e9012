/*
 * override: the admin's own word on an address or a domain, before all else.
 *
 * It stands in the store (STORE_OVERRIDES), sealed, under the keyed hash of the
 * address or under the domain's name; who asks for an address finds it there in
 * its own process, so it is in force once it is stored, and without a probe.
 *
 * Its states are deliverable, risky and undeliverable. The closed list of
 * reasons has no word of its own for it; the source "override" says whose word
 * it is, and the reason is the nearest: known_by_signal, denied, and
 * mailbox_disabled, for one that shall get no mail.
 *
 * Any thread.
 */
#ifndef RCPTGUARD_OVERRIDE_H
#define RCPTGUARD_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/jval.h"
#include "common/store.h"
#include "common/verdict.h"

#define OVERRIDES_MAX		10000
#define OVERRIDE_NOTE_MAX	256
#define OVERRIDE_KEY_MAX	STORE_ITEM_KEY_MAX

struct override {
	char what[ADDRESS_MAX + 1];	/* canonical address, or a domain */
	enum verdict_state state;
	char note[OVERRIDE_NOTE_MAX + 1];	/* may be empty */
	int64_t since, until;		/* wall seconds; until 0: for good */
	uint32_t uid;			/* who entered it */
};

/*
 * Fills what; all else is zero. NULL, or what is wrong with it, in words that
 * follow "TEXT: "; static.
 */
const char *override_parse(const char *text, struct override *out);

/* False, and nothing changed: no such word, or not one of the three. */
bool override_set_state(struct override *o, const char *word);
/* False, and nothing changed: too long, or not plain (text_is_plain). */
bool override_set_note(struct override *o, const char *note);

enum verdict_reason override_reason(enum verdict_state state);
bool override_in_force(const struct override *o, int64_t now);

/* The key of its item; 0: a reader has no store. */
size_t override_key(struct store *s, const struct override *o,
    uint8_t out[OVERRIDE_KEY_MAX]);

/* A JSON object: what, state, note, since, until, uid. NULL: no memory. */
struct jval *override_value(const struct override *o);

/* An item, as sealed.h has it. */
void *override_seal(struct store *s, const struct override *o, size_t *len);
/* False, and *out zero, for what override_seal has not made. */
bool override_unseal(struct store *s, const void *data, size_t len,
    struct override *out);

/*
 * The one in force for an address: its own, else that of its domain. False:
 * none, or a store that cannot be read.
 */
bool override_find(struct store *s, const struct address *addr, int64_t now,
    struct override *out);

#endif
