#include "config.h"			/* mkdtemp */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/rules_internal.h"
#include "tests/unit/rules_fixture.h"
#include "tests/unit/suite.h"

#define NO_PROVIDERS	"providers = ();"
#define RULE(more)	"rules = (\n { id = \"a.b\"; " more " } );"
#define PROVIDER(more)	"providers = (\n { name = \"one\"; " \
	"mx = [ \"*.example.com\" ]; method = \"smtp\"; " more " } );"

#define TWO(first, second)	"providers = ( { name = \"one\"; mx = [ " \
	first " ]; method = \"smtp\"; },\n { name = \"two\"; mx = [ " \
	second " ]; method = \"smtp\"; } );"
#define ENDPOINT(more)	"providers = (\n { name = \"one\"; " \
	"domains = [ \"a.example\" ]; method = \"http\"; " more " } );"

/* Each is refused as a whole, with its place and what is wrong. */
static const struct {
	const char *says, *replies, *providers, *place, *what;
} refused[] = {
	{ "a section that is not known", "rulez = ();", NO_PROVIDERS,
	    "replies.conf:1:", "rulez" },
	{ "a key that is not known", RULE("reason = \"greylisted\"; "
	    "text = \"x\"; colour = \"red\";"), NO_PROVIDERS,
	    "replies.conf:2:", "colour" },
	{ "a rule without an id", "rules = ( { reason = \"greylisted\"; } );",
	    NO_PROVIDERS, "replies.conf:1:", "id" },
	{ "an id with a space", "rules = ( { id = \"a b\"; } );", NO_PROVIDERS,
	    "replies.conf:1:", "id" },
	{ "a reason that does not exist", RULE("reason = \"gone\"; "
	    "text = \"x\";"), NO_PROVIDERS, "replies.conf:2:", "gone" },
	{ "a reason that no reply means", RULE("reason = \"disposable\"; "
	    "text = \"x\";"), NO_PROVIDERS, "replies.conf:2:", "disposable" },
	{ "a rule without a reason", RULE("text = \"x\";"), NO_PROVIDERS,
	    "replies.conf:2:", "reason" },
	{ "a rule without text", RULE("reason = \"greylisted\";"),
	    NO_PROVIDERS, "replies.conf:2:", "text" },
	{ "a regular expression with an open group",
	    RULE("reason = \"greylisted\"; text = \"(x\";"), NO_PROVIDERS,
	    "replies.conf:2:", "text" },
	{ "a token with a bad range",
	    RULE("reason = \"greylisted\"; token = \"[z-a]\";"), NO_PROVIDERS,
	    "replies.conf:2:", "token" },
	{ "a token with the octet escape",
	    RULE("reason = \"greylisted\"; token = \"a\\\\C\";"), NO_PROVIDERS,
	    "replies.conf:2:", "token" },
	{ "upper case that could never match",
	    RULE("reason = \"greylisted\"; text = \"Grey\";"), NO_PROVIDERS,
	    "replies.conf:2:", "upper case" },
	{ "a class that does not exist",
	    RULE("reason = \"greylisted\"; text = \"{nobody}\";"),
	    NO_PROVIDERS, "replies.conf:2:", "nobody" },
	{ "a class whose brace stays open",
	    RULE("reason = \"greylisted\"; text = \"{box\";"), NO_PROVIDERS,
	    "replies.conf:2:", "}" },
	{ "upper case in a class", "classes: { box = [ \"Box\" ]; };",
	    NO_PROVIDERS, "replies.conf:1:", "upper case \"B\"" },
	{ "a class that nobody could name", "classes: { Box = [ \"box\" ]; };",
	    NO_PROVIDERS, "replies.conf:1:", "begin with a lower case" },
	{ "a class with an open group", "classes: { box = [ \"b(\" ]; };",
	    NO_PROVIDERS, "replies.conf:1:", "class box: \"b(\": missing" },
	{ "an accent that could never match",
	    RULE("reason = \"greylisted\"; text = \"bo\xc3\xaete pleine\";"),
	    NO_PROVIDERS, "replies.conf:2:", "write \"i\"" },
	{ "a letter of Latin-1, which could not either",
	    RULE("reason = \"greylisted\"; text = \"bo\xeete pleine\";"),
	    NO_PROVIDERS, "replies.conf:2:", "write \"i\"" },
	{ "Cyrillic in upper case", RULE("reason = \"greylisted\"; "
	    "text = \"\xd0\xaf\";"), NO_PROVIDERS, "replies.conf:2:",
	    "write \"\xd1\x8f\"" },
	{ "upper case in brackets", RULE("reason = \"greylisted\"; "
	    "text = \"a[B]\";"), NO_PROVIDERS, "replies.conf:2:",
	    "upper case \"B\"" },
	{ "an empty text, which fits any reply", RULE("reason = "
	    "\"no_such_user\"; text = \"\";"), NO_PROVIDERS,
	    "replies.conf:2:", "fits any reply" },
	{ "an empty text among others", RULE("reason = \"no_such_user\"; "
	    "text = [ \"a\", \"\" ];"), NO_PROVIDERS, "replies.conf:2:",
	    "fits any reply" },
	{ "a text that may be nothing", RULE("reason = \"no_such_user\"; "
	    "text = \"(?:user )?\";"), NO_PROVIDERS, "replies.conf:2:",
	    "fits any reply" },
	{ "an empty token", RULE("reason = \"no_such_user\"; "
	    "token = \"\";"), NO_PROVIDERS, "replies.conf:2:",
	    "fits any reply" },
	{ "an exception that always holds", RULE("reason = "
	    "\"no_such_user\"; text = \"a\"; not = \"b*\";"), NO_PROVIDERS,
	    "replies.conf:2:", "not: a pattern" },
	{ "two faults that would be whole together", RULE("reason = "
	    "\"greylisted\"; text = [ \"a)\", \"(b\" ];"), NO_PROVIDERS,
	    "replies.conf:2:", "\"a)\": unmatched" },
	{ "the one of several that is at fault", RULE("reason = "
	    "\"greylisted\"; token = [ \"a\", \"(b\", \"c\" ];"),
	    NO_PROVIDERS, "replies.conf:2:", "token: \"(b\": missing closing "
	    "parenthesis at octet 2" },
	{ "a class that is not an array", "classes: { box = \"user\"; };",
	    NO_PROVIDERS, "replies.conf:1:", "box" },
	{ "a stage that does not exist", RULE("reason = \"greylisted\"; "
	    "text = \"x\"; stage = [ \"rcpt\", \"lunch\" ];"), NO_PROVIDERS,
	    "replies.conf:2:", "lunch" },
	{ "a stage without replies", RULE("reason = \"greylisted\"; "
	    "text = \"x\"; stage = \"quit\";"), NO_PROVIDERS,
	    "replies.conf:2:", "\"quit\" is none of banner," },
	{ "a code that is not one", RULE("reason = \"greylisted\"; "
	    "text = \"x\"; code = \"2\";"), NO_PROVIDERS, "replies.conf:2:",
	    "\"2\"" },
	{ "an enhanced code that is not one", RULE("reason = \"greylisted\"; "
	    "text = \"x\"; enhanced = \"5.1\";"), NO_PROVIDERS,
	    "replies.conf:2:", "5.1" },
	{ "a number where words belong", RULE("reason = \"greylisted\"; "
	    "text = 5;"), NO_PROVIDERS, "replies.conf:2:", "text" },
	{ "an id used twice", "rules = ( { id = \"a\"; reason = "
	    "\"greylisted\"; text = \"x\"; },\n { id = \"a\"; reason = "
	    "\"greylisted\"; text = \"y\"; } );", NO_PROVIDERS,
	    "replies.conf:2:", "taken" },
	{ "an id used in both files", RULE("reason = \"greylisted\"; "
	    "text = \"x\";"), PROVIDER("rules = ( { id = \"a.b\"; "
	    "reason = \"greylisted\"; text = \"x\"; } );"),
	    "providers.conf:2:", "taken" },
	{ "a bare code as proof of a dead address", "codes = ( { id = \"c\"; "
	    "reason = \"no_such_user\"; code = \"550\"; } );", NO_PROVIDERS,
	    "replies.conf:1:", "never proves" },
	{ "an entry of codes without a code", "codes = ( { id = \"c\"; "
	    "reason = \"temporary_error\"; text = \"x\"; } );", NO_PROVIDERS,
	    "replies.conf:1:", "no code" },
	{ "an entry of enhanced without one", "enhanced = ( { id = \"c\"; "
	    "reason = \"temporary_error\"; text = \"x\"; } );", NO_PROVIDERS,
	    "replies.conf:1:", "no enhanced code" },
	{ "a retry that captures nothing", "retry = ( { text = \"in 5\"; "
	    "seconds = 60; } );", NO_PROVIDERS, "replies.conf:1:",
	    "captures" },
	{ "a retry without a unit", "retry = ( { text = \"in ([0-9]+)\"; } );",
	    NO_PROVIDERS, "replies.conf:1:", "seconds" },
	{ "a syntax error", "rules = ( {", NO_PROVIDERS, "replies.conf:1:",
	    "" },
	{ "a provider without hosts", "", "providers = (\n { name = \"one\"; "
	    "method = \"smtp\"; } );", "providers.conf:2:", "mx" },
	{ "a provider without a method", "", "providers = (\n { name = "
	    "\"one\"; mx = [ \"*.a.b\" ]; } );", "providers.conf:2:",
	    "method" },
	{ "a provider named twice", "", "providers = ( { name = \"one\"; "
	    "mx = [ \"a.b\" ]; method = \"smtp\"; },\n { name = \"one\"; "
	    "mx = [ \"c.d\" ]; method = \"smtp\"; } );", "providers.conf:2:",
	    "twice" },
	{ "a host pattern in upper case", "", "providers = (\n { name = "
	    "\"one\"; mx = [ \"*.A.b\" ]; method = \"smtp\"; } );",
	    "providers.conf:2:", "lower" },
	{ "a host pattern that is shown", "", "providers = (\n { name = "
	    "\"one\"; mx = [ \"a.b\", \"c d.e\" ]; method = \"smtp\"; } );",
	    "providers.conf:2:", "mx: \"c d.e\"" },
	{ "a host with the dot of a zone file", "", "providers = (\n { name = "
	    "\"one\"; mx = [ \"mx.a.b.\" ]; method = \"smtp\"; } );",
	    "providers.conf:2:", "none at its end" },
	{ "a host that another provider has", "", TWO("\"*.a.b\"",
	    "\"x.c\", \"*.a.b\""), "providers.conf:2:",
	    "mx: \"*.a.b\" never counts: the provider \"one\"" },
	{ "a host below those of another provider", "", TWO("\"*.a.b\"",
	    "\"mx?.in.a.b\""), "providers.conf:2:", "never counts" },
	{ "a domain that another provider has", "",
	    ENDPOINT("http = \"http://a.example/\"; }, { name = \"two\"; "
	    "domains = [ \"a.example\" ]; method = \"none\";"),
	    "providers.conf:2:", "domains: \"a.example\" never counts" },
	{ "an endpoint that would never be asked", "",
	    ENDPOINT("http = \"http://a.example/\"; "
	    "accepts_everything = true;"), "providers.conf:2:",
	    "nobody is asked" },
	{ "an endpoint for a provider that is asked by SMTP", "",
	    PROVIDER("http = \"https://127.0.0.1/\";"), "providers.conf:2:",
	    "http" },
	{ "domains for a provider that is asked by SMTP", "",
	    PROVIDER("domains = [ \"a.example\" ];"), "providers.conf:2:",
	    "domains" },
	{ "the method http without an endpoint", "", ENDPOINT(""),
	    "providers.conf:2:", "http" },
	{ "an endpoint of another scheme", "",
	    ENDPOINT("http = \"ftp://a.example/\";"), "providers.conf:2:",
	    "https://" },
	{ "an endpoint without a host", "",
	    ENDPOINT("http = \"https:///v\";"), "providers.conf:2:",
	    "https://" },
	{ "a password in the address of an endpoint", "",
	    ENDPOINT("http = \"https://me:key@a.example/\";"),
	    "providers.conf:2:", "http_header_file" },
	{ "a port past the last", "",
	    ENDPOINT("http = \"https://a.example:70000/\";"),
	    "providers.conf:2:", "https://" },
	{ "a line end in the address of an endpoint", "",
	    ENDPOINT("http = \"https://a.example/\\r\\nX: y\";"),
	    "providers.conf:2:", "https://" },
	{ "an IPv6 address without brackets", "",
	    ENDPOINT("http = \"https://2001:db8::1/\";"),
	    "providers.conf:2:", "https://" },
	{ "a file for the header that is not from the root", "",
	    ENDPOINT("http = \"https://a.example/\"; "
	    "http_header_file = \"key\";"), "providers.conf:2:",
	    "http_header_file" },
	{ "certificates for what is not encrypted", "",
	    ENDPOINT("http = \"http://a.example/\"; "
	    "http_ca_file = \"/ca.pem\";"), "providers.conf:2:",
	    "http_ca_file" },
	{ "a time without a unit", "",
	    ENDPOINT("http = \"https://a.example/\"; http_timeout = \"5\";"),
	    "providers.conf:2:", "http_timeout" },
	{ "a time longer than any SMTP session waits", "",
	    ENDPOINT("http = \"https://a.example/\"; http_timeout = \"1h\";"),
	    "providers.conf:2:", "http_timeout" },
	{ "a timeout of nothing", "", PROVIDER("http_timeout = \"1s\";"),
	    "providers.conf:2:", "http_timeout" },
	{ "a budget that is no rate", "", PROVIDER("budget = \"lots\";"),
	    "providers.conf:2:", "is not a rate" },
	{ "an empty budget", "", PROVIDER("budget = \"\";"),
	    "providers.conf:2:", "budget is empty" },
	{ "a source's budget that is no rate", "",
	    PROVIDER("source_budget = \"lots\";"),
	    "providers.conf:2:", "source_budget: \"lots\" is not a rate" },
	{ "an empty budget of each source", "",
	    PROVIDER("source_budget = \"\";"),
	    "providers.conf:2:", "source_budget is empty" },
	{ "no recipients in a session", "", PROVIDER("rcpts_per_session = 0;"),
	    "providers.conf:2:", "rcpts_per_session" },
	{ "a provider's key that is not known", "", PROVIDER("speed = 5;"),
	    "providers.conf:2:", "speed" },
};

