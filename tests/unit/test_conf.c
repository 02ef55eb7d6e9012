/*
 * rcptguard.conf as text: what is taken, what is refused with which words at
 * which line, and that what is printed loads again as it was.
 */
#include "config.h"			/* mkdtemp, setenv */

#include <check.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_schema.h"
#include "tests/unit/conf_util.h"

#define COUNT(t)	(sizeof(t) / sizeof((t)[0]))

/* Line 1 of most files here. */
#define WHO	"identity: { helo = \"v.example.com\"; " \
		"sender = \"p@v.example.com\"; };\n"
#define GUARD(body)	WHO "guards = ( { name = \"g\"; " body " } );\n"

struct bad {
	const char *says;
	const char *text;
	const char *messages;		/* each with its \n */
};

static const struct bad syntax[] = {
	{ "a missing value", WHO "state_dir = ;\n",
	    "t:2: not understood here or just before; write name = value; or "
	    "name: { ... }; with text in quotes\n" },
	{ "a word without quotes", WHO "log: { facility = mail; };\n",
	    "t:2: not understood here or just before; write name = value; or "
	    "name: { ... }; with text in quotes\n" },
	{ "a name twice", WHO "run_dir = \"/a\";\nrun_dir = \"/b\";\n",
	    "t:3: this name is already set in this group; keep one\n" },
	{ "numbers beside text in an array", WHO
	    "dns: { servers = [ \"127.0.0.1\", 1 ]; };\n",
	    "t:2: an array [ ] holds values of one type only\n" },
	{ "an include", WHO "  @include \"/etc/passwd\"\n",
	    "t:2: @include is not taken; put the settings into a file of "
	    "their own in conf.d beside rcptguard.conf\n" },
	{ "an open string", WHO "run_dir = \"/run\nstate_dir = \"/x\";\n",
	    "t:2: a string is not closed on its line; end it with \"\n" },
	{ "a string that ends in a backslash", WHO "run_dir = \"/run\\",
	    "t:2: a string is not closed on its line; end it with \"\n" },
	{ "an open comment", WHO "/* run_dir\n\n",
	    "t:2: this comment is not closed; end it with */\n" },
	{ "an open group", WHO "dns: {\n tries = 1;\n",
	    "t:2: this { is not closed; end the group with };\n" },
	{ "an open list", WHO "\nguards = (\n{ name = \"g\"; }\n",
	    "t:3: this ( is not closed; end the list with )\n" },
	{ "an open array", WHO "dns: { servers = [\n",
	    "t:2: this [ is not closed; end the list with ]\n" },
	{ "a closing bracket too many", WHO "dns: { tries = 1; }; }\n",
	    "t:2: not understood here or just before; write name = value; or "
	    "name: { ... }; with text in quotes\n" },
	{ "a forgotten comma", WHO
	    "guards = ( { name = \"g\";\nmatch: { auth = [ \"a\"\n\"b\" ]; "
	    "}; } );\n",
	    "t:4: two texts side by side; put a comma between the items of a "
	    "list, and ; after a setting\n" },
	{ "text out of place", WHO "dns: { tries = 2 \"x\"; };\n",
	    "t:2: a text where none can be; write name = \"text\";\n" },
	{ "a number over 31 bits", WHO "dns: { tries = 4294967297; };\n",
	    "t:2: the number is too large; the most is 2147483647\n" },
	{ "a hexadecimal number over 31 bits", WHO "dns: { tries = 0xfffffffff; };\n",
	    "t:2: the number is too large; the most is 2147483647\n" },
	{ "a control character", WHO "# \x01\n",
	    "t:2: a control character; the file must be plain text\n" },
	{ "an escaped NUL", WHO "run_dir = \"/a\\x00b\";\n",
	    "t:2: \\x5Cx00 cannot be part of a string\n" },
	{ "letters beyond ASCII as a name", WHO "gr\xc3\xbc\xc3\x9f = 1;\n",
	    "t:2: a character that is not ASCII outside a string; put the "
	    "text into quotes\n" },
	{ "a byte order mark", "\xef\xbb\xbf" WHO,
	    "t:1: the file begins with a byte order mark; save it as UTF-8 "
	    "without one\n" },
	{ "too many brackets", WHO "a = ((((((((( 1 )))))))));\n",
	    "t:2: too many brackets inside brackets\n" },
};

