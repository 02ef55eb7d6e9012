#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "common/text.h"
#include "probe/tickets.h"
#include "probe/tls.h"

#define CHAIN_DEPTH_MAX	10
#define CHAIN_BYTES_MAX	(32 * 1024)	/* 140 small ones; 14 ms of work */

/*
 * A peer can send for ever what takes a handshake no further (HelloRequest,
 * RFC 5246, 7.4.1.1), and OpenSSL reads on while there is something. So a step
 * ends after so much, as if nothing more had come, and so does a handshake.
 */
#define STEP_OCTETS	(16 * 1024)	/* and what the last read has more */
#define READ_OCTETS	256		/* what a read weighs at least */
#define SHAKE_OCTETS	(128 * 1024)	/* a chain, and names of CAs */

/*
 * What a handshake may cost is bounded, since it holds the loop. Without
 * Diffie-Hellman over primes of the server's choice: 10000 bits, which OpenSSL
 * takes, are two thirds of a second. Who has nothing else is asked in plain.
 */
#define CIPHERS	"DEFAULT:!kDHE"
#define GROUPS	"X25519:P-256:P-384:P-521"

struct tls {
	unsigned refs;
	SSL_CTX *ctx;
	struct tickets *tickets;	/* NULL: each handshake is a full one */
	int key_index;			/* of a connection's ticket_key */
};

static void
free_key(void *parent, void *key, CRYPTO_EX_DATA *data, int index, long argl,
    void *argp)
{
	(void)parent;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	free(key);
}

/* They gave us a ticket; 0: the session stays OpenSSL's. */
static int
on_ticket(SSL *ssl, SSL_SESSION *session)
{
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const struct ticket_key *key = SSL_get_ex_data(ssl, t->key_index);

	if (key != NULL)
		tickets_put(t->tickets, key, session, clock_mono_ms());
	return 0;
}

static void
resume(struct tls *t, SSL *ssl, const char *host, const struct net_addr *addr)
{
	struct ticket_key *key = calloc(1, sizeof *key);

	if (key == NULL)
		return;
	key->addr = *addr;
	text_copy(key->host, host != NULL ? host : "", sizeof key->host);
	if (SSL_set_ex_data(ssl, t->key_index, key) != 1) {
		free(key);
		return;
	}
	tickets_use(t->tickets, key, ssl, clock_mono_ms());
}

void
tls_destroy(struct tls *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	SSL_CTX_free(t->ctx);
	tickets_destroy(t->tickets);
	free(t);
}

struct tls *
tls_ref(struct tls *t)
{
	t->refs++;
	return t;
}

static struct tls *
create(void)
{
	struct tls *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->refs = 1;
	if (t == NULL ||
	    (t->ctx = SSL_CTX_new(TLS_client_method())) == NULL) {
		log_warnx("TLS cannot start: no memory");
		tls_destroy(t);
		return NULL;
	}
	if (SSL_CTX_set_cipher_list(t->ctx, CIPHERS) != 1 ||
	    SSL_CTX_set1_groups_list(t->ctx, GROUPS) != 1) {
		log_warnx("TLS cannot start: OpenSSL has none of its usual "
		    "ciphers or groups");
		ERR_clear_error();
		tls_destroy(t);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_verify_depth(t->ctx, CHAIN_DEPTH_MAX);
	SSL_CTX_set_max_cert_list(t->ctx, CHAIN_BYTES_MAX);
	/* A peer that asks for one handshake after another costs us time. */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION);
	/* Of tickets without end one is read in a turn. */
	SSL_CTX_clear_mode(t->ctx, SSL_MODE_AUTO_RETRY);
	/* Without close_notify it is an end all the same. */
	SSL_CTX_set_options(t->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* Idle buffers would be most of what a probe over TLS weighs. */
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
	return t;
}

struct tls *
tls_create(void)
{
	struct tls *t = create();

	if (t == NULL)
		return NULL;
	t->tickets = tickets_create();
	t->key_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_key);
	if (t->tickets == NULL || t->key_index == -1) {
		log_warnx("TLS cannot start: no memory");
		tls_destroy(t);
		return NULL;
	}
	SSL_CTX_set_app_data(t->ctx, t);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ctx, on_ticket);
	return t;
}

/* --- a handshake of its owner's ------------------------------------------ */

struct tls_shake {
	SSL *ssl;
	evutil_socket_t fd;
	size_t step_left;		/* octets, as READ_OCTETS counts */
	size_t octets;			/* read so far */
	unsigned long error;		/* OpenSSL's; 0: none */
	int system_error;		/* errno; 0: none */
};

static void
count_read(struct tls_shake *k, size_t n)
{
	size_t weight = n > READ_OCTETS ? n : READ_OCTETS;

	k->octets += n;
	k->step_left -= weight < k->step_left ? weight : k->step_left;
}

/* What OpenSSL reads: not more than is left for it. */
static long
on_bio(BIO *bio, int oper, const char *data, size_t len, int argi, long argl,
    int rc, size_t *done)
{
	struct tls_shake *k = (void *)BIO_get_callback_arg(bio);

	(void)data;
	(void)len;
	(void)argi;
	(void)argl;
	if (oper == (BIO_CB_READ | BIO_CB_RETURN) && rc > 0)
		count_read(k, *done);
	if (oper != BIO_CB_READ ||
	    (k->octets < SHAKE_OCTETS && k->step_left > 0))
		return rc;
	BIO_clear_retry_flags(bio);
	if (k->octets < SHAKE_OCTETS)
		BIO_set_retry_read(bio);
	errno = 0;
	return -1;
}

