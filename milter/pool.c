#include "milter/pool.h"

void
pool_init(struct pool *p)
{
	pthread_mutex_init(&p->lock, NULL);
	p->count = 0;
}

struct wire_client *
pool_take(struct pool *p)
{
	struct wire_client *c = NULL;

	pthread_mutex_lock(&p->lock);
	if (p->count > 0)
		c = p->idle[--p->count];
	pthread_mutex_unlock(&p->lock);
	return c;
}

void
pool_keep(struct pool *p, struct wire_client *c)
{
	pthread_mutex_lock(&p->lock);
	if (p->count < POOL_SIZE) {
		p->idle[p->count++] = c;
		c = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	wire_client_close(c);
}