static const struct bad names[] = {
	{ "a slip in a group", WHO "dns: { timout = \"1s\"; };\n",
	    "t:2: unknown key 'dns.timout'; did you mean 'dns.timeout'?\n" },
	{ "two letters swapped", WHO "smtp: {\n prot = 25;\n};\n",
	    "t:3: unknown key 'smtp.prot'; did you mean 'smtp.port'?\n" },
	{ "a slip in the name of a group", WHO "smpt: { port = 25; };\n",
	    "t:2: unknown key 'smpt'; did you mean 'smtp'?\n" },
	{ "a key in no group", WHO "timeout = \"1s\";\n",
	    "t:2: unknown key 'timeout'; did you mean 'dns.timeout'?\n" },
	{ "a key in the wrong group", WHO "milter: { metrics = \"\"; };\n",
	    "t:2: unknown key 'milter.metrics'; did you mean "
	    "'probe.metrics'?\n" },
	{ "a name that is near nothing", WHO "colour = \"red\";\n",
	    "t:2: unknown key 'colour'; rcptguard.conf(5) lists all\n" },
	{ "a slip in a guard", GUARD("\nmach: { auth = [ ]; };"),
	    "t:3: unknown key 'guards.mach'; did you mean 'guards.match'?\n" },
	{ "a slip in a group of a guard", GUARD(
	    "actions: { unkown = \"accept\"; };"),
	    "t:2: unknown key 'guards.actions.unkown'; did you mean "
	    "'guards.actions.unknown'?\n" },
	{ "a slip in a source", "identity: { helo = \"v.example.com\";\n"
	    "sender = \"p@v.example.com\"; sources = (\n"
	    "{ adress = \"192.0.2.1\"; } ); };\n",
	    "t:3: unknown key 'identity.sources.adress'; did you mean "
	    "'identity.sources.address'?\n"
	    "t:3: this entry of identity.sources has no address; "
	    "add address = \"192.0.2.10\";\n" },
	{ "several at once, in order", WHO "a = 1;\nsmtp: { b = 1; };\nc = 2;\n",
	    "t:2: unknown key 'a'; rcptguard.conf(5) lists all\n"
	    "t:3: unknown key 'smtp.b'; rcptguard.conf(5) lists all\n"
	    "t:4: unknown key 'c'; rcptguard.conf(5) lists all\n" },
};

static const struct bad types[] = {
	{ "a bare number for a duration", WHO "dns: { timeout = 5; };\n",
	    "t:2: dns.timeout must be text with a unit; "
	    "write timeout = \"5s\"\n" },
	{ "a bare number for a size", WHO "store: { max_size = 2; };\n",
	    "t:2: store.max_size must be text with a unit; "
	    "write max_size = \"2GiB\"\n" },
	{ "a number in quotes without a unit", WHO
	    "dns: { timeout = \"5\"; };\n",
	    "t:2: dns.timeout: \"5\" has no unit; add one of ms, s, m, h, d, "
	    "w\n" },
	{ "true for a duration", WHO "dns: { timeout = true; };\n",
	    "t:2: dns.timeout must be text with a unit; "
	    "write timeout = \"2s\"\n" },
	{ "text for a number", WHO "smtp: { port = \"25\"; };\n",
	    "t:2: smtp.port must be a number without quotes; "
	    "write port = 25\n" },
	{ "a fraction for a whole number", WHO "smtp: { port = 25.5; };\n",
	    "t:2: smtp.port must be a number without quotes; "
	    "write port = 25\n" },
	{ "a number for text", WHO "run_dir = 1;\n",
	    "t:2: run_dir must be text in quotes; write run_dir = \"...\"\n" },
	{ "text for a switch", WHO "log: { debug = \"true\"; };\n",
	    "t:2: log.debug must be true or false, without quotes; "
	    "write debug = false\n" },
	{ "text for a list", WHO "dns: { servers = \"127.0.0.1\"; };\n",
	    "t:2: dns.servers must be a list; "
	    "write servers = [ \"...\" ]\n" },
	{ "numbers in a list of texts", WHO "dns: { servers = [ 1,\n2 ]; };\n",
	    "t:2: dns.servers lists text only; put each item into quotes\n"
	    "t:3: dns.servers lists text only; put each item into quotes\n" },
	{ "a value for a group", WHO "dns = 5;\n",
	    "t:2: dns is a group; write name: { ... };\n" },
	{ "a group for a value", WHO "run_dir: { a = 1; };\n",
	    "t:2: run_dir must be text in quotes; write run_dir = \"...\"\n" },
	{ "a group for the guards", WHO "guards: { name = \"g\"; };\n",
	    "t:2: guards must be a list of groups; "
	    "write guards = ( { ... }, { ... } )\n" },
	{ "text in the guards", WHO "guards = ( \"g\" );\n",
	    "t:2: guards lists groups only; write guards = ( { ... } )\n" },
	{ "a control character in a value", WHO "run_dir = \"/a\\nb\";\n",
	    "t:2: run_dir has a control character in it\n" },
	{ "text that is not UTF-8", WHO "run_dir = \"/a\xff\";\n",
	    "t:2: run_dir is not UTF-8\n" },
};

