/*
 * http_answer: what an endpoint of the admin's says of an address.
 *
 * A JSON object. The first of these members that is there decides:
 *   reason   a reason of verdict.h: deliverable, undeliverable, risky or
 *            unknown; if state is there too, it must be the reason's
 *   state    "deliverable", "undeliverable" or "unknown"; "risky" has no one
 *            reason and needs it
 *   status   "valid", "invalid", "catch-all" (or "catch_all") or "unknown", as
 *            verification services write
 * Other members are ignored.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_HTTP_ANSWER_H
#define RCPTGUARD_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/verdict.h"

/*
 * False, and *out untouched, for anything else: why says what is wrong, in
 * words that may be shown.
 */
bool http_answer_read(const char *body, size_t len, enum verdict_reason *out,
    char *why, size_t size);

#endif
