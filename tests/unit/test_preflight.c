#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_table.h"
#include "common/lists.h"
#include "probe/preflight.h"
#include "tests/unit/suite.h"

#define ROUNDS_MAX	64
#define NOW		1795219200	/* 2026-11-21 */
#define KEY	"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

#define SOURCES	"sources = ( { address = \"192.0.2.10\"; }, " \
		"{ address = \"2001:db8::10\"; } ); "
#define IPV6	"sources = ( { address = \"2001:db8::10\"; } ); "
#define NAMED	"sources = ( { address = \"192.0.2.10\"; " \
		"helo = \"verify.example.com\"; } ); "
#define GOOD	"helo = \"verify.example.com\"; " \
		"sender = \"postmaster@example.com\"; " \
		"contact = \"abuse@example.com\"; " \
		"policy_url = \"https://www.example.com/probes\"; " \
		"dkim_selector = \"s1\"; domain_since = \"2020-01-01\"; " \
		"check_hosts = [ \"mx.example.org\" ]; " \
		"mail_sources = [ \"192.0.2.128/25\" ]; "

static const char *const good_dns[TABLE_LINES] = {
	"A verify.example.com 192.0.2.10",
	"AAAA verify.example.com 2001:db8::10",
	"PTR 192.0.2.10 verify.example.com",
	"PTR 2001:db8::10 verify.example.com",
	"TXT example.com v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 -all",
	("TXT s1._domainkey.example.com v=DKIM1; p=" KEY),
	"TXT _dmarc.example.com v=DMARC1; p=none",
	"MX example.com 10 mx.example.com",
	"A mx.example.com 192.0.2.200",
	"A www.example.com 192.0.2.201",
};

/* dns: lines that take the place of the good one with the same beginning. */
struct row {
	const char *says;
	const char *identity;		/* NULL: SOURCES GOOD */
	const char *without;		/* the beginning of a good line */
	const char *instead;
	const char *lost;		/* the check that loses its point */
	enum check_result result;
	unsigned score;
	bool good;			/* no hard check fails */
	bool source_good;		/* the first source */
};

