#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/text.h"
#include "probe/ledgers.h"

#define VERSION	1

static bool
is_breaker(enum ledger_kind kind)
{
	switch (kind) {
	case LEDGER_UNKNOWN:
	case LEDGER_RATIO:
	case LEDGER_REFUSED:
	case LEDGER_FAULTS:
		return true;
	case LEDGER_ALL:
	case LEDGER_SOURCE:
	case LEDGER_PROVIDER:
	case LEDGER_ROUTE:
	case LEDGER_DOMAIN:
	case LEDGER_HOST:
	case LEDGER_SHARE:
	case LEDGER_WARMUP:
	case LEDGER_REPUTE:
		break;
	}
	return false;
}

bool
ledger_kind_is(char c)
{
	return c != '\0' && strchr("aspqdhfwrURBT", c) != NULL;
}

enum rate_span
ledger_span(enum ledger_kind kind)
{
	return kind == LEDGER_RATIO ? SPAN_DAY : SPAN_HOUR;
}

void
ledgers_init(struct ledgers *l)
{
	memset(l, 0, sizeof *l);
}

static void
ledger_free(struct ledger *one)
{
	free(one->account);
	free(one->warmup);
	free(one->repute);
	free(one->breaker);
	free(one);
}

void
ledgers_clear(struct ledgers *l)
{
	struct ledger *one, *next;

	HASH_ITER(hh, l->table, one, next) {
		HASH_DEL(l->table, one);
		ledger_free(one);
	}
	ledgers_init(l);
}

static void
make_key(enum ledger_kind kind, const char *name, char *key)
{
	key[0] = (char)kind;
	text_copy(key + 1, name, LEDGER_KEY_MAX);
}

struct ledger *
ledgers_find(const struct ledgers *l, enum ledger_kind kind, const char *name)
{
	char key[LEDGER_KEY_MAX + 1];
	struct ledger *one;

	make_key(kind, name, key);
	HASH_FIND_STR(l->table, key, one);
	return one;
}

static struct ledger *
ledger_new(enum ledger_kind kind)
{
	struct ledger *one = calloc(1, sizeof *one);

	if (one == NULL)
		return NULL;
	one->kind = kind;
	if (is_breaker(kind))
		one->breaker = calloc(1, sizeof *one->breaker);
	else if (kind == LEDGER_WARMUP)
		one->warmup = calloc(1, sizeof *one->warmup);
	else if (kind == LEDGER_REPUTE)
		one->repute = calloc(1, sizeof *one->repute);
	else
		one->account = calloc(1, sizeof *one->account);
	if (one->breaker != NULL || one->warmup != NULL ||
	    one->repute != NULL || one->account != NULL)
		return one;
	free(one);
	return NULL;
}

struct ledger *
ledgers_make(struct ledgers *l, enum ledger_kind kind, const char *name)
{
	struct ledger *one = ledgers_find(l, kind, name);

	if (one != NULL)
		return one;
	if (l->counts[kind] >= LEDGER_NAMES ||
	    (one = ledger_new(kind)) == NULL)
		return NULL;
	make_key(kind, name, one->key);
	HASH_ADD_STR(l->table, key, one);
	if (!TABLE_HAS(one)) {
		ledger_free(one);
		return NULL;
	}
	l->counts[kind]++;
	return one;
}

void
ledgers_remove(struct ledgers *l, struct ledger *one)
{
	if (one->dirty)
		DL_DELETE(l->dirty, one);
	l->counts[one->kind]--;
	HASH_DEL(l->table, one);
	ledger_free(one);
}

void
ledger_touch(struct ledgers *l, struct ledger *one)
{
	if (one->dirty)
		return;
	one->dirty = true;
	DL_APPEND(l->dirty, one);
}

struct ledger *
ledgers_next_dirty(struct ledgers *l)
{
	struct ledger *one = l->dirty;

	if (one == NULL)
		return NULL;
	DL_DELETE(l->dirty, one);
	one->dirty = false;
	return one;
}

size_t
ledger_pack(const struct ledger *one, uint8_t *out)
{
	struct packer p = { out, out + LEDGER_ITEM_MAX, false };

	pack_u64(&p, VERSION);
	if (one->breaker != NULL)
		breaker_pack(one->breaker, &p);
	else if (one->warmup != NULL)
		warmup_pack(one->warmup, &p);
	else if (one->repute != NULL)
		repute_pack(one->repute, &p);
	else
		account_pack(one->account, &p);
	return p.full ? 0 : (size_t)(p.at - out);
}

bool
ledger_unpack(struct ledger *one, const void *data, size_t len)
{
	const uint8_t *at = data;
	struct unpacker u = { at, at + len, false };

	if (unpack_u64(&u, VERSION) != VERSION)
		u.bad = true;
	if (one->breaker != NULL)
		breaker_unpack(one->breaker, ledger_span(one->kind), &u);
	else if (one->warmup != NULL)
		warmup_unpack(one->warmup, &u);
	else if (one->repute != NULL)
		repute_unpack(one->repute, &u);
	else
		account_unpack(one->account, &u);
	if (!u.bad && u.at == u.end)
		return true;
	if (one->breaker != NULL)
		memset(one->breaker, 0, sizeof *one->breaker);
	if (one->warmup != NULL)
		memset(one->warmup, 0, sizeof *one->warmup);
	if (one->repute != NULL)
		memset(one->repute, 0, sizeof *one->repute);
	if (one->account != NULL)
		memset(one->account, 0, sizeof *one->account);
	return false;
}

static int64_t
newest_in(const struct ledger *one)
{
	if (one->account != NULL)
		return account_newest(one->account);
	if (one->warmup != NULL)
		return window_newest(&one->warmup->used[SPAN_SECOND],
		    SPAN_SECOND);
	if (one->repute != NULL)
		return window_newest(&one->repute->answered, SPAN_DAY);
	return window_newest(&one->breaker->all, ledger_span(one->kind));
}

int64_t
ledgers_newest(const struct ledgers *l)
{
	const struct ledger *one;
	int64_t newest = 0, at;

	for (one = l->table; one != NULL; one = one->hh.next)
		if ((at = newest_in(one)) > newest)
			newest = at;
	return newest;
}
