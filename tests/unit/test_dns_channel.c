/*
 * The shards below are made up: they keep what they are asked, and answer when
 * the test says so.
 */
#include "probe/dns_channel.h"

#include <check.h>
#include <stdlib.h>

#include "probe/dns_shard.h"

#define A_SHARD		64		/* questions, as dns_channel.c has it */
#define ASKED_MAX	4096

struct dns_shard {
	unsigned asked;
};

static struct {
	ares_callback answer;
	void *arg;
} asked[ASKED_MAX];
static unsigned asked_count, shards, answers;
static bool fails;

struct dns_shard *
dns_shard_new(struct event_base *base, const char *servers,
    int64_t timeout_ms, int tries)
{
	(void)base;
	(void)servers;
	(void)timeout_ms;
	(void)tries;
	if (fails)
		return NULL;
	shards++;
	return calloc(1, sizeof(struct dns_shard));
}

void
dns_shard_free(struct dns_shard *sh)
{
	free(sh);
}

void
dns_shard_ask(struct dns_shard *sh, const char *name, int type,
    ares_callback answer, void *arg)
{
	(void)name;
	(void)type;
	ck_assert_uint_lt(sh->asked++, ASKED_MAX);
	ck_assert_uint_lt(asked_count, ASKED_MAX);
	asked[asked_count].answer = answer;
	asked[asked_count++].arg = arg;
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	(void)arg;
	(void)status;
	(void)timeouts;
	(void)buf;
	(void)len;
	answers++;
}

static struct event_base *base;
static struct dns_channel *ch;

static void
ask(unsigned n)
{
	while (n-- > 0)
		dns_channel_ask(ch, "example.org", 15, on_answer, NULL);
}

/* All that were asked, and what waited behind them. */
static void
answer_all(void)
{
	unsigned i;

	for (i = 0; i < asked_count; i++) {
		asked[i].answer(asked[i].arg, ARES_SUCCESS, 0, NULL, 0);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	asked_count = 0;
}

static void
setup(void)
{
	const struct resolver_params p = { .timeout_ms = 1000, .tries = 1 };

	asked_count = shards = answers = 0;
	fails = false;
	base = event_base_new();
	ch = dns_channel_new(base, &p);
	ck_assert_ptr_nonnull(ch);
}

static void
teardown(void)
{
	dns_channel_free(ch);
	event_base_free(base);
}

START_TEST(questions_are_spread)
{
	ask(A_SHARD);
	ck_assert_uint_eq(shards, 1);
	ask(1);
	ck_assert_uint_eq(shards, 2);
	ck_assert_uint_eq(asked_count, A_SHARD + 1);
	answer_all();
	ck_assert_uint_eq(answers, A_SHARD + 1);
}
END_TEST

START_TEST(without_another_shard_they_wait_and_are_answered)
{
	fails = true;
	ask(3 * A_SHARD);
	ck_assert_uint_eq(shards, 1);
	ck_assert_uint_eq(asked_count, A_SHARD);
	answer_all();
	ck_assert_uint_eq(answers, 3 * A_SHARD);
}
END_TEST

START_TEST(a_shortage_that_has_passed_is_over)
{
	unsigned i;

	fails = true;
	ask(A_SHARD + 1);
	fails = false;
	answer_all();
	for (i = 0; i < 20; i++) {
		ask(2 * A_SHARD);
		answer_all();
	}
	ck_assert_uint_eq(answers, A_SHARD + 1 + 20 * 2 * A_SHARD);
	ck_assert_uint_eq(shards, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dns_channel");
	TCase *tc = tcase_create("dns_channel");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, questions_are_spread);
	tcase_add_test(tc, without_another_shard_they_wait_and_are_answered);
	tcase_add_test(tc, a_shortage_that_has_passed_is_over);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
