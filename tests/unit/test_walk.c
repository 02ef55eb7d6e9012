#include <stdio.h>
#include <string.h>

#include "probe/walk.h"
#include "tests/unit/route_text.h"
#include "tests/unit/suite.h"

#define STEPS_MAX	8

/*
 * A script is what each host asked in turn did. The walk is written as the
 * addresses asked, then the reason.
 */
struct did {
	enum fault fault;
	enum stage stage;
	enum verdict_reason reason;	/* with FAULT_NONE */
	bool next_host;
};

struct row {
	const char *says;
	const char *route;
	struct did did[STEPS_MAX];
	const char *asked;
	enum verdict_reason reason;
	const char *rests;		/* what did what before */
};

#define SAID(stage, reason)	{ FAULT_NONE, stage, reason, false }
#define ELSEWHERE(reason)	{ FAULT_NONE, STAGE_RCPT, reason, true }
#define BROKE(fault, stage)	{ fault, stage, REASON_MAX, false }
#define ANY_NAME		SAID(STAGE_RCPT, REASON_CATCH_ALL)
#define PASS			BROKE(FAULT_NONE, STAGE_COUNT)
#define SKIP		{ FAULT_NONE, STAGE_COUNT, REASON_MAX, true }
#define NO_UTF8			BROKE(FAULT_NO_SMTPUTF8, STAGE_MAIL)