static const struct bad values[] = {
	{ "an unknown unit", WHO "dns: { timeout = \"5sec\"; };\n",
	    "t:2: dns.timeout: \"5sec\" has an unknown unit; write one number "
	    "and one of ms, s, m, h, d, w\n" },
	{ "two units", WHO "store: { unknown_expire = \"1h30m\"; };\n",
	    "t:2: store.unknown_expire: \"1h30m\" has an unknown unit; write "
	    "one number and one of ms, s, m, h, d, w\n" },
	{ "a decimal size", WHO "store: { max_size = \"64MB\"; };\n",
	    "t:2: store.max_size: \"64MB\" has an unknown unit; write one "
	    "number and one of B, KiB, MiB, GiB, TiB\n" },
	{ "a word for a duration", WHO "dns: { timeout = \"soon\"; };\n",
	    "t:2: dns.timeout: \"soon\" is not a duration; write a whole "
	    "number and a unit, such as \"5s\"\n" },
	{ "parts of a second where seconds count", WHO
	    "store: { unknown_expire = \"1500ms\"; };\n",
	    "t:2: store.unknown_expire: \"1500ms\" must be whole seconds\n" },
	{ "less than the least", WHO "dns: { timeout = \"1ms\"; };\n",
	    "t:2: dns.timeout: \"1ms\" is too small; the least is 100ms\n" },
	{ "more than the most", WHO "store: { max_size = \"2TiB\"; };\n",
	    "t:2: store.max_size: \"2TiB\" is too large; the most is 1TiB\n" },
	{ "a port of 0", WHO "smtp: { port = 0; };\n",
	    "t:2: smtp.port: \"0\" is too small; the least is 1\n" },
	{ "a negative number", WHO "dns: { tries = -1; };\n",
	    "t:2: dns.tries: \"-1\" is too small; the least is 1\n" },
	{ "an unknown word", WHO "smtp: { tls = \"must\"; };\n",
	    "t:2: smtp.tls: \"must\" is unknown; write one of never, may\n" },
	{ "an unknown facility", WHO "log: { facility = \"local8\"; };\n",
	    "t:2: log.facility: \"local8\" is not a known facility; write "
	    "mail, daemon, or local0 to local7\n" },
	{ "a relative directory", WHO "state_dir = \"var\";\n",
	    "t:2: state_dir: \"var\" is a relative path; begin it with /\n" },
	{ "an empty directory", WHO "state_dir = \"\";\n",
	    "t:2: state_dir: \"\" is empty; give it a value\n" },
	{ "a directory for the store", WHO "store: { path = \"x/\"; };\n",
	    "t:2: store.path: \"x/\" is a directory; name a file in it\n" },
	{ "a shared store", WHO
	    "store: { shared = \"redis://h:6379/0\"; };\n",
	    "t:2: store.shared: \"redis://h:6379/0\" cannot be used: this "
	    "version has no shared store; leave it empty\n" },
	{ "a resolver by name", WHO "dns: { servers = [ \"ns.example\" ]; };\n",
	    "t:2: dns.servers: \"ns.example\" is not an address; write "
	    "\"address:port\" or \"[IPv6 address]:port\"\n" },
	{ "metrics without a port", WHO "probe: { metrics = \"127.0.0.1\"; };\n",
	    "t:2: probe.metrics: \"127.0.0.1\" has no port; write "
	    "\"address:port\"\n" },
	{ "a network with host bits", WHO
	    "smtp: { allow_networks = [ \"10.0.0.0/8\",\n\"10.1.0.0/8\" ]; "
	    "};\n",
	    "t:3: smtp.allow_networks: \"10.1.0.0/8\" is not a network; write "
	    "\"192.0.2.0/24\", with no bits set after the prefix, or one "
	    "address\n" },
	{ "a group with a blank", WHO "milter: { group = \"a b\"; };\n",
	    "t:2: milter.group: \"a b\" is not the name of a group\n" },
	{ "a socket without a scheme", WHO "milter: { socket = \"/m\"; };\n",
	    "t:2: milter.socket: \"/m\" is not a socket; write "
	    "\"unix:/path\" (at most 107 octets), \"inet:port@host\" or "
	    "\"inet6:port@host\"\n" },
	{ "a foreign value with escape sequences", WHO
	    "log: { addresses = \"\\x1b[2J\"; };\n",
	    "t:2: log.addresses has a control character in it\n" },
};

