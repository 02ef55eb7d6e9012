#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/hostmem.h"
#include "probe/hosts.h"
#include "probe/toomany.h"
#include "tests/unit/suite.h"

#define SECOND		1000
#define MINUTE		(60 * SECOND)
#define HOUR		(60 * MINUTE)

static struct hostmem *mem;
static struct net_addr here, there;
static const struct host_did silent = { .fault = FAULT_TIMEOUT,
    .stage = STAGE_BANNER, .reason = REASON_TIMEOUT };

static void
setup(void)
{
	mem = hostmem_create();
	ck_assert_ptr_nonnull(mem);
	ck_assert(net_addr_parse("192.0.2.1", &here));
	ck_assert(net_addr_parse("2001:db8::1", &there));
}

static void
teardown(void)
{
	hostmem_destroy(mem);
}

static bool
rests(const struct net_addr *addr, int64_t now)
{
	return hostmem_rests(mem, addr, now) != NULL;
}

START_TEST(rest_begins_with_a_minute)
{
	const struct host_did *did;

	ck_assert(!rests(&here, 0));
	hostmem_rest(mem, &here, &silent, 5 * SECOND);
	did = hostmem_rests(mem, &here, 5 * SECOND);
	ck_assert_ptr_nonnull(did);
	ck_assert_int_eq(did->reason, REASON_TIMEOUT);
	ck_assert_int_eq(did->at_ms, 5 * SECOND);
	ck_assert_int_eq(did->until_ms, 65 * SECOND);
	ck_assert(rests(&here, 65 * SECOND - 1));
	ck_assert(!rests(&here, 65 * SECOND));
	ck_assert(!rests(&there, 5 * SECOND));
}
END_TEST