static const struct row rows[] = {
	{ "the first host's answer at RCPT is the verdict",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_RCPT, REASON_NO_SUCH_USER) },
	    "9.0.0.1 ", REASON_NO_SUCH_USER, NULL },
	{ "a temporary answer at RCPT is an answer too",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_RCPT, REASON_GREYLISTED) },
	    "9.0.0.1 ", REASON_GREYLISTED, NULL },
	{ "a host that cannot be reached passes on to its next address",
	    "a 9.0.0.1 9.0.0.2",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "9.0.0.1 9.0.0.2 ", REASON_ACCEPTED, NULL },
	{ "and then to the next host",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "9.0.0.1 9.0.0.2 ", REASON_ACCEPTED, NULL },
	{ "a greeting that refuses us passes over that host's addresses",
	    "a 9.0.0.1 9.0.0.2;b 9.0.0.3",
	    { SAID(STAGE_BANNER, REASON_BLOCKED_IP_LISTED),
	      SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "9.0.0.1 9.0.0.3 ", REASON_ACCEPTED, NULL },
	{ "MAIL refused ends the walk: the others would say the same",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_MAIL, REASON_BLOCKED_POLICY) },
	    "9.0.0.1 ", REASON_BLOCKED_POLICY, NULL },
	{ "relaying denied asks the next host",
	    "a 9.0.0.1;b 9.0.0.2",
	    { ELSEWHERE(REASON_RELAY_DENIED),
	      SAID(STAGE_RCPT, REASON_NO_SUCH_USER) },
	    "9.0.0.1 9.0.0.2 ", REASON_NO_SUCH_USER, NULL },
	{ "relaying denied everywhere stays that",
	    "a 9.0.0.1;b 9.0.0.2",
	    { ELSEWHERE(REASON_RELAY_DENIED),
	      ELSEWHERE(REASON_RELAY_DENIED) },
	    "9.0.0.1 9.0.0.2 ", REASON_RELAY_DENIED, NULL },
	{ "a silence after it does not hide what a host said",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_BANNER, REASON_BLOCKED_IP_LISTED),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 9.0.0.2 ", REASON_BLOCKED_IP_LISTED, NULL },
	{ "nor does no connection hide a silence",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_TIMEOUT, STAGE_RCPT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 9.0.0.2 ", REASON_TIMEOUT, NULL },
	{ "nobody can be reached",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 9.0.0.2 ", REASON_NO_CONNECT, NULL },
	{ "a fault of ours ends it at once, and is ours",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_LOCAL, STAGE_CONNECT) },
	    "9.0.0.1 ", REASON_PROBE_UNAVAILABLE, NULL },
	{ "only private addresses: no one can deliver there",
	    "a 10.0.0.1 127.0.0.1;b 192.168.0.1", { BROKE(0, 0) },
	    "", REASON_UNROUTABLE_MX, NULL },
	{ "a host that DNS does not tell of may be the one that takes mail",
	    "a 10.0.0.1;b a?", { BROKE(0, 0) }, "", REASON_DNS_FAILURE, NULL },
	{ "so may its address of the other family",
	    "a 10.0.0.1 aaaa?", { BROKE(0, 0) }, "", REASON_DNS_FAILURE,
	    NULL },
	{ "so may one that there was no room for",
	    "a 10.0.0.1 ...", { BROKE(0, 0) }, "", REASON_DNS_FAILURE, NULL },
	{ "so may one whose name was not understood",
	    "a 10.0.0.1 bad", { BROKE(0, 0) }, "", REASON_DNS_FAILURE, NULL },
	{ "a private address beside a public one is passed over",
	    "a 10.0.0.1 9.0.0.1",
	    { SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "9.0.0.1 ", REASON_ACCEPTED, NULL },
	{ "a public one that fails beside a private one proves nothing",
	    "a 10.0.0.1 9.0.0.1",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 ", REASON_NO_CONNECT, NULL },
	{ "our own address is never dialled, and never held against it",
	    "a 9.9.9.9", { BROKE(0, 0) },
	    "", REASON_NO_CONNECT, NULL },
	{ "a private network that the admin allows is dialled",
	    "a 10.7.0.1",
	    { SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "10.7.0.1 ", REASON_ACCEPTED, NULL },
	{ "six connections are enough for one address",
	    "a 9.0.0.1 9.0.0.2 9.0.0.3;b 9.0.0.4 9.0.0.5 9.0.0.6;c 9.0.0.7",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT),
	      BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 9.0.0.2 9.0.0.3 9.0.0.4 9.0.0.5 9.0.0.6 ",
	    REASON_NO_CONNECT, NULL },
	{ "no host of the domain takes UTF-8: nobody can deliver",
	    "a 9.0.0.1 9.0.0.2;b 9.0.0.3", { NO_UTF8, NO_UTF8 },
	    "9.0.0.1 9.0.0.3 ", REASON_NO_MAIL_HOST, NULL },
	{ "one that takes UTF-8 is asked, and its word is the verdict",
	    "a 9.0.0.1;b 9.0.0.2",
	    { NO_UTF8, SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "9.0.0.1 9.0.0.2 ", REASON_ACCEPTED, NULL },
	{ "one that could not be asked may take UTF-8",
	    "a 9.0.0.1;b 9.0.0.2",
	    { NO_UTF8, BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 9.0.0.2 ", REASON_AMBIGUOUS_REFUSAL, NULL },
	{ "so may one that refused us at its greeting",
	    "a 9.0.0.1;b 9.0.0.2",
	    { NO_UTF8, SAID(STAGE_BANNER, REASON_RATE_LIMITED) },
	    "9.0.0.1 9.0.0.2 ", REASON_RATE_LIMITED, NULL },
	{ "so may one that may not be dialled",
	    "a 9.0.0.1;b 10.0.0.1", { NO_UTF8 },
	    "9.0.0.1 ", REASON_AMBIGUOUS_REFUSAL, NULL },
	{ "so may one that rests",
	    "a 9.0.0.1;b 9.0.0.2", { NO_UTF8 },
	    "9.0.0.1 ", REASON_AMBIGUOUS_REFUSAL, "9.0.0.2 silent" },
	{ "so may one that DNS does not tell of",
	    "a 9.0.0.1;b a?", { NO_UTF8 },
	    "9.0.0.1 ", REASON_AMBIGUOUS_REFUSAL, NULL },
	{ "so may an address that DNS does not tell of",
	    "a 9.0.0.1 aaaa?", { NO_UTF8 },
	    "9.0.0.1 ", REASON_AMBIGUOUS_REFUSAL, NULL },
	{ "so may one that there was no room for",
	    "a 9.0.0.1 ...", { NO_UTF8 },
	    "9.0.0.1 ", REASON_AMBIGUOUS_REFUSAL, NULL },
	{ "a host that rests is passed over",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_RCPT, REASON_ACCEPTED) },
	    "9.0.0.2 ", REASON_ACCEPTED, "9.0.0.1 silent" },
	{ "so is one of its addresses",
	    "a 9.0.0.1 9.0.0.2",
	    { SAID(STAGE_RCPT, REASON_NO_SUCH_USER) },
	    "9.0.0.2 ", REASON_NO_SUCH_USER, "9.0.0.1 dead" },
	{ "all rest: what they did is the answer, without a connection",
	    "a 9.0.0.1;b 9.0.0.2", { BROKE(0, 0) },
	    "", REASON_TIMEOUT, "9.0.0.1 dead 9.0.0.2 silent" },
	{ "a refusal tells more than a silence, remembered too",
	    "a 9.0.0.1;b 9.0.0.2", { BROKE(0, 0) },
	    "", REASON_BLOCKED_HELO, "9.0.0.1 silent 9.0.0.2 refused" },
	{ "what rests tells more than a host that cannot be reached now",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 ", REASON_BLOCKED_HELO, "9.0.0.2 refused" },
	{ "but not more than what one says now",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_BANNER, REASON_BLOCKED_IP_LISTED) },
	    "9.0.0.1 ", REASON_BLOCKED_IP_LISTED, "9.0.0.2 refused" },
	{ "the first host takes any name: so does the domain",
	    "a 9.0.0.1;b 9.0.0.2", { ANY_NAME },
	    "9.0.0.1 ", REASON_CATCH_ALL, NULL },
	{ "a backup takes any name: the better host's failure is what is known",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_TIMEOUT, STAGE_BANNER), ANY_NAME },
	    "9.0.0.1 9.0.0.2 ", REASON_TIMEOUT, NULL },
	{ "so is what it said of us",
	    "a 9.0.0.1;b 9.0.0.2",
	    { SAID(STAGE_BANNER, REASON_RATE_LIMITED), ANY_NAME },
	    "9.0.0.1 9.0.0.2 ", REASON_RATE_LIMITED, NULL },
	{ "so is what it did before, if it rests",
	    "a 9.0.0.1;b 9.0.0.2", { ANY_NAME },
	    "9.0.0.2 ", REASON_BLOCKED_HELO, "9.0.0.1 refused" },
	{ "one of the same preference is no backup",
	    "a 9.0.0.1;= 9.0.0.2",
	    { BROKE(FAULT_TIMEOUT, STAGE_BANNER), ANY_NAME },
	    "9.0.0.1 9.0.0.2 ", REASON_CATCH_ALL, NULL },
	{ "nor is one where the better host can be reached by nobody",
	    "a 10.0.0.1;b 9.0.0.2 9.0.0.3",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT), ANY_NAME },
	    "9.0.0.2 9.0.0.3 ", REASON_CATCH_ALL, NULL },
	{ "a worse host that rests says nothing of it",
	    "a 9.0.0.1;b 9.0.0.2;c 9.0.0.3",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT), ANY_NAME },
	    "9.0.0.1 9.0.0.2 ", REASON_NO_CONNECT, "9.0.0.3 refused" },
	{ "a host that is never asked is passed over, and shows nothing",
	    "a 9.0.0.1;b 9.0.0.2 9.0.0.3;c 9.0.0.4",
	    { BROKE(FAULT_CONNECT, STAGE_CONNECT), PASS,
	      SAID(STAGE_RCPT, REASON_NO_SUCH_USER) },
	    "9.0.0.1 9.0.0.2 9.0.0.4 ", REASON_NO_SUCH_USER, NULL },
	{ "it is the last one: what the others did is known",
	    "a 9.0.0.1;b 9.0.0.2",
	    { BROKE(FAULT_TIMEOUT, STAGE_RCPT), PASS },
	    "9.0.0.1 9.0.0.2 ", REASON_TIMEOUT, NULL },
	{ "private addresses beside one that is never asked prove nothing",
	    "a 10.0.0.1;b 9.0.0.2", { PASS },
	    "9.0.0.2 ", REASON_NO_CONNECT, NULL },
	{ "nor beside one that cannot be asked from here",
	    "a 10.0.0.1 2001:4860::1", { SKIP },
	    "2001:4860::1 ", REASON_NO_CONNECT, NULL },
	{ "what cannot be asked from here hides no failure of others",
	    "a 9.0.0.1 2001:4860::1;b 9.0.0.2",
	    { BROKE(FAULT_CLOSED, STAGE_EHLO), SKIP,
	      BROKE(FAULT_CONNECT, STAGE_CONNECT) },
	    "9.0.0.1 2001:4860::1 9.0.0.2 ", REASON_CLOSED_EARLY, NULL },
	{ "a backup takes any name: nothing, if the better one is out of reach",
	    "a 2001:4860::1;b 9.0.0.2", { SKIP, ANY_NAME },
	    "2001:4860::1 9.0.0.2 ", REASON_NO_CONNECT, NULL },
};

