#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	const char *says, *pattern, *mx;
	bool fits;
} hosts[] = {
	{ "a star stands for labels", "*.google.com",
	    "aspmx.l.google.com", true },
	{ "a star needs the dot before the domain", "*.google.com",
	    "evilgoogle.com", false },
	{ "a star does not end early", "*.google.com",
	    "google.com.example.net", false },
	{ "a domain is no host of its own family", "*.google.com",
	    "google.com", false },
	{ "a question mark is one octet", "mx0?.mail.icloud.com",
	    "mx01.mail.icloud.com", true },
	{ "a question mark is not a dot", "mx?mail.example.com",
	    "mx.mail.example.com", false },
	{ "a star inside a label", "mx*.qq.com", "mx3.qq.com", true },
	{ "two stars", "*.a.*.com", "x.a.b.com", true },
	{ "the whole name", "mxs.mail.ru", "mxs.mail.ru", true },
	{ "no name", "*.a.b", "", false },
};

START_TEST(hosts_fit_patterns)
{
	ck_assert_msg(rule_mx_matches(hosts[_i].pattern, hosts[_i].mx) ==
	    hosts[_i].fits, "%s", hosts[_i].says);
}
END_TEST

START_TEST(families_are_found)
{
	static const struct {
		const char *mx, *name;
		bool all;
	} row[] = {
		{ "gmail-smtp-in.l.google.com", "google", false },
		{ "hotmail-com.olc.protection.outlook.com",
		    "microsoft-consumer", false },
		{ "example-com.mail.protection.outlook.com", "microsoft-365",
		    false },
		{ "mta5.am0.yahoodns.net", "yahoo", true },
		{ "mxs.mail.ru", "mail-ru", true },
		{ "mx01.mail.icloud.com", "apple", false },
		{ "eu-smtp-inbound-1.mimecast.com", "mimecast", false },
	};
	const struct provider *p;
	struct rules *set = fixture_rules();
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		p = rules_provider(set, row[i].mx);
		ck_assert_msg(p != NULL, "%s", row[i].mx);
		ck_assert_str_eq(p->name, row[i].name);
		ck_assert_int_eq(p->accepts_everything, row[i].all);
		ck_assert_uint_ge(p->rcpts_per_session, 1);
	}
	ck_assert_ptr_null(rules_provider(set, "mail.example.org"));
	ck_assert_ptr_null(rules_provider(NULL, "mxs.mail.ru"));
	rules_free(set);
}
END_TEST

/*
 * Who has said that SMTP questions are not wanted, or answers them with the
 * same word for everybody, has none. Written twice on purpose: whoever changes
 * what is installed must mean it.
 */
static const struct {
	const char *name;
	enum provider_method method;
} installed[] = {
	{ "google", METHOD_SMTP },
	{ "microsoft-consumer", METHOD_NONE },
	{ "microsoft-365", METHOD_SMTP },
	{ "yahoo", METHOD_NONE },
	{ "yahoo-japan", METHOD_SMTP },
	{ "apple", METHOD_SMTP },
	{ "mimecast", METHOD_SMTP },
	{ "proofpoint", METHOD_SMTP },
	{ "barracuda", METHOD_SMTP },
	{ "comcast", METHOD_NONE },
	{ "gmx", METHOD_SMTP },
	{ "mail-ru", METHOD_NONE },
	{ "yandex", METHOD_SMTP },
	{ "qq", METHOD_SMTP },
	{ "zoho", METHOD_SMTP },
	{ "protonmail", METHOD_NONE },
	{ "fastmail", METHOD_SMTP },
	{ "orange", METHOD_SMTP },
	{ "godaddy", METHOD_SMTP },
	{ "cox", METHOD_SMTP },
	{ "spectrum", METHOD_SMTP },
	{ "facebook", METHOD_SMTP },
	{ "aol", METHOD_NONE },
	{ "i-ua", METHOD_SMTP },
};

START_TEST(each_provider_is_asked_as_installed)
{
	struct rules *set = fixture_rules();
	size_t i;

	ck_assert_uint_eq(set->family_count, COUNT(installed));
	for (i = 0; i < COUNT(installed); i++) {
		ck_assert_str_eq(set->families[i].pub.name,
		    installed[i].name);
		ck_assert_msg(set->families[i].pub.method ==
		    installed[i].method, "%s", installed[i].name);
	}
	rules_free(set);
}
END_TEST

