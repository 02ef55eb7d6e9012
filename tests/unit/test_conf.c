/* rcptguard.conf as text: what is refused, with which words at which line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

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
	{ "a hexadecimal number over 31 bits", WHO
	    "dns: { tries = 0xfffffffff; };\n",
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
	{ "several at once, in order", WHO
	    "a = 1;\nsmtp: { b = 1; };\nc = 2;\n",
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
	{ "metrics without a port", WHO
	    "probe: { metrics = \"127.0.0.1\"; };\n",
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

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("text");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, refused, 0, (int)COUNT(tables));
	tcase_add_test(t, a_bad_sender_says_why);
	tcase_add_test(t, many_faults_are_counted);
	tcase_add_test(t, a_megabyte_of_settings_ends_soon);
	tcase_add_test(t, nul_in_the_file);
	suite_add_tcase(s, t);
	return suite_run(s);
}
