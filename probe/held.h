/*
 * held: verdicts that were given to the clerk and are not in the store yet, so
 * that the next question for them is not another probe.
 *
 * Not locked: the clerk holds its lock around every call.
 */
#ifndef RCPTGUARD_HELD_H
#define RCPTGUARD_HELD_H

#include <stdbool.h>

#include "common/address.h"
#include "common/verdict.h"

struct held;				/* the table; begins as NULL */

/*
 * token: which piece of work the verdict is of; never followed. A newer one of
 * the same address takes its place, and its verdict too unless rule R7 speaks
 * against it. Without memory it is only not held.
 */
void held_put(struct held **table, const struct address *addr,
    const struct verdict *v, const void *token);
bool held_get(struct held *table, const struct address *addr,
    struct verdict *out);
/* Does nothing if a newer one has replaced it. */
void held_drop(struct held **table, const struct address *addr,
    const void *token);
void held_clear(struct held **table);

#endif