static void
note(char *asked, size_t size, const struct net_addr *addr)
{
	char ip[NET_TEXT_SIZE];
	size_t len = strlen(asked);

	net_addr_text(addr, ip);
	snprintf(asked + len, size - len, "%s ", ip);
}

#define NOW	1000000

START_TEST(walks)
{
	const struct row *row = &rows[_i];
	struct net_cidr allowed;
	struct conf_networks allow = { &allowed, 1 };
	struct net_addr own;
	struct target_rules rules = { &allow, &own, 1 };
	struct mx_route route;
	struct walk w;
	struct walk_step step;
	struct hostmem *memory = route_text_rests(row->rests, NOW - 1000);
	char asked[512] = "";
	size_t i;

	ck_assert(net_cidr_parse("10.7.0.0/16", &allowed));
	ck_assert(net_addr_parse("9.9.9.9", &own));
	route_text_make(row->route, &route);
	walk_begin(&w, &route, &rules, memory, NOW, &step);
	for (i = 0; step.act == WALK_ASK; i++) {
		const struct did *d = &row->did[i];
		struct reply_meaning m = { .reason = d->reason,
		    .rule = "test", .next_host = d->next_host };

		ck_assert_msg(i < STEPS_MAX, "%s: goes on", row->says);
		note(asked, sizeof asked, step.addr);
		if (d->stage == STAGE_COUNT && d->next_host)
			walk_skip(&w, NOW, &step);
		else if (d->stage == STAGE_COUNT)
			walk_pass(&w, NOW, &step);
		else
			walk_next(&w, d->fault, d->stage, &m, NOW, &step);
		if (step.reason == REASON_CATCH_ALL)
			(void)walk_end_without(&w, NOW, &step);
	}
	ck_assert_msg(strcmp(asked, row->asked) == 0, "%s: asked %s",
	    row->says, asked);
	ck_assert_msg(step.reason == row->reason, "%s: %s", row->says,
	    verdict_reason_word(step.reason));
	ck_assert_msg(row->asked[0] != '\0' || row->rests == NULL ||
	    (step.did != NULL && step.did->reason == row->reason &&
	    step.addr != NULL && step.host != NULL),
	    "%s: by whom is not told", row->says);
	hostmem_destroy(memory);
}
END_TEST

