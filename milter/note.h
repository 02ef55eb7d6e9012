/*
 * note: what the scribe says to the probe, as wire messages.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_NOTE_H
#define RCPTGUARD_NOTE_H

#include <stddef.h>

#include "milter/ring.h"

/*
 * A one-way note of a decision. The length, or 0: nothing to send (the entry
 * is no decision) or it does not fit.
 */
size_t note_decision(const struct ring_entry *e, char *out, size_t size);

/* A request to verify the address now and not to wait for it. 0: too long. */
size_t note_refresh(const struct ring_entry *e, char *out, size_t size);

/* "recipient", "sender" */
const char *note_role(enum guard_verify role);

#endif
