#include "common/lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/psl.h"
#include "probe/signals.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/lists_util.h"
#include "tests/unit/suite.h"

#define HEADER		"# date: 2026-11-01\n# licence: own\n# source: us\n"
#define NOW		1795219200	/* 2026-11-21 */
#define DAY		86400

static struct list *
parse(enum list_kind kind, const char *text, struct conf_errors *e,
    struct conf_errors *w)
{
	return list_parse(kind, "f", text, strlen(text), NOW, e, w);
}

struct parse_row {
	const char *says;
	enum list_kind kind;
	const char *text;
	size_t count;			/* entries, if message is NULL */
	const char *message;		/* the whole of them */
};

static const struct parse_row parse_rows[] = {
	{ "comments and blank lines are no entries", LIST_DISPOSABLE,
	    HEADER "\n# x\n a.example \r\nB.example # why\n", 2, NULL },
	{ "the last line needs no end", LIST_ROLE, HEADER "info", 1, NULL },
	{ "no entry at all", LIST_ROLE, HEADER, 0, NULL },
	{ "the admin's own needs no header", LIST_DENY,
	    "a.example\n.b.example\nname@\nname@c.example\n.top\n", 5, NULL },
	{ "an empty own list", LIST_ALLOW, "", 0, NULL },
	{ "a pair", LIST_TYPO, HEADER "gmial.example\tgmail.example\n", 1,
	    NULL },
	{ "a # within a local part", LIST_ROLE, HEADER "a#b\n", 1, NULL },
	{ "a header is missing", LIST_ROLE, "info\n", 0,
	    "f: has no line \"# date: YYYY-MM-DD\"; add it\n"
	    "f: has no line \"# licence: ...\"; add it\n"
	    "f: has no line \"# source: ...\"; add it\n" },
	{ "a date that is none", LIST_ROLE,
	    "# date: 2026-13-01\n# licence: x\n# source: x\n", 0,
	    "f:1: \"2026-13-01\" is no date; write YYYY-MM-DD\n" },
	{ "a licence without a word", LIST_ROLE,
	    "# date: 2026-11-01\n# licence:\n# source: x\n", 0,
	    "f: has no line \"# licence: ...\"; add it\n" },
	{ "a word that is no domain", LIST_DISPOSABLE, HEADER "a.example\nb\n",
	    0, "f:5: \"b\" is no domain (with xn-- labels)\n" },
	{ "a domain with a U-label", LIST_DISPOSABLE, HEADER
	    "b\xc3\xbc" "cher.example\n", 0,
	    "f:4: \"b\xc3\xbc" "cher.example\" is no domain (with xn-- "
	    "labels)\n" },
	{ "two words where one is meant", LIST_DISPOSABLE,
	    HEADER "a.example b.example\n", 0, "f:4: \"a.example\" has more "
	    "behind it; write one entry a line\n" },
	{ "a misspelt domain alone", LIST_TYPO, HEADER "gmial.example\n", 0,
	    "f:4: \"gmial.example\" lacks the domain that is meant\n" },
	{ "its own correction", LIST_TYPO, HEADER "a.example A.example\n", 0,
	    "f:4: \"a.example\" would be its own correction\n" },
	{ "a correction that is no domain", LIST_TYPO, HEADER "a.example b\n",
	    0, "f:4: \"b\" is no domain (with xn-- labels)\n" },
	{ "a role with a domain", LIST_ROLE, HEADER "info@a.example\n", 0,
	    "f:4: \"info@a.example\" is no local part\n" },
	{ "a pattern that is none", LIST_DENY, "a@b@c.example\n", 0,
	    "f:1: \"a@b@c.example\" is none of domain, .domain, name@ and "
	    "name@domain (with xn-- labels)\n" },
	{ "a control octet", LIST_DENY, "a\x01.example\n", 0,
	    "f:1: \"a\\x01.example\" is none of domain, .domain, name@ and "
	    "name@domain (with xn-- labels)\n" },
};

