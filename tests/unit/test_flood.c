/*
 * Attacks: weeks of signups with floods of dead addresses among them.
 */
#include "tests/unit/flood_lab.h"
#include "tests/unit/suite.h"

/* What a world of signups did, and what became of it. */
struct tally {
	unsigned good_deferred;		/* deliverable ones */
	unsigned others_deferred;	/* honest, but not known to be good */
	unsigned let_in;		/* of the attack, after its first */
	unsigned bad;			/* of the attack */
};

static uint64_t serial;

/*
 * An honest signup: mistyped in a hundredth, at a catch-all domain or not
 * known in a tenth; and for each three mails to customers known for long.
 */
static void
honest(struct tally *t)
{
	uint64_t kind = chance(100);

	serial++;
	t->good_deferred += deferred("customer", serial % 5000,
	    REASON_ACCEPTED, 86400);
	if (kind < 1)
		(void)deferred("typo", serial, REASON_NO_SUCH_USER, 0);
	else if (kind < 6)
		t->others_deferred += deferred("any", serial, REASON_CATCH_ALL,
		    0);
	else if (kind < 11)
		t->others_deferred += deferred("slow", serial, REASON_TIMEOUT,
		    0);
	else
		t->good_deferred += deferred("new", serial, REASON_ACCEPTED,
		    0);
}

/* Half of them are found undeliverable; the others are not known. */
static void
attack(struct tally *t)
{
	serial++;
	t->bad++;
	if (chance(2) == 0)
		(void)deferred("dead", serial, REASON_NO_SUCH_USER, 0);
	else
		t->let_in += !deferred("maybe", serial, REASON_TIMEOUT, 0);
}

static void
pass(int64_t ms, int64_t honest_every, int64_t attack_every, struct tally *t)
{
	int64_t end = now + ms, next_honest = now, next_attack = now;

	while (now < end) {
		if (now >= next_honest) {
			honest(t);
			next_honest += honest_every;
		}
		if (attack_every > 0 && now >= next_attack) {
			attack(t);
			next_attack += attack_every;
		}
		if (now % (2 * SECOND) == 0)
			flood_tend(f);
		now += SECOND / 2;
	}
}

static const struct {
	const char *says;
	int64_t honest_every, attack_every;
	unsigned let_in;		/* at most */
} floods[] = {
	{ "a small shop, ten a minute against it", 60 * SECOND, 6 * SECOND,
	    40 },
	{ "a small shop, two a second against it", 60 * SECOND, SECOND / 2,
	    40 },
	{ "a large one, two a second against it", 4 * SECOND, SECOND / 2,
	    80 },
	{ "a large one, one in two seconds against it", 4 * SECOND,
	    2 * SECOND, 140 },
};

START_TEST(a_bounce_flood_is_stopped_and_no_good_address_is_deferred)
{
	struct tally before = { 0 }, during = { 0 }, later = { 0 };

	pass(24 * HOUR, floods[_i].honest_every, 0, &before);
	ck_assert_uint_eq(event_count, 0);
	ck_assert_uint_eq(before.others_deferred, 0);
	pass(2 * HOUR, floods[_i].honest_every, floods[_i].attack_every,
	    &during);
	ck_assert_uint_gt(during.bad, 1000);
	ck_assert_msg(during.let_in <= floods[_i].let_in, "%s: %u of %u came "
	    "through", floods[_i].says, during.let_in, during.bad);
	ck_assert_uint_ge(event_count, 1);
	ck_assert_int_eq(events[0].attack.phase, ATTACK_BEGINS);
	/* It ends by itself, a window and the hold after its last sign. */
	pass(42 * MINUTE, floods[_i].honest_every, 0, &later);
	ck_assert_int_eq(events[event_count - 1].attack.phase, ATTACK_ENDS);
	memset(&later, 0, sizeof(later));
	pass(HOUR, floods[_i].honest_every, 0, &later);
	ck_assert_uint_eq(later.others_deferred, 0);
	ck_assert_uint_eq(before.good_deferred + during.good_deferred +
	    later.good_deferred, 0);
}
END_TEST

START_TEST(honest_weeks_are_never_an_attack)
{
	static const int64_t every[] = { SECOND, 5 * SECOND, 47 * SECOND,
	    7 * MINUTE };
	struct tally t = { 0 };

	pass(48 * HOUR, every[_i], 0, &t);
	ck_assert_uint_eq(t.good_deferred + t.others_deferred, 0);
	ck_assert_uint_eq(event_count, 0);
}
END_TEST

