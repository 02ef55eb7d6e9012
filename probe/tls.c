#include <stdlib.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/log.h"
#include "common/text.h"
#include "probe/tls.h"

#define CHAIN_DEPTH_MAX	10
#define CHAIN_BYTES_MAX	(100 * 1024)

struct tls {
	SSL_CTX *ctx;
};

struct tls *
tls_create(void)
{
	struct tls *t = calloc(1, sizeof *t);

	if (t == NULL || (t->ctx = SSL_CTX_new(TLS_client_method())) == NULL) {
		log_warnx("TLS cannot start: no memory");
		free(t);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_verify_depth(t->ctx, CHAIN_DEPTH_MAX);
	SSL_CTX_set_max_cert_list(t->ctx, CHAIN_BYTES_MAX);
	/* A peer that asks for one handshake after another costs us time. */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION);
	/* Idle buffers would be most of what a probe over TLS weighs. */
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
	return t;
}

void
tls_destroy(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

struct bufferevent *
tls_bufferevent(struct tls *t, struct event_base *base, evutil_socket_t fd,
    const char *host)
{
	SSL *ssl = SSL_new(t->ctx);
	struct bufferevent *bev;

	if (ssl == NULL)
		return NULL;
	if (host != NULL && text_is_hostname(host))
		SSL_set_tlsext_host_name(ssl, host);
	/* With CLOSE_ON_FREE libevent owns ssl, also when it fails. */
	bev = bufferevent_openssl_socket_new(base, fd, ssl,
	    BUFFEREVENT_SSL_CONNECTING,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev != NULL)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

const char *
tls_version(struct bufferevent *bev)
{
	return SSL_get_version(bufferevent_openssl_get_ssl(bev));
}

void
tls_error(struct bufferevent *bev, char *out, size_t size)
{
	unsigned long code = bufferevent_get_openssl_error(bev);
	const char *why = code != 0 ? ERR_reason_error_string(code) : NULL;

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
