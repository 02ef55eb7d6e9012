/*
 * rcptguard.conf as text: identities, guards and combinations of settings that
 * are refused, with which words at which line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

#define HELO(name)	"identity: { sender = \"p@v.example.com\";\n" \
			"helo = \"" name "\"; };\n"
#define NO_RDAP		" is no address to put a domain behind; give one " \
			"such as \"https://rdap.example/domain/\"\n"
#define SENDER(addr)	"identity: { helo = \"v.example.com\";\n" \
			"sender = \"" addr "\"; };\n"
#define NOT_FQDN	" is not a fully qualified host name; give one such " \
			"as \"verify.example.com\"\n"
#define NOT_REACHED	" is not in a domain that others can reach; give one " \
			"such as \"postmaster@example.com\"\n"

static const struct bad identities[] = {
	{ "an empty file", "",
	    "t: set identity.helo, such as \"verify.example.com\"; mail hosts "
	    "must see who asks them\n"
	    "t: set identity.sender, such as \"postmaster@verify.example.com\""
	    "; mail hosts must see who asks them\n" },
	{ "no sender, and another fault", "identity: { helo = \"a.example\"; };"
	    "\nx = 1;\n",
	    "t:2: unknown key 'x'; rcptguard.conf(5) lists all\n"
	    "t: set identity.sender, such as \"postmaster@verify.example.com\""
	    "; mail hosts must see who asks them\n" },
	{ "a name of one label", HELO("mail"),
	    "t:2: identity.helo: \"mail\"" NOT_FQDN },
	{ "localhost", HELO("localhost"),
	    "t:2: identity.helo: \"localhost\"" NOT_FQDN },
	{ "localhost.localdomain", HELO("localhost.localdomain"),
	    "t:2: identity.helo: \"localhost.localdomain\"" NOT_FQDN },
	{ "an address for a name", HELO("192.0.2.1"),
	    "t:2: identity.helo: \"192.0.2.1\"" NOT_FQDN },
	{ "a literal for a name", HELO("[192.0.2.1]"),
	    "t:2: identity.helo: \"[192.0.2.1]\"" NOT_FQDN },
	{ "an empty name", HELO(""),
	    "t:2: identity.helo: \"\" is empty; give it a value\n" },
	{ "a name with an underscore", HELO("a_b.example.com"),
	    "t:2: identity.helo: \"a_b.example.com\"" NOT_FQDN },
	{ "a sender in a domain of one label", SENDER("p@mailhost"),
	    "t:2: identity.sender: \"p@mailhost\"" NOT_REACHED },
	{ "a sender at localhost", SENDER("p@a.localhost"),
	    "t:2: identity.sender: \"p@a.localhost\"" NOT_REACHED },
	{ "a sender at a literal", SENDER("p@[192.0.2.1]"),
	    "t:2: identity.sender: \"p@[192.0.2.1]\"" NOT_REACHED },
	{ "a sender beyond ASCII", SENDER("p\xc3\xbc@example.com"),
	    "t:2: identity.sender: \"p\xc3\xbc@example.com\" has a local part "
	    "that is not ASCII; most mail hosts would refuse it\n" },
	{ "an empty sender", SENDER(""),
	    "t:2: identity.sender: \"\" is empty; give it a value\n" },
	{ "an RDAP server that ends in no slash",
	    MORE("rdap = \"https://rdap.example/domain\";"),
	    "t:2: identity.rdap: \"https://rdap.example/domain\"" NO_RDAP },
	{ "an RDAP server with a query",
	    MORE("rdap = \"https://rdap.example/?d=/\";"),
	    "t:2: identity.rdap: \"https://rdap.example/?d=/\"" NO_RDAP },
	{ "an RDAP server with a password",
	    MORE("rdap = \"https://u:p@rdap.example/\";"),
	    "t:2: identity.rdap: \"https://u:p@rdap.example/\"" NO_RDAP },
	{ "an RDAP server of another scheme",
	    MORE("rdap = \"ftp://rdap.example/\";"),
	    "t:2: identity.rdap: \"ftp://rdap.example/\"" NO_RDAP },
	{ "an RDAP server at no port",
	    MORE("rdap = \"https://rdap.example:0/\";"),
	    "t:2: identity.rdap: \"https://rdap.example:0/\"" NO_RDAP },
	{ "an RDAP server of an open bracket",
	    MORE("rdap = \"https://[::1/\";"),
	    "t:2: identity.rdap: \"https://[::1/\"" NO_RDAP },
	{ "a policy page that is no web page",
	    MORE("policy_url = \"ftp://example.com/\";"),
	    "t:2: identity.policy_url: \"ftp://example.com/\" is not a web "
	    "address; give one such as \"https://verify.example.com/\"\n" },
	{ "a source by name", MORE("sources = ( { address = \"a\"; } );"),
	    "t:2: identity.sources.address: \"a\" is not an IP address; give "
	    "one such as \"192.0.2.10\"\n" },
	{ "a day that does not exist", MORE("sources = ( { address = "
	    "\"192.0.2.1\"; since = \"2026-02-29\"; } );"),
	    "t:2: identity.sources.since: \"2026-02-29\" is not a day; write "
	    "it as \"2026-01-15\"\n" },
	{ "a day in another order", MORE("sources = ( { address = "
	    "\"192.0.2.1\"; since = \"15-01-2026\"; } );"),
	    "t:2: identity.sources.since: \"15-01-2026\" is not a day; write "
	    "it as \"2026-01-15\"\n" },
	{ "a budget of another spelling", WHO "budget: {\n"
	    "domain = \"10 a minute\"; };\n",
	    "t:3: budget.domain: \"10 a minute\" is not a rate; write "
	    "\"10/minute 100/hour\": 1 to 1000000000 per second, minute, "
	    "hour, day, week or month\n" },
	{ "a budget whose spans contradict", WHO "budget: {\n"
	    "all = \"10/minute 5/hour\"; };\n",
	    "t:3: budget.all: \"10/minute 5/hour\" allows more per minute "
	    "than per hour; lower the one or raise the other\n" },
	{ "a ramp that is none", WHO "budget: { warmup = \"slow\"; };\n",
	    "t:2: budget.warmup: \"slow\" is not a rate; write "
	    "\"10/minute 100/hour\": 1 to 1000000000 per second, minute, "
	    "hour, day, week or month\n" },
	{ "a source twice, in two spellings", MORE("sources = ( { address = "
	    "\"2001:db8::1\"; },\n{ address = \"2001:DB8:0::1\"; } );"),
	    "t:3: the source 2001:DB8:0::1 is listed twice; keep one\n" },
};

#define NO_REJECT	" would refuse addresses that may be good: only " \
			"undeliverable may be rejected; write " \
			"\"tempfail\", \"hold\", \"tag\" or \"accept\"\n"

static const struct bad guards[] = {
	{ "a guard without a name", WHO "guards = (\n{ verify = \"sender\"; "
	    "} );\n",
	    "t:3: this entry of guards has no name; add name = \"signup\";\n" },
	{ "a name of two words", WHO "guards = ( { name = \"a b\"; } );\n",
	    "t:2: guards.name: \"a b\" is not one word; write up to 32 "
	    "letters, digits, - and _\n" },
	{ "a name twice", WHO "guards = ( { name = \"a\"; },\n"
	    "{ name = \"b\"; },\n{ name = \"a\"; } );\n",
	    "t:4: two guards are named \"a\"; give each its own name\n" },
	{ "two canaries of one provider", WHO "canaries = (\n"
	    "{ provider = \"a\"; good = \"g@a.example\"; "
	    "bad = \"b@a.example\"; },\n"
	    "{ provider = \"a\"; good = \"g@a.example\"; "
	    "bad = \"b@a.example\"; } );\n",
	    "t:4: two canaries are for \"a\"; give each provider one\n" },
	{ "a list's use that is none", WHO "lists: { role = \"reject\"; };\n",
	    "t:2: lists.role: \"reject\" is unknown; write one of risky, ignore\n" },
	{ "a wait over the cap", GUARD("wait = \"9s\";"),
	    "t:2: guards.wait: \"9s\" is too large; the most is 8s\n" },
	{ "unknown rejected", GUARD("actions: { unknown = \"reject\"; };"),
	    "t:2: guards.actions.unknown: \"reject\"" NO_REJECT },
	{ "pending rejected", GUARD("actions: { pending = \"reject\"; };"),
	    "t:2: guards.actions.pending: \"reject\"" NO_REJECT },
	{ "not_checked rejected", GUARD(
	    "actions: { not_checked = \"reject\"; };"),
	    "t:2: guards.actions.not_checked: \"reject\"" NO_REJECT },
	{ "deliverable rejected", GUARD(
	    "actions: { deliverable = \"reject\"; };"),
	    "t:2: guards.actions.deliverable: \"reject\"" NO_REJECT },
	{ "risky rejected", GUARD("actions: { risky = \"reject\"; };"),
	    "t:2: guards.actions.risky: \"reject\"" NO_REJECT },
	{ "an unknown user's domain may be, a full mailbox may not", GUARD(
	    "actions: { no_such_domain = \"reject\";\n"
	    "mailbox_full = \"reject\"; };"),
	    "t:3: guards.actions.mailbox_full: \"reject\"" NO_REJECT },
	{ "an unknown user's state is no reason's", GUARD(
	    "actions: { timeout = \"reject\"; };"),
	    "t:2: guards.actions.timeout: \"reject\"" NO_REJECT },
	{ "what was not checked, by its reason", GUARD(
	    "actions: { budget_exhausted = \"reject\"; };"),
	    "t:2: guards.actions.budget_exhausted: \"reject\"" NO_REJECT },
	{ "a reason that is none", GUARD("actions: { mailbox_ful = \"tag\"; "
	    "};"), "t:2: unknown key 'guards.actions.mailbox_ful'; did you "
	    "mean 'guards.actions.mailbox_full'?\n" },
	{ "an action of a reason that is none", GUARD(
	    "actions: { role = \"drop\"; };"),
	    "t:2: guards.actions.role: \"drop\" is unknown; write one of "
	    "state, accept, tempfail, reject, hold, tag\n" },
	{ "an unknown action", GUARD("actions: { risky = \"drop\"; };"),
	    "t:2: guards.actions.risky: \"drop\" is unknown; write one of "
	    "accept, tempfail, reject, hold, tag\n" },
	{ "a sender pattern without @", GUARD(
	    "match: { sender = [ \"shop.example\" ]; };"),
	    "t:2: guards.match.sender: \"shop.example\" is no sender; write "
	    "an address, \"@domain\" or \".domain\"\n" },
	{ "an empty login", GUARD("match: { auth = [ \"\" ]; };"),
	    "t:2: guards.match.auth: \"\" is empty; drop it from the list\n" },
	{ "a ratio over one", GUARD("flood: { undeliverable_ratio = 1.5; };"),
	    "t:2: guards.flood.undeliverable_ratio: \"1.5\" is too large; the "
	    "most is 1\n" },
	{ "a ratio without end", GUARD(
	    "flood: { undeliverable_ratio = 1e999; };"),
	    "t:2: guards.flood.undeliverable_ratio is too large\n" },
};

static const struct bad combinations[] = {
	{ "an age that nobody is asked for", WHO
	    "lists: {\ntoo_new = \"30d\"; };\n",
	    "t:3: lists.too_new needs lists.rdap; set it, or leave too_new at "
	    "\"0s\"\n" },
	{ "a session shorter than a reply", WHO
	    "smtp: { session_timeout = \"8s\"; };\n",
	    "t:2: smtp.reply_timeout is more than smtp.session_timeout; lower "
	    "it or raise the other\n" },
	{ "a session shorter than its connection", WHO
	    "smtp: { connect_timeout = \"40s\"; };\n",
	    "t:2: smtp.connect_timeout is more than smtp.session_timeout; "
	    "lower it or raise the other\n" },
	{ "refresh after expiry", WHO
	    "store: { positive_expire = \"1d\";\nnegative_refresh = \"4d\"; "
	    "};\n",
	    "t:2: store.positive_refresh is more than store.positive_expire; "
	    "lower it or raise the other\n"
	    "t:3: store.negative_refresh is more than store.negative_expire; "
	    "lower it or raise the other\n" },
	{ "more sessions to one host than at all", WHO
	    "probe: { parallel = 1; };\n",
	    "t:2: smtp.per_mx is more than probe.parallel; lower it or raise "
	    "the other\n" },
	{ "one socket for two daemons", WHO
	    "milter: { socket = \"unix:/run/rcptguard/probe.sock\"; };\n",
	    "t:2: milter.socket and probe.socket are the same file; give each "
	    "its own\n" },
};

static const struct {
	const struct bad *rows;
	size_t count;
} tables[] = {
	{ identities, COUNT(identities) },
	{ guards, COUNT(guards) },
	{ combinations, COUNT(combinations) },
};

START_TEST(refused)
{
	check_refused(tables[_i].rows, tables[_i].count);
}
END_TEST

START_TEST(a_bad_sender_says_why)
{
	static const char *const senders[] = {
		"p", "p@", "@example.com", "p@a..example",
		"<>", "p q@example.com",
	};
	char text[256];

	for (size_t i = 0; i < COUNT(senders); i++) {
		struct conf_errors e;

		conf_errors_init(&e);
		snprintf(text, sizeof text, SENDER("%s"), senders[i]);
		ck_assert_ptr_null(conf_load_text("t", text, strlen(text),
		    &e));
		ck_assert_uint_eq(e.count, 1);
		ck_assert_ptr_nonnull(strstr(e.lines[0],
		    "t:2: identity.sender: "));
		ck_assert_ptr_nonnull(strstr(e.lines[0],
		    "is not an address ("));
		conf_errors_clear(&e);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_whole");
	TCase *t = tcase_create("text");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, refused, 0, (int)COUNT(tables));
	tcase_add_test(t, a_bad_sender_says_why);
	suite_add_tcase(s, t);
	return suite_run(s);
}
