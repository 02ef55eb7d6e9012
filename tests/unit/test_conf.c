/*
 * rcptguard.conf as text: what is refused, with which words at which line.
 * What is wrong with an identity, a guard or several settings together is in
 * test_conf_whole.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

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

static const struct {
	const struct bad *rows;
	size_t count;
} tables[] = {
	{ syntax, COUNT(syntax) },
	{ names, COUNT(names) },
	{ types, COUNT(types) },
	{ values, COUNT(values) },
};

START_TEST(refused)
{
	check_refused(tables[_i].rows, tables[_i].count);
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
	tcase_add_test(t, many_faults_are_counted);
	tcase_add_test(t, a_megabyte_of_settings_ends_soon);
	tcase_add_test(t, nul_in_the_file);
	suite_add_tcase(s, t);
	return suite_run(s);
}
