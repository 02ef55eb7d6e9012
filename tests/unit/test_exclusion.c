#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/exclusion.h"
#include "tests/unit/suite.h"

#define NOW		1000

static const struct {
	const char *says, *text;
	enum exclusion_kind kind;
	const char *canonical;		/* NULL: refused */
	const char *wrong;		/* a part of what is said */
} texts[] = {
	{ "a domain", "example.com", EXCLUDE_DOMAIN, "example.com", NULL },
	{ "case means nothing", "Example.COM", EXCLUDE_DOMAIN, "example.com",
	    NULL },
	{ "a U-label becomes an A-label", "b\xc3\xbc" "cher.example",
	    EXCLUDE_DOMAIN, "xn--bcher-kva.example", NULL },
	{ "a domain with what is below it", ".Example.com", EXCLUDE_TREE,
	    ".example.com", NULL },
	{ "a pattern of hosts", "mx:*.Mail.example.", EXCLUDE_MX,
	    "mx:*.mail.example", NULL },
	{ "an IPv4 address", "192.0.2.1", EXCLUDE_NETWORK, "192.0.2.1", NULL },
	{ "an IPv4 network", "192.0.2.0/24", EXCLUDE_NETWORK, "192.0.2.0/24",
	    NULL },
	{ "a network of one digit", "10.0.0.0/8", EXCLUDE_NETWORK,
	    "10.0.0.0/8", NULL },
	{ "a network of one address is an address", "192.0.2.1/32",
	    EXCLUDE_NETWORK, "192.0.2.1", NULL },
	{ "an IPv6 address, as RFC 5952 writes it", "2001:DB8:0:0::1",
	    EXCLUDE_NETWORK, "2001:db8::1", NULL },
	{ "an IPv6 network of three digits", "2001:db8::/127",
	    EXCLUDE_NETWORK, "2001:db8::/127", NULL },
	{ "a mapped network is its IPv4 network", "::ffff:192.0.2.0/120",
	    EXCLUDE_NETWORK, "192.0.2.0/24", NULL },
	{ "nothing", "", EXCLUDE_DOMAIN, NULL, "empty" },
	{ "a mailbox", "bob@example.com", EXCLUDE_DOMAIN, NULL, "mailbox" },
	{ "a top-level domain", "com", EXCLUDE_DOMAIN, NULL, "one label" },
	{ "and all below it", ".com", EXCLUDE_DOMAIN, NULL, "one label" },
	{ "host bits", "192.0.2.1/24", EXCLUDE_DOMAIN, NULL, "host bits" },
	{ "a prefix too long", "192.0.2.0/33", EXCLUDE_DOMAIN, NULL,
	    "no network" },
	{ "the Internet", "0.0.0.0/0", EXCLUDE_DOMAIN, NULL, "whole" },
	{ "every host", "mx:*.*", EXCLUDE_DOMAIN, NULL, "every" },
	{ "a pattern without a dot", "mx:mail", EXCLUDE_DOMAIN, NULL, "dot" },
	{ "a pattern with a blank", "mx:a b.c", EXCLUDE_DOMAIN, NULL,
	    "pattern" },
	{ "four numbers that are no address", "192.0.2.256", EXCLUDE_DOMAIN,
	    NULL, "numbers" },
	{ "an empty label", "a..example", EXCLUDE_DOMAIN, NULL, "label" },
	{ "a literal", "[192.0.2.1]", EXCLUDE_DOMAIN, NULL, "brackets" },
	{ "IPv6 with a zone", "fe80::1%eth0", EXCLUDE_DOMAIN, NULL,
	    "no network" },
};

START_TEST(reads_texts)
{
	struct exclusion e;
	const char *wrong = exclusion_parse(texts[_i].text, &e);

	if (texts[_i].canonical == NULL) {
		ck_assert_msg(wrong != NULL && strstr(wrong,
		    texts[_i].wrong) != NULL, "%s: %s", texts[_i].says,
		    wrong != NULL ? wrong : "taken");
		ck_assert_str_eq(e.text, "");
		return;
	}
	ck_assert_msg(wrong == NULL, "%s: %s", texts[_i].says, wrong);
	ck_assert_str_eq(e.text, texts[_i].canonical);
	ck_assert_int_eq(e.kind, texts[_i].kind);
}
END_TEST

