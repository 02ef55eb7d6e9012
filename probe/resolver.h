/*
 * resolver: the mail hosts of a domain, or one host's addresses, from c-ares
 * on the event loop.
 *
 * One lookup is MX, then A and AAAA of up to MX_HOSTS_MAX hosts side by side
 * (and NS, where the domain is its own host); it ends within its deadline
 * whatever the servers do, and a second after the first host has an address:
 * what was not answered by then is DNS_FAILED. Callbacks come from the loop,
 * never from within resolver_mail or resolver_cancel; c-ares (dns_channel.h) is
 * never cancelled or torn down inside one of its own callbacks.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_RESOLVER_H
#define RCPTGUARD_RESOLVER_H

#include <event2/event.h>

#include "common/conf.h"
#include "probe/mx.h"

struct resolver;
struct resolver_query;

struct resolver_params {
	const struct conf_endpoint *servers;	/* copied */
	size_t server_count;		/* 0: the system's resolv.conf */
	int64_t timeout_ms;		/* of one try */
	int tries;
	int64_t deadline_ms;		/* of one lookup, all in all */
};

/* What the story tells of DNS: one line a question, foreign text escaped. */
typedef void resolver_tell_fn(void *arg, const char *line);

/*
 * reason: REASON_MAX if route has at least one host with an address, else the
 * verdict. route lives during the call only.
 */
typedef void resolver_done_fn(void *arg, enum verdict_reason reason,
    const struct mx_route *route);

/* NULL: as dns_channel_new. */
struct resolver *resolver_create(struct event_base *base,
    const struct resolver_params *params);

/* Every query in flight ends without a callback. */
void resolver_destroy(struct resolver *r);

/*
 * New servers and times for queries that begin after it (reload). False: as
 * dns_channel_new, and the old ones stay.
 */
bool resolver_reconfigure(struct resolver *r,
    const struct resolver_params *params);

/* domain: an A-label name, not a literal. NULL: no memory. */
struct resolver_query *resolver_mail(struct resolver *r, const char *domain,
    resolver_tell_fn *tell, resolver_done_fn *done, void *arg);

/*
 * The addresses of one host, and no mail host of its: route has that host
 * alone. The rest as with resolver_mail.
 */
struct resolver_query *resolver_addresses(struct resolver *r,
    const char *host, resolver_tell_fn *tell, resolver_done_fn *done,
    void *arg);

/* The channel that questions of now go to, for lookup.c. */
struct dns_channel;
struct dns_channel *resolver_channel(struct resolver *r);

/* done is not called; the handle is gone. */
void resolver_cancel(struct resolver_query *q);

#endif