#define HELO(name)	"identity: { sender = \"p@v.example.com\";\n" \
			"helo = \"" name "\"; };\n"
#define SENDER(addr)	"identity: { helo = \"v.example.com\";\n" \
			"sender = \"" addr "\"; };\n"
#define MORE(line)	"identity: { helo = \"v.example.com\"; " \
			"sender = \"p@v.example.com\";\n" line " };\n"
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
	{ "a sender at localhost", SENDER("p@a.localhost"),
	    "t:2: identity.sender: \"p@a.localhost\"" NOT_REACHED },
	{ "a sender at a literal", SENDER("p@[192.0.2.1]"),
	    "t:2: identity.sender: \"p@[192.0.2.1]\"" NOT_REACHED },
	{ "a sender beyond ASCII", SENDER("p\xc3\xbc@example.com"),
	    "t:2: identity.sender: \"p\xc3\xbc@example.com\" has a local part "
	    "that is not ASCII; most mail hosts would refuse it\n" },
	{ "an empty sender", SENDER(""),
	    "t:2: identity.sender: \"\" is empty; give it a value\n" },
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
	{ "a source twice, in two spellings", MORE("sources = ( { address = "
	    "\"2001:db8::1\"; },\n{ address = \"2001:DB8:0::1\"; } );"),
	    "t:3: the source 2001:DB8:0::1 is listed twice; keep one\n" },
};

#define NO_REJECT	" would refuse good addresses: only undeliverable and " \
			"risky may be rejected; write \"tempfail\" or " \
			"\"accept\"\n"

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
	{ "an action that is not there yet", GUARD(
	    "actions: { risky = \"hold\"; };"),
	    "t:2: guards.actions.risky: \"hold\" is not there in this "
	    "version; write \"tempfail\" or \"accept\"\n" },
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
	{ syntax, COUNT(syntax) },
	{ names, COUNT(names) },
	{ types, COUNT(types) },
	{ values, COUNT(values) },
	{ identities, COUNT(identities) },
	{ guards, COUNT(guards) },
	{ combinations, COUNT(combinations) },
};

START_TEST(refused)
{
	for (size_t i = 0; i < tables[_i].count; i++) {
		const struct bad *b = &tables[_i].rows[i];
		struct conf_errors e;
		const struct conf *c;
		char *got;

		conf_errors_init(&e);
		c = conf_load_text("t", b->text, strlen(b->text), &e);
		got = messages_of(&e);
		ck_assert_msg(c == NULL, "%s: was taken", b->says);
		ck_assert_msg(strcmp(got, b->messages) == 0,
		    "%s:\ngot  %swant %s", b->says, got, b->messages);
		free(got);
		conf_errors_clear(&e);
	}
}
END_TEST

START_TEST(a_bad_sender_says_why)
{
	static const char *const senders[] = {
		"p", "p@localhost", "p@", "@example.com", "p@a..example",
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
		ck_assert_ptr_nonnull(strstr(e.lines[0], "is not an address ("));
		conf_errors_clear(&e);
	}
}
END_TEST

START_TEST(many_faults_are_counted)
{
	char *text = malloc(100 * 16);
	size_t len = 0;
	struct conf_errors e;

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < 100; i++)
		len += (size_t)sprintf(text + len, "qqqqqq%d = 1;\n", i);
	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load_text("t", text, len, &e));
	ck_assert_uint_eq(e.count, CONF_ERRORS_MAX);
	ck_assert_uint_eq(e.left_out, 100 + 2 - CONF_ERRORS_MAX);
	conf_errors_clear(&e);
	free(text);
}
END_TEST

/* Hours of comparing names otherwise. */
START_TEST(a_megabyte_of_settings_ends_soon)
{
	char *text = malloc(CONF_FILE_MAX);
	size_t len = 0;
	struct conf_errors e;
	char *got;
	int i = 0;

	ck_assert_ptr_nonnull(text);
	while (len + 16 < CONF_FILE_MAX)
		len += (size_t)sprintf(text + len, "a%d=1;", i++);
	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load_text("t", text, len, &e));
	got = messages_of(&e);
	ck_assert_str_eq(got, "t:1: too many settings in one file\n");
	free(got);
	conf_errors_clear(&e);
	free(text);
}
END_TEST

START_TEST(nul_in_the_file)
{
	struct conf_errors e;

	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load_text("t", WHO "\0x = 1;",
	    sizeof WHO + 7, &e));
	ck_assert_uint_eq(e.count, 1);
	ck_assert_str_eq(e.lines[0],
	    "t:2: a control character; the file must be plain text");
	conf_errors_clear(&e);
}
END_TEST