START_TEST(lists_are_read_or_refused_with_the_line)
{
	const struct parse_row *row = &parse_rows[_i];
	struct conf_errors e;
	struct list *l;
	char *said;

	conf_errors_init(&e);
	l = parse(row->kind, row->text, &e, NULL);
	said = messages_of(&e);
	ck_assert_msg((l == NULL) == (row->message != NULL), "%s: %s",
	    row->says, said);
	ck_assert_msg(strcmp(said, row->message != NULL ? row->message : "") ==
	    0, "%s: %s", row->says, said);
	if (l != NULL)
		ck_assert_uint_eq(list_count(l), row->count);
	list_free(l);
	free(said);
	conf_errors_clear(&e);
}
END_TEST

START_TEST(a_line_is_bounded_and_has_no_nul)
{
	char text[LIST_LINE_MAX + 40];
	struct conf_errors e;

	conf_errors_init(&e);
	memset(text, 'a', sizeof text);
	ck_assert_ptr_null(list_parse(LIST_DENY, "f", text, sizeof text, NOW,
	    &e, NULL));
	ck_assert_uint_eq(e.count, 1);
	ck_assert_ptr_null(list_parse(LIST_DENY, "f", "a.b\0c\n", 6, NOW, &e,
	    NULL));
	ck_assert_uint_eq(e.count, 2);
	conf_errors_clear(&e);
}
END_TEST

START_TEST(an_old_list_is_said_to_be_old)
{
	static const struct { const char *date; size_t warnings; } at[] = {
		{ "2026-11-21", 0 }, { "2026-05-25", 0 }, { "2026-05-24", 1 },
		{ "2027-01-01", 0 },
	};
	struct conf_errors e, w;
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(at); i++) {
		conf_errors_init(&e);
		conf_errors_init(&w);
		snprintf(text, sizeof text, "# date: %s\n# licence: x\n"
		    "# source: x\n", at[i].date);
		list_free(parse(LIST_ROLE, text, &e, &w));
		ck_assert_uint_eq(e.count, 0);
		ck_assert_msg(w.count == at[i].warnings, "%s", at[i].date);
		conf_errors_clear(&w);
	}
}
END_TEST

/* --- finding ------------------------------------------------------------- */

static struct lists *
some_lists(void)
{
	static const char *const texts[LIST_COUNT] = {
		[LIST_ALLOW] = "friend@throw.example\n",
		[LIST_DENY] = "foe.example\n.under.example\nspam@\n"
		    "one@two.example\n",
		[LIST_TYPO] = HEADER "gmial.com gmail.com\n"
		    "gmial.com other.com\n",
		[LIST_TRAP] = HEADER "trapped.example\nhoneypot@\n",
		[LIST_DEAD] = HEADER "closed.example\n",
		[LIST_DISPOSABLE] = HEADER "throw.example\nthrow.co.uk\n"
		    "co.jp\ndeep.throw2.co.uk\n",
		[LIST_ROLE] = HEADER "info\n",
		[LIST_ALIAS] = HEADER "relay.example\n",
		[LIST_FREE_MAIL] = HEADER "gmail.com\n",
		[LIST_DISPOSABLE_MX] = HEADER "mx.throw.example\n",
		[LIST_PARKED_MX] = HEADER "park.example\n",
		[LIST_PARKED_NS] = HEADER "parker.example\n",
	};
	struct list *items[LIST_COUNT];
	struct conf_errors e;
	struct lists *s;
	int i;

	conf_errors_init(&e);
	for (i = 0; i < LIST_COUNT; i++) {
		items[i] = parse((enum list_kind)i, texts[i], &e, NULL);
		ck_assert_msg(items[i] != NULL, "%s",
		    e.count > 0 ? e.lines[0] : "");
	}
	s = lists_of(items);
	ck_assert_ptr_nonnull(s);
	return s;
}

struct find_row {
	const char *says;
	const char *address;
	enum list_kind list;		/* LIST_COUNT: none */
	unsigned line;
	const char *suggestion;
};