static const struct row rows[] = {
	{ "the good set scores ten", NULL, NULL, NULL, NULL, CHECK_OK, 10,
	    true, true },
	{ "a HELO name without the IPv4 address", NULL, "A verify", NULL, "ptr",
	    CHECK_FAIL, 9, true, false },
	{ "no PTR", NULL, "PTR 192", NULL, "ptr", CHECK_FAIL, 9, true,
	    false },
	{ "PTR of another name, that leads back", NULL, "PTR 192",
	    "PTR 192.0.2.10 mx2.example.com", "ptr", CHECK_FAIL, 9, true,
	    false },
	{ "PTR that DNS does not answer is only a warning", NULL, "PTR 192",
	    "SERVFAIL PTR 192.0.2.10", "ptr", CHECK_WARN, 9, true, true },
	{ "a PTR whose name DNS does not answer for is only a warning", NULL,
	    "A verify", "SERVFAIL A verify.example.com", "ptr", CHECK_WARN, 9,
	    true, true },
	{ "SPF that leaves the source out", NULL, "TXT example.com",
	    "TXT example.com v=spf1 ip6:2001:db8::10 -all", "spf", CHECK_FAIL,
	    9, true, false },
	{ "SPF that is neutral passes nobody", NULL, "TXT example.com",
	    "TXT example.com v=spf1 ?all", "spf", CHECK_FAIL, 9, true,
	    false },
	{ "no SPF", NULL, "TXT example.com", NULL, "spf", CHECK_FAIL, 9, true,
	    false },
	{ "a DKIM key that is revoked stops all", NULL, "TXT s1",
	    "TXT s1._domainkey.example.com v=DKIM1; p=", "dkim", CHECK_FAIL,
	    9, false, true },
	{ "a DKIM key that is not there stops all", NULL, "TXT s1", NULL,
	    "dkim", CHECK_FAIL, 9, false, true },
	{ "a DKIM key that DNS does not answer for stops nothing", NULL,
	    "TXT s1", "SERVFAIL TXT s1._domainkey.example.com", "dkim",
	    CHECK_WARN, 9, true, true },
	{ "without a selector a point is lost and nothing stopped", SOURCES
	    GOOD "dkim_selector = \"\"; ", NULL, NULL, "dkim", CHECK_WARN, 9,
	    true, true },
	{ "no DMARC", NULL, "TXT _dmarc", NULL, "dmarc", CHECK_FAIL, 9, true,
	    true },
	{ "no MX", NULL, "MX", NULL, "sender_mx", CHECK_FAIL, 9, true,
	    true },
	{ "a mail host without an address", NULL, "A mx.", NULL, "sender_mx",
	    CHECK_FAIL, 9, true, true },
	{ "a page whose host does not exist", NULL, "A www", NULL,
	    "policy_page", CHECK_FAIL, 9, true, true },
	{ "a page at a host that the HELO name does not lead to", SOURCES GOOD
	    "policy_url = \"https://www.other.example/\"; ", "A www",
	    "A www.other.example 192.0.2.201", "page_name", CHECK_WARN, 9,
	    true, true },
	{ "a page at the HELO name itself", SOURCES GOOD
	    "policy_url = \"http://Verify.Example.com:8080/\"; ", NULL, NULL,
	    NULL, CHECK_OK, 10, true, true },
	{ "a HELO name without any address", NAMED GOOD
	    "helo = \"no.example.com\"; ", NULL, NULL, "helo_address",
	    CHECK_FAIL, 9, false, true },
	{ "a HELO name whose address DNS does not give stops nothing",
	    NAMED GOOD "helo = \"no.example.com\"; ", "A no.",
	    "SERVFAIL A no.example.com", "helo_address", CHECK_WARN, 9, true,
	    true },
	{ "an IPv6 source without PTR", IPV6 GOOD, "PTR 2001", NULL, "ptr",
	    CHECK_FAIL, 9, true, false },
	{ "an IPv6 source whose PTR leads elsewhere", IPV6 GOOD, "PTR 2001",
	    "PTR 2001:db8::10 www.example.com", "ptr", CHECK_FAIL, 9, true,
	    false },
	{ "an IPv6 source with the IPv4 address alone at its name", IPV6 GOOD,
	    "AAAA verify", NULL, "ptr", CHECK_FAIL, 9, true, false },
	{ "an IPv6 source that passes", IPV6 GOOD, NULL, NULL, NULL, CHECK_OK,
	    10, true, true },
	{ "a free-mail sender", "helo = \"verify.example.com\"; "
	    "sender = \"somebody@gmail.com\"; " SOURCES, NULL, NULL, "sender",
	    CHECK_FAIL, 4, false, false },
	{ "a HELO name below a free-mail domain", SOURCES
	    "sender = \"postmaster@example.com\"; "
	    "helo = \"mx.gmail.com\"; ", NULL, NULL, "helo_name",
	    CHECK_FAIL, 6, false, true },
	{ "a domain five days old", SOURCES GOOD
	    "domain_since = \"2026-11-16\"; ", NULL, NULL, "domain_age",
	    CHECK_FAIL, 9, false, true },
	{ "a domain of tomorrow is no day old", SOURCES GOOD
	    "domain_since = \"2026-11-22\"; ", NULL, NULL, "domain_age",
	    CHECK_FAIL, 9, false, true },
	{ "a domain ten days old is only a warning", SOURCES GOOD
	    "domain_since = \"2026-11-11\"; ", NULL, NULL, "domain_age",
	    CHECK_WARN, 9, true, true },
	{ "a guard that has not agreed to the terms", SOURCES GOOD
	    "terms = \"v2\"; ", NULL, NULL, "consent", CHECK_WARN, 9, true,
	    true },
	{ "a source that the mail server uses", SOURCES GOOD
	    "mail_sources = [ \"192.0.2.0/24\" ]; ", NULL, NULL, "apart",
	    CHECK_WARN, 9, true, true },
	{ "without sources the addresses of the HELO name count", GOOD,
	    "PTR 192", NULL, "ptr", CHECK_FAIL, 9, true, false },
};

