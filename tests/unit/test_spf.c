#include <stdlib.h>
#include <string.h>

#include "facts_table.h"
#include "probe/spf.h"
#include "tests/unit/suite.h"

#define ROUNDS_MAX	64

struct row {
	const char *says;
	const char *ip;
	enum spf_result result;
	const char *dns[TABLE_LINES];
};

#define REC(text)	"TXT example.com v=spf1 " text

static const struct row rows[] = {
	{ "no record: none", "192.0.2.1", SPF_NONE, { NULL } },
	{ "another TXT record is not SPF", "192.0.2.1", SPF_NONE,
	    { "TXT example.com v=spf10 +all" } },
	{ "ip4 passes", "192.0.2.1", SPF_PASS, { REC("ip4:192.0.2.1 -all") } },
	{ "ip4 with a net passes", "192.0.2.77", SPF_PASS,
	    { REC("ip4:192.0.2.0/24 -all") } },
	{ "ip4 of which the host bits are set is its net", "192.0.2.77",
	    SPF_PASS, { REC("ip4:192.0.2.3/25 -all") } },
	{ "ip4 outside the net fails", "192.0.3.77", SPF_FAIL,
	    { REC("ip4:192.0.2.0/24 -all") } },
	{ "a prefix of 33 is an error", "192.0.2.1", SPF_PERMERROR,
	    { REC("ip4:192.0.2.0/33 -all") } },
	{ "ip6 passes", "2001:db8::9", SPF_PASS,
	    { REC("ip6:2001:db8::/32 -all") } },
	{ "an IPv4 source does not match ip6", "192.0.2.1", SPF_SOFTFAIL,
	    { REC("ip6:2001:db8::/32 ~all") } },
	{ "a matches the domain's own address", "192.0.2.1", SPF_PASS,
	    { REC("a -all"), "A example.com 192.0.2.1" } },
	{ "a with another name", "192.0.2.1", SPF_PASS,
	    { REC("a:out.example.com -all"), "A out.example.com 192.0.2.1" } },
	{ "a with both prefixes, over IPv6", "2001:db8::7", SPF_PASS,
	    { REC("a:out.example.com/24//64 -all"),
	    "AAAA out.example.com 2001:db8::1" } },
	{ "a with the IPv6 prefix alone leaves IPv4 whole", "192.0.2.2",
	    SPF_FAIL, { REC("a//64 -all"), "A example.com 192.0.2.1" } },
	{ "mx matches a mail host", "192.0.2.9", SPF_PASS,
	    { REC("mx -all"), "MX example.com 10 mx.example.com",
	    "A mx.example.com 192.0.2.9" } },
	{ "mx that is no source fails", "192.0.2.8", SPF_FAIL,
	    { REC("mx -all"), "MX example.com 10 mx.example.com",
	    "A mx.example.com 192.0.2.9" } },
	{ "include passes", "192.0.2.1", SPF_PASS,
	    { REC("include:b.example -all"),
	    "TXT b.example v=spf1 ip4:192.0.2.1 -all" } },
	{ "an include that fails is no match", "192.0.2.2", SPF_SOFTFAIL,
	    { REC("include:b.example ~all"),
	    "TXT b.example v=spf1 ip4:192.0.2.1 -all" } },
	{ "an include of nothing is an error", "192.0.2.2", SPF_PERMERROR,
	    { REC("include:b.example ~all") } },
	{ "an include whose DNS fails is temporary", "192.0.2.2",
	    SPF_TEMPERROR,
	    { REC("include:b.example ~all"), "SERVFAIL TXT b.example" } },
	{ "redirect takes the other's result", "192.0.2.2", SPF_FAIL,
	    { REC("redirect=b.example"), "TXT b.example v=spf1 -all" } },
	{ "redirect to nothing is an error", "192.0.2.2", SPF_PERMERROR,
	    { REC("redirect=b.example") } },
	{ "all goes before redirect", "192.0.2.2", SPF_NEUTRAL,
	    { REC("redirect=b.example ?all"), "TXT b.example v=spf1 -all" } },
	{ "two redirects are an error", "192.0.2.2", SPF_PERMERROR,
	    { REC("redirect=b.example redirect=c.example") } },
	{ "an include of itself ends", "192.0.2.2", SPF_PERMERROR,
	    { REC("include:example.com -all") } },
	{ "exists with the source's address", "192.0.2.2", SPF_PASS,
	    { REC("exists:%{ir}.ok.%{d} -all"),
	    "A 2.2.0.192.ok.example.com 127.0.0.2" } },
	{ "exists without an answer", "192.0.2.3", SPF_FAIL,
	    { REC("exists:%{ir}.ok.%{d} -all"),
	    "A 2.2.0.192.ok.example.com 127.0.0.2" } },
	{ "ptr of a name below the domain", "192.0.2.3", SPF_PASS,
	    { REC("ptr -all"), "PTR 192.0.2.3 host.example.com",
	    "A host.example.com 192.0.2.3" } },
	{ "ptr that does not lead back", "192.0.2.3", SPF_FAIL,
	    { REC("ptr -all"), "PTR 192.0.2.3 host.example.com",
	    "A host.example.com 192.0.2.4" } },
	{ "two records are an error", "192.0.2.1", SPF_PERMERROR,
	    { REC("+all"), REC("-all") } },
	{ "an unknown mechanism is an error", "192.0.2.1", SPF_PERMERROR,
	    { REC("ipv4:192.0.2.1 -all") } },
	{ "an unknown modifier is passed over", "192.0.2.1", SPF_PASS,
	    { REC("exp=why.example.com x-y=z +all") } },
	{ "the third void lookup is an error", "192.0.2.1", SPF_PERMERROR,
	    { REC("a:x.example a:y.example a:z.example +all") } },
	{ "two void lookups are allowed", "192.0.2.1", SPF_PASS,
	    { REC("a:x.example a:y.example +all") } },
	{ "DNS fails: temporary", "192.0.2.1", SPF_TEMPERROR,
	    { "SERVFAIL TXT example.com" } },
	{ "eleven terms that ask DNS are an error", "192.0.2.1",
	    SPF_PERMERROR,
	    { REC("a a a a a a a a a a a +all"), "A example.com 192.0.2.2" } },
	{ "ten are not", "192.0.2.1", SPF_PASS,
	    { REC("a a a a a a a a a a +all"), "A example.com 192.0.2.2" } },
	{ "upper case is the same", "192.0.2.1", SPF_PASS,
	    { "TXT example.com V=SPF1 IP4:192.0.2.1 -ALL" } },
	{ "no term matches: neutral", "192.0.2.1", SPF_NEUTRAL,
	    { REC("ip4:192.0.2.2") } },
};