START_TEST(defaults_in_force)
{
	const struct conf *c = must_load("t", WHO);

	ck_assert_str_eq(c->file, "t");
	ck_assert_str_eq(c->state_dir, "/var/lib/rcptguard");
	ck_assert_str_eq(c->run_dir, "/run/rcptguard");
	ck_assert_str_eq(c->identity.helo, "v.example.com");
	ck_assert_str_eq(c->identity.sender, "p@v.example.com");
	ck_assert_uint_eq(c->identity.source_count, 0);
	ck_assert_uint_eq(c->dns.server_count, 0);
	ck_assert_int_eq(c->dns.timeout_ms, 2000);
	ck_assert_int_eq(c->dns.tries, 2);
	ck_assert_int_eq(c->smtp.port, 25);
	ck_assert_int_eq(c->smtp.connect_timeout_ms, 5000);
	ck_assert_int_eq(c->smtp.reply_timeout_ms, 10000);
	ck_assert_int_eq(c->smtp.session_timeout_ms, 30000);
	ck_assert_int_eq(c->smtp.tls, TLS_MAY);
	ck_assert_int_eq(c->smtp.per_mx, 2);
	ck_assert_int_eq(c->store.max_size, 1 << 30);
	ck_assert_int_eq(c->store.positive_refresh_s, 7 * 86400);
	ck_assert_int_eq(c->store.positive_expire_s, 31 * 86400);
	ck_assert_int_eq(c->store.negative_refresh_s, 3 * 3600);
	ck_assert_int_eq(c->store.negative_expire_s, 3 * 86400);
	ck_assert_int_eq(c->store.unknown_expire_s, 900);
	ck_assert(c->budget.enabled && c->log.addresses_clear &&
	    !c->log.debug);
	ck_assert_int_eq(c->probe.metrics.port, 9325);
	ck_assert_int_eq(c->probe.queue, 5000);
	ck_assert_int_eq(c->probe.parallel, 200);
	ck_assert_uint_eq(c->guard_count, 0);
	conf_unref(c);
}
END_TEST

START_TEST(a_guard_and_a_source)
{
	const struct conf *c = must_load("t", MORE("sources = ( "
	    "{ address = \"192.0.2.10\"; since = \"2024-02-29\"; }, "
	    "{ address = \"2001:db8::1\"; helo = \"w.example.com\"; } );")
	    "guards = ( { name = \"signup\"; match: { auth = [ \"shop\" ]; "
	    "client = [ \"10.0.0.0/8\", \"::1\" ]; "
	    "sender = ( \"a@b.example\", \"@c.example\", \".d.example\" ); };"
	    " mode = \"enforce\"; wait = \"500ms\";"
	    " actions: { undeliverable = \"reject\"; risky = \"reject\"; }; }"
	    ", { name = \"rest\"; verify = \"sender\"; } );"
	    "dns: { servers = [ \"127.0.0.1\", \"[::1]:5353\" ]; };"
	    "smtp: { tls = \"never\"; }; log: { addresses = \"domain\"; };"
	    "probe: { metrics = \"\"; };");
	const struct conf_guard *g = &c->guards[0];

	ck_assert_uint_eq(c->identity.source_count, 2);
	ck_assert_int_eq(c->identity.sources[0].address.family, AF_INET);
	ck_assert_str_eq(c->identity.sources[0].since, "2024-02-29");
	ck_assert_int_eq(c->identity.sources[1].address.family, AF_INET6);
	ck_assert_str_eq(c->identity.sources[1].helo, "w.example.com");
	ck_assert_uint_eq(c->dns.server_count, 2);
	ck_assert_int_eq(c->dns.servers[0].port, 53);
	ck_assert_int_eq(c->dns.servers[1].port, 5353);
	ck_assert_int_eq(c->smtp.tls, TLS_NEVER);
	ck_assert(!c->log.addresses_clear);
	ck_assert_int_eq(c->probe.metrics.port, 0);
	ck_assert_uint_eq(c->guard_count, 2);
	ck_assert_str_eq(g->auth.items[0], "shop");
	ck_assert_uint_eq(g->client.count, 2);
	ck_assert_uint_eq(g->client.items[1].prefix, 128);
	ck_assert_uint_eq(g->sender.count, 3);
	ck_assert_int_eq(g->mode, MODE_ENFORCE);
	ck_assert_int_eq(g->wait_ms, 500);
	ck_assert_int_eq(g->actions[STATE_UNDELIVERABLE], ACTION_REJECT);
	ck_assert_int_eq(g->actions[STATE_RISKY], ACTION_REJECT);
	g++;
	ck_assert_int_eq(g->verify, VERIFY_SENDER);
	ck_assert_int_eq(g->mode, MODE_OBSERVE);
	ck_assert_int_eq(g->wait_ms, 3000);
	for (int s = 0; s < STATE_COUNT; s++)
		ck_assert_int_eq(g->actions[s], s == STATE_UNDELIVERABLE ||
		    s == STATE_PENDING ? ACTION_TEMPFAIL : ACTION_ACCEPT);
	ck_assert(g->flood.undeliverable_ratio == 0.3);
	ck_assert_int_eq(g->flood.per_mailbox_window_s, 3600);
	conf_unref(c);
}
END_TEST