static const struct find_row find_rows[] = {
	{ "nobody's business", "alice@good.example", LIST_COUNT, 0, "" },
	{ "a throwaway domain", "alice@throw.example", LIST_DISPOSABLE, 4, "" },
	{ "a domain below one", "alice@x.y.throw.example", LIST_DISPOSABLE, 4,
	    "" },
	{ "case does not matter", "Alice@THROW.Example", LIST_DISPOSABLE, 4,
	    "" },
	{ "below one under a public suffix of two labels",
	    "alice@a.throw.co.uk", LIST_DISPOSABLE, 5, "" },
	{ "an entry that is a public suffix does not spread",
	    "alice@honest.co.jp", LIST_COUNT, 0, "" },
	{ "an entry longer than the registrable part",
	    "alice@a.deep.throw2.co.uk", LIST_DISPOSABLE, 7, "" },
	{ "that one is not its parent", "alice@throw2.co.uk", LIST_COUNT, 0,
	    "" },
	{ "a name that only ends alike", "alice@overthrow.example",
	    LIST_COUNT, 0, "" },
	{ "allowed by name", "friend@throw.example", LIST_ALLOW, 1, "" },
	{ "denied by domain", "alice@foe.example", LIST_DENY, 1, "" },
	{ "a domain in deny is itself alone", "alice@x.foe.example",
	    LIST_COUNT, 0, "" },
	{ "denied below a domain", "alice@a.b.under.example", LIST_DENY, 2,
	    "" },
	{ "the domain itself is not below", "alice@under.example", LIST_COUNT,
	    0, "" },
	{ "denied by name", "Spam@good.example", LIST_DENY, 3, "" },
	{ "denied by address", "one@two.example", LIST_DENY, 4, "" },
	{ "a quoted spelling of it", "\"one\"@two.example", LIST_DENY, 4, "" },
	{ "another of that domain", "two@two.example", LIST_COUNT, 0, "" },
	{ "misspelt; the first line counts", "Bob.X@gmial.com", LIST_TYPO, 4,
	    "Bob.X@gmail.com" },
	{ "below a misspelt one", "bob@mail.gmial.com", LIST_COUNT, 0, "" },
	{ "a trap by domain", "x@www.trapped.example", LIST_TRAP, 4, "" },
	{ "a trap by name", "honeypot@good.example", LIST_TRAP, 5, "" },
	{ "a role", "info@good.example", LIST_ROLE, 4, "" },
	{ "a role with a tag", "INFO+shop@good.example", LIST_ROLE, 4, "" },
	{ "a person whose name begins so", "informer@good.example",
	    LIST_COUNT, 0, "" },
	{ "a service that closed", "x@mail.closed.example", LIST_DEAD, 4, "" },
	{ "throwaway before role", "info@throw.example", LIST_DISPOSABLE, 4,
	    "" },
	{ "an alias service", "x@relay.example", LIST_ALIAS, 4, "" },
	{ "free mail", "x@gmail.com", LIST_FREE_MAIL, 4, "" },
	{ "a list of hosts has no addresses", "x@park.example", LIST_COUNT, 0,
	    "" },
	{ "an address literal", "info@[192.0.2.1]", LIST_ROLE, 4, "" },
};

START_TEST(the_first_list_and_line_are_named)
{
	const struct find_row *row = &find_rows[_i];
	struct lists *s = some_lists();
	struct address addr = list_address(row->address);
	struct list_finding f;
	bool found = list_first(s, &addr, &f);

	ck_assert_msg(found == (row->list != LIST_COUNT), "%s", row->says);
	if (found) {
		ck_assert_msg(f.list == row->list, "%s: %s", row->says,
		    list_word(f.list));
		ck_assert_msg(f.line == row->line, "%s: %u", row->says,
		    f.line);
		ck_assert_str_eq(f.suggestion, row->suggestion);
		ck_assert_str_eq(f.file, "f");
	}
	lists_free(s);
}
END_TEST

