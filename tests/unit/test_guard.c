#include "milter/guard.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

static char *logins[] = { "shop", "forum" };
static char *listeners[] = { "submission" };
static char *senders[] = { "no-reply@shop.example", "@news.example",
    ".sub.example" };
static char *any_sender[] = { "@other.example" };
static struct net_cidr networks[2];

/* Two guards: the first asks for all four, the second for a sender alone. */
static struct conf_guard guards[2];
static struct conf conf = { .guards = guards, .guard_count = 2 };

static void
make_conf(void)
{
	ck_assert(net_cidr_parse("10.0.0.0/8", &networks[0]));
	ck_assert(net_cidr_parse("2001:db8::/32", &networks[1]));
	memset(guards, 0, sizeof(guards));
	guards[0].auth = (struct conf_strings){ logins, 2 };
	guards[0].client = (struct conf_networks){ networks, 2 };
	guards[0].listener = (struct conf_strings){ listeners, 1 };
	guards[0].sender = (struct conf_strings){ senders, 3 };
	guards[1].sender = (struct conf_strings){ any_sender, 1 };
}

static const struct match_row {
	const char *says;
	const char *auth, *client, *listener, *sender;
	int guard;			/* -1: none */
} matches[] = {
	{ "all four lists match", "shop", "10.1.2.3", "submission",
	    "no-reply@shop.example", 0 },
	{ "the second login of a list", "forum", "10.1.2.3", "submission",
	    "no-reply@shop.example", 0 },
	{ "a network in the other family", "shop", "2001:db8::7", "submission",
	    "no-reply@shop.example", 0 },
	{ "a sender is compared without case", "shop", "10.1.2.3",
	    "submission", "No-Reply@SHOP.example", 0 },
	{ "@domain is the domain itself", "shop", "10.1.2.3", "submission",
	    "any@news.example", 0 },
	{ "@domain is no domain below it", "shop", "10.1.2.3", "submission",
	    "any@sub.news.example", -1 },
	{ ".domain is a domain below it", "shop", "10.1.2.3", "submission",
	    "any@a.b.sub.example", 0 },
	{ ".domain is not the domain itself", "shop", "10.1.2.3", "submission",
	    "any@sub.example", -1 },
	{ ".domain is no domain that ends alike", "shop", "10.1.2.3",
	    "submission", "any@evilsub.example", -1 },
	{ "a login that only begins alike", "shopper", "10.1.2.3",
	    "submission", "no-reply@shop.example", -1 },
	{ "a login in another case is another", "Shop", "10.1.2.3",
	    "submission", "no-reply@shop.example", -1 },
	{ "no login", "", "10.1.2.3", "submission", "no-reply@shop.example",
	    -1 },
	{ "a client outside", "shop", "192.0.2.1", "submission",
	    "no-reply@shop.example", -1 },
	{ "a client without an address", "shop", NULL, "submission",
	    "no-reply@shop.example", -1 },
	{ "another listener", "shop", "10.1.2.3", "smtp",
	    "no-reply@shop.example", -1 },
	{ "the null reverse-path is no listed sender", "shop", "10.1.2.3",
	    "submission", NULL, -1 },
	{ "an empty list matches all", "", NULL, "", "x@other.example", 1 },
	{ "the first guard that matches speaks", "shop", "10.1.2.3",
	    "submission", "x@other.example", 1 },
};

START_TEST(a_guard_speaks_for_what_its_lists_name)
{
	const struct match_row *r = &matches[_i];
	struct guard_facts f = { 0 };
	struct address sender;
	const struct conf_guard *g;

	make_conf();
	f.auth = r->auth;
	f.listener = r->listener;
	if (r->client != NULL)
		ck_assert(net_addr_parse(r->client, &f.client));
	if (r->sender != NULL) {
		ck_assert(address_parse(r->sender, strlen(r->sender),
		    &sender) == ADDRESS_OK);
		f.sender = &sender;
	}
	g = guard_match(&conf, &f);
	ck_assert_msg(g == (r->guard < 0 ? NULL : &guards[r->guard]), "%s",
	    r->says);
}
END_TEST

START_TEST(without_guards_nobody_speaks)
{
	struct conf none = { .guard_count = 0 };
	struct guard_facts f = { .auth = "shop", .listener = "" };

	ck_assert_ptr_null(guard_match(&none, &f));
}
END_TEST

START_TEST(the_first_of_two_that_match_speaks)
{
	struct guard_facts f = { .auth = "", .listener = "" };

	make_conf();
	guards[0] = guards[1];
	guards[0].sender.count = guards[1].sender.count = 0;
	ck_assert_ptr_eq(guard_match(&conf, &f), &guards[0]);
}
END_TEST

