/*
 * What a restart leaves of the ledgers, and how many there may be.
 */
#include "tests/unit/limits_lab.h"
#include "tests/unit/suite.h"

/* --- restarts ------------------------------------------------------------ */

/* Everything through the store's octets into another set. */
static void
restart(bool lose_ramps)
{
	static uint8_t data[LEDGER_ITEM_MAX];
	struct limits again;
	struct ledger *one, *copy;
	size_t len;

	limits_init(&again);
	again.rules = l.rules;
	for (one = l.ledgers.table; one != NULL; one = one->hh.next) {
		if (lose_ramps && one->kind == LEDGER_WARMUP)
			continue;
		len = ledger_pack(one, data);
		ck_assert_uint_gt(len, 0);
		copy = ledgers_make(&again.ledgers,
		    (enum ledger_kind)one->key[0], one->key + 1);
		ck_assert(ledger_unpack(copy, data, len));
	}
	limits_clear(&l);
	l = again;
}

START_TEST(a_restart_refills_nothing)
{
	struct limits_question q = to("victim.example"), r = to("b.example");
	struct limits_answer a, b;

	start("domain = \"3/day\"; unknown_per_domain = 2;");
	probes(&q, 9, SECOND, REASON_NO_SUCH_USER);
	probes(&r, 9, SECOND, REASON_ACCEPTED);
	a = ask(&q);
	b = ask(&r);
	ck_assert(!a.admitted && !b.admitted);
	restart(false);
	ck_assert_int_eq(ask(&q).retry_at, a.retry_at);
	ck_assert_int_eq(ask(&r).retry_at, b.retry_at);
	ck_assert_int_le(ledgers_newest(&l.ledgers), now);
	ck_assert_int_gt(ledgers_newest(&l.ledgers), now - MINUTE);
	end();
}
END_TEST

START_TEST(a_ramp_that_was_lost_begins_at_the_lowest_step)
{
	struct limits_question q = to("a.example");
	struct ledger *w;

	start("");
	ck_assert(ask(&q).admitted);
	w = ledgers_find(&l.ledgers, LEDGER_WARMUP, q.source);
	ck_assert_uint_eq(w->warmup->step, 3);
	restart(true);
	ck_assert(ask(&q).admitted);
	w = ledgers_find(&l.ledgers, LEDGER_WARMUP, q.source);
	ck_assert_uint_eq(w->warmup->step, 0);
	end();
	start("");
	l.lowest = true;
	ck_assert(ask(&q).admitted);
	w = ledgers_find(&l.ledgers, LEDGER_WARMUP, q.source);
	ck_assert_uint_eq(w->warmup->step, 0);
	end();
}
END_TEST

START_TEST(a_damaged_item_is_an_empty_ledger)
{
	uint8_t data[LEDGER_ITEM_MAX];
	struct limits_question q = to("a.example");
	struct ledger *w;
	size_t len;

	start("");
	ck_assert(ask(&q).admitted);
	w = ledgers_find(&l.ledgers, LEDGER_WARMUP, q.source);
	len = ledger_pack(w, data);
	ck_assert(ledger_unpack(w, data, len));
	ck_assert(!ledger_unpack(w, data, len - 1));
	ck_assert_uint_eq(w->warmup->step, 0);
	data[0] = 2;
	ck_assert(!ledger_unpack(w, data, len));
	ck_assert(!ledger_unpack(w, "", 0));
	end();
}
END_TEST

/* --- bounds -------------------------------------------------------------- */

static unsigned dropped;

static void
drop(void *arg, const char *key)
{
	ck_assert_ptr_eq(arg, &l);
	ck_assert(strchr("dhfUBTR", key[0]) != NULL);
	dropped++;
}

START_TEST(what_is_over_goes)
{
	struct limits_question q = to("a.example");
	size_t before;

	start("");
	probes(&q, 3, SECOND, REASON_NO_SUCH_USER);
	dropped = 0;
	before = HASH_COUNT(l.ledgers.table);
	limits_tidy(&l, now, drop, &l);
	ck_assert_uint_eq(dropped, 0);
	now += 2 * DAY;
	limits_tidy(&l, now, drop, &l);
	ck_assert_uint_ge(dropped, 4);
	ck_assert_uint_eq(HASH_COUNT(l.ledgers.table), before - dropped);
	ck_assert_ptr_nonnull(ledgers_find(&l.ledgers, LEDGER_WARMUP,
	    q.source));
	end();
}
END_TEST

START_TEST(too_many_names_are_not_probed)
{
	struct limits_question q = to("");
	struct limits_answer a;
	char domain[32];
	unsigned i;

	start("");
	for (i = 0; i < LEDGER_NAMES; i++) {
		snprintf(domain, sizeof domain, "d%u", i);
		ck_assert_ptr_nonnull(ledgers_make(&l.ledgers, LEDGER_DOMAIN,
		    domain));
	}
	q.domain = "one-more.example";
	a = ask(&q);
	ck_assert(!a.admitted);
	ck_assert_int_eq(a.reason, REASON_BUDGET_EXHAUSTED);
	dropped = 0;
	limits_tidy(&l, now, drop, &l);
	ck_assert_uint_ge(dropped, LEDGER_NAMES);
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("limits_kept");
	TCase *t = tcase_create("limits_kept");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_restart_refills_nothing);
	tcase_add_test(t, a_ramp_that_was_lost_begins_at_the_lowest_step);
	tcase_add_test(t, a_damaged_item_is_an_empty_ledger);
	tcase_add_test(t, what_is_over_goes);
	tcase_add_test(t, too_many_names_are_not_probed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