START_TEST(bad_rules_are_refused)
{
	struct conf_errors e;

	conf_errors_init(&e);
	ck_assert_msg(fixture_build(refused[_i].replies,
	    refused[_i].providers, &e) == NULL, "%s: loaded",
	    refused[_i].says);
	ck_assert_msg(e.count > 0, "%s: no message", refused[_i].says);
	ck_assert_msg(strncmp(e.lines[0], refused[_i].place,
	    strlen(refused[_i].place)) == 0 &&
	    strstr(e.lines[0], refused[_i].what) != NULL, "%s: %s",
	    refused[_i].says, e.lines[0]);
	conf_errors_clear(&e);
}
END_TEST

START_TEST(every_fault_has_its_message)
{
	struct conf_errors e;

	conf_errors_init(&e);
	ck_assert_ptr_null(fixture_build("rules = (\n"
	    "{ id = \"a\"; reason = \"x\"; text = \"t\"; },\n"
	    "{ id = \"b\"; reason = \"y\"; text = \"t\"; } );",
	    PROVIDER("speed = 5;"), &e));
	ck_assert_uint_eq(e.count, 3);
	conf_errors_clear(&e);
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
	struct conf_errors e;

	conf_errors_init(&e);
	ck_assert_ptr_null(rules_load("/nonexistent/replies.conf",
	    "/nonexistent/providers.conf", &e));
	ck_assert_uint_eq(e.count, 2);
	conf_errors_clear(&e);
}
END_TEST

