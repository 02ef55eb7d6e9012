/*
 * The shards below are made up: they keep what they are asked, and answer when
 * the test says so.
 */
#include "probe/dns_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/dns_shard.h"
#include "tests/unit/suite.h"

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

static int last_status;
static char last_octet;

static void
on_answer(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	(void)arg;
	(void)timeouts;
	last_status = status;
	last_octet = len > 0 ? (char)buf[len - 1] : '\0';
	answers++;
}

static struct event_base *base;
static struct dns_channel *ch;

/* As many names. */
static void
ask(unsigned n)
{
	static unsigned names;
	char name[32];

	while (n-- > 0) {
		snprintf(name, sizeof name, "%u.example.org", names++);
		dns_channel_ask(ch, name, 15, on_answer, NULL);
	}
}

static void
ask_the_same(unsigned n, int type)
{
	while (n-- > 0)
		dns_channel_ask(ch, "example.org", type, on_answer, NULL);
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

START_TEST(what_is_asked_already_is_asked_once)
{
	unsigned char buf[] = "an answer";

	ask_the_same(3 * A_SHARD, 15);
	ask_the_same(1, 1);
	ck_assert_uint_eq(asked_count, 2);
	asked[0].answer(asked[0].arg, ARES_SUCCESS, 0, buf, sizeof buf - 1);
	memset(buf, 'x', sizeof buf);
	/* Whoever comes now does not get what the others wait for. */
	ask_the_same(1, 15);
	ck_assert_uint_eq(asked_count, 3);
	ck_assert_uint_eq(answers, 1);
	while (answers < 3 * A_SHARD)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(last_status, ARES_SUCCESS);
	ck_assert_int_eq(last_octet, 'r');
	asked[1].answer(asked[1].arg, ARES_ENOTFOUND, 0, NULL, 0);
	asked[2].answer(asked[2].arg, ARES_ENOTFOUND, 0, NULL, 0);
	ck_assert_int_eq(last_status, ARES_ENOTFOUND);
	ck_assert_uint_eq(answers, 3 * A_SHARD + 2);
}
END_TEST

START_TEST(a_retired_one_stays_until_all_are_told)
{
	struct dns_channel *retired = NULL, *old = ch;
	unsigned i;

	ask_the_same(20, 15);
	dns_channel_retire(ch, &retired);
	asked[0].answer(asked[0].arg, ARES_SUCCESS, 0, NULL, 0);
	ck_assert_ptr_eq(retired, old);
	for (i = 0; i < 10; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_ptr_null(retired);
	ck_assert_uint_eq(answers, 20);
	ck_assert_int_eq(last_status, ARES_SUCCESS);
	asked_count = 0;
	ch = dns_channel_new(base, &(struct resolver_params){
	    .timeout_ms = 1000, .tries = 1 });
}
END_TEST

START_TEST(an_end_is_told_to_all)
{
	ask_the_same(20, 15);
	asked[0].answer(asked[0].arg, ARES_SUCCESS, 0, NULL, 0);
	ck_assert_uint_eq(answers, 1);
	dns_channel_free(ch);
	ck_assert_uint_eq(answers, 20);
	ck_assert_int_eq(last_status, ARES_EDESTRUCTION);
	ch = dns_channel_new(base, &(struct resolver_params){
	    .timeout_ms = 1000, .tries = 1 });
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dns_channel");
	TCase *tc = tcase_create("dns_channel");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, questions_are_spread);
	tcase_add_test(tc, without_another_shard_they_wait_and_are_answered);
	tcase_add_test(tc, a_shortage_that_has_passed_is_over);
	tcase_add_test(tc, what_is_asked_already_is_asked_once);
	tcase_add_test(tc, a_retired_one_stays_until_all_are_told);
	tcase_add_test(tc, an_end_is_told_to_all);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