static bool
is(const struct net_addr *addr, const char *ip)
{
	char text[NET_TEXT_SIZE];

	if (addr == NULL)
		return ip == NULL;
	net_addr_text(addr, text);
	return ip != NULL && strcmp(text, ip) == 0;
}

struct two_rows {
	const char *says;
	const char *route, *rests;
	const char *other;		/* that goes with the first step */
	const char *addr, *dialled;	/* which was asked, which else dialled */
	const char *next;		/* after a timeout; NULL: the end */
};

static const struct two_rows two[] = {
	{ "a host with both families has a second to be dialled beside",
	    "a 9.0.0.1 2001:db8::1", NULL, "2001:db8::1",
	    "9.0.0.1", NULL, "2001:db8::1" },
	{ "of its own family it has not",
	    "a 9.0.0.1 9.0.0.2", NULL, NULL, "9.0.0.1", NULL, "9.0.0.2" },
	{ "another host's address is no second",
	    "a 9.0.0.1;b 2001:db8::1", NULL, NULL,
	    "9.0.0.1", NULL, "2001:db8::1" },
	{ "nor is one that rests",
	    "a 9.0.0.1 2001:db8::1", "2001:db8::1 dead", NULL,
	    "9.0.0.1", NULL, NULL },
	{ "nor one that may not be dialled",
	    "a 9.0.0.1 ::1", NULL, NULL, "9.0.0.1", NULL, NULL },
	{ "both were dialled: neither is asked again",
	    "a 9.0.0.1 2001:db8::1;b 9.0.0.2", NULL, "2001:db8::1",
	    "2001:db8::1", "9.0.0.1", "9.0.0.2" },
	{ "only the second was dialled: the first is asked yet",
	    "a 9.0.0.1 2001:db8::1", NULL, "2001:db8::1",
	    "2001:db8::1", NULL, "9.0.0.1" },
};