/*
 * The probe asks for five at a domain and then no more, as its breaker has it;
 * sixty honest signups an hour at the same domain are not asked for either.
 */
START_TEST(a_flood_that_the_probe_does_not_ask_for_is_seen)
{
	unsigned i, let_in = 0;

	for (i = 0; i < 30; i++, now += SECOND)
		(void)deferred("new", ++serial, REASON_ACCEPTED, 0);
	for (i = 0; i < 5; i++, now += SECOND)
		(void)deferred("dead", ++serial, REASON_NO_SUCH_USER, 0);
	for (i = 0; i < 1000; i++, now += SECOND)
		let_in += !deferred("dead", ++serial,
		    REASON_BUDGET_EXHAUSTED, 0);
	ck_assert_uint_lt(let_in, 20);
	ck_assert(deferred("dead", ++serial, REASON_BUDGET_EXHAUSTED, 0));
	/* And it ends, although the probe still does not ask. */
	now += 41 * MINUTE;
	ck_assert(!deferred("dead", ++serial, REASON_BUDGET_EXHAUSTED, 0));
}
END_TEST

static const struct {
	const char *says;
	unsigned good, bad;		/* at the domain, first */
	enum verdict_reason reason;
} unasked[] = {
	{ "a budget that honest signups used up is no attack", 5, 1,
	    REASON_BUDGET_EXHAUSTED },
	{ "four bad ones are too few to judge a domain by", 0, 4,
	    REASON_BUDGET_EXHAUSTED },
	{ "a source that is new is no attack", 5, 1, REASON_WARMUP_LIMIT },
	{ "a list is none before", 5, 1, REASON_SUBMITTER_NOT_ALLOWED },
	{ "who is excluded is never counted", 0, 10,
	    REASON_EXCLUDED_BY_REQUEST },
};

START_TEST(what_is_not_asked_is_no_attack_by_itself)
{
	unsigned i;

	for (i = 0; i < unasked[_i].good; i++)
		(void)deferred("same", ++serial, REASON_ACCEPTED, 0);
	for (i = 0; i < unasked[_i].bad; i++)
		(void)deferred("same", ++serial, REASON_NO_SUCH_USER, 0);
	for (i = 0; i < 1000; i++)
		ck_assert_msg(!deferred("same", ++serial, unasked[_i].reason,
		    0), "%s", unasked[_i].says);
}
END_TEST

static void
bring_on(void)
{
	int i;

	for (i = 0; i < 20; i++)
		(void)deferred("dead", ++serial, REASON_NO_SUCH_USER, 0);
}

static bool
is_attacked(void)
{
	return deferred("maybe", ++serial, REASON_TIMEOUT, 0);
}

START_TEST(the_same_address_again_is_no_attack)
{
	int i;

	for (i = 0; i < 1000; i++, now += SECOND / 2)
		(void)deferred("typo", 1, REASON_NO_SUCH_USER, 0);
	ck_assert(!is_attacked());
}
END_TEST

static const struct {
	const char *says;
	const char *auth, *from;	/* whom it is tried with afterwards */
	bool forum, attacked;
} others[] = {
	{ "the same login from another address", "shop", "10.9.9.9", false,
	    true },
	{ "another login", "other", "10.1.2.3", false, false },
	{ "no login, from the same address", "", "10.1.2.3", false, false },
	{ "another guard", "shop", "10.1.2.3", true, false },
};

START_TEST(an_attack_is_one_clients_of_one_guard)
{
	struct conf_guard forum = guard;
	struct net_addr from;

	bring_on();
	ck_assert(is_attacked());
	ck_assert(net_addr_parse(others[_i].from, &from));
	client.auth = others[_i].auth;
	client.addr = &from;
	forum.name = other_name;
	client.guard = others[_i].forum ? &forum : &guard;
	ck_assert_msg(is_attacked() == others[_i].attacked, "%s",
	    others[_i].says);
}
END_TEST

