/*
 * note: what the milter says to the probe, as wire messages.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_NOTE_H
#define RCPTGUARD_NOTE_H

#include <stddef.h>

#include "milter/ring.h"

/*
 * A one-way note of a decision or an attack. The length, or 0: nothing to send
 * (the entry is neither) or it does not fit.
 */
size_t note_entry(const struct ring_entry *e, char *out, size_t size);

/* What a verify request says. Strings are borrowed; auth may be foreign. */
struct note_question {
	const char *id, *address, *guard;
	const char *client, *auth;	/* "" : none */
	enum guard_verify role;
	int64_t wait_ms;
};

/* 0: too long. */
size_t note_verify(const struct note_question *q, char *out, size_t size);

/* A request to verify the entry's address now, and not to wait for it. */
size_t note_refresh(const struct ring_entry *e, char *out, size_t size);

#endif