static const struct {
	const char *says, *text;
	int64_t until;
	const char *domain, *host, *addr;
	bool forbidden;
} matches[] = {
	{ "the domain", "a.example", 0, "a.example", "", "9.0.0.1", true },
	{ "not below it", "a.example", 0, "b.a.example", "", "9.0.0.1", false },
	{ "not another with its end", "a.example", 0, "aa.example", "",
	    "9.0.0.1", false },
	{ "a tree has its root", ".a.example", 0, "a.example", "", "9.0.0.1",
	    true },
	{ "and what is below", ".a.example", 0, "x.y.a.example", "",
	    "9.0.0.1", true },
	{ "but no other with its end", ".a.example", 0, "ba.example", "",
	    "9.0.0.1", false },
	{ "nor what is above", ".b.a.example", 0, "a.example", "", "9.0.0.1",
	    false },
	{ "a host by pattern", "mx:*.h.example", 0, "d.example",
	    "mx1.h.example", "9.0.0.1", true },
	{ "a star needs its dot", "mx:*.h.example", 0, "d.example",
	    "h.example", "9.0.0.1", false },
	{ "a domain is no host", "h.example", 0, "d.example", "h.example",
	    "9.0.0.1", false },
	{ "a host by address", "9.0.0.1", 0, "d.example", "h", "9.0.0.1",
	    true },
	{ "another address", "9.0.0.1", 0, "d.example", "h", "9.0.0.2",
	    false },
	{ "a host by network", "9.0.0.0/24", 0, "d.example", "h", "9.0.0.77",
	    true },
	{ "and by IPv6", "2001:db8::/32", 0, "d.example", "h",
	    "2001:db8:1::1", true },
	{ "another family", "9.0.0.0/8", 0, "d.example", "h", "2a00::1",
	    false },
	{ "its last second", "a.example", NOW + 1, "a.example", "", "9.0.0.1",
	    true },
	{ "its time is over", "a.example", NOW, "a.example", "", "9.0.0.1",
	    false },
	{ "a host's time is over", "9.0.0.1", NOW, "d.example", "h",
	    "9.0.0.1", false },
};

START_TEST(forbids)
{
	struct exclusions *x = exclusions_create();
	struct exclusion e;
	struct net_addr addr;
	bool found;

	ck_assert(exclusion_parse(matches[_i].text, &e) == NULL);
	e.until = matches[_i].until;
	ck_assert(net_addr_parse(matches[_i].addr, &addr));
	ck_assert_int_eq(exclusions_put(x, &e), EXCLUSIONS_OK);
	found = exclusions_domain(x, matches[_i].domain, NOW) != NULL ||
	    exclusions_host(x, matches[_i].host, &addr, NOW) != NULL;
	ck_assert_msg(found == matches[_i].forbidden, "%s", matches[_i].says);
	ck_assert_msg(e.until != 0 || found == (exclusion_has_domain(&e,
	    matches[_i].domain) || exclusion_has_host(&e, matches[_i].host,
	    &addr)), "%s, alone", matches[_i].says);
	ck_assert(exclusions_remove(x, e.text));
	ck_assert(!exclusions_remove(x, e.text));
	ck_assert_ptr_null(exclusions_domain(x, matches[_i].domain, NOW));
	ck_assert_ptr_null(exclusions_host(x, matches[_i].host, &addr, NOW));
	exclusions_destroy(x);
}
END_TEST

START_TEST(json_there_and_back)
{
	struct exclusion e, back;
	char *json;

	ck_assert(exclusion_parse(texts[_i].canonical != NULL ?
	    texts[_i].canonical : "example.com", &e) == NULL);
	ck_assert(exclusion_set_note(&e, "asked by \"postmaster\""));
	ck_assert(exclusion_set_ticket(&e, "AB-1"));
	e.since = 5;
	e.until = 7;
	e.uid = 4294967295u;
	json = exclusion_to_json(&e);
	ck_assert(exclusion_from_json(json, strlen(json), &back));
	ck_assert_mem_eq(&e, &back, sizeof e);
	free(json);
}
END_TEST

