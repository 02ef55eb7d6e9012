#include "cli/logline.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char line[] = "{\"time\":\"2026-11-21T17:11:53.042Z\","
    "\"id\":\"oxtr8sjhaljfc6rq\",\"address\":\"Nobody@good.example\","
    "\"role\":\"recipient\",\"guard\":\"signup\",\"client\":\"192.0.2.7\","
    "\"state\":\"undeliverable\",\"reason\":\"no_such_user\","
    "\"action\":\"tempfail\",\"mode\":\"enforce\",\"source\":\"probe\","
    "\"age_s\":0,\"took_ms\":2}";
#define TIME	1795281113042

static struct net_cidr
net(const char *text)
{
	struct net_cidr n;

	ck_assert(net_cidr_parse(text, &n));
	return n;
}

static void
set_nothing(struct logfilter *f)
{
	(void)f;
}
#define SETTER(name, what)						\
	static void name(struct logfilter *f) { what; }
SETTER(since_then, f->since_ms = TIME)
SETTER(since_later, f->since_ms = TIME + 1)
SETTER(until_then, f->until_ms = TIME)
SETTER(until_later, f->until_ms = TIME + 1)
SETTER(its_guard, f->guard = "signup")
SETTER(other_guard, f->guard = "shop")
SETTER(its_action, f->action = "tempfail")
SETTER(other_action, f->action = "reject")
SETTER(its_id, f->id = "oxtr8sjhaljfc6rq")
SETTER(other_id, f->id = "oxtr8sjhaljfc6rr")
SETTER(its_state, f->by_state = true; f->state = STATE_UNDELIVERABLE)
SETTER(other_state, f->by_state = true; f->state = STATE_DELIVERABLE)
SETTER(its_reason, f->by_reason = true; f->reason = REASON_NO_SUCH_USER)
SETTER(other_reason, f->by_reason = true; f->reason = REASON_NULL_MX)
SETTER(its_client, f->by_client = true; f->client = net("192.0.2.7"))
SETTER(its_network, f->by_client = true; f->client = net("192.0.2.0/24"))
SETTER(other_network, f->by_client = true; f->client = net("192.0.3.0/24"))
SETTER(its_address, ck_assert(logfilter_address(f, "nobody@GOOD.example")))
SETTER(its_domain, ck_assert(logfilter_address(f, "@Good.Example")))
SETTER(other_address, ck_assert(logfilter_address(f, "body@good.example")))
SETTER(other_domain, ck_assert(logfilter_address(f, "@ood.example")))

static const struct {
	const char *says;
	void (*set)(struct logfilter *);
	bool matches;
} filters[] = {
	{ "nothing asked, all wanted", set_nothing, true },
	{ "since that very moment", since_then, true },
	{ "since a moment later", since_later, false },
	{ "until that very moment", until_then, false },
	{ "until a moment later", until_later, true },
	{ "its guard", its_guard, true },
	{ "another guard", other_guard, false },
	{ "its action", its_action, true },
	{ "another action", other_action, false },
	{ "its id", its_id, true },
	{ "another id", other_id, false },
	{ "its state", its_state, true },
	{ "another state", other_state, false },
	{ "its reason", its_reason, true },
	{ "another reason", other_reason, false },
	{ "its client", its_client, true },
	{ "its client's network", its_network, true },
	{ "another network", other_network, false },
	{ "its address, written otherwise", its_address, true },
	{ "its domain", its_domain, true },
	{ "an address that ends alike", other_address, false },
	{ "a domain that ends alike", other_domain, false },
};

START_TEST(filters_decide)
{
	struct logfilter f = { .since_ms = 0 };
	struct logline l;

	filters[_i].set(&f);
	ck_assert(logline_read(line, strlen(line), &l));
	ck_assert_msg(logfilter_match(&f, &l.verdict) == filters[_i].matches,
	    "%s", filters[_i].says);
	if (filters[_i].matches)
		ck_assert_msg(logfilter_may_match(&f, line, strlen(line)),
		    "%s: not left out early", filters[_i].says);
	logline_clear(&l);
}
END_TEST