START_TEST(hosts_are_found_with_those_below)
{
	struct lists *s = some_lists();
	struct list_finding f;

	ck_assert(lists_match_host(s, LIST_PARKED_MX, "park.example", &f));
	ck_assert(lists_match_host(s, LIST_PARKED_MX, "mx1.park.example", &f));
	ck_assert(!lists_match_host(s, LIST_PARKED_MX, "spark.example", &f));
	ck_assert(lists_match_host(s, LIST_DISPOSABLE_MX, "mx.throw.example",
	    &f));
	ck_assert(!lists_match_host(s, LIST_DISPOSABLE_MX, "throw.example",
	    &f));
	ck_assert(!lists_match_host(s, LIST_DISPOSABLE, "throw.example", &f));
	ck_assert(!lists_match_host(NULL, LIST_PARKED_MX, "park.example", &f));
	lists_free(s);
}
END_TEST

/* --- what follows from it ------------------------------------------------ */

struct signal_row {
	const char *says;
	const char *settings, *address, *host;
	enum verdict_reason before, hosts, accepted;	/* 0: none */
};

static const struct signal_row signal_rows[] = {
	{ "nothing", "", "a@good.example", "mx.good.example", 0, 0, 0 },
	{ "throwaway", "", "a@throw.example", "x.example", REASON_DISPOSABLE,
	    0, 0 },
	{ "throwaway, ignored", "lists: { disposable = \"ignore\"; };",
	    "a@throw.example", "mx.throw.example", 0, 0, 0 },
	{ "the hosts of throwaway services", "", "a@good.example",
	    "mx.throw.example", 0, REASON_DISPOSABLE, 0 },
	{ "parked", "", "a@good.example", "mx.park.example", 0,
	    REASON_POSSIBLE_TRAP, 0 },
	{ "parked, ignored", "lists: { trap = \"ignore\"; };",
	    "a@good.example", "mx.park.example", 0, 0, 0 },
	{ "a trap", "", "a@trapped.example", "x.example",
	    REASON_POSSIBLE_TRAP, 0, 0 },
	{ "long dead", "", "a@closed.example", "x.example",
	    REASON_POSSIBLE_TRAP, 0, 0 },
	{ "long dead, ignored", "lists: { trap = \"ignore\"; };",
	    "a@closed.example", "x.example", 0, 0, 0 },
	{ "misspelt", "", "a@gmial.com", "x.example", REASON_POSSIBLE_TYPO, 0,
	    0 },
	{ "misspelt, ignored", "lists: { typo = \"ignore\"; };",
	    "a@gmial.com", "x.example", 0, 0, 0 },
	{ "a role is asked, and risky when accepted", "",
	    "info@good.example", "x.example", 0, 0, REASON_ROLE },
	{ "a role, ignored", "lists: { role = \"ignore\"; };",
	    "info@good.example", "x.example", 0, 0, 0 },
	{ "denied", "", "a@foe.example", "x.example", REASON_DENIED, 0, 0 },
	{ "allowed", "", "friend@throw.example", "mx.throw.example", 0, 0, 0 },
	{ "an alias service is nothing bad", "", "a@relay.example",
	    "x.example", 0, 0, 0 },
};

START_TEST(what_is_risky_and_what_is_asked)
{
	const struct signal_row *row = &signal_rows[_i];
	struct lists *s = some_lists();
	struct address addr = list_address(row->address);
	struct mx_route route = { .host_count = 2 };
	const struct conf *c;
	struct signal got;
	char text[512];

	snprintf(text, sizeof text, WHO "%s\n", row->settings);
	c = must_load("t", text);
	strcpy(route.hosts[0].name, "mx.first.example");
	strcpy(route.hosts[1].name, row->host);
	ck_assert_msg((signals_of_address(c, s, &addr, &got) ? got.reason :
	    0) == row->before, "%s", row->says);
	ck_assert_msg((signals_of_hosts(c, s, &addr, &route, &got) ?
	    got.reason : 0) == row->hosts, "%s", row->says);
	ck_assert_msg((signals_of_accepted(c, s, &addr, &got) ? got.reason :
	    0) == row->accepted, "%s", row->says);
	conf_unref(c);
	lists_free(s);
}
END_TEST

