/*
 * One probe and all its ledgers: who is admitted, why not, and until when.
 * Time is passed in; nothing here waits.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/limits.h"
#include "tests/unit/conf_util.h"

#define SECOND	INT64_C(1000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define T0	INT64_C(1700000000000)
#define OLD	(1000 * DAY)		/* an age past all steps */

static struct limits l;
static const struct conf *conf;
static int64_t now;

static void
start(const char *budget)
{
	char text[1024];

	snprintf(text, sizeof text, "identity: { helo = \"v.example.com\"; "
	    "sender = \"p@v.example.com\"; }; budget: { spacing = \"0s\"; "
	    "%s };", budget);
	conf = must_load("t", text);
	limits_init(&l);
	limits_configure(&l, conf);
	now = T0;
}

static void
end(void)
{
	limits_clear(&l);
	conf_unref(conf);
}

static struct limits_question
to(const char *domain)
{
	struct limits_question q = {
		.domain = domain, .host = "mx.test", .source = "192.0.2.1",
		.source_age_ms = OLD, .submitter = "shop",
	};

	return q;
}

static struct limits_answer
ask(const struct limits_question *q)
{
	struct limits_answer a;

	limits_ask(&l, q, now, 0, &a);
	ck_assert(a.admitted == (a.why == NULL));
	ck_assert(a.admitted || a.retry_at == 0 || a.retry_at > now);
	return a;
}

static void
ended(const struct limits_question *q, enum verdict_reason reason)
{
	struct reply_meaning m = { .reason = reason, .rule = "t" };

	limits_ended(&l, q, FAULT_NONE, STAGE_RCPT, &m, now);
}

/* How many of n go, one every ms, each ending so. */
static unsigned
probes(const struct limits_question *q, unsigned n, int64_t every,
    enum verdict_reason reason)
{
	unsigned gone = 0;

	for (; n > 0; n--, now += every)
		if (ask(q).admitted) {
			ended(q, reason);
			gone++;
		}
	return gone;
}