START_TEST(most_lines_are_left_out_unparsed)
{
	struct logfilter f = { .id = "oxtr8sjhaljfc6rr" };

	ck_assert(!logfilter_may_match(&f, line, strlen(line)));
	f = (struct logfilter){ .since_ms = TIME + 1 };
	ck_assert(!logfilter_may_match(&f, line, strlen(line)));
	f = (struct logfilter){ .until_ms = TIME };
	ck_assert(!logfilter_may_match(&f, line, strlen(line)));
	/* Written by others: whoever cannot tell lets it pass. */
	ck_assert(logfilter_may_match(&f, "{}", 2));
	ck_assert(logfilter_may_match(&f, "{\"time\":\"", 9));
	ck_assert(logfilter_may_match(&f, "{\"time\":\"x\"}", 12));
}
END_TEST

static const struct {
	const char *says, *text;
} aliens[] = {
	{ "an empty line", "" },
	{ "no JSON", "hello" },
	{ "a list", "[]" },
	{ "no members", "{}" },
	{ "half a line", "{\"time\":\"2026-11-21T17:11:53.042Z\",\"id\":\"oxt" },
	{ "a name twice", "{\"time\":\"2026-11-21T17:11:53.042Z\","
	    "\"time\":\"2026-11-21T17:11:53.042Z\",\"id\":\"oxtr8sjhaljfc6rq\","
	    "\"address\":\"a@b.c\",\"reason\":\"accepted\"}" },
	{ "a reason that is none", "{\"time\":\"2026-11-21T17:11:53.042Z\","
	    "\"id\":\"oxtr8sjhaljfc6rq\",\"address\":\"a@b.c\","
	    "\"reason\":\"because\"}" },
	{ "two lines in one", "{}{}" },
};

START_TEST(other_lines_are_no_verdicts)
{
	struct logline l;

	ck_assert_msg(!logline_read(aliens[_i].text, strlen(aliens[_i].text),
	    &l), "%s", aliens[_i].says);
	ck_assert_ptr_null(l.object);
}
END_TEST

static const struct {
	const char *says, *filter, *logged;
	bool matches;
} abouts[] = {
	{ "a log of domains, asked for one", "@good.example", "@good.example",
	    true },
	{ "a log of domains has no addresses", "a@good.example",
	    "@good.example", false },
	{ "what did not parse still has a domain", "@good.example",
	    "a b@good.example", true },
	{ "or nothing", "@good.example", "nothing", false },
	{ "an address literal", "@[192.0.2.1]", "a@[192.0.2.1]", true },
	{ "a domain in its own script", "@b\xc3\xbc""cher.example",
	    "a@xn--bcher-kva.example", true },
};

START_TEST(addresses_are_compared)
{
	struct logfilter f = { .since_ms = 0 };
	struct verdict_line v = { .address = abouts[_i].logged };

	ck_assert_msg(logfilter_address(&f, abouts[_i].filter), "%s",
	    abouts[_i].says);
	ck_assert_msg(logfilter_match(&f, &v) == abouts[_i].matches, "%s",
	    abouts[_i].says);
}
END_TEST

START_TEST(what_is_no_address_is_said)
{
	struct logfilter f;
	char longest[400];

	ck_assert(!logfilter_address(&f, ""));
	ck_assert(!logfilter_address(&f, "good.example"));
	ck_assert(!logfilter_address(&f, "@"));
	ck_assert(!logfilter_address(&f, "@a b"));
	memset(longest, 'a', sizeof longest);
	longest[0] = '@';
	longest[sizeof longest - 1] = '\0';
	ck_assert(!logfilter_address(&f, longest));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_logline");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, filters_decide, 0,
	    COUNT(filters));
	tcase_add_test(t, most_lines_are_left_out_unparsed);
	tcase_add_loop_test(t, other_lines_are_no_verdicts, 0,
	    COUNT(aliens));
	tcase_add_loop_test(t, addresses_are_compared, 0,
	    COUNT(abouts));
	tcase_add_test(t, what_is_no_address_is_said);
	suite_add_tcase(s, t);
	return suite_run(s);
}
