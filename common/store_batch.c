#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/store_internal.h"

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
		free(s->ops[i].name);
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

static struct store_op *
push_verdict(struct store *s, const struct address *addr,
    const struct verdict *v)
{
	enum verdict_reason reason;
	struct store_op *op;

	if (!verdict_reason_from_number((unsigned)v->reason, &reason) ||
	    verdict_state_of(reason) == STATE_PENDING) {
		latch(s, EINVAL);
		return NULL;
	}
	if ((op = push(s, OP_OFFER)) == NULL)
		return NULL;
	store_key_address(s->hash_key, addr, op->key);
	op->verdict = *v;
	return op;
}

static void
wrap(struct store *s, struct store_op *op, const void *key, size_t key_len,
    const void *data, size_t len)
{
	const struct envelope e = {
		.data = data, .len = len, .written_at = clock_wall_ms(),
		.table = (uint8_t)op->table
	};

	if (len > STORE_ITEM_MAX) {
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

/*
 * Sealed: the story names the address (RCPT TO), which no file may tell. Its
 * envelope is made when it has its key.
 */
static void
seal_evidence(struct store *s, struct store_op *op, const void *data,
    size_t len)
{
	if (len > STORE_VALUE_MAX) {
		latch(s, EMSGSIZE);
		return;
	}
	if ((op->value = malloc(len + STORE_SEAL_EXTRA)) == NULL ||
	    !store_seal(s, data, len, op->value, &op->len))
		latch(s, ENOMEM);
	op->written_at = clock_wall_ms();
}

void
store_offer_verdict(struct store *s, const struct address *addr,
    const struct verdict *v, const void *data, size_t len, int64_t now)
{
	struct store_op *op;

	if ((op = push_verdict(s, addr, v)) == NULL)
		return;
	op->now = now;
	if (data != NULL)
		seal_evidence(s, op, data, len);
}

static bool
is_sound(enum store_dbi table, const uint8_t *key, size_t key_len,
    const uint8_t *value, size_t len)
{
	MDB_val v = { .mv_size = len, .mv_data = (void *)value };
	struct verdict verdict;
	struct envelope e;

	if (table >= TABLE_ITEMS)
		return key_len > 0 && key_len <= STORE_ITEM_KEY_MAX &&
		    store_envelope_open(table, key, key_len, &v, &e) &&
		    e.len <= STORE_ITEM_MAX;
	if (table == TABLE_VERDICTS)
		return key_len == RECORD_KEY_SIZE &&
		    record_decode(key, value, len, &verdict, NULL);
	return (key_len == RECORD_KEY_SIZE || key_len == STORE_STORY_KEY) &&
	    store_envelope_open(table, key, key_len, &v, &e);
}

void
store_put_saved(struct store *s, enum store_dbi table, const uint8_t *key,
    size_t key_len, const uint8_t *value, size_t len)
{
	struct store_op *op;

	if (!is_sound(table, key, key_len, value, len) ||
	    (op = push(s, OP_SAVED)) == NULL)
		return;
	op->table = table;
	op->name = malloc(key_len + 1);
	op->value = malloc(len);
	if (op->name == NULL || op->value == NULL) {
		latch(s, ENOMEM);
		return;
	}
	memcpy(op->name, key, key_len);
	op->name[key_len] = '\0';
	op->name_len = key_len;
	memcpy(op->value, value, len);
	op->len = len;
}

/* With a name in it: a domain, or an item's key. */
static struct store_op *
push_named(struct store *s, enum op_kind kind, enum store_table table,
    const void *name, size_t len)
{
	struct store_op *op;

	if ((unsigned)table >= STORE_TABLE_COUNT || len == 0 ||
	    len > STORE_ITEM_KEY_MAX) {
		latch(s, EINVAL);
		return NULL;
	}
	if ((op = push(s, kind)) == NULL)
		return NULL;
	op->table = (enum store_dbi)(TABLE_ITEMS + (unsigned)table);
	if ((op->name = malloc(len + 1)) == NULL) {
		latch(s, ENOMEM);
		return NULL;
	}
	memcpy(op->name, name, len);
	op->name[len] = '\0';
	op->name_len = len;
	return op;
}

void
store_put_item(struct store *s, enum store_table table, const void *key,
    size_t key_len, const void *data, size_t len)
{
	struct store_op *op;

	op = push_named(s, OP_ITEM, table, key, key_len);
	if (op != NULL)
		wrap(s, op, op->name, key_len, data, len);
}

void
store_delete_item(struct store *s, enum store_table table, const void *key,
    size_t key_len)
{
	push_named(s, OP_DELETE_ITEM, table, key, key_len);
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

	op = push_named(s, OP_DELETE_DOMAIN, STORE_DOMAINS, domain,
	    strlen(domain));
	if (op == NULL)
		return;
	store_key_prefix(s->hash_key, domain, op->key);
	op->deleted = deleted;
}
