/*
 * tls_host: the server's side of TLS, with a key made here. What it receives
 * and what it sends is in its test's hands, octet by octet.
 */
#ifndef RCPTGUARD_TESTS_UNIT_TLS_HOST_H
#define RCPTGUARD_TESTS_UNIT_TLS_HOST_H

#include <stddef.h>

struct tls_host;

/* version: TLS1_2_VERSION or TLS1_3_VERSION; groups: as OpenSSL lists them.
 * A failure ends the test. */
struct tls_host *tls_host_create(int version, const char *groups);
/* Its own certificate so many times again, as its chain. */
void tls_host_chain(struct tls_host *h, unsigned n);
void tls_host_destroy(struct tls_host *h);
/* Another connection of the same host, which knows its tickets. */
void tls_host_again(struct tls_host *h);

/* What came: goes on with the handshake. */
void tls_host_receives(struct tls_host *h, const void *octets, size_t len);
/* What is to be sent; 0: nothing now. */
size_t tls_host_sends(struct tls_host *h, void *octets, size_t size);

/* After the handshake. What has been heard; 0: nothing now. */
size_t tls_host_hears(struct tls_host *h, char *text, size_t size);
void tls_host_says(struct tls_host *h, const char *text);
/* What is no data: one more ticket, or change of keys; TLS 1.3. */
void tls_host_gives_ticket(struct tls_host *h);
void tls_host_changes_key(struct tls_host *h);

#endif