static const struct {
	const char *says, *given, *kept;	/* kept NULL: refused */
} sockets[] = {
	{ "unix", "unix:/run/m.sock", "unix:/run/m.sock" },
	{ "local", "local:/run/m.sock", "local:/run/m.sock" },
	{ "inet as libmilter", "inet:8891@127.0.0.1", "inet:8891@127.0.0.1" },
	{ "inet as Postfix", "inet:127.0.0.1:8891", "inet:8891@127.0.0.1" },
	{ "inet by name", "inet:localhost:8891", "inet:8891@localhost" },
	{ "inet6", "inet6:8891@::1", "inet6:8891@[::1]" },
	{ "inet6 in brackets", "inet6:8891@[::1]", "inet6:8891@[::1]" },
	{ "inet6 as Postfix", "inet6:[::1]:8891", "inet6:8891@[::1]" },
	{ "a relative path", "unix:m.sock", NULL },
	{ "no path", "unix:", NULL },
	{ "no port", "inet:localhost", NULL },
	{ "no host: all the world", "inet:8891", NULL },
	{ "an empty host", "inet:8891@", NULL },
	{ "port 0", "inet:0@localhost", NULL },
	{ "port 65536", "inet:65536@localhost", NULL },
	{ "a service name", "inet:smtp@localhost", NULL },
	{ "IPv6 as inet", "inet:8891@::1", NULL },
	{ "IPv4 as inet6", "inet6:8891@127.0.0.1", NULL },
	{ "a path over 107 octets", "unix:/2345678901234567890123456789012345"
	    "6789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789", NULL },
};

START_TEST(milter_sockets)
{
	char text[512];

	for (size_t i = 0; i < COUNT(sockets); i++) {
		struct conf_errors e;
		const struct conf *c;

		conf_errors_init(&e);
		snprintf(text, sizeof text, WHO "milter: { socket = \"%s\"; };",
		    sockets[i].given);
		c = conf_load_text("t", text, strlen(text), &e);
		ck_assert_msg((c != NULL) == (sockets[i].kept != NULL),
		    "%s", sockets[i].says);
		if (c != NULL)
			ck_assert_str_eq(c->milter.socket, sockets[i].kept);
		conf_unref(c);
		conf_errors_clear(&e);
	}
}
END_TEST

static const struct {
	const char *says, *text;
	int64_t want;			/* -1: refused */
} durations[] = {
	{ "milliseconds", "500ms", 500 },
	{ "seconds", "5s", 5000 },
	{ "minutes", "15m", 900000 },
	{ "hours", "3h", 10800000 },
	{ "days", "31d", INT64_C(2678400000) },
	{ "weeks", "2w", INT64_C(1209600000) },
	{ "nothing", "0s", 0 },
	{ "leading zeros", "007s", 7000 },
	{ "no text", "", -1 },
	{ "no number", "s", -1 },
	{ "no unit", "5", -1 },
	{ "a blank", "5 s", -1 },
	{ "a sign", "-5s", -1 },
	{ "a fraction", "1.5s", -1 },
	{ "capitals", "5S", -1 },
	{ "more after it", "5s ", -1 },
	{ "a product over 63 bits", "9223372036854775807w", -1 },
	{ "a number over 63 bits", "9223372036854775808ms", -1 },
	{ "the most of 63 bits", "9223372036854775807ms", INT64_MAX },
}, size_rows[] = {
	{ "octets", "1B", 1 },
	{ "kibi", "1KiB", 1024 },
	{ "mebi", "64MiB", INT64_C(64) << 20 },
	{ "gibi", "1GiB", INT64_C(1) << 30 },
	{ "tebi", "2TiB", INT64_C(2) << 40 },
	{ "kilo", "1kB", -1 },
	{ "no unit", "1024", -1 },
	{ "a size over 63 bits", "8388608TiB", -1 },
};

