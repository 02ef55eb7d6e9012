/*
 * tls: opportunistic TLS for a client (RFC 3207, RFC 7435). With tickets.h,
 * the only user of OpenSSL.
 *
 * With mail hosts no certificate is verified: the verdict does not rest on
 * TLS, and most could not pass. With an endpoint of the admin's it is, against
 * CAs and host name (RFC 9110, 4.3.4): its word is the verdict. What a peer can
 * make us work is bounded: TLS 1.2 or newer, a chain of at most 10 certificates
 * and 100 KiB.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_TLS_H
#define RCPTGUARD_TLS_H

#include <stddef.h>
#include <event2/bufferevent.h>

#include "common/net.h"

struct tls;

/* NULL with a log line. */
struct tls *tls_create(void);
void tls_destroy(struct tls *t);

/*
 * Takes the connected fd over (it is closed with the bufferevent) and begins
 * the handshake; BEV_EVENT_CONNECTED tells of its end. host: for SNI, a name
 * or NULL; addr: who is at the other end. A session with the two of them is
 * resumed if they still know it. NULL: no memory, and fd is still the
 * caller's.
 */
struct bufferevent *tls_bufferevent(struct tls *t, struct event_base *base,
    evutil_socket_t fd, const char *host, const struct net_addr *addr);

/*
 * For endpoints: certificates are verified against ca_file (PEM), or against
 * the system's CA store if that is NULL. NULL with a log line.
 */
struct tls *tls_create_verifying(const char *ca_file);
/* One more owner, who calls tls_destroy as well. */
struct tls *tls_ref(struct tls *t);

/*
 * Not connected yet; the handshake follows the connection. host is the name,
 * or the address in text, that the certificate must be for. NULL: no memory.
 */
struct bufferevent *tls_connecting(struct tls *t, struct event_base *base,
    const char *host);

/* "TLSv1.3", "TLSv1.3 resumed", static; after the handshake. */
const char *tls_version(struct bufferevent *bev);

/*
 * Why a handshake failed, in OpenSSL's words, or what is wrong with a
 * certificate that was to be verified; "" if it does not say, or bev is not
 * under TLS yet.
 */
void tls_error(struct bufferevent *bev, char *out, size_t size);

/* Says close_notify, so that the peer does not log a truncation. */
void tls_farewell(struct bufferevent *bev);

#endif
