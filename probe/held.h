/*
 * held: verdicts that were given to the clerk and are not in the store yet, so
 * that the next question for them is not another probe.
 *
 * Not locked: the clerk holds its lock around every call.
 */
#ifndef RCPTGUARD_HELD_H
#define RCPTGUARD_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/verdict.h"

struct held;				/* the table; begins as NULL */

/*
 * serial: of the piece of work that the verdict is of, never less than that
 * of the put before. Work up to serial done needs no holding any more; it is
 * not found, and each put frees some of it.
 *
 * A newer verdict of the same address takes the place of the one held, unless
 * rule R7 speaks against it. Without memory it is only not held.
 */
void held_put(struct held **table, const struct address *addr,
    const struct verdict *v, uint64_t serial, uint64_t done);
bool held_get(struct held *table, const struct address *addr, uint64_t done,
    struct verdict *out);
void held_clear(struct held **table);

#endif