START_TEST(two_families)
{
	const struct two_rows *row = &two[_i];
	struct net_cidr allowed;
	struct conf_networks allow = { &allowed, 1 };
	struct target_rules rules = { &allow, NULL, 0 };
	struct hostmem *memory = route_text_rests(row->rests, NOW - 1000);
	struct net_addr addr, other = { .family = 0 };
	struct mx_route route;
	struct walk w;
	struct walk_step step;

	ck_assert(net_cidr_parse("2001:db8::/32", &allowed));
	route_text_make(row->route, &route);
	walk_begin(&w, &route, &rules, memory, NOW, &step);
	ck_assert_msg(is(step.addr, "9.0.0.1"), "%s", row->says);
	ck_assert_msg(is(step.other, row->other), "%s", row->says);
	ck_assert(net_addr_parse(row->addr, &addr));
	if (row->dialled != NULL)
		ck_assert(net_addr_parse(row->dialled, &other));
	walk_tried(&w, &addr, &other);
	walk_next(&w, FAULT_TIMEOUT, STAGE_BANNER, NULL, NOW, &step);
	ck_assert_msg((step.act == WALK_ASK) == (row->next != NULL), "%s",
	    row->says);
	if (row->next != NULL)
		ck_assert_msg(is(step.addr, row->next), "%s", row->says);
	hostmem_destroy(memory);
}
END_TEST

/*
 * Rule R1, over everything a host can do: only a reply refuses, or what it
 * offers in full view.
 */
START_TEST(no_fault_is_undeliverable)
{
	struct conf_networks allow = { NULL, 0 };
	struct target_rules rules = { &allow, NULL, 0 };
	struct mx_route route;
	struct walk w;
	struct walk_step step;
	struct reply_meaning m = { .reason = REASON_NO_SUCH_USER };

	route_text_make("a 9.0.0.1", &route);
	walk_begin(&w, &route, &rules, NULL, NOW, &step);
	walk_next(&w, (enum fault)_i, STAGE_RCPT, &m, NOW, &step);
	ck_assert_int_eq(step.act, WALK_END);
	if (_i == FAULT_NO_SMTPUTF8) {
		ck_assert_int_eq(step.reason, REASON_NO_MAIL_HOST);
		return;
	}
	ck_assert_int_eq(verdict_state_of(step.reason), STATE_UNKNOWN);
	walk_give_up(&w, REASON_TIMEOUT, &step);
	ck_assert_int_eq(verdict_state_of(step.reason), STATE_UNKNOWN);
}
END_TEST

START_TEST(a_rule_id_outlives_its_rule_set)
{
	struct conf_networks allow = { NULL, 0 };
	struct target_rules rules = { &allow, NULL, 0 };
	struct mx_route route;
	struct walk w;
	struct walk_step step;
	char id[] = "rule.one";
	struct reply_meaning m = { .reason = REASON_RELAY_DENIED, .rule = id,
	    .next_host = true };

	route_text_make("a 9.0.0.1;b 9.0.0.2", &route);
	walk_begin(&w, &route, &rules, NULL, NOW, &step);
	walk_next(&w, FAULT_NONE, STAGE_RCPT, &m, NOW, &step);
	memset(id, 'x', sizeof id - 1);
	walk_next(&w, FAULT_CONNECT, STAGE_CONNECT, &m, NOW, &step);
	ck_assert_int_eq(step.act, WALK_END);
	ck_assert_str_eq(step.rule, "rule.one");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tc = tcase_create("walk");

	tcase_add_loop_test(tc, walks, 0, (int)COUNT(rows));
	tcase_add_loop_test(tc, no_fault_is_undeliverable, FAULT_CONNECT,
	    FAULT_LOCAL + 1);
	tcase_add_loop_test(tc, two_families, 0, (int)COUNT(two));
	tcase_add_test(tc, a_rule_id_outlives_its_rule_set);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