static const struct decide_row {
	const char *says;
	enum verdict_reason reason;
	bool degraded;
	enum guard_mode mode;
	enum guard_action table, action;
	bool observed;
} decisions[] = {
	{ "a found bad address is refused", REASON_NO_SUCH_USER, false,
	    MODE_ENFORCE, ACTION_REJECT, ACTION_REJECT, false },
	{ "observe says the same and only looks", REASON_NO_SUCH_USER, false,
	    MODE_OBSERVE, ACTION_REJECT, ACTION_REJECT, true },
	{ "a good address passes", REASON_ACCEPTED, false,
	    MODE_ENFORCE, ACTION_ACCEPT, ACTION_ACCEPT, false },
	{ "risky is never refused for good", REASON_CATCH_ALL, false,
	    MODE_ENFORCE, ACTION_REJECT, ACTION_TEMPFAIL, false },
	{ "unknown is never refused for good", REASON_GREYLISTED, false,
	    MODE_ENFORCE, ACTION_REJECT, ACTION_TEMPFAIL, false },
	{ "pending is never refused for good", REASON_PROBE_RUNNING, false,
	    MODE_ENFORCE, ACTION_REJECT, ACTION_TEMPFAIL, false },
	{ "not checked is never refused for good", REASON_BUDGET_EXHAUSTED,
	    false, MODE_ENFORCE, ACTION_REJECT, ACTION_TEMPFAIL, false },
	{ "a fault of ours never refuses for good", REASON_PROBE_UNAVAILABLE,
	    true, MODE_ENFORCE, ACTION_REJECT, ACTION_TEMPFAIL, false },
	{ "bad, but degraded, is not refused for good", REASON_NO_SUCH_USER,
	    true, MODE_ENFORCE, ACTION_REJECT, ACTION_TEMPFAIL, false },
	{ "hold is what the table says", REASON_DISPOSABLE, false,
	    MODE_ENFORCE, ACTION_HOLD, ACTION_HOLD, false },
	{ "tag is what the table says", REASON_ROLE, false,
	    MODE_ENFORCE, ACTION_TAG, ACTION_TAG, false },
};

START_TEST(the_table_decides_within_rule_1)
{
	const struct decide_row *r = &decisions[_i];
	struct conf_guard g = { .mode = r->mode };
	struct guard_decision d;

	/* Every other state would accept: only the right cell is read. */
	g.actions[verdict_state_of(r->reason)] = r->table;
	d = guard_decide(&g, r->reason, r->degraded);
	ck_assert_msg(d.action == r->action, "%s: %s", r->says,
	    guard_action_word(d.action));
	ck_assert_msg(d.observed == r->observed, "%s", r->says);
}
END_TEST

/* Rule R1 for each reason, with whatever action, in whichever of the two. */
START_TEST(no_reason_but_an_undeliverable_one_is_refused_for_good)
{
	enum verdict_reason reason = verdict_reason_at((unsigned)_i);
	bool bad = verdict_state_of(reason) == STATE_UNDELIVERABLE;
	unsigned action, way, degraded;

	ck_assert_int_ne(reason, 0);
	for (action = 0; action < ACTION_COUNT; action++)
	for (way = 0; way < 2; way++)
	for (degraded = 0; degraded < 2; degraded++) {
		struct conf_guard g = { .mode = MODE_ENFORCE };
		enum guard_action want = (enum guard_action)action, got;

		if (way == 0)
			g.actions[verdict_state_of(reason)] = want;
		else
			g.by_reason[reason] = action + 1;
		if (want == ACTION_REJECT && (!bad || degraded == 1))
			want = ACTION_TEMPFAIL;
		got = guard_decide(&g, reason, degraded == 1).action;
		ck_assert_msg(got == want, "%s by %s%s: %s, not %s",
		    verdict_reason_word(reason), way == 0 ? "state" :
		    "reason", degraded == 1 ? ", degraded" : "",
		    guard_action_word(got), guard_action_word(want));
	}
}
END_TEST

START_TEST(a_reason_goes_before_its_state_and_touches_no_other)
{
	enum verdict_reason reason = verdict_reason_at((unsigned)_i), other;
	struct conf_guard g = { .mode = MODE_ENFORCE };
	unsigned n;

	for (n = 0; n < STATE_COUNT; n++)
		g.actions[n] = ACTION_TEMPFAIL;
	g.by_reason[reason] = ACTION_TAG + 1;
	for (n = 0; (other = verdict_reason_at(n)) != 0; n++)
		ck_assert_msg(guard_decide(&g, other, false).action ==
		    (other == reason ? ACTION_TAG : ACTION_TEMPFAIL),
		    "%s set, %s asked", verdict_reason_word(reason),
		    verdict_reason_word(other));
}
END_TEST

static int
reasons(void)
{
	int n = 0;

	while (verdict_reason_at((unsigned)n) != 0)
		n++;
	return n;
}

int
main(void)
{
	Suite *s = suite_create("guard");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, a_guard_speaks_for_what_its_lists_name, 0,
	    COUNT(matches));
	tcase_add_test(tc, without_guards_nobody_speaks);
	tcase_add_test(tc, the_first_of_two_that_match_speaks);
	tcase_add_loop_test(tc, the_table_decides_within_rule_1, 0,
	    COUNT(decisions));
	tcase_add_loop_test(tc,
	    no_reason_but_an_undeliverable_one_is_refused_for_good, 0,
	    reasons());
	tcase_add_loop_test(tc,
	    a_reason_goes_before_its_state_and_touches_no_other, 0,
	    reasons());
	suite_add_tcase(s, tc);
	return suite_run(s);
}
