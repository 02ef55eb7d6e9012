/*
 * What an answer, or its absence, does to the next probes: breakers, pauses
 * that a server names, port 25.
 */
#include "tests/unit/limits_lab.h"
#include "tests/unit/suite.h"

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

int
main(void)
{
	Suite *s = suite_create("limits_breakers");
	TCase *t = tcase_create("limits_breakers");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_named_limit_is_kept);
	tcase_add_test(t, refusals_of_us_open_a_breaker);
	tcase_add_test(t, one_end_tells_of_all_that_changed);
	tcase_add_test(t, the_ratio_at_a_provider);
	tcase_add_test(t, a_host_that_does_not_answer);
	tcase_add_test(t, our_own_faults_teach_nothing);
	tcase_add_test(t, port_25_is_closed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