START_TEST(fifty_dead_addresses)
{
	struct limits_question q = to("victim.example"), other;
	struct limits_answer a;

	start("");
	other = to("other.example");
	ck_assert_uint_eq(probes(&q, 50, 10 * SECOND, REASON_NO_SUCH_USER), 5);
	a = ask(&q);
	ck_assert_int_eq(a.reason, REASON_BUDGET_EXHAUSTED);
	ck_assert_int_le(a.retry_at, T0 + 5 * 10 * SECOND + HOUR);
	ck_assert(ask(&other).admitted);
	now = a.retry_at;
	ck_assert(ask(&q).admitted);	/* the trial */
	ck_assert(!ask(&q).admitted);
	ended(&q, REASON_NO_SUCH_USER);
	a = ask(&q);
	ck_assert_int_eq(a.retry_at, now + 2 * HOUR);
	now = a.retry_at;
	ck_assert(ask(&q).admitted);
	ended(&q, REASON_ACCEPTED);
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

START_TEST(fifty_at_once)
{
	struct limits_question q = to("victim.example");
	unsigned gone = 0, i;

	start("");
	for (i = 0; i < 50; i++)
		gone += ask(&q).admitted;
	ck_assert_uint_eq(gone, 5);
	for (i = 0; i < 5; i++)
		ended(&q, REASON_ACCEPTED);
	now += 2 * SECOND;
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

START_TEST(ten_thousand_requests_for_one_domain)
{
	struct limits_question q = to("victim.example");

	start("");
	ck_assert_uint_le(probes(&q, 10000, 10, REASON_ACCEPTED), 20);
	end();
}
END_TEST

START_TEST(a_new_source_is_held_to_its_ramp)
{
	struct limits_question q = to("");
	struct limits_answer a = { 0 };
	char domain[32];
	unsigned i, gone = 0;

	start("");
	q.source_age_ms = 0;
	q.domain = domain;
	for (i = 0; i < 150; i++, now += MINUTE) {
		snprintf(domain, sizeof domain, "d%u.example", i);
		a = ask(&q);
		gone += a.admitted;
		if (a.admitted)
			ended(&q, REASON_ACCEPTED);
	}
	ck_assert_uint_eq(gone, 100);
	ck_assert_int_eq(a.reason, REASON_WARMUP_LIMIT);
	ck_assert_int_ge(a.retry_at, T0 + DAY);
	ck_assert_int_le(a.retry_at, T0 + DAY + DAY / 20);
	ck_assert_uint_eq(l.stats.no_warmup, 50);
	end();
}
END_TEST

/* An old source of a domain that turns from 7 to 14 days old. */
START_TEST(a_young_domain_holds_all_sources_to_the_first_step)
{
	struct limits_question q = to("");
	struct limits_answer a, refused = { 0 };
	char domain[32];
	unsigned i, gone = 0, day;

	start("");
	q.domain = domain;
	q.held = true;
	for (day = 0; day < 7; day++) {
		for (i = 0; i < 144; i++, now += 10 * MINUTE) {
			snprintf(domain, sizeof domain, "d%u.example", i);
			a = ask(&q);
			gone += a.admitted;
			if (a.admitted)
				ended(&q, REASON_ACCEPTED);
			else
				refused = a;
		}
		ck_assert_uint_le(gone, 100 * (day + 1));
	}
	ck_assert_uint_ge(gone, 650);
	ck_assert_int_eq(refused.reason, REASON_WARMUP_LIMIT);
	ck_assert_ptr_nonnull(strstr(refused.why, "our own domain is young"));
	q.held = false;
	for (i = 0, gone = 0; i < 144; i++, now += 10 * MINUTE) {
		snprintf(domain, sizeof domain, "d%u.example", i);
		a = ask(&q);
		gone += a.admitted;
		if (a.admitted)
			ended(&q, REASON_ACCEPTED);
	}
	ck_assert_uint_eq(gone, 144);
	end();
}
END_TEST

START_TEST(a_provider_has_its_own_budget)
{
	struct provider p = { .name = "big",
	    .budget = { { { 3, SPAN_HOUR } }, 1 } };
	struct limits_question q = to("a.example"), r = to("b.example");
	struct limits_answer a;

	start("");
	q.provider = r.provider = &p;
	r.host = "mx2.test";
	ck_assert_uint_eq(probes(&q, 2, SECOND, REASON_ACCEPTED), 2);
	ck_assert_uint_eq(probes(&r, 9, SECOND, REASON_ACCEPTED), 1);
	a = ask(&q);
	ck_assert_int_eq(a.reason, REASON_BUDGET_EXHAUSTED);
	ck_assert_ptr_nonnull(strstr(a.why, "provider"));
	q.provider = NULL;
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

/* What one source may is apart from what all may, and binds each alone. */
START_TEST(a_provider_has_a_budget_for_each_source)
{
	struct provider p = { .name = "big",
	    .budget = { { { 9, SPAN_HOUR } }, 1 },
	    .source_budget = { { { 2, SPAN_MINUTE }, { 4, SPAN_HOUR } }, 2 } };
	struct limits_question q = to("a.example"), r = to("b.example");
	struct limits_answer a;

	start("domain = \"\"; mail_host = \"\";");
	q.provider = r.provider = &p;
	r.source = "192.0.2.2";
	ck_assert_uint_eq(probes(&q, 5, SECOND, REASON_ACCEPTED), 2);
	a = ask(&q);
	ck_assert_int_eq(a.reason, REASON_BUDGET_EXHAUSTED);
	ck_assert_ptr_nonnull(strstr(a.why, "for our source address"));
	ck_assert_uint_eq(probes(&r, 5, SECOND, REASON_ACCEPTED), 2);
	now += 2 * MINUTE;
	ck_assert_uint_eq(probes(&q, 5, SECOND, REASON_ACCEPTED), 2);
	now += 2 * MINUTE;
	ck_assert_uint_eq(probes(&q, 5, SECOND, REASON_ACCEPTED), 0);
	/* Both together stay within what the provider takes of all. */
	ck_assert_uint_eq(probes(&r, 5, SECOND, REASON_ACCEPTED), 2);
	q.provider = NULL;
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

/* Each of the limits of rcptguard.conf binds. */
static const struct {
	const char *says, *budget, *why;
	unsigned vary;			/* 1: domains; 2: hosts; 4: sources */
} binds[] = {
	{ "in all", "all = \"7/hour\";", "all probes", 1 | 2 | 4 },
	{ "of a source", "source = \"7/hour\";", "source", 1 | 2 },
	{ "of a host", "mail_host = \"7/hour\";", "mail host", 1 | 4 },
	{ "of a domain", "domain = \"7/hour\";", "domain", 2 | 4 },
	{ "of a week", "domain = \"7/week\";", "domain", 2 | 4 },
};

START_TEST(each_limit_binds)
{
	struct limits_question q = to("");
	struct limits_answer a = { 0 };
	char domain[32], host[32], source[32];
	unsigned i, gone = 0;

	start(binds[_i].budget);
	q.domain = domain;
	q.host = host;
	q.source = source;
	for (i = 0; i < 20; i++) {
		snprintf(domain, sizeof domain, "d%u",
		    (binds[_i].vary & 1) != 0 ? i : 0);
		snprintf(host, sizeof host, "h%u",
		    (binds[_i].vary & 2) != 0 ? i : 0);
		snprintf(source, sizeof source, "192.0.2.%u",
		    (binds[_i].vary & 4) != 0 ? i : 0);
		now += 30 * SECOND;
		a = ask(&q);
		gone += a.admitted;
		if (a.admitted)
			ended(&q, REASON_ACCEPTED);
	}
	ck_assert_msg(gone == 7, "%s: %u", binds[_i].says, gone);
	ck_assert_int_eq(a.reason, REASON_BUDGET_EXHAUSTED);
	ck_assert_msg(strstr(a.why, binds[_i].why) != NULL, "%s: %s",
	    binds[_i].says, a.why);
	end();
}
END_TEST

START_TEST(a_named_limit_is_kept)
{
	struct reply_meaning m = { .reason = REASON_RATE_LIMITED,
	    .retry_after_s = 1200 };
	struct limits_question q = to("a.example");
	struct limits_answer a;

	start("");
	ck_assert(ask(&q).admitted);
	ck_assert_ptr_nonnull(limits_ended(&l, &q, FAULT_NONE, STAGE_BANNER,
	    &m, now));
	a = ask(&q);
	ck_assert(!a.admitted);
	ck_assert_int_eq(a.retry_at, now + 1200 * SECOND);
	now = a.retry_at;
	ck_assert(ask(&q).admitted);
	m.retry_after_s = 0;		/* again, and no time named */
	limits_ended(&l, &q, FAULT_NONE, STAGE_MAIL, &m, now);
	a = ask(&q);
	ck_assert_int_eq(a.retry_at, now + 2400 * SECOND);
	end();
}
END_TEST

START_TEST(refusals_of_us_open_a_breaker)
{
	struct limits_question q = to("a.example"), o = to("a.example");

	start("");
	o.host = "other.test";
	ck_assert_uint_eq(probes(&q, 9, MINUTE, REASON_BLOCKED_POLICY), 3);
	ck_assert_uint_eq(l.news.count, 1);
	ck_assert_int_eq(l.news.items[0].kind, NOTICE_HOST_REFUSED_US);
	ck_assert(ask(&o).admitted);
	end();
}
END_TEST

/* The fifth refusal in a day lowers the ramp; the third of a host, its own. */
START_TEST(one_end_tells_of_all_that_changed)
{
	struct reply_meaning m = { .reason = REASON_BLOCKED_POLICY };
	struct limits_question q = to("a.example"), o = to("b.example");
	const struct limits_news *news;

	start("");
	o.host = "other.test";
	probes(&q, 2, MINUTE, REASON_BLOCKED_POLICY);
	probes(&o, 2, MINUTE, REASON_BLOCKED_POLICY);
	ck_assert(ask(&q).admitted);
	news = limits_ended(&l, &q, FAULT_NONE, STAGE_BANNER, &m, now);
	ck_assert_ptr_nonnull(news);
	ck_assert_uint_eq(news->count, 2);
	ck_assert_int_eq(news->items[0].kind, NOTICE_RAMP_FELL);
	ck_assert_int_eq(news->items[1].kind, NOTICE_HOST_REFUSED_US);
	end();
}
END_TEST

START_TEST(a_restarted_ramp_is_the_lowest_whatever_its_age)
{
	struct limits_question q = to("a.example");
	struct ledger *w;

	start("");
	q.source_age_ms = 400 * 24 * HOUR;
	ck_assert(ask(&q).admitted);
	w = ledgers_find(&l.ledgers, LEDGER_WARMUP, "192.0.2.1");
	ck_assert_uint_gt(w->warmup->step, 0);
	limits_restart(&l, "192.0.2.1");
	ck_assert_uint_eq(w->warmup->step, 0);
	now += MINUTE;
	ck_assert(ask(&q).admitted);
	ck_assert_uint_eq(w->warmup->step, 0);
	end();
}
END_TEST

START_TEST(a_listing_makes_the_ramp_fall)
{
	struct limits_question q = to("a.example");
	struct ledger *w;
	unsigned i;
	char host[32];

	start("");
	q.host = host;
	for (i = 0; i < WARMUP_REFUSED; i++) {
		snprintf(host, sizeof host, "h%u.test", i);
		ck_assert_uint_eq(probes(&q, 1, MINUTE,
		    REASON_BLOCKED_IP_LISTED), 1);
	}
	w = ledgers_find(&l.ledgers, LEDGER_WARMUP, "192.0.2.1");
	ck_assert_uint_eq(w->warmup->step, 2);
	ck_assert(w->warmup->recovering);
	ck_assert_ptr_nonnull(limits_listed(&l, "192.0.2.1"));
	ck_assert_uint_eq(w->warmup->step, 1);
	end();
}
END_TEST

/* Ten of fifty domains' answers are unknown users: too many for a provider. */
START_TEST(the_ratio_at_a_provider)
{
	struct provider p = { .name = "big",
	    .budget = { { { 1000, SPAN_HOUR } }, 1 } };
	struct limits_question q = to("");
	char domain[32];
	unsigned i, random;

	for (random = 0; random < 2; random++) {
		start("mail_host = \"\";");
		q.provider = &p;
		q.domain = domain;
		q.random = random;
		for (i = 0; i < 50; i++) {
			snprintf(domain, sizeof domain, "d%u.example", i);
			ck_assert_uint_eq(probes(&q, 1, SECOND, i % 5 == 4 ?
			    REASON_NO_SUCH_USER : REASON_ACCEPTED), 1);
		}
		snprintf(domain, sizeof domain, "next.example");
		/* Random names are meant to be unknown. */
		ck_assert(ask(&q).admitted == (random == 1));
		end();
	}
}
END_TEST

START_TEST(a_host_that_does_not_answer)
{
	struct limits_question q = to("a.example");
	struct limits_answer a = { 0 };
	unsigned i;

	start("");
	for (i = 0; i < 5; i++, now += MINUTE) {
		ck_assert(ask(&q).admitted);
		limits_ended(&l, &q, FAULT_CLOSED, STAGE_BANNER, NULL, now);
	}
	a = ask(&q);
	ck_assert(!a.admitted && a.next_host);
	q.host = "mx2.test";
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

START_TEST(our_own_faults_teach_nothing)
{
	struct limits_question q = to("a.example");
	unsigned i;

	start("");
	for (i = 0; i < 20; i++, now += MINUTE) {
		ck_assert(ask(&q).admitted);
		limits_ended(&l, &q, FAULT_LOCAL, STAGE_NONE, NULL, now);
	}
	ck_assert_uint_eq(l.port25.failed, 0);
	end();
}
END_TEST

START_TEST(port_25_is_closed)
{
	struct limits_question q = to("a.example");
	struct limits_answer a;
	char host[32];
	unsigned i;

	start("");
	q.host = host;
	for (i = 0; i < 10; i++, now += 10 * SECOND) {
		snprintf(host, sizeof host, "h%u.test", i);
		ck_assert(ask(&q).admitted);
		limits_ended(&l, &q, FAULT_TIMEOUT, STAGE_CONNECT, NULL, now);
	}
	a = ask(&q);
	ck_assert_int_eq(a.reason, REASON_PORT25_BLOCKED);
	now = a.retry_at;
	ck_assert(ask(&q).admitted);
	ck_assert_int_eq(ask(&q).retry_at, now + MINUTE);
	ended(&q, REASON_ACCEPTED);
	ck_assert(ask(&q).admitted);
	end();
}
END_TEST

START_TEST(probes_to_a_host_are_spaced)
{
	struct limits_question q = to("a.example");
	struct limits_answer a;
	char domain[32];
	unsigned i;

	start("");
	l.rules.spacing_ms = 200;
	q.domain = domain;
	for (i = 0; i < 8; i++) {
		snprintf(domain, sizeof domain, "d%u.example", i);
		a = ask(&q);
		ck_assert_msg(a.admitted == (i <= 5), "%u", i);
		if (i <= 5)
			ck_assert_int_eq(a.delay_ms, 200 * (int64_t)i);
		else
			ck_assert_int_eq(a.retry_at, now + 1200);
	}
	end();
}
END_TEST

START_TEST(two_guards_share)
{
	struct limits_question loud = to(""), quiet = to("");
	char domain[32];
	unsigned i, n[2] = { 0, 0 };

	start("all = \"40/hour\"; mail_host = \"\";");
	loud.domain = quiet.domain = domain;
	quiet.submitter = "forum";
	for (i = 0; i < 200; i++) {
		snprintf(domain, sizeof domain, "d%u.example", i);
		if (ask(&loud).admitted) {
			ended(&loud, REASON_ACCEPTED);
			n[0]++;
		}
		now += 200;
		if (i % 8 == 0 && ask(&quiet).admitted) {
			ended(&quiet, REASON_ACCEPTED);
			n[1]++;
		}
		now += 200;
	}
	ck_assert_uint_eq(n[0] + n[1], 40);
	ck_assert_uint_eq(n[1], 20);
	end();
}
END_TEST

START_TEST(switched_off_it_only_counts)
{
	struct limits_question q = to("a.example");

	start("enabled = false;");
	ck_assert_uint_eq(probes(&q, 500, 1, REASON_NO_SUCH_USER), 500);
	ck_assert_uint_eq(l.stats.admitted, 500);
	ck_assert_uint_eq(window_count(&ledgers_find(&l.ledgers, LEDGER_ALL,
	    "")->account->used[SPAN_DAY], SPAN_DAY, now), 500);
	end();
}
END_TEST

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
	Suite *s = suite_create("limits");
	TCase *t = tcase_create("limits");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, fifty_dead_addresses);
	tcase_add_test(t, fifty_at_once);
	tcase_add_test(t, ten_thousand_requests_for_one_domain);
	tcase_add_test(t, a_new_source_is_held_to_its_ramp);
	tcase_add_test(t, a_young_domain_holds_all_sources_to_the_first_step);
	tcase_add_test(t, a_provider_has_its_own_budget);
	tcase_add_test(t, a_provider_has_a_budget_for_each_source);
	tcase_add_loop_test(t, each_limit_binds, 0,
	    (int)(sizeof binds / sizeof binds[0]));
	tcase_add_test(t, a_named_limit_is_kept);
	tcase_add_test(t, refusals_of_us_open_a_breaker);
	tcase_add_test(t, one_end_tells_of_all_that_changed);
	tcase_add_test(t, a_restarted_ramp_is_the_lowest_whatever_its_age);
	tcase_add_test(t, a_listing_makes_the_ramp_fall);
	tcase_add_test(t, the_ratio_at_a_provider);
	tcase_add_test(t, a_host_that_does_not_answer);
	tcase_add_test(t, our_own_faults_teach_nothing);
	tcase_add_test(t, port_25_is_closed);
	tcase_add_test(t, probes_to_a_host_are_spaced);
	tcase_add_test(t, two_guards_share);
	tcase_add_test(t, switched_off_it_only_counts);
	tcase_add_test(t, a_restart_refills_nothing);
	tcase_add_test(t, a_ramp_that_was_lost_begins_at_the_lowest_step);
	tcase_add_test(t, a_damaged_item_is_an_empty_ledger);
	tcase_add_test(t, what_is_over_goes);
	tcase_add_test(t, too_many_names_are_not_probed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
