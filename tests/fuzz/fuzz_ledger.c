/*
 * What is read from the store as a ledger is written again octet for octet,
 * and nothing that can be read breaks the arithmetic on it.
 */
#include <string.h>

#include "probe/breaker.h"
#include "probe/budget.h"
#include "probe/ledger_clock.h"
#include "probe/repute.h"
#include "probe/warmup.h"
#include "tests/fuzz/fuzz.h"

#define OUT_MAX	4096

static const struct rates steps = {
	.items = { { 100, SPAN_DAY }, { 1000, SPAN_WEEK } }, .count = 2
};
static const struct breaker_rule rule = { 2, 20, SPAN_DAY, 1000, 9000 };

static void
same(const struct packer *p, const uint8_t *out, const struct unpacker *u,
    const uint8_t *data)
{
	PROPERTY(!p->full);
	PROPERTY(p->at - out == u->at - data);
	PROPERTY(memcmp(out, data, (size_t)(p->at - out)) == 0);
}

static void
as_account(const uint8_t *data, size_t len, int64_t now)
{
	struct unpacker u = { data, data + len, false };
	uint8_t out[OUT_MAX];
	struct packer p = { out, out + sizeof out, false };
	struct account a;
	uint64_t before;
	int64_t retry = 0;

	account_unpack(&a, &u);
	if (u.bad)
		return;
	account_pack(&a, &p);
	same(&p, out, &u, data);
	if (!budget_ask(&a, &steps, now, &retry, NULL))
		PROPERTY(retry > now);
	before = window_count(&a.used[SPAN_DAY], SPAN_DAY, now);
	budget_count(&a, now);
	PROPERTY(window_count(&a.used[SPAN_DAY], SPAN_DAY, now) >= before);
}

static void
as_warmup(const uint8_t *data, size_t len, int64_t now)
{
	struct unpacker u = { data, data + len, false };
	uint8_t out[OUT_MAX];
	struct packer p = { out, out + sizeof out, false };
	struct warmup w;
	int64_t retry = 0;

	warmup_unpack(&w, &u);
	if (u.bad)
		return;
	warmup_pack(&w, &p);
	same(&p, out, &u, data);
	if (!warmup_ask(&w, &steps, now, &retry))
		PROPERTY(retry > now);
	warmup_note(&w, &steps, false, now);
	warmup_note(&w, &steps, true, now);
	PROPERTY(w.step < RATES_MAX);
}

static void
as_breaker(const uint8_t *data, size_t len, int64_t now)
{
	struct unpacker u = { data, data + len, false };
	uint8_t out[OUT_MAX];
	struct packer p = { out, out + sizeof out, false };
	struct breaker b;
	int64_t retry = 0;

	breaker_unpack(&b, SPAN_DAY, &u);
	if (u.bad)
		return;
	breaker_pack(&b, &p);
	same(&p, out, &u, data);
	if (breaker_ask(&b, now, &retry))
		breaker_begin(&b, now);
	else
		PROPERTY(retry > now);
	breaker_note(&b, &rule, true, now);
	breaker_note(&b, &rule, false, now);
}

static void
as_repute(const uint8_t *data, size_t len, int64_t now)
{
	struct unpacker u = { data, data + len, false };
	uint8_t out[OUT_MAX];
	struct packer p = { out, out + sizeof out, false };
	struct repute r;
	int64_t until = 0;

	repute_unpack(&r, &u);
	if (u.bad)
		return;
	repute_pack(&r, &p);
	same(&p, out, &u, data);
	if (repute_rests(&r, now, &until))
		PROPERTY(until > now);
	repute_note(&r, "a", false, true, now);
	if (repute_note(&r, "b", true, true, now)) {
		PROPERTY(repute_rests(&r, now, &until));
		PROPERTY(until <= now + REPUTE_REST_MAX_MS);
	}
	repute_resume(&r);
	PROPERTY(!repute_rests(&r, now, &until));
}

static void
as_mark(const uint8_t *data, size_t len)
{
	struct ledger_mark m, now = { 0, 1, 1, "x" };
	uint8_t out[LEDGER_MARK_SIZE];
	size_t n;

	if (!ledger_mark_unpack(data, len, &m))
		return;
	n = ledger_mark_pack(&m, out);
	PROPERTY(n == len && memcmp(out, data, n) == 0);
	PROPERTY(ledger_resume(&m, &now, 5) >= 5);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t now;

	if (len < 8)
		return 0;
	memcpy(&now, data, 8);
	now %= (uint64_t)WINDOW_TIME_MAX;
	as_account(data + 8, len - 8, (int64_t)now);
	as_warmup(data + 8, len - 8, (int64_t)now);
	as_breaker(data + 8, len - 8, (int64_t)now);
	as_repute(data + 8, len - 8, (int64_t)now);
	as_mark(data + 8, len - 8);
	return 0;
}
