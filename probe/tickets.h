/*
 * tickets: TLS sessions that may be resumed (RFC 5077, RFC 8446 2.2), one for
 * each mail host, so that the next connection to it needs no certificate and
 * no key exchange of its own.
 *
 * A ticket is used with the address and the name that it came from, never
 * another. It is kept as DER, for that is smaller than a live session, and
 * for an hour at most. Bounded: who was learned longest ago goes first.
 *
 * A part of tls.c, which alone knows OpenSSL. The loop's thread only.
 */
#ifndef RCPTGUARD_TICKETS_H
#define RCPTGUARD_TICKETS_H

#include <openssl/ssl.h>

#include "common/net.h"

#define TICKETS_MAX		1000
#define TICKET_BYTES_MAX	(8 * 1024)
#define TICKET_AGE_MS		(3600 * 1000)

struct tickets;

/* Whom a connection is to; SNI and address together. */
struct ticket_key {
	struct net_addr addr;
	char host[256];
};

struct tickets *tickets_create(void);	/* NULL: no memory */
void tickets_destroy(struct tickets *t);

/* Nothing is kept without memory, nor what is too large. */
void tickets_put(struct tickets *t, const struct ticket_key *key,
    SSL_SESSION *session, int64_t now_ms);

/*
 * Gives ssl what is known, before its handshake. One of TLS 1.3 is used once
 * (RFC 8446, C.4).
 */
void tickets_use(struct tickets *t, const struct ticket_key *key, SSL *ssl,
    int64_t now_ms);

#endif
