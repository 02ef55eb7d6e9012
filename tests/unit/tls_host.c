#include "tests/unit/tls_host.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define DAY_S	86400

struct tls_host {
	SSL_CTX *ctx;
	SSL *ssl;
};

static X509 *
sign(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	ck_assert_ptr_nonnull(cert);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), DAY_S);
	ck_assert_int_eq(X509_set_pubkey(cert, key), 1);
	ck_assert_int_ne(X509_sign(cert, key, EVP_sha256()), 0);
	return cert;
}

struct tls_host *
tls_host_create(int version, const char *groups)
{
	struct tls_host *h = calloc(1, sizeof *h);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = sign(key);

	ck_assert_ptr_nonnull(h);
	h->ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_ptr_nonnull(h->ctx);
	SSL_CTX_set_min_proto_version(h->ctx, version);
	SSL_CTX_set_max_proto_version(h->ctx, version);
	ck_assert_int_eq(SSL_CTX_set1_groups_list(h->ctx, groups), 1);
	ck_assert_int_eq(SSL_CTX_use_certificate(h->ctx, cert), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(h->ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	tls_host_again(h);
	return h;
}

void
tls_host_chain(struct tls_host *h, unsigned n)
{
	while (n-- > 0)
		ck_assert_int_eq(SSL_CTX_add1_chain_cert(h->ctx,
		    SSL_CTX_get0_certificate(h->ctx)), 1);
	tls_host_again(h);
}

void
tls_host_destroy(struct tls_host *h)
{
	if (h == NULL)
		return;
	SSL_free(h->ssl);
	SSL_CTX_free(h->ctx);
	free(h);
}

void
tls_host_again(struct tls_host *h)
{
	SSL_free(h->ssl);
	h->ssl = SSL_new(h->ctx);
	ck_assert_ptr_nonnull(h->ssl);
	SSL_set_bio(h->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(h->ssl);
}

void
tls_host_receives(struct tls_host *h, const void *octets, size_t len)
{
	ck_assert_int_eq(BIO_write(SSL_get_rbio(h->ssl), octets, (int)len),
	    (int)len);
	SSL_do_handshake(h->ssl);
	ERR_clear_error();
}

size_t
tls_host_sends(struct tls_host *h, void *octets, size_t size)
{
	int n = BIO_read(SSL_get_wbio(h->ssl), octets, (int)size);

	return n > 0 ? (size_t)n : 0;
}

size_t
tls_host_hears(struct tls_host *h, char *text, size_t size)
{
	int n = SSL_read(h->ssl, text, (int)size);

	ERR_clear_error();
	return n > 0 ? (size_t)n : 0;
}

void
tls_host_says(struct tls_host *h, const char *text)
{
	ck_assert_int_eq(SSL_write(h->ssl, text, (int)strlen(text)),
	    (int)strlen(text));
}

void
tls_host_gives_ticket(struct tls_host *h)
{
	ck_assert_int_eq(SSL_new_session_ticket(h->ssl), 1);
	ck_assert_int_eq(SSL_do_handshake(h->ssl), 1);
}

void
tls_host_changes_key(struct tls_host *h)
{
	ck_assert_int_eq(SSL_key_update(h->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	ck_assert_int_eq(SSL_do_handshake(h->ssl), 1);
}
