/*
 * dial: the only place that calls connect().
 */
#ifndef RCPTGUARD_DIAL_H
#define RCPTGUARD_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/target.h"

/*
 * A non-blocking, close-on-exec TCP socket whose connection is under way, or
 * -1 with errno (EACCES: the target rules forbid the address). source: bound
 * before, if it is of the same family; NULL: the system chooses.
 */
int dial(const struct net_addr *to, uint16_t port,
    const struct net_addr *source, const struct target_rules *rules);

/*
 * The addresses of this machine's interfaces, no more than max; loopback is
 * left out (it is not public anyway). False, with a log line and nothing
 * changed, if they cannot be had.
 */
bool dial_own_addresses(struct net_addr *out, size_t max, size_t *count);

#endif
