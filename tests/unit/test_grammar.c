/*
 * User names that cannot exist at their provider, by the shipped file and by
 * grammars of an admin's own; and that a wrong grammar is not loaded.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rules_fixture.h"
#include "tests/unit/suite.h"

static struct rules *shipped;

static const struct {
	const char *says, *address;
	bool impossible;
} gmail[] = {
	{ "a plain name", "john.smith@gmail.com", false },
	{ "thirty letters", "abcdefghijklmnopqrstuvwxyzabcd@gmail.com",
	    false },
	{ "thirty letters and dots between",
	    "abcdefghij.klmnopqrstu.vwxyzabcd.x@gmail.com", true },
	{ "thirty letters of which dots make more",
	    "a.bcdefghij.klmnopqrst.uvwxyzabcd@gmail.com", false },
	{ "thirty-one letters", "abcdefghijklmnopqrstuvwxyzabcde@gmail.com",
	    true },
	{ "thirty letters and a long tag",
	    "abcdefghijklmnopqrstuvwxyzabcd+newsletter@gmail.com", false },
	{ "capitals", "John.Smith@GMail.COM", false },
	{ "digits alone", "123456789@gmail.com", false },
	{ "five letters, as old names have", "abcde@gmail.com", false },
	{ "three letters, as some old names have", "abc@gmail.com", false },
	{ "one letter, which nobody can rule out", "a@gmail.com", false },
	{ "an underscore, of which reports differ", "a_smith@gmail.com",
	    false },
	{ "the sender of bounces", "mailer-daemon@googlemail.com", false },
	{ "a tag with signs in it", "shop+caf_=o/x=y.example@gmail.com",
	    false },
	{ "a tag and no name", "+shop@gmail.com", true },
	{ "an apostrophe", "o'brien@gmail.com", true },
	{ "an ampersand", "you&me@gmail.com", true },
	{ "an equals sign", "john=smith@gmail.com", true },
	{ "a percent sign", "john%example.com@gmail.com", true },
	{ "a letter that is not of ASCII", "j\xc3\xbcrgen@gmail.com", true },
	{ "a needless quote around a name", "\"john\"@gmail.com", false },
	{ "a quoted name with a space, never judged",
	    "\"john smith\"@gmail.com", false },
	{ "the other domain of the same provider", "o'brien@googlemail.com",
	    true },
	{ "a Workspace domain", "o'brien@shop.example", false },
	{ "a domain below", "o'brien@x.gmail.com", false },
	{ "Google's own people", "o'brien@google.com", false },
	{ "a provider whose old names are unknown", "a@yahoo.com", false },
	{ "a literal", "o'brien@[192.0.2.1]", false },
};

static struct address
parsed(const char *text)
{
	struct address a;

	ck_assert_msg(address_parse(text, strlen(text), &a) == ADDRESS_OK,
	    "%s: no address", text);
	return a;
}

START_TEST(names_at_gmail)
{
	struct address a = parsed(gmail[_i].address);
	const char *rule = rules_impossible(shipped, &a);

	ck_assert_msg((rule != NULL) == gmail[_i].impossible, "%s: %s",
	    gmail[_i].says, rule == NULL ? "may exist" : rule);
	if (rule != NULL)
		ck_assert_str_eq(rule, "grammar.google");
}
END_TEST

START_TEST(without_rules_every_name_may_exist)
{
	struct address a = parsed("o'brien@gmail.com");

	ck_assert_ptr_null(rules_impossible(NULL, &a));
}
END_TEST

#define ONE(body) "grammars = ( { " body " } ); providers = ();"
#define WHOLE "id = \"g.a\"; domains = [ \"a.example\" ]; "

/* An admin's own grammar, and a name under it. */
static const struct {
	const char *says, *grammars, *address, *rule;
} own[] = {
	{ "a pattern holds for the whole name", ONE(WHOLE "user = \"ab\";"),
	    "abc@a.example", "g.a" },
	{ "an alternative too", ONE(WHOLE "user = \"ab|abc\";"),
	    "abc@a.example", NULL },
	{ "a line end does not hide what follows",
	    ONE(WHOLE "user = \"[a-z]+$\";"), "abc@a.example", NULL },
	{ "without a tag the sign counts", ONE(WHOLE "user = \"[a-z]+\";"),
	    "ab+c@a.example", "g.a" },
	{ "another sign begins the tag",
	    ONE(WHOLE "tag = \"-\"; user = \"[a-z]+\";"), "ab-c9@a.example",
	    NULL },
	{ "dots count if nothing is said",
	    ONE(WHOLE "user = \"[a-z]{1,3}\";"), "a.b@a.example", "g.a" },
	{ "another domain is not judged", ONE(WHOLE "user = \"x\";"),
	    "abc@b.example", NULL },
	{ "all below a domain",
	    ONE("id = \"g.a\"; domains = [ \"*.a.example\" ]; user = \"x\";"),
	    "abc@m.a.example", "g.a" },
	{ "a pattern that runs too long is doubt, and doubt refuses nobody",
	    ONE(WHOLE "user = \"(?:(?:a|a)+)+(?:b|c)\";"),
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "@a.example", NULL },
	{ "the first that refuses is named",
	    "grammars = ( { " WHOLE "user = \"[a-z]+\"; }, { id = \"g.b\"; "
	    "domains = [ \"a.example\" ]; user = \"x\"; } ); "
	    "providers = ();", "abc@a.example", "g.b" },
};

