/*
 * One probe and all its ledgers: who is admitted, why not, and until when.
 * Time is passed in; nothing here waits.
 */
#include "tests/unit/limits_lab.h"
#include "tests/unit/suite.h"

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

int
main(void)
{
	Suite *s = suite_create("limits");
	TCase *t = tcase_create("limits");

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
	tcase_add_test(t, a_restarted_ramp_is_the_lowest_whatever_its_age);
	tcase_add_test(t, a_listing_makes_the_ramp_fall);
	tcase_add_test(t, probes_to_a_host_are_spaced);
	tcase_add_test(t, two_guards_share);
	tcase_add_test(t, switched_off_it_only_counts);
	suite_add_tcase(s, t);
	return suite_run(s);
}