static const struct {
	const char *says, *first, *then;
	bool attacked;
} networks[] = {
	{ "IPv4 is one address", "192.0.2.1", "192.0.2.2", false },
	{ "IPv6 is a /64", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
	{ "and no more", "2001:db8:1:2::1", "2001:db8:1:3::1", false },
};

START_TEST(a_client_without_a_login_is_its_network)
{
	client.auth = "";
	ck_assert(net_addr_parse(networks[_i].first, &addr));
	bring_on();
	ck_assert(is_attacked());
	ck_assert(net_addr_parse(networks[_i].then, &addr));
	ck_assert_msg(is_attacked() == networks[_i].attacked, "%s",
	    networks[_i].says);
}
END_TEST

START_TEST(an_attack_is_told_of_from_its_beginning_to_its_end)
{
	struct attack a;
	int i;

	bring_on();
	flood_put_off(f, it());
	flood_put_off(f, it());
	ck_assert_uint_eq(event_count, 1);
	ring_attack(&events[0], &a);
	ck_assert(verdict_id_is(a.id));
	ck_assert_str_eq(a.guard, "signup");
	ck_assert_str_eq(a.auth, "shop");
	ck_assert_str_eq(a.client, "10.1.2.3");
	ck_assert_int_eq(a.began, WALL + now / 1000);
	ck_assert_int_eq(a.until, a.began + 1800);
	ck_assert_int_eq(a.judged, 20);
	ck_assert_int_eq(a.undeliverable, 20);
	/* While it goes on the probe is told now and then, not each time. */
	for (i = 0; i < 600; i++, now += SECOND)
		(void)deferred("dead", ++serial, REASON_NO_SUCH_USER, 0);
	ck_assert_uint_eq(event_count, 3);
	ck_assert_int_eq(events[2].attack.phase, ATTACK_GOES_ON);
	ck_assert_str_eq(events[2].id, events[0].id);
	now += 1800 * SECOND;
	flood_tend(f);
	ck_assert_uint_eq(event_count, 4);
	ck_assert_int_eq(events[3].attack.phase, ATTACK_ENDS);
	ck_assert_str_eq(events[3].id, events[0].id);
	ck_assert_int_eq(events[3].attack.put_off, 2);
	flood_tend(f);
	ck_assert_uint_eq(event_count, 4);
}
END_TEST

START_TEST(a_list_goes_on_with_it)
{
	int i;

	bring_on();
	for (i = 0; i < 400; i++, now += 20 * SECOND)
		ck_assert(deferred("list", ++serial,
		    REASON_SUBMITTER_NOT_ALLOWED, 0));
	now += 31 * MINUTE;
	ck_assert(!deferred("list", ++serial, REASON_SUBMITTER_NOT_ALLOWED,
	    0));
}
END_TEST

START_TEST(a_restart_ends_no_attack)
{
	bring_on();
	ring_attack(&events[0], &stored);
	now += 10 * MINUTE;
	flood_free(f);
	f = flood_new(NULL, NULL);
	ck_assert(is_attacked());
	client.auth = "other";
	ck_assert(!is_attacked());
	client.auth = "shop";
	now += 20 * MINUTE;
	ck_assert(!is_attacked());
	flood_tend(f);
	ck_assert_int_eq(events[event_count - 1].attack.phase, ATTACK_ENDS);
	ck_assert_str_eq(events[event_count - 1].id, stored.id);
	/* Written under a clock that was years ahead. */
	stored.until = WALL * 2;
	flood_free(f);
	f = flood_new(NULL, NULL);
	ck_assert(is_attacked());
	now += 7 * 24 * HOUR;
	ck_assert(!is_attacked());
}
END_TEST

START_TEST(many_clients_do_not_hide_an_attack)
{
	char login[32];
	int i;

	bring_on();
	client.auth = login;
	for (i = 0; i < 20000; i++, now++) {
		snprintf(login, sizeof(login), "login%d", i);
		(void)deferred("dead", ++serial, REASON_NO_SUCH_USER, 0);
	}
	client.auth = "shop";
	ck_assert(is_attacked());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("flood");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc,
	    a_bounce_flood_is_stopped_and_no_good_address_is_deferred, 0,
	    COUNT(floods));
	tcase_add_loop_test(tc, honest_weeks_are_never_an_attack, 0, 4);
	tcase_add_test(tc, the_same_address_again_is_no_attack);
	tcase_add_loop_test(tc, an_attack_is_one_clients_of_one_guard, 0,
	    COUNT(others));
	tcase_add_loop_test(tc, a_client_without_a_login_is_its_network, 0,
	    COUNT(networks));
	tcase_add_test(tc,
	    an_attack_is_told_of_from_its_beginning_to_its_end);
	tcase_add_test(tc, a_list_goes_on_with_it);
	tcase_add_test(tc, a_flood_that_the_probe_does_not_ask_for_is_seen);
	tcase_add_loop_test(tc, what_is_not_asked_is_no_attack_by_itself, 0,
	    COUNT(unasked));
	tcase_add_test(tc, a_restart_ends_no_attack);
	tcase_add_test(tc, many_clients_do_not_hide_an_attack);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