struct tls_shake *
tls_shake_new(struct tls *t, evutil_socket_t fd, const char *host,
    const struct net_addr *addr)
{
	struct tls_shake *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	if ((k->ssl = SSL_new(t->ctx)) == NULL || SSL_set_fd(k->ssl, fd) != 1) {
		SSL_free(k->ssl);
		free(k);
		ERR_clear_error();
		return NULL;
	}
	k->fd = fd;
	BIO_set_callback_ex(SSL_get_rbio(k->ssl), on_bio);
	BIO_set_callback_arg(SSL_get_rbio(k->ssl), (void *)k);
	SSL_set_connect_state(k->ssl);
	if (host != NULL && text_is_hostname(host))
		SSL_set_tlsext_host_name(k->ssl, host);
	resume(t, k->ssl, host, addr);
	return k;
}

enum tls_state
tls_shake(struct tls_shake *k)
{
	int rc;

	ERR_clear_error();
	errno = 0;
	k->step_left = STEP_OCTETS;
	rc = SSL_do_handshake(k->ssl);
	if (rc == 1)
		return TLS_DONE;
	switch (SSL_get_error(k->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return TLS_READS;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WRITES;
	case SSL_ERROR_SYSCALL:
		k->system_error = errno;
		/* FALLTHROUGH */
	default:
		k->error = ERR_peek_error();
		ERR_clear_error();
		return TLS_FAILED;
	}
}

evutil_socket_t
tls_shake_fd(const struct tls_shake *k)
{
	return k->fd;
}

void
tls_shake_error(const struct tls_shake *k, char *out, size_t size)
{
	const char *why = k->error != 0 ?
	    ERR_reason_error_string(k->error) : NULL;

	if (k->octets >= SHAKE_OCTETS)
		why = "they sent more than 128 KiB";
	else if (why == NULL && k->system_error != 0)
		why = strerror(k->system_error);
	text_copy(out, why != NULL ? why : "", size);
}

struct bufferevent *
tls_shake_bufferevent(struct tls_shake *k, struct event_base *base)
{
	struct bufferevent *bev;

	BIO_set_callback_ex(SSL_get_rbio(k->ssl), NULL);
	/* With CLOSE_ON_FREE libevent owns ssl, also when it fails. */
	bev = bufferevent_openssl_socket_new(base, k->fd, k->ssl,
	    BUFFEREVENT_SSL_OPEN,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev != NULL)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	else
		evutil_closesocket(k->fd);
	free(k);
	return bev;
}

void
tls_shake_free(struct tls_shake *k)
{
	if (k == NULL)
		return;
	SSL_free(k->ssl);
	evutil_closesocket(k->fd);
	free(k);
}

/* --- endpoints ----------------------------------------------------------- */

struct tls *
tls_create_verifying(const char *ca_file)
{
	struct tls *t = create();
	int ok;

	if (t == NULL)
		return NULL;
	ERR_clear_error();
	ok = ca_file != NULL ? SSL_CTX_load_verify_file(t->ctx, ca_file) :
	    SSL_CTX_set_default_verify_paths(t->ctx);
	if (ok != 1) {
		log_warnx("TLS: %s: %s", ca_file != NULL ? ca_file :
		    "the system's CA store",
		    ERR_reason_error_string(ERR_peek_last_error()));
		ERR_clear_error();
		tls_destroy(t);
		return NULL;
	}
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	return t;
}

/* A certificate names addresses apart from hosts (RFC 5280, 4.2.1.6). */
static bool
expect_host(SSL *ssl, const char *host)
{
	struct net_addr addr;

	if (net_addr_parse(host, &addr))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct bufferevent *
tls_connecting(struct tls *t, struct event_base *base, const char *host)
{
	SSL *ssl = SSL_new(t->ctx);
	struct bufferevent *bev;

	if (ssl == NULL || !expect_host(ssl, host)) {
		SSL_free(ssl);
		return NULL;
	}
	bev = bufferevent_openssl_socket_new(base, -1, ssl,
	    BUFFEREVENT_SSL_CONNECTING,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	/* A cut answer is no JSON: nothing rests on close_notify. */
	if (bev != NULL)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

/* --- both ---------------------------------------------------------------- */

const char *
tls_version(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (!SSL_session_reused(ssl))
		return SSL_get_version(ssl);
	return SSL_version(ssl) == TLS1_3_VERSION ? "TLSv1.3 resumed" :
	    "TLSv1.2 resumed";
}

void
tls_error(struct bufferevent *bev, char *out, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long code = bufferevent_get_openssl_error(bev);
	const char *why = code != 0 ? ERR_reason_error_string(code) : NULL;

	if (ssl != NULL &&
	    (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0 &&
	    SSL_get_verify_result(ssl) != X509_V_OK)
		why = X509_verify_cert_error_string(
		    SSL_get_verify_result(ssl));
	text_copy(out, why != NULL ? why : "", size);
}

void
tls_farewell(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (ssl != NULL && SSL_is_init_finished(ssl))
		SSL_shutdown(ssl);
	ERR_clear_error();
}