static const struct {
	const char *says, *json;
} bad_json[] = {
	{ "no JSON", "{" },
	{ "no object", "[]" },
	{ "no text", "{\"note\":\"\",\"ticket\":\"\",\"since\":1,"
	    "\"until\":0,\"uid\":0}" },
	{ "a text not in its form", "{\"text\":\"A.example\",\"note\":\"\","
	    "\"ticket\":\"\",\"since\":1,\"until\":0,\"uid\":0}" },
	{ "a user below zero", "{\"text\":\"a.example\",\"note\":\"\","
	    "\"ticket\":\"\",\"since\":1,\"until\":0,\"uid\":-1}" },
	{ "a note with a control character", "{\"text\":\"a.example\","
	    "\"note\":\"\\u001b\",\"ticket\":\"\",\"since\":1,\"until\":0,"
	    "\"uid\":0}" },
};

START_TEST(bad_json_is_refused)
{
	struct exclusion e;

	ck_assert_msg(!exclusion_from_json(bad_json[_i].json,
	    strlen(bad_json[_i].json), &e), "%s", bad_json[_i].says);
	ck_assert_str_eq(e.text, "");
}
END_TEST

START_TEST(a_note_is_bounded_and_plain)
{
	char text[EXCLUSION_NOTE_MAX + 2];
	struct exclusion e;

	ck_assert(exclusion_parse("a.example", &e) == NULL);
	memset(text, 'n', sizeof text);
	text[sizeof text - 1] = '\0';
	ck_assert(!exclusion_set_note(&e, text));
	text[sizeof text - 2] = '\0';
	ck_assert(exclusion_set_note(&e, text));
	ck_assert(!exclusion_set_note(&e, "a\tb"));
	ck_assert(!exclusion_set_ticket(&e, "a\\b"));
	ck_assert_str_eq(e.note, text);
}
END_TEST

START_TEST(the_table_is_bounded_and_keeps_order)
{
	struct exclusions *x = exclusions_create();
	const struct exclusion *at = NULL;
	struct exclusion e;
	char text[64];
	unsigned i;

	for (i = 0; i < EXCLUSIONS_MAX; i++) {
		snprintf(text, sizeof text, i % 2 ? "d%u.example" :
		    "mx:h%u.example", i);
		ck_assert(exclusion_parse(text, &e) == NULL);
		ck_assert_int_eq(exclusions_put(x, &e), EXCLUSIONS_OK);
	}
	ck_assert(exclusion_parse("more.example", &e) == NULL);
	ck_assert_int_eq(exclusions_put(x, &e), EXCLUSIONS_FULL);
	ck_assert(exclusion_parse("d1.example", &e) == NULL);
	ck_assert(exclusion_set_note(&e, "again"));
	ck_assert_int_eq(exclusions_put(x, &e), EXCLUSIONS_OK);
	ck_assert_str_eq(exclusions_find(x, "d1.example")->note, "again");
	for (i = 0; (at = exclusions_next(x, at)) != NULL; i++)
		if (i == 0)
			ck_assert_str_eq(at->text, "mx:h0.example");
	ck_assert_uint_eq(i, EXCLUSIONS_MAX);
	ck_assert_uint_eq(exclusions_count(x), EXCLUSIONS_MAX);
	exclusions_destroy(x);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("exclusion");
	TCase *tc = tcase_create("exclusion");

	tcase_add_loop_test(tc, reads_texts, 0, (int)COUNT(texts));
	tcase_add_loop_test(tc, forbids, 0, (int)COUNT(matches));
	tcase_add_loop_test(tc, json_there_and_back, 0, (int)COUNT(texts));
	tcase_add_loop_test(tc, bad_json_is_refused, 0, (int)COUNT(bad_json));
	tcase_add_test(tc, a_note_is_bounded_and_plain);
	tcase_add_test(tc, the_table_is_bounded_and_keeps_order);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
