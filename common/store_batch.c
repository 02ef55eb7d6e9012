#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/store_internal.h"

bool
store_domain_is_key(const char *domain)
{
	size_t i;

	for (i = 0; domain[i] != '\0'; i++)
		if (i >= ADDRESS_DOMAIN_MAX || domain[i] <= ' ' ||
		    domain[i] > '~')
			return false;
	return i > 0;
}

static void
latch(struct store *s, int error)
{
	if (s->latched == 0)
		s->latched = error;
}

/* A new operation, all zero but its kind; NULL, latched: none. */
static struct store_op *
push(struct store *s, enum op_kind kind)
{
	struct store_op *ops, *op;
	size_t size;

	if (!s->begun || s->latched != 0) {
		latch(s, EINVAL);
		return NULL;
	}
	if (s->op_count == s->op_size) {
		size = s->op_size == 0 ? 64 : s->op_size * 2;
		if (size > STORE_BATCH_MAX) {
			latch(s, E2BIG);
			return NULL;
		}
		if ((ops = realloc(s->ops, size * sizeof(*ops))) == NULL) {
			latch(s, ENOMEM);
			return NULL;
		}
		s->ops = ops;
		s->op_size = size;
	}
	op = &s->ops[s->op_count++];
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	return op;
}

void
store_batch_free(struct store *s)
{
	size_t i;

	for (i = 0; i < s->op_count; i++) {
		free(s->ops[i].domain);
		free(s->ops[i].value);
	}
	free(s->ops);
	s->ops = NULL;
	s->op_count = s->op_size = 0;
	s->begun = false;
	s->latched = 0;
}

enum store_status
store_begin(struct store *s)
{
	if (!s->writer || s->begun) {
		errno = s->writer ? EBUSY : EROFS;
		return STORE_SYSTEM;
	}
	s->begun = true;
	return STORE_OK;
}

void
store_abort(struct store *s)
{
	store_batch_free(s);
}

static void
put(struct store *s, enum op_kind kind, const struct address *addr,
    const struct verdict *v, int64_t now)
{
	enum verdict_reason reason;
	struct store_op *op;

	if (!verdict_reason_from_number((unsigned)v->reason, &reason) ||
	    verdict_state_of(reason) == STATE_PENDING) {
		latch(s, EINVAL);
		return;
	}
	if ((op = push(s, kind)) == NULL)
		return;
	store_key_address(s->hash_key, addr, op->key);
	op->verdict = *v;
	op->now = now;
}

void
store_put_verdict(struct store *s, const struct address *addr,
    const struct verdict *v)
{
	put(s, OP_VERDICT, addr, v, 0);
}

void
store_offer_verdict(struct store *s, const struct address *addr,
    const struct verdict *v, int64_t now)
{
	put(s, OP_OFFER, addr, v, now);
}

static void
wrap(struct store *s, struct store_op *op, const void *key, size_t key_len,
    const void *data, size_t len)
{
	const struct envelope e = {
		.data = data, .len = len, .written_at = clock_wall_ms()
	};

	if (len > STORE_VALUE_MAX) {
		latch(s, EMSGSIZE);
		return;
	}
	if ((op->value = malloc(ENVELOPE_HEAD + len)) == NULL) {
		latch(s, ENOMEM);
		return;
	}
	op->len = envelope_encode(key, key_len, &e, op->value,
	    ENVELOPE_HEAD + len);
}

void
store_put_evidence(struct store *s, const struct address *addr,
    const char *json)
{
	struct store_op *op;

	if ((op = push(s, OP_EVIDENCE)) == NULL)
		return;
	store_key_address(s->hash_key, addr, op->key);
	wrap(s, op, op->key, sizeof(op->key), json, strlen(json));
}

static struct store_op *
push_domain(struct store *s, enum op_kind kind, const char *domain)
{
	struct store_op *op;

	if (!store_domain_is_key(domain)) {
		latch(s, EINVAL);
		return NULL;
	}
	if ((op = push(s, kind)) == NULL)
		return NULL;
	if ((op->domain = strdup(domain)) == NULL) {
		latch(s, ENOMEM);
		return NULL;
	}
	return op;
}

void
store_put_domain(struct store *s, const char *domain, const void *data,
    size_t len)
{
	struct store_op *op;

	if ((op = push_domain(s, OP_DOMAIN, domain)) != NULL)
		wrap(s, op, domain, strlen(domain), data, len);
}

void
store_delete(struct store *s, const struct address *addr)
{
	struct store_op *op;

	if ((op = push(s, OP_DELETE)) != NULL)
		store_key_address(s->hash_key, addr, op->key);
}

void
store_delete_domain(struct store *s, const char *domain, uint64_t *deleted)
{
	struct store_op *op;

	if ((op = push_domain(s, OP_DELETE_DOMAIN, domain)) == NULL)
		return;
	store_key_prefix(s->hash_key, domain, op->key);
	op->deleted = deleted;
}
