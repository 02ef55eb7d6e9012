#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rules_internal.h"
#include "tests/unit/rules_fixture.h"
#include "tests/unit/suite.h"

#define ENDPOINT(more)	"providers = (\n { name = \"one\"; " \
	"domains = [ \"a.example\" ]; method = \"http\"; " more " } );"

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

	tcase_add_loop_test(t, hosts_fit_patterns, 0, COUNT(hosts));
	tcase_add_test(t, families_are_found);
	tcase_add_test(t, each_provider_is_asked_as_installed);
	tcase_add_test(t, a_provider_keeps_what_was_set);
	tcase_add_loop_test(t, endpoints_are_taken_apart, 0, COUNT(endpoints));
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return suite_run(s);
}