static const struct {
	const char *says;
	const char *settings;
	const char *server;
	bool trap;
} server_rows[] = {
	{ "a name server of a parking service", "", "ns2.parker.example",
	    true },
	{ "its registrable name", "", "parker.example", true },
	{ "one that ends alike", "", "ns1.barker.example", false },
	{ "a parking service's mail host is no name server", "",
	    "mx.park.example", false },
	{ "ignored", "lists: { trap = \"ignore\"; };", "ns2.parker.example",
	    false },
};

START_TEST(what_name_servers_tell)
{
	struct lists *s = some_lists();
	struct address addr = list_address("a@good.example");
	struct address friend = list_address("friend@throw.example");
	struct mx_route route = { .host_count = 1, .ns_count = 2 };
	const struct conf *c;
	struct signal got;
	char text[512];
	bool found;

	snprintf(text, sizeof text, WHO "%s\n", server_rows[_i].settings);
	c = must_load("t", text);
	strcpy(route.hosts[0].name, "good.example");
	strcpy(route.ns[0], "ns1.host.example");
	strcpy(route.ns[1], server_rows[_i].server);
	found = signals_of_hosts(c, s, &addr, &route, &got);
	ck_assert_msg(found == server_rows[_i].trap, "%s",
	    server_rows[_i].says);
	if (found) {
		ck_assert_int_eq(got.reason, REASON_POSSIBLE_TRAP);
		ck_assert_str_eq(got.rule, "list.parked-ns");
	}
	ck_assert(!signals_of_hosts(c, s, &friend, &route, &got));
	conf_unref(c);
	lists_free(s);
}
END_TEST

START_TEST(the_story_names_list_file_and_line)
{
	struct lists *s = some_lists();
	struct address addr = list_address("bob@gmial.com");
	const struct conf *c = must_load("t", WHO);
	struct signal got;

	ck_assert(signals_of_address(c, s, &addr, &got));
	ck_assert_str_eq(got.rule, "list.typo");
	ck_assert_str_eq(got.text, "did you mean gmail.com?");
	ck_assert_str_eq(got.story, "the address by \"gmial.com\" is in the "
	    "list typo: f, line 4; meant may be gmail.com");
	conf_unref(c);
	lists_free(s);
}
END_TEST

START_TEST(the_registrable_part)
{
	static const struct { const char *domain, *part; } at[] = {
		{ "example.org", "example.org" },
		{ "a.b.example.org", "example.org" },
		{ "a.b.co.uk", "b.co.uk" }, { "co.uk", "co.uk" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "one", "one" },
	};
	size_t i;

	for (i = 0; i < COUNT(at); i++)
		ck_assert_str_eq(registrable_part(at[i].domain), at[i].part);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lists");
	TCase *tc = tcase_create("lists");

	tcase_add_loop_test(tc, lists_are_read_or_refused_with_the_line, 0,
	    COUNT(parse_rows));
	tcase_add_test(tc, a_line_is_bounded_and_has_no_nul);
	tcase_add_test(tc, an_old_list_is_said_to_be_old);
	tcase_add_loop_test(tc, the_first_list_and_line_are_named, 0,
	    COUNT(find_rows));
	tcase_add_test(tc, hosts_are_found_with_those_below);
	tcase_add_loop_test(tc, what_is_risky_and_what_is_asked, 0,
	    COUNT(signal_rows));
	tcase_add_test(tc, the_story_names_list_file_and_line);
	tcase_add_loop_test(tc, what_name_servers_tell, 0,
	    COUNT(server_rows));
	tcase_add_test(tc, the_registrable_part);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
