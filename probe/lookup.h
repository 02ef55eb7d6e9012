/*
 * lookup: asks DNS for the facts that a decision wants (facts.h), side by
 * side, on the resolver's channel.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_LOOKUP_H
#define RCPTGUARD_LOOKUP_H

#include "probe/facts.h"
#include "probe/resolver.h"

struct lookup;
typedef void lookup_done_fn(void *arg);

/*
 * Asks all that is wanted of facts now, which is borrowed until done or
 * lookup_cancel. done is called once, from the loop, when all are answered or
 * deadline_ms is over; what had no answer by then is a failure. The handle is
 * gone before done is called. NULL: no memory.
 */
struct lookup *lookup_start(struct event_base *base,
    struct resolver *resolver, struct facts *facts, int64_t deadline_ms,
    lookup_done_fn *done, void *arg);

void lookup_cancel(struct lookup *l);	/* NULL is fine */

#endif