START_TEST(units)
{
	for (size_t i = 0; i < COUNT(durations); i++) {
		int64_t got = -1;
		bool ok = conf_parse_duration_ms(durations[i].text, &got);

		ck_assert_msg(ok == (durations[i].want != -1) &&
		    got == durations[i].want, "%s", durations[i].says);
	}
	for (size_t i = 0; i < COUNT(size_rows); i++) {
		int64_t got = -1;
		bool ok = conf_parse_size(size_rows[i].text, &got);

		ck_assert_msg(ok == (size_rows[i].want != -1) &&
		    got == size_rows[i].want, "%s", size_rows[i].says);
	}
}
END_TEST

static const char full[] = MORE("sources = ( { address = \"192.0.2.10\"; },"
    " { address = \"2001:db8::1\"; } );")
    "log: { verdicts = \"/a \\\"quoted\\\" \\\\ \xc3\xa4.jsonl\"; };"
    "dns: { servers = [ \"[::1]:5353\" ]; timeout = \"1500ms\"; };"
    "guards = ( { name = \"a\"; match: { client = [ \"10.0.0.0/8\" ]; }; "
    "flood: { undeliverable_ratio = 0.125; }; }, { name = \"b\"; } );";

/* Without what stands after a tab and #: the origins differ. */
static char *
without_origins(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (strncmp(from, "\t# ", 3) == 0)
			from += strcspn(from, "\n");
		*to++ = *from;
	}
	*to = '\0';
	return text;
}

START_TEST(printed_it_loads_again)
{
	const struct conf *c = must_load("t", full), *again;
	char *text = printed(c, false), *second;

	ck_assert_ptr_nonnull(strstr(text, "helo = \"v.example.com\";\t# t:1"));
	ck_assert_ptr_nonnull(strstr(text, "tries = 2;\t# default\n"));
	again = must_load("u", text);
	second = printed(again, false);
	ck_assert_str_eq(without_origins(second), without_origins(text));
	ck_assert_ptr_null(strstr(text, "# t:"));
	ck_assert_str_eq(again->log.verdicts, "/a \"quoted\" \\ \xc3\xa4.jsonl");
	ck_assert(again->guards[0].flood.undeliverable_ratio == 0.125);
	free(text);
	free(second);
	conf_unref(c);
	conf_unref(again);
}
END_TEST

START_TEST(printed_as_json)
{
	const struct conf *c = must_load("t", full);
	char *text = printed(c, true);
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *smtp, *list, *guard;

	ck_assert_ptr_nonnull(root);
	smtp = json_object_get(root, "smtp");
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_object_get(smtp, "port"), "value")), 25);
	ck_assert_str_eq(json_string_value(json_object_get(
	    json_object_get(smtp, "port"), "origin")), "default");
	list = json_object_get(json_object_get(root, "guards"), "value");
	ck_assert_uint_eq(json_array_size(list), 2);
	guard = json_array_get(list, 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    guard, "name"), "value")), "b");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    guard, "name"), "origin")), "t:3");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    json_object_get(root, "log"), "verdicts"), "value")),
	    "/a \"quoted\" \\ \xc3\xa4.jsonl");
	json_decref(root);
	free(text);
	conf_unref(c);
}
END_TEST

/* Each line that begins with "#" and no space, without the "#". */
static char *
uncommented(char *text)
{
	char *to = text;
	bool start = true;

	for (const char *from = text; *from != '\0'; from++) {
		if (!(start && from[0] == '#' && from[1] != ' '))
			*to++ = *from;
		start = *from == '\n';
	}
	*to = '\0';
	return text;
}

START_TEST(the_printed_defaults_load)
{
	struct conf_errors e;
	const struct conf *c;
	char *text = NULL, *got;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	conf_print_defaults(f);
	ck_assert_int_eq(fclose(f), 0);
	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load_text("t", text, len, &e));
	got = messages_of(&e);
	ck_assert_str_eq(got, identities[0].messages);
	free(got);
	conf_errors_clear(&e);

	c = must_load("t", uncommented(text));
	for (size_t i = 0; i < conf_schema.count; i++)
		ck_assert_msg(c->origins[i].file != NULL, "%s is not in it",
		    conf_schema.keys[i].name);
	ck_assert_uint_eq(c->guard_count, 1);
	ck_assert_int_eq(c->guards[0].flood.hold_s, 1800);
	free(text);
	conf_unref(c);
}
END_TEST

static const struct {
	const char *says, *text, *warnings;
} warned[] = {
	{ "no guard", WHO,
	    "t: there is no guard, so nothing is verified; add one to "
	    "guards\n" },
	{ "a guard that hides others", WHO "guards = (\n{ name = \"a\"; },\n"
	    "{ name = \"b\"; } );",
	    "t:3: the guard \"a\" matches everything, so those after it never "
	    "apply; put it last\n" },
	{ "every network allowed", GUARD("") "smtp: { allow_networks = [ "
	    "\"0.0.0.0/0\" ]; };",
	    "t:3: smtp.allow_networks lets probes go to every private "
	    "address; name only your own relays\n" },
	{ "nothing odd", GUARD(""), "" },
};