START_TEST(test_rows)
{
	const struct row *r = &rows[_i];
	struct spf_input in = { .local = "postmaster",
	    .domain = "example.com", .helo = "verify.example.com" };
	struct facts *f = facts_new();
	struct spf_verdict v;
	int rounds = 0;

	ck_assert(net_addr_parse(r->ip, &in.ip));
	for (;;) {
		spf_check(&in, f, &v);
		if (v.result != SPF_PENDING)
			break;
		ck_assert_msg(facts_table_answer(f, r->dns) > 0,
		    "%s: pending, but nothing is wanted", r->says);
		ck_assert_int_lt(rounds++, ROUNDS_MAX);
	}
	ck_assert_msg(v.result == r->result, "%s: got %s (%s)", r->says,
	    spf_word(v.result), v.why);
	ck_assert_msg(v.why[0] != '\0', "%s: no reason", r->says);
	facts_free(f);
}
END_TEST

/* The examples of RFC 7208, 7.4. */
static const struct {
	const char *ip, *spec, *is;	/* is NULL: ill-formed */
} macros[] = {
	{ "192.0.2.3", "%{s}", "strong-bad@email.example.com" },
	{ "192.0.2.3", "%{o}", "email.example.com" },
	{ "192.0.2.3", "%{d}", "email.example.com" },
	{ "192.0.2.3", "%{d4}", "email.example.com" },
	{ "192.0.2.3", "%{d2}", "example.com" },
	{ "192.0.2.3", "%{d1}", "com" },
	{ "192.0.2.3", "%{dr}", "com.example.email" },
	{ "192.0.2.3", "%{d2r}", "example.email" },
	{ "192.0.2.3", "%{l}", "strong-bad" },
	{ "192.0.2.3", "%{l-}", "strong.bad" },
	{ "192.0.2.3", "%{lr}", "strong-bad" },
	{ "192.0.2.3", "%{lr-}", "bad.strong" },
	{ "192.0.2.3", "%{l1r-}", "strong" },
	{ "192.0.2.3", "%{ir}.%{v}._spf.%{d2}",
	    "3.2.0.192.in-addr._spf.example.com" },
	{ "192.0.2.3", "%{lr-}.lp._spf.%{d2}",
	    "bad.strong.lp._spf.example.com" },
	{ "192.0.2.3", "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
	    "3.2.0.192.in-addr.strong.lp._spf.example.com" },
	{ "192.0.2.3", "%{d2}.trusted-domains.example.net",
	    "example.com.trusted-domains.example.net" },
	{ "2001:db8::cb01", "%{ir}.%{v}._spf.%{d2}",
	    "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
	    "ip6._spf.example.com" },
	{ "192.0.2.3", "a%%b", "a%b" },
	{ "192.0.2.3", "%{S}", "strong-bad%40email.example.com" },
	{ "192.0.2.3", "%{d", NULL },
	{ "192.0.2.3", "%{x}", NULL },
	{ "192.0.2.3", "%{d0}", NULL },
	{ "192.0.2.3", "a%", NULL },
	{ "192.0.2.3", "a%z", NULL },
	{ "192.0.2.3", "%{", NULL },
};

START_TEST(test_macros)
{
	struct spf_input in = { .local = "strong-bad",
	    .domain = "email.example.com", .helo = "mail.example.com" };
	char out[FACTS_NAME_SIZE];
	bool ok;

	ck_assert(net_addr_parse(macros[_i].ip, &in.ip));
	ok = spf_expand(&in, in.domain, macros[_i].spec,
	    strlen(macros[_i].spec), out);
	ck_assert_msg(ok == (macros[_i].is != NULL), "%s", macros[_i].spec);
	if (ok)
		ck_assert_str_eq(out, macros[_i].is);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spf");
	TCase *tc = tcase_create("spf");

	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_macros, 0, COUNT(macros));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