/* Of a key that is given twice the second stands: libconfig takes one. */
static void
put_key(char *out, size_t size, const char *text)
{
	const char *at = text;

	out[0] = '\0';
	while (*at != '\0') {
		size_t len = strcspn(at, "="), end = 0;
		char key[64];
		int depth = 0;

		while (at[end] != '\0' && (at[end] != ';' || depth > 0)) {
			depth += at[end] == '(';
			depth -= at[end] == ')';
			end++;
		}
		end += strspn(at + end, "; ");
		snprintf(key, sizeof key, " %.*s=", (int)len, at);
		if (strstr(at + end - 1, key) == NULL)
			snprintf(out + strlen(out), size - strlen(out),
			    "%.*s", (int)end, at);
		at += end;
	}
}

static const struct conf *
conf_of(const char *identity)
{
	char keys[2048], text[4096];
	struct conf_errors e;
	const struct conf *c;

	put_key(keys, sizeof keys, identity != NULL ? identity :
	    SOURCES GOOD);
	snprintf(text, sizeof text, "identity: { %s };\n"
	    "guards = ( { name = \"signup\"; } );\n", keys);
	conf_errors_init(&e);
	c = conf_load_text("test", text, strlen(text), &e);
	ck_assert_msg(c != NULL, "%s in %s", e.count > 0 ? e.lines[0] : "",
	    text);
	conf_errors_clear(&e);
	return c;
}

static struct lists *
shared_domains(void)
{
	static const char text[] = "# date: 2026-11-21\n# licence: own\n"
	    "# source: this test\ngmail.com\n";
	struct list *items[LIST_COUNT] = { NULL };
	struct conf_errors e;
	struct lists *s;

	conf_errors_init(&e);
	items[LIST_FREE_MAIL] = list_parse(LIST_FREE_MAIL, "t", text,
	    strlen(text), NOW, &e, NULL);
	s = lists_of(items);
	ck_assert(items[LIST_FREE_MAIL] != NULL && s != NULL);
	conf_errors_clear(&e);
	return s;
}

static void
dns_of(const struct row *r, const char *lines[TABLE_LINES])
{
	size_t i, n = 0;

	for (i = 0; i < TABLE_LINES && good_dns[i] != NULL; i++)
		if (r->without == NULL || strncmp(good_dns[i], r->without,
		    strlen(r->without)) != 0)
			lines[n++] = good_dns[i];
	if (r->instead != NULL)
		lines[n++] = r->instead;
}

static void
judge(const struct preflight_input *in, const char *const *lines,
    struct preflight_report *out)
{
	struct facts *f = facts_new();
	int rounds = 0;

	for (preflight_judge(in, f, out); out->pending;
	    preflight_judge(in, f, out)) {
		ck_assert_uint_gt(facts_table_answer(f, lines), 0);
		ck_assert_int_lt(rounds++, ROUNDS_MAX);
	}
	facts_free(f);
}

static const struct preflight_check *
find(const struct preflight_report *r, const char *name,
    enum check_result result)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (strcmp(r->checks[i].name, name) == 0 &&
		    r->checks[i].result == result)
			return &r->checks[i];
	return NULL;
}

static const struct preflight_contact contacts[] = {
	{ CONTACT_MAILBOX, "postmaster@example.com", CHECK_OK, "accepted" },
	{ CONTACT_MAILBOX, "abuse@example.com", CHECK_OK, "accepted" },
	{ CONTACT_PORT, "mx.example.org", CHECK_OK, "connected" },
};

#define DAY	86400