START_TEST(rest_doubles_up_to_an_hour)
{
	static const int minutes[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	int64_t now = 0;
	size_t i;

	for (i = 0; i < COUNT(minutes); i++) {
		hostmem_rest(mem, &here, &silent, now);
		ck_assert(rests(&here, now + minutes[i] * MINUTE - 1));
		now += minutes[i] * MINUTE;
		ck_assert_msg(!rests(&here, now), "after %d min", minutes[i]);
	}
}
END_TEST

START_TEST(one_failure_told_twice_is_one)
{
	hostmem_rest(mem, &here, &silent, 0);
	hostmem_rest(mem, &here, &silent, 30 * SECOND);
	hostmem_rest(mem, &here, &silent, 59 * SECOND);
	ck_assert(!rests(&here, 60 * SECOND));
	hostmem_rest(mem, &here, &silent, 60 * SECOND);
	ck_assert(rests(&here, 179 * SECOND));
	ck_assert(!rests(&here, 180 * SECOND));
}
END_TEST

START_TEST(a_success_ends_rest_and_back_off)
{
	hostmem_rest(mem, &here, &silent, 0);
	hostmem_rest(mem, &here, &silent, MINUTE);
	hostmem_well(mem, &here);
	ck_assert(!rests(&here, MINUTE));
	hostmem_rest(mem, &here, &silent, 2 * MINUTE);
	ck_assert(!rests(&here, 3 * MINUTE));
	hostmem_well(mem, &there);
}
END_TEST

START_TEST(a_quiet_hour_ends_the_back_off)
{
	hostmem_rest(mem, &here, &silent, 0);
	hostmem_rest(mem, &here, &silent, MINUTE + HOUR);
	ck_assert(!rests(&here, 2 * MINUTE + HOUR));
}
END_TEST

START_TEST(habits_have_their_time)
{
	int h;

	for (h = 0; h < HABIT_COUNT; h++) {
		ck_assert(!hostmem_has(mem, &here, (enum host_habit)h, 0));
		hostmem_learn(mem, &here, (enum host_habit)h, HOUR);
		ck_assert(hostmem_has(mem, &here, (enum host_habit)h,
		    HOUR - 1));
		ck_assert(!hostmem_has(mem, &here, (enum host_habit)h, HOUR));
		ck_assert(!hostmem_has(mem, &there, (enum host_habit)h, 0));
	}
	hostmem_well(mem, &here);
	ck_assert(hostmem_has(mem, &here, HABIT_NO_TLS, 0));
}
END_TEST

START_TEST(the_least_number_of_recipients_is_learned)
{
	ck_assert_uint_eq(hostmem_rcpts(mem, &here, 0), 0);
	hostmem_learn_rcpts(mem, &here, 5, 0, HOUR);
	ck_assert_uint_eq(hostmem_rcpts(mem, &here, 1), 5);
	ck_assert_uint_eq(hostmem_rcpts(mem, &there, 1), 0);
	hostmem_learn_rcpts(mem, &here, 7, 1, 2 * HOUR);
	ck_assert_uint_eq(hostmem_rcpts(mem, &here, HOUR), 5);
	hostmem_learn_rcpts(mem, &here, 1, HOUR, 2 * HOUR);
	ck_assert_uint_eq(hostmem_rcpts(mem, &here, HOUR), 1);
	ck_assert_uint_eq(hostmem_rcpts(mem, &here, 2 * HOUR), 0);
	hostmem_learn_rcpts(mem, &here, 7, 2 * HOUR, 3 * HOUR);
	ck_assert_uint_eq(hostmem_rcpts(mem, &here, 2 * HOUR), 7);
}
END_TEST

START_TEST(a_rest_is_told_when_it_begins)
{
	ck_assert_int_eq(hostmem_rest(mem, &here, &silent, 0), MINUTE);
	ck_assert_int_eq(hostmem_rest(mem, &here, &silent, SECOND), 0);
	ck_assert_int_eq(hostmem_rest(mem, &here, &silent, MINUTE),
	    2 * MINUTE);
}
END_TEST

START_TEST(two_drops_in_a_row_are_a_habit)
{
	ck_assert(!hostmem_dropped(mem, &here));
	ck_assert(hostmem_dropped(mem, &here));
	ck_assert(!hostmem_dropped(mem, &here));
	hostmem_shared(mem, &here, 0);
	ck_assert(!hostmem_dropped(mem, &here));
	ck_assert(!hostmem_dropped(mem, &there));
	ck_assert(hostmem_dropped(mem, &here));
}
END_TEST

START_TEST(who_shares_is_known_until_it_drops)
{
	ck_assert(!hostmem_has(mem, &here, HABIT_SHARES, 0));
	hostmem_shared(mem, &here, HOUR);
	ck_assert(hostmem_has(mem, &here, HABIT_SHARES, 24 * HOUR));
	ck_assert(!hostmem_has(mem, &here, HABIT_SHARES, 25 * HOUR));
	ck_assert(!hostmem_dropped(mem, &here));
	ck_assert(!hostmem_has(mem, &here, HABIT_SHARES, HOUR));
}
END_TEST

START_TEST(the_table_is_bounded)
{
	struct net_addr addr = there;
	uint32_t i;

	hostmem_rest(mem, &here, &silent, 0);
	for (i = 0; i < HOSTMEM_MAX; i++) {
		memcpy(&addr.octets[12], &i, sizeof i);
		hostmem_rest(mem, &addr, &silent, 0);
	}
	ck_assert_uint_eq(hostmem_count(mem), HOSTMEM_MAX);
	ck_assert_msg(!rests(&here, 0), "the oldest is gone");
	ck_assert(rests(&addr, 0));
}
END_TEST

START_TEST(a_sweep_frees_what_says_nothing)
{
	hostmem_rest(mem, &here, &silent, 0);
	hostmem_learn(mem, &there, HABIT_NO_TLS, 3 * HOUR);
	hostmem_sweep(mem, MINUTE);
	ck_assert_uint_eq(hostmem_count(mem), 2);
	hostmem_sweep(mem, MINUTE + HOUR);
	ck_assert_uint_eq(hostmem_count(mem), 1);
	hostmem_sweep(mem, 3 * HOUR);
	ck_assert_uint_eq(hostmem_count(mem), 0);
}
END_TEST

START_TEST(a_reload_forgets_all)
{
	hostmem_rest(mem, &here, &silent, 0);
	hostmem_clear(mem);
	ck_assert_uint_eq(hostmem_count(mem), 0);
	ck_assert(!rests(&here, 0));
	ck_assert(hostmem_rests(NULL, &here, 0) == NULL);
}
END_TEST

static const struct {
	const char *says;
	struct host_did did;
	bool failure;
} failures[] = {
	{ "no connection", { .fault = FAULT_CONNECT, .stage = STAGE_CONNECT }, true },
	{ "no banner", { .fault = FAULT_TIMEOUT, .stage = STAGE_BANNER }, true },
	{ "dropped at MAIL", { .fault = FAULT_CLOSED, .stage = STAGE_MAIL }, true },
	{ "no SMTP", { .fault = FAULT_PROTOCOL, .stage = STAGE_BANNER }, true },
	{ "dropped at RCPT may be the recipient's", { .fault = FAULT_CLOSED,
	    .stage = STAGE_RCPT }, false },
	{ "so may a silence", { .fault = FAULT_TIMEOUT, .stage = STAGE_RCPT }, false },
	{ "a handshake is asked without TLS",
	    { .fault = FAULT_TLS, .stage = STAGE_STARTTLS },
	    false },
	{ "no SMTPUTF8", { .fault = FAULT_NO_SMTPUTF8, .stage = STAGE_MAIL }, false },
	{ "no descriptors are ours",
	    { .fault = FAULT_LOCAL, .stage = STAGE_CONNECT }, false },
	{ "a busy banner", { .stage = STAGE_BANNER,
	    .code = 421, .reason = REASON_TEMPORARY_ERROR }, true },
	{ "HELO refused", { .stage = STAGE_EHLO,
	    .code = 550, .reason = REASON_BLOCKED_HELO }, true },
	{ "the sender refused", { .stage = STAGE_MAIL,
	    .code = 550, .reason = REASON_BLOCKED_POLICY }, true },
	{ "greylisting names its own wait", { .stage = STAGE_MAIL,
	    .code = 450, .reason = REASON_GREYLISTED }, false },
	{ "our address listed, said at RCPT", { .stage = STAGE_RCPT,
	    .code = 554, .reason = REASON_BLOCKED_IP_LISTED }, true },
	{ "a policy said at RCPT may be the recipient's", { .stage = STAGE_RCPT,
	    .code = 550, .reason = REASON_BLOCKED_POLICY }, false },
	{ "no such user", { .stage = STAGE_RCPT,
	    .code = 550, .reason = REASON_NO_SUCH_USER }, false },
	{ "accepted", { .stage = STAGE_RCPT,
	    .code = 250, .reason = REASON_ACCEPTED }, false },
};

START_TEST(what_makes_a_host_rest)
{
	ck_assert_msg(hostmem_is_failure(&failures[_i].did) ==
	    failures[_i].failure, "%s", failures[_i].says);
}
END_TEST

static const struct {
	const char *says;
	unsigned code;
	const char *enhanced, *text;
	bool too_many;
} replies[] = {
	{ "RFC 3463 has a code for it", 452, "4.5.3", "Too many", true },
	{ "also a lasting one", 550, "5.5.3", "", true },
	{ "words without a code", 452, "", "Too many recipients", true },
	{ "Microsoft's regions", 451, "4.4.4", "Temporary server error. "
	    "Please try again later ATTR38", true },
	{ "Microsoft's words", 452, "4.1.1", "The recipients belong to "
	    "multiple regions ATTR1", true },
	{ "one at a time for the null sender", 452, "", "only one recipient "
	    "is allowed for null senders", true },
	{ "a session's limit, with its end", 421, "4.7.0", "Too many "
	    "messages in this session", true },
	{ "a full mailbox", 452, "4.2.2", "Over quota", false },
	{ "a full disk", 452, "4.3.1", "Insufficient system storage", false },
	{ "greylisting", 450, "4.2.0", "Greylisted", false },
	{ "too many connections", 421, "4.7.0", "Too many concurrent SMTP "
	    "connections", false },
	{ "no such user", 550, "5.1.1", "User unknown", false },
	{ "accepted", 250, "2.1.5", "one recipient Ok", false },
	{ "a policy about one's own list", 550, "5.7.1", "multiple "
	    "recipients are not allowed", false },
};

START_TEST(one_recipient_too_many)
{
	ck_assert_msg(toomany_recipients(replies[_i].code,
	    replies[_i].enhanced, replies[_i].text) == replies[_i].too_many,
	    "%s", replies[_i].says);
}
END_TEST

/* --- what the admin is told ----------------------------------------------- */

static void
check_hosts(const char *says, size_t max, int64_t now, const char *want)
{
	struct jval *o = hosts_json(mem, max, now, 1000000 + now / SECOND);
	char *text = o != NULL ? jval_print(o) : NULL;

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strcmp(text, want) == 0, "%s: %s", says, text);
	free(text);
	jval_free(o);
}

