/*
 * dns_channel: questions to the name servers of one configuration.
 *
 * A channel is used until a reload replaces it; then it is retired and freed
 * when its last question has come home. It is made of dns_shards; questions
 * over what those take wait, in order. One question is under way once, for all
 * who ask it (dns_same).
 *
 * The loop's thread only. This, dns_shard and dns_parse are the only users of
 * c-ares.
 */
#ifndef RCPTGUARD_DNS_CHANNEL_H
#define RCPTGUARD_DNS_CHANNEL_H

#include <ares.h>
#include <event2/event.h>
#include <stdbool.h>

#include "probe/resolver.h"

struct dns_channel;

/* NULL: no memory; or, with a log line, no random device, bad servers. */
struct dns_channel *dns_channel_new(struct event_base *base,
    const struct resolver_params *params);

/*
 * From the loop, never from within an answer. Questions under way are answered
 * with ARES_EDESTRUCTION from within. A retired one leaves its list.
 */
void dns_channel_free(struct dns_channel *ch);

/*
 * Asks, in class IN. answer may be called before this returns, and may come a
 * little after that to another who asked the same. type: 1, 2, 12, 15, 16, 28
 * (RFC 1035, RFC 3596).
 */
void dns_channel_ask(struct dns_channel *ch, const char *name, int type,
    ares_callback answer, void *arg);

/*
 * No more questions will be asked; frees itself when the last is answered.
 * Until then it is in the list, for whoever must end before.
 */
void dns_channel_retire(struct dns_channel *ch, struct dns_channel **retired);

#endif