static const struct {
	const char *says;
	const char *configured;
	int64_t told;			/* by RDAP, seconds before NOW; 0: no */
	const char *note;
	enum check_result result;
	const char *text;		/* is in it */
	bool good;
} ages[] = {
	{ "nothing is known", "", 0, NULL, CHECK_SKIPPED, "is not known; ",
	    true },
	{ "RDAP did not say", "", 0, "HTTP 404", CHECK_SKIPPED,
	    "is not known: HTTP 404", true },
	{ "RDAP says that it is old", "", 400 * DAY, NULL, CHECK_OK,
	    "400 days old", true },
	{ "RDAP says a second less than a week", "", 7 * DAY - 1, NULL,
	    CHECK_FAIL, "6 days old", false },
	{ "RDAP says a week", "", 7 * DAY, NULL, CHECK_WARN,
	    "held to the first step", true },
	{ "RDAP says a second less than two weeks", "", 14 * DAY - 1, NULL,
	    CHECK_WARN, "13 days old", true },
	{ "RDAP says two weeks", "", 14 * DAY, NULL, CHECK_OK, "14 days old",
	    true },
	{ "what is configured comes first", "2020-01-01", 2 * DAY, NULL,
	    CHECK_OK, "days old", true },
};

START_TEST(test_age)
{
	struct preflight_input in = { .now = NOW,
	    .domain_since = ages[_i].told > 0 ? NOW - ages[_i].told : 0,
	    .age_note = ages[_i].note };
	struct preflight_report *out = calloc(1, sizeof *out);
	const struct preflight_check *c;
	char identity[2048];

	snprintf(identity, sizeof identity, SOURCES GOOD
	    "domain_since = \"%s\"; ", ages[_i].configured);
	in.conf = conf_of(identity);
	judge(&in, good_dns, out);
	c = find(out, "domain_age", ages[_i].result);
	ck_assert_msg(c != NULL, "%s", ages[_i].says);
	ck_assert_msg(strstr(c->text, ages[_i].text) != NULL, "%s: %s",
	    ages[_i].says, c->text);
	ck_assert_msg(out->good == ages[_i].good, "%s", ages[_i].says);
	conf_unref(in.conf);
	free(out);
}
END_TEST

static const struct {
	const char *says;
	const char *identity;
	const char *boxes;		/* each with a blank behind it */
} mailboxes[] = {
	{ "HELO name and sender in one domain", GOOD,
	    "postmaster@example.com abuse@example.com postmaster@example.com "
	    },
	{ "a sender of another name", GOOD
	    "sender = \"probe@Example.com\"; ",
	    "postmaster@Example.com abuse@Example.com probe@Example.com " },
	{ "a sender at the HELO name", GOOD
	    "sender = \"p@verify.example.com\"; ",
	    "postmaster@verify.example.com abuse@verify.example.com "
	    "p@verify.example.com postmaster@example.com abuse@example.com " },
	{ "sources with names of their own", "sources = ( "
	    "{ address = \"192.0.2.10\"; helo = \"a.other.example\"; }, "
	    "{ address = \"192.0.2.11\"; helo = \"b.other.example\"; } ); "
	    GOOD "sender = \"p@example.com\"; ",
	    "postmaster@example.com abuse@example.com p@example.com "
	    "postmaster@other.example abuse@other.example " },
};

START_TEST(test_mailboxes)
{
	struct preflight_mailbox boxes[PREFLIGHT_MAILBOXES_MAX];
	const struct conf *c = conf_of(mailboxes[_i].identity);
	char got[1024] = "";
	size_t n = preflight_mailboxes(c, boxes), i;

	for (i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s ",
		    boxes[i].address);
	ck_assert_msg(strcmp(got, mailboxes[_i].boxes) == 0, "%s: %s",
	    mailboxes[_i].says, got);
	ck_assert_int_eq(boxes[2].role, ROLE_BOUNCES);
	conf_unref(c);
}
END_TEST