START_TEST(limits_are_told_while_they_last)
{
	static const struct host_did refused = { .stage = STAGE_MAIL,
	    .code = 550, .enhanced = "5.7.1", .text = "not \033[1m you\xff",
	    .reason = REASON_BLOCKED_POLICY, .rule = "policy" };

	check_hosts("nothing is known", 9, 0, "{\"limited\":0,\"hosts\":[]}");
	hostmem_learn(mem, &here, HABIT_SLOW, 9 * HOUR);
	hostmem_shared(mem, &here, 0);
	check_hosts("these are no limits", 9, 0,
	    "{\"limited\":0,\"hosts\":[]}");
	hostmem_learn_rcpts(mem, &here, 3, 0, HOUR);
	hostmem_learn(mem, &here, HABIT_ONE_SESSION, 2 * MINUTE);
	hostmem_name(mem, &there, "nobody.example");
	hostmem_rest(mem, &there, &silent, 0);
	hostmem_name(mem, &there, "there.example");
	check_hosts("the one learned of last first", 9, 0,
	    "{\"limited\":2,\"hosts\":[{\"ip\":\"2001:db8::1\",\"host\":"
	    "\"there.example\",\"rests_until\":1000060,\"stage\":"
	    "\"banner\",\"reason\":\"timeout\",\"fault\":\"did not answer "
	    "in time\"},{\"ip\":\"192.0.2.1\",\"host\":\"\","
	    "\"recipients\":3,\"recipients_until\":1003600,"
	    "\"one_session_until\":1000120}]}");
	check_hosts("no more than fit", 1, 0,
	    "{\"limited\":2,\"hosts\":[{\"ip\":\"2001:db8::1\",\"host\":"
	    "\"there.example\",\"rests_until\":1000060,\"stage\":"
	    "\"banner\",\"reason\":\"timeout\",\"fault\":\"did not answer "
	    "in time\"}]}");
	check_hosts("what is over is not told", 9, 30 * MINUTE,
	    "{\"limited\":1,\"hosts\":[{\"ip\":\"192.0.2.1\",\"host\":\"\","
	    "\"recipients\":3,\"recipients_until\":1003600}]}");
	hostmem_rest(mem, &there, &refused, 2 * HOUR);
	hostmem_learn(mem, &there, HABIT_NO_TLS, 3 * HOUR);
	hostmem_learn(mem, &there, HABIT_NO_GROUPS, 3 * HOUR);
	check_hosts("their words are escaped", 9, 2 * HOUR,
	    "{\"limited\":1,\"hosts\":[{\"ip\":\"2001:db8::1\",\"host\":"
	    "\"there.example\",\"rests_until\":1007260,\"stage\":\"mail\","
	    "\"reason\":\"blocked_policy\",\"rule\":\"policy\",\"code\":550,"
	    "\"enhanced\":\"5.7.1\",\"text\":\"not \\\\x1B[1m you\\\\xFF\","
	    "\"no_tls_until\":1010800,\"no_groups_until\":1010800}]}");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostmem");
	TCase *tc = tcase_create("hostmem");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rest_begins_with_a_minute);
	tcase_add_test(tc, rest_doubles_up_to_an_hour);
	tcase_add_test(tc, one_failure_told_twice_is_one);
	tcase_add_test(tc, a_success_ends_rest_and_back_off);
	tcase_add_test(tc, a_quiet_hour_ends_the_back_off);
	tcase_add_test(tc, habits_have_their_time);
	tcase_add_test(tc, the_least_number_of_recipients_is_learned);
	tcase_add_test(tc, a_rest_is_told_when_it_begins);
	tcase_add_test(tc, two_drops_in_a_row_are_a_habit);
	tcase_add_test(tc, who_shares_is_known_until_it_drops);
	tcase_add_test(tc, the_table_is_bounded);
	tcase_add_test(tc, a_sweep_frees_what_says_nothing);
	tcase_add_test(tc, a_reload_forgets_all);
	tcase_add_test(tc, limits_are_told_while_they_last);
	tcase_add_loop_test(tc, what_makes_a_host_rest, 0,
	    (int)COUNT(failures));
	tcase_add_loop_test(tc, one_recipient_too_many, 0,
	    (int)COUNT(replies));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