START_TEST(a_provider_keeps_what_was_set)
{
	const struct provider *p;
	struct conf_errors e;
	struct rules *set;

	conf_errors_init(&e);
	set = fixture_build("", "providers = ( { name = \"any\"; mx = [ "
	    "\"mx?.example.com\" ]; method = \"none\"; "
	    "accepts_everything = true; }, { name = \"own\"; mx = [ "
	    "\"mx*.example.com\" ]; method = \"http\"; http = "
	    "\"https://127.0.0.1/ask\"; rcpts_per_session = 3; connections = 2; "
	    "budget = \"3/minute 40/day\"; } );", &e);
	ck_assert_ptr_nonnull(set);
	p = rules_provider(set, "mx1.example.com");
	ck_assert_ptr_nonnull(p);
	ck_assert(p->accepts_everything);
	p = rules_provider(set, "mx.example.com");
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(p->method, METHOD_HTTP);
	ck_assert_str_eq(p->http->url, "https://127.0.0.1/ask");
	ck_assert_int_eq(p->http->timeout_ms, 5000);
	ck_assert_ptr_null(p->http->header_file);
	ck_assert_ptr_null(p->http->ca_file);
	ck_assert(!p->accepts_everything);
	ck_assert_uint_eq(p->rcpts_per_session, 3);
	ck_assert_uint_eq(p->connections, 2);
	ck_assert_uint_eq(p->budget.count, 2);
	ck_assert_uint_eq(p->budget.items[1].count, 40);
	ck_assert_int_eq(p->budget.items[1].span, SPAN_DAY);
	rules_free(set);
	conf_errors_clear(&e);
}
END_TEST

static const struct {
	const char *says, *url;
	bool tls;
	const char *host;
	unsigned port;
	const char *target;
} endpoints[] = {
	{ "https has port 443", "https://api.example/v1?x=y", true,
	    "api.example", 443, "/v1?x=y" },
	{ "http has port 80", "http://api.example", false, "api.example", 80,
	    "/" },
	{ "a port of its own", "http://localhost:8080/a", false, "localhost",
	    8080, "/a" },
	{ "an IPv4 address", "http://10.0.0.1:81/", false, "10.0.0.1", 81,
	    "/" },
	{ "an IPv6 address", "https://[2001:db8::1]:8443/a", true,
	    "2001:db8::1", 8443, "/a" },
	{ "an IPv6 address without a port", "https://[::1]", true, "::1", 443,
	    "/" },
};

START_TEST(endpoints_are_taken_apart)
{
	const struct provider *p;
	struct conf_errors e;
	struct rules *set;
	char text[1000];

	conf_errors_init(&e);
	snprintf(text, sizeof text, ENDPOINT("http = \"%s\"; "
	    "http_timeout = \"1500ms\"; http_header_file = \"/key\";"),
	    endpoints[_i].url);
	set = fixture_build("", text, &e);
	ck_assert_msg(set != NULL, "%s: %s", endpoints[_i].says,
	    e.count > 0 ? e.lines[0] : "no message");
	p = rules_provider_of(set, "a.example");
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_eq(p, rules_provider_at(set, 0));
	ck_assert_ptr_null(rules_provider_at(set, 1));
	ck_assert_ptr_null(rules_provider(set, "a.example"));
	ck_assert_ptr_null(rules_provider_of(set, "b.a.example"));
	ck_assert_int_eq(p->http->tls, endpoints[_i].tls);
	ck_assert_str_eq(p->http->host, endpoints[_i].host);
	ck_assert_uint_eq(p->http->port, endpoints[_i].port);
	ck_assert_str_eq(p->http->target, endpoints[_i].target);
	ck_assert_str_eq(p->http->header_file, "/key");
	ck_assert_int_eq(p->http->timeout_ms, 1500);
	rules_free(set);
	conf_errors_clear(&e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules");
	TCase *t = tcase_create("rules");

	tcase_add_loop_test(t, bad_rules_are_refused, 0, COUNT(refused));
	tcase_add_test(t, every_fault_has_its_message);
	tcase_add_test(t, a_missing_file_is_an_error);
	tcase_add_loop_test(t, hosts_fit_patterns, 0, COUNT(hosts));
	tcase_add_test(t, families_are_found);
	tcase_add_test(t, each_provider_is_asked_as_installed);
	tcase_add_test(t, a_provider_keeps_what_was_set);
	tcase_add_loop_test(t, endpoints_are_taken_apart, 0, COUNT(endpoints));
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return suite_run(s);
}
