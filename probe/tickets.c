#include "probe/tickets.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <utlist.h>

#include "common/table.h"

struct ticket {
	struct ticket_key key;
	int64_t until_ms;
	unsigned char *der;
	int len;
	struct ticket *prev, *next;	/* learned longest ago first */
	UT_hash_handle hh;		/* by key.addr */
};

struct tickets {
	struct ticket *table;
	struct ticket *oldest;
};

struct tickets *
tickets_create(void)
{
	return calloc(1, sizeof(struct tickets));
}

static void
forget(struct tickets *t, struct ticket *k)
{
	HASH_DEL(t->table, k);
	DL_DELETE(t->oldest, k);
	OPENSSL_free(k->der);
	free(k);
}

void
tickets_destroy(struct tickets *t)
{
	if (t == NULL)
		return;
	while (t->oldest != NULL)
		forget(t, t->oldest);
	free(t);
}

static struct ticket *
find(const struct tickets *t, const struct net_addr *addr)
{
	struct ticket *k;

	HASH_FIND(hh, t->table, addr, sizeof *addr, k);
	return k;
}

void
tickets_put(struct tickets *t, const struct ticket_key *key,
    SSL_SESSION *session, int64_t now_ms)
{
	struct ticket *k = find(t, &key->addr);
	int len = i2d_SSL_SESSION(session, NULL);

	if (len <= 0 || len > TICKET_BYTES_MAX ||
	    !SSL_SESSION_is_resumable(session))
		return;
	if (k != NULL)
		forget(t, k);
	else if (HASH_COUNT(t->table) >= TICKETS_MAX)
		forget(t, t->oldest);
	if ((k = calloc(1, sizeof *k)) == NULL)
		return;
	k->key = *key;
	k->until_ms = now_ms + TICKET_AGE_MS;
	if ((k->len = i2d_SSL_SESSION(session, &k->der)) > 0)
		HASH_ADD(hh, t->table, key.addr, sizeof k->key.addr, k);
	if (k->len <= 0 || !TABLE_HAS(k)) {
		OPENSSL_free(k->der);
		free(k);
		return;
	}
	DL_APPEND(t->oldest, k);
}

void
tickets_use(struct tickets *t, const struct ticket_key *key, SSL *ssl,
    int64_t now_ms)
{
	struct ticket *k = find(t, &key->addr);
	const unsigned char *der;
	SSL_SESSION *session;

	if (k == NULL || strcmp(k->key.host, key->host) != 0)
		return;
	der = k->der;
	session = now_ms < k->until_ms ?
	    d2i_SSL_SESSION(NULL, &der, k->len) : NULL;
	if (session != NULL && SSL_SESSION_is_resumable(session))
		SSL_set_session(ssl, session);
	if (session == NULL ||
	    SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
		forget(t, k);
	SSL_SESSION_free(session);
	ERR_clear_error();
}
