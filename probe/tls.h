/*
 * tls: opportunistic TLS for a client (RFC 3207, RFC 7435). With tickets.h,
 * the only user of OpenSSL.
 *
 * With mail hosts no certificate is verified: the verdict does not rest on
 * TLS, and most could not pass. With an endpoint of the admin's it is, against
 * CAs and host name (RFC 9110, 4.3.4): its word is the verdict. What a peer can
 * make us work is bounded: TLS 1.2 or newer, a chain of at most 32 KiB, a
 * handshake of 128 KiB.
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
 * A handshake as its owner drives it: who has ten thousand of them under way
 * wants to say which goes on (parking.h), and libevent does not ask.
 */
struct tls_shake;

enum tls_state {
	TLS_DONE,
	TLS_READS,			/* goes on when fd can be read */
	TLS_WRITES,			/* when it can be written */
	TLS_FAILED			/* tls_shake_error says why */
};

/*
 * Takes the connected fd over. host: for SNI, a name or NULL; addr: who is at
 * the other end. A session with the two of them is resumed if they still know
 * it. NULL: no memory, and fd is still the caller's.
 */
struct tls_shake *tls_shake_new(struct tls *t, evutil_socket_t fd,
    const char *host, const struct net_addr *addr);
/* Begins it, or goes on. A step may take a millisecond; it ends after some
 * records, also if more can be read. */
enum tls_state tls_shake(struct tls_shake *k);
evutil_socket_t tls_shake_fd(const struct tls_shake *k);
/* Why it failed, in OpenSSL's words or the system's; "": they closed it. */
void tls_shake_error(const struct tls_shake *k, char *out, size_t size);
/*
 * After TLS_DONE: the connection, which closes fd when it is freed. NULL: no
 * memory. k is freed in either case.
 */
struct bufferevent *tls_shake_bufferevent(struct tls_shake *k,
    struct event_base *base);
/* Closes fd. NULL is fine. */
void tls_shake_free(struct tls_shake *k);

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
 * Why the handshake of tls_connecting failed, in OpenSSL's words, or what is
 * wrong with a certificate that was to be verified; "" if it does not say.
 */
void tls_error(struct bufferevent *bev, char *out, size_t size);

/* Says close_notify, so that the peer does not log a truncation. */
void tls_farewell(struct bufferevent *bev);

#endif
