/*
 * routes: the mail hosts of a domain, remembered for as long as DNS allows,
 * and looked up once however many ask at the same time.
 *
 * A layer over resolver.h with the same contract. Failures of DNS are not
 * remembered. Bounded: the route that was learned first goes first.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_ROUTES_H
#define RCPTGUARD_ROUTES_H

#include "probe/resolver.h"

#define ROUTES_MAX		10000
#define ROUTES_TTL_MAX_S	3600
#define ROUTES_TTL_PART_S	300	/* where DNS did not tell all of it */
#define ROUTES_TTL_NONE_MAX_S	900	/* for what does not exist */
#define ROUTES_TTL_NONE_S	60	/* the same, where no SOA says */

struct routes;
struct route_wait;

struct routes *routes_create(struct event_base *base,
    struct resolver *resolver);
void routes_destroy(struct routes *r);

/* As resolver_tell_fn, and when that was (monotonic). */
typedef void routes_tell_fn(void *arg, int64_t at_ms, const char *line);

/*
 * done is called once from the loop, never from within, with what
 * resolver_done_fn says; what there is to tell is told before it, or before
 * route_cancel returns. NULL: no memory.
 */
struct route_wait *routes_mail(struct routes *r, const char *domain,
    routes_tell_fn *tell, resolver_done_fn *done, void *arg);
void route_cancel(struct route_wait *w);	/* NULL is fine */

void routes_forget(struct routes *r, const char *domain);
void routes_clear(struct routes *r);

#endif