static const struct {
	const char *says, *replies, *providers, *file;
} empties[] = {
	{ "neither", "codes = ();", "providers = ();", NULL },
	{ "replies", "", "providers = ();", "replies.conf" },
	{ "replies of a comment", "# soon\n", "providers = ();",
	    "replies.conf" },
	{ "providers", "codes = ();", "\n", "providers.conf" },
};

static void
write_file(char path[64], const char *dir, const char *name, const char *text)
{
	FILE *f;

	(void)snprintf(path, 64, "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert(fputs(text, f) >= 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

START_TEST(an_empty_file_is_not_whole)
{
	char dir[] = "/tmp/rcptguard-rules-XXXXXX", replies[64], providers[64];
	struct conf_errors e;
	struct rules *set;

	conf_errors_init(&e);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_file(replies, dir, "replies.conf", empties[_i].replies);
	write_file(providers, dir, "providers.conf", empties[_i].providers);
	set = rules_load(replies, providers, &e);
	(void)unlink(replies);
	(void)unlink(providers);
	(void)rmdir(dir);
	ck_assert_msg((set != NULL) == (empties[_i].file == NULL), "%s",
	    empties[_i].says);
	ck_assert_uint_eq(e.count, set == NULL);
	if (set == NULL)
		ck_assert_msg(strstr(e.lines[0], empties[_i].file) != NULL &&
		    strstr(e.lines[0], "no settings") != NULL, "%s: %s",
		    empties[_i].says, e.lines[0]);
	rules_free(set);
	conf_errors_clear(&e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules_refused");
	TCase *t = tcase_create("rules_refused");

	tcase_add_loop_test(t, bad_rules_are_refused, 0, COUNT(refused));
	tcase_add_test(t, every_fault_has_its_message);
	tcase_add_test(t, a_missing_file_is_an_error);
	tcase_add_loop_test(t, an_empty_file_is_not_whole, 0, COUNT(empties));
	suite_add_tcase(s, t);
	return suite_run(s);
}