START_TEST(own_grammars)
{
	struct address a = parsed(own[_i].address);
	struct conf_errors e;
	struct rules *r;
	const char *rule;

	conf_errors_init(&e);
	r = fixture_build("", own[_i].grammars, &e);
	ck_assert_msg(r != NULL, "%s: %s", own[_i].says,
	    e.count > 0 ? e.lines[0] : "no message");
	rule = rules_impossible(r, &a);
	ck_assert_msg((rule == NULL) == (own[_i].rule == NULL) &&
	    (rule == NULL || strcmp(rule, own[_i].rule) == 0), "%s: %s",
	    own[_i].says, rule == NULL ? "may exist" : rule);
	rules_free(r);
	conf_errors_clear(&e);
}
END_TEST

static const struct {
	const char *says, *grammars, *what;
} refused[] = {
	{ "grammars that are no list", "grammars = 5;", "list" },
	{ "a grammar that is no group", "grammars = ( \"x\" );", "group" },
	{ "a grammar without an id",
	    ONE("domains = [ \"a.b\" ]; user = \"x\";"), "id" },
	{ "an id that a rule has too",
	    "grammars = ( { " WHOLE "user = \"x\"; }, { " WHOLE
	    "user = \"y\"; } ); providers = ();", "taken" },
	{ "a grammar without domains", ONE("id = \"g\"; user = \"x\";"),
	    "domains" },
	{ "a domain in capitals",
	    ONE("id = \"g\"; domains = [ \"A.b\" ]; user = \"x\";"),
	    "lower" },
	{ "a grammar without user", ONE(WHOLE), "user" },
	{ "capitals, which would refuse everybody",
	    ONE(WHOLE "user = \"[A-Z]+\";"), "capitals" },
	{ "two halves of one that would let anybody through",
	    ONE(WHOLE "user = \"a)|(b\";"), "unmatched" },
	{ "a regular expression that is none", ONE(WHOLE "user = \"[a\";"),
	    "user" },
	{ "a tag of two characters",
	    ONE(WHOLE "tag = \"++\"; user = \"x\";"), "tag" },
	{ "a letter that is ignored",
	    ONE(WHOLE "ignore = \"a\"; user = \"x\";"), "ignore" },
	{ "a key that is not known",
	    ONE(WHOLE "user = \"x\"; least = 6;"), "least" },
};

START_TEST(wrong_grammars_are_refused)
{
	struct conf_errors e;

	conf_errors_init(&e);
	ck_assert_msg(fixture_build("", refused[_i].grammars, &e) == NULL,
	    "%s: loaded", refused[_i].says);
	ck_assert_uint_ge(e.count, 1);
	ck_assert_msg(strncmp(e.lines[0], "providers.conf:1:", 17) == 0 &&
	    strstr(e.lines[0], refused[_i].what) != NULL, "%s: %s",
	    refused[_i].says, e.lines[0]);
	conf_errors_clear(&e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("grammar");
	TCase *t = tcase_create("grammar");
	int failed;

	shipped = fixture_rules();
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, names_at_gmail, 0, COUNT(gmail));
	tcase_add_test(t, without_rules_every_name_may_exist);
	tcase_add_loop_test(t, own_grammars, 0, COUNT(own));
	tcase_add_loop_test(t, wrong_grammars_are_refused, 0, COUNT(refused));
	failed = suite_run(s);
	rules_free(shipped);
	return failed;
}
