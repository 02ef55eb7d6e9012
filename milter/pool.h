/*
 * pool: connections to the probe that wait for the next question.
 *
 * The last one kept is taken first, so that few stay in use when little is
 * asked. A connection in the pool may have died with the probe.
 */
#ifndef RCPTGUARD_POOL_H
#define RCPTGUARD_POOL_H

#include <pthread.h>
#include <stddef.h>

#include "common/wire_client.h"

#define POOL_SIZE	64

struct pool {
	pthread_mutex_t lock;
	struct wire_client *idle[POOL_SIZE];
	size_t count;
};

void pool_init(struct pool *p);

/* Any thread. NULL: none; the caller owns what it takes. */
struct wire_client *pool_take(struct pool *p);

/* Any thread. Takes over c; closes it if the pool is full. */
void pool_keep(struct pool *p, struct wire_client *c);

#endif