START_TEST(warnings)
{
	for (size_t i = 0; i < COUNT(warned); i++) {
		const struct conf *c = must_load("t", warned[i].text);
		struct conf_errors w;
		char *got;

		conf_errors_init(&w);
		conf_warnings(c, &w);
		got = messages_of(&w);
		ck_assert_msg(strcmp(got, warned[i].warnings) == 0,
		    "%s: %s", warned[i].says, got);
		free(got);
		conf_errors_clear(&w);
		conf_unref(c);
	}
}
END_TEST

START_TEST(paths)
{
	const struct conf *c = must_load("t", WHO), *d = must_load("t", WHO
	    "probe: { socket = \"/p/s\"; }; store: { path = \"/q/v.mdb\"; };"
	    "milter: { socket = \"inet:1@localhost\"; };");
	struct {
		char *got;
		const char *want;
	} rows[] = {
		{ conf_probe_socket(c), "/run/rcptguard/probe.sock" },
		{ conf_probe_socket(d), "/p/s" },
		{ conf_store_path(c), "/var/lib/rcptguard/verdicts.mdb" },
		{ conf_store_path(d), "/q/v.mdb" },
		{ conf_probe_lock(c), "/var/lib/rcptguard/probe.lock" },
		{ conf_probe_lock(d), "/q/probe.lock" },
		{ conf_milter_lock(c),
		    "/var/spool/postfix/rcptguard/milter.sock.lock" },
		{ conf_milter_lock(d), "/run/rcptguard/milter.lock" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_str_eq(rows[i].got, rows[i].want);
		free(rows[i].got);
	}
	conf_unref(c);
	conf_unref(d);
}
END_TEST

/* A locale that writes "0,3", made for the test. False: none can be made. */
static bool
comma_locale(char *dir)
{
	char command[256];

	if (mkdtemp(dir) == NULL)
		return false;
	snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 "
	    "%s/de_DE.UTF-8 >/dev/null 2>&1", dir);
	if (system(command) != 0 || setenv("LOCPATH", dir, 1) != 0)
		return false;
	return setlocale(LC_ALL, "de_DE.UTF-8") != NULL &&
	    strcmp(localeconv()->decimal_point, ",") == 0;
}

START_TEST(a_comma_locale_changes_nothing)
{
	char dir[] = "/tmp/test_conf.XXXXXX", command[64], *text;
	const struct conf *c;

	if (!comma_locale(dir))
		printf("no locale with a decimal comma to test with\n");
	c = must_load("t", GUARD("flood: { undeliverable_ratio = 0.25; };"));
	ck_assert(c->guards[0].flood.undeliverable_ratio == 0.25);
	text = printed(c, false);
	ck_assert_ptr_nonnull(strstr(text, "undeliverable_ratio = 0.25;"));
	free(text);
	conf_unref(c);
	setlocale(LC_ALL, "C");
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(a_comment_may_end_the_file)
{
	conf_unref(must_load("t", WHO "# the end"));
	conf_unref(must_load("t", WHO "// the end"));
	conf_unref(must_load("t", WHO "/* the end */"));
}
END_TEST

START_TEST(counted)
{
	const struct conf *c = must_load("t", WHO);

	ck_assert_ptr_eq(conf_ref(c), c);
	conf_unref(c);
	ck_assert_str_eq(c->identity.helo, "v.example.com");
	conf_unref(c);
	conf_unref(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("text");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, refused, 0, (int)COUNT(tables));
	tcase_add_test(t, a_bad_sender_says_why);
	tcase_add_test(t, many_faults_are_counted);
	tcase_add_test(t, a_megabyte_of_settings_ends_soon);
	tcase_add_test(t, nul_in_the_file);
	tcase_add_test(t, defaults_in_force);
	tcase_add_test(t, a_guard_and_a_source);
	tcase_add_test(t, milter_sockets);
	tcase_add_test(t, units);
	tcase_add_test(t, printed_it_loads_again);
	tcase_add_test(t, printed_as_json);
	tcase_add_test(t, the_printed_defaults_load);
	tcase_add_test(t, warnings);
	tcase_add_test(t, paths);
	tcase_add_test(t, a_comma_locale_changes_nothing);
	tcase_add_test(t, a_comment_may_end_the_file);
	tcase_add_test(t, counted);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
