/*
 * dns_shard: one c-ares channel on the event loop.
 *
 * c-ares 1.18 goes through all of a channel's questions whenever one is asked
 * or may be over, and reads all answers there are in one go. So that no
 * callback of the loop takes long, dns_channel spreads questions over several.
 *
 * Nothing is ever cancelled: c-ares 1.18 frees twice when it is, from within
 * its callbacks. The loop's thread only.
 */
#ifndef RCPTGUARD_DNS_SHARD_H
#define RCPTGUARD_DNS_SHARD_H

#include <ares.h>
#include <event2/event.h>
#include <stdint.h>

struct dns_shard;

/*
 * servers: as ares_set_servers_ports_csv reads it; NULL: those of the system.
 * NULL with a log line: no memory, no random device, bad servers.
 */
struct dns_shard *dns_shard_new(struct event_base *base, const char *servers,
    int64_t timeout_ms, int tries);

/* Not from within an answer. Questions are answered: ARES_EDESTRUCTION. */
void dns_shard_free(struct dns_shard *sh);

/* As dns_channel_ask. */
void dns_shard_ask(struct dns_shard *sh, const char *name, int type,
    ares_callback answer, void *arg);

#endif