START_TEST(test_rows)
{
	const struct row *r = &rows[_i];
	const char *lines[TABLE_LINES] = { NULL };
	struct preflight_input in = { .now = NOW, .contacts = contacts,
	    .contact_count = COUNT(contacts) };
	struct preflight_report *out = calloc(1, sizeof *out);
	const struct preflight_check *c;
	size_t i;

	in.conf = conf_of(r->identity);
	in.lists = shared_domains();
	dns_of(r, lines);
	judge(&in, lines, out);
	lists_free((struct lists *)in.lists);
	for (i = 0; i < out->count; i++)
		ck_assert_msg((out->checks[i].result == CHECK_OK ||
		    out->checks[i].result == CHECK_SKIPPED) ==
		    (out->checks[i].fix[0] == '\0'), "%s: %s: fix \"%s\"",
		    r->says, out->checks[i].text, out->checks[i].fix);
	if (r->lost != NULL) {
		c = find(out, r->lost, r->result);
		ck_assert_msg(c != NULL, "%s: %s is not %s", r->says, r->lost,
		    check_result_word(r->result));
	}
	ck_assert_msg(out->score == r->score, "%s: score %u", r->says,
	    out->score);
	ck_assert_msg(out->good == r->good, "%s: good", r->says);
	ck_assert_uint_ge(out->source_count, 1);
	ck_assert_msg(out->sources[0].good == r->source_good,
	    "%s: first source", r->says);
	conf_unref(in.conf);
	free(out);
}
END_TEST

START_TEST(test_contacts)
{
	static const struct preflight_contact refused[] = {
		{ CONTACT_MAILBOX, "abuse@example.com", CHECK_FAIL,
		    "no_such_user" },
		{ CONTACT_MAILBOX, "probe@example.com", CHECK_FAIL,
		    "no_such_user" },
		{ CONTACT_PORT, "mx.example.org", CHECK_FAIL, "timeout" },
	};
	static const struct preflight_listing listed[] = {
		{ "192.0.2.10", "bl.example: 127.0.0.2" },
	};
	struct preflight_input in = { .now = NOW, .contacts = refused,
	    .contact_count = 3, .listings = listed, .listing_count = 1 };
	struct preflight_report *out = calloc(1, sizeof *out);

	in.conf = conf_of(SOURCES GOOD "sender = \"probe@example.com\"; ");
	judge(&in, good_dns, out);
	ck_assert_ptr_nonnull(find(out, "postmaster", CHECK_SKIPPED));
	ck_assert_ptr_nonnull(find(out, "abuse", CHECK_FAIL));
	ck_assert_ptr_nonnull(find(out, "port25", CHECK_FAIL));
	ck_assert_ptr_nonnull(find(out, "listed", CHECK_FAIL));
	ck_assert_ptr_nonnull(find(out, "bounces", CHECK_FAIL));
	ck_assert_uint_eq(out->score, 7);
	ck_assert(out->good);
	conf_unref(in.conf);
	free(out);
}
END_TEST

static const struct {
	const char *name, *ip;
	bool dynamic;
} names[] = {
	{ "verify.example.com", "192.0.2.10", false },
	{ "192-0-2-10.example.com", "192.0.2.10", true },
	{ "host-10-2-0-192.example.com", "192.0.2.10", true },
	{ "ip192.0.2.10.example.com", "192.0.2.10", true },
	{ "c000020a.example.com", "192.0.2.10", true },
	{ "pool-7.example.com", "192.0.2.10", true },
	{ "carpool.example.com", "192.0.2.10", false },
	{ "x.dhcp.example.com", "192.0.2.10", true },
	{ "mx10.example.com", "192.0.2.10", false },
	{ "dynamo.example.com", "192.0.2.10", false },
};

START_TEST(test_names)
{
	struct net_addr a;

	ck_assert(net_addr_parse(names[_i].ip, &a));
	ck_assert_msg(preflight_looks_dynamic(names[_i].name, &a) ==
	    names[_i].dynamic, "%s", names[_i].name);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("preflight");
	TCase *tc = tcase_create("preflight");

	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_contacts);
	tcase_add_loop_test(tc, test_age, 0, COUNT(ages));
	tcase_add_loop_test(tc, test_mailboxes, 0, COUNT(mailboxes));
	tcase_add_loop_test(tc, test_names, 0, COUNT(names));
	suite_add_tcase(s, tc);
	return suite_run(s);
}
