#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pattern.h"
#include "common/rules_internal.h"
#include "tests/unit/suite.h"

static enum pattern_answer
ask(const char *regex, const char *text)
{
	struct pattern_scratch *s = pattern_scratch_new();
	enum pattern_answer answer;
	struct pattern *p;
	char why[128];

	p = pattern_compile(regex, why, sizeof(why));
	ck_assert_msg(p != NULL, "%s: %s", regex, why);
	answer = pattern_match(p, text, strlen(text), s);
	pattern_free(p);
	pattern_scratch_free(s);
	return answer;
}

START_TEST(answers)
{
	ck_assert_int_eq(ask("us+er", "no such ussser"), PATTERN_YES);
	ck_assert_int_eq(ask("user", "USER"), PATTERN_NO);
	ck_assert_int_eq(ask("a.b", "a\xff" "b"), PATTERN_YES);
}
END_TEST

START_TEST(a_runaway_ends_in_doubt)
{
	char text[4001];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(ask("(?:a*)*(?:a*)*b$|(a|aa)+$c", text),
	    PATTERN_DOUBT);
}
END_TEST

START_TEST(no_memory_is_doubt)
{
	struct pattern *p;
	char why[128];

	p = pattern_compile("x", why, sizeof(why));
	ck_assert_int_eq(pattern_match(p, "x", 1, NULL), PATTERN_DOUBT);
	pattern_free(p);
}
END_TEST

START_TEST(groups_come_back)
{
	struct pattern_scratch *s = pattern_scratch_new();
	struct pattern *p;
	char why[128];
	size_t start, len;

	p = pattern_compile("(a)?in ([0-9]+)(x)(y)?", why, sizeof(why));
	ck_assert_uint_eq(pattern_groups(p), 4);
	ck_assert_int_eq(pattern_match(p, "so in 300x", 10, s), PATTERN_YES);
	ck_assert(!pattern_group(s, 1, &start, &len));
	ck_assert(pattern_group(s, 2, &start, &len));
	ck_assert_uint_eq(start, 6);
	ck_assert_uint_eq(len, 3);
	ck_assert(!pattern_group(s, 0, &start, &len));
	ck_assert(!pattern_group(s, 4, &start, &len));
	pattern_free(p);
	pattern_scratch_free(s);
}
END_TEST

START_TEST(bad_expressions_say_why)
{
	static const char *const bad[] = { "(", "[z-a]", "*", "a\\C" };
	char why[128];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		why[0] = '\0';
		ck_assert_ptr_null(pattern_compile(bad[i], why, sizeof(why)));
		ck_assert_msg(strstr(why, "octet") != NULL, "%s: %s", bad[i],
		    why);
	}
}
END_TEST

/* The language of rules: what fits and what does not. */
static const struct {
	const char *says, *text, *reply;
	bool fits;
} language[] = {
	{ "a space is any punctuation", "user unknown", "user: unknown", true },
	{ "a space is at least something", "user unknown", "userunknown",
	    false },
	{ "a space passes a masked address", "user unknown",
	    "user <@> unknown", true },
	{ "words end where words end", "user", "users", false },
	{ "words begin where words begin", "user", "superuser", false },
	{ "an underscore parts words", "user", "no_user_here", true },
	{ "a tilde is nothing but space", "user~unknown", "user unknown",
	    true },
	{ "a tilde is six words", "user~unknown",
	    "user a b c d e f unknown", true },
	{ "a tilde is not seven words", "user~unknown",
	    "user a b c d e f g unknown", false },
	{ "a tilde stays in its sentence", "user~unknown",
	    "user known. host unknown", false },
	{ "a tilde passes a name with dots", "user~unknown",
	    "user j.smith unknown", true },
	{ "a class is one of its words", "{box} full", "mailbox full", true },
	{ "a class is no other word", "{box} full", "disk full", false },
	{ "in brackets a space is a space", "box[ -]full", "box full", true },
	{ "and nothing else", "box[ -]full", "box_full", false },
	{ "in brackets a tilde and a brace are themselves", "a[~{]b", "a{b",
	    true },
	{ "a bracket may be in brackets", "a[] ]b", "a]b", true },
	{ "and a class of characters", "a[[:digit:] ]b", "a b", true },
	{ "a bracket that stays open changes nothing", "a\\[b c", "a[b-c",
	    true },
	{ "behind a backslash a tilde is itself", "a\\~b", "a~b", true },
	{ "and a space", "a\\ b", "a-b", false },
	{ "and a class of characters in upper case is one", "a\\Sb", "a-b",
	    true },
	{ "other scripts need no word bounds",
	    "\xe4\xb8\x8d\xe5\xad\x98\xe5\x9c\xa8",
	    "\xe7\x94\xa8\xe6\x88\xb7\xe4\xb8\x8d\xe5\xad\x98\xe5\x9c\xa8",
	    true },
};

START_TEST(rules_have_a_language)
{
	struct word_class box = { (char *)(uintptr_t)"box",
	    (char *)(uintptr_t)"(?:mailbox|user)" };
	struct word_classes classes = { &box, 1 };
	char why[128], *regex;

	regex = rule_pattern_expand(&classes, language[_i].text, true, why,
	    sizeof(why));
	ck_assert_msg(regex != NULL, "%s: %s", language[_i].says, why);
	ck_assert_msg(ask(regex, language[_i].reply) ==
	    (language[_i].fits ? PATTERN_YES : PATTERN_NO), "%s",
	    language[_i].says);
	free(regex);
}
END_TEST

/* Many words in one class, and the class many times in one rule. */
START_TEST(a_class_may_be_large_and_named_often)
{
	static char words[4096], text[600];
	struct word_class box = { (char *)(uintptr_t)"box", words };
	struct word_classes classes = { &box, 1 };
	char why[128], *regex, *at = words;
	unsigned i;

	at += sprintf(at, "(?:mailbox");
	for (i = 0; i < 300; i++)
		at += sprintf(at, "|box%03u", i);
	(void)sprintf(at, ")");
	for (i = 0, at = text; i < 40; i++)
		at += sprintf(at, "%s{box} a%02u", i > 0 ? "|" : "", i);
	regex = rule_pattern_expand(&classes, text, true, why, sizeof(why));
	ck_assert_msg(regex != NULL, "%s", why);
	ck_assert(ask(regex, "the box299 a39 here") == PATTERN_YES);
	ck_assert(ask(regex, "the box300 a39 here") == PATTERN_NO);
	ck_assert(ask(regex, "the box299 a40 here") == PATTERN_NO);
	ck_assert(ask(regex, "the mailbox a00 here") == PATTERN_YES);
	free(regex);
	ck_assert_ptr_null(rule_pattern_expand(&classes, "{bax}", true, why,
	    sizeof(why)));
	ck_assert_str_eq(why, "no class is named bax");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pattern");
	TCase *t = tcase_create("pattern");

	tcase_add_test(t, answers);
	tcase_add_test(t, a_runaway_ends_in_doubt);
	tcase_add_test(t, no_memory_is_doubt);
	tcase_add_test(t, groups_come_back);
	tcase_add_test(t, bad_expressions_say_why);
	tcase_add_loop_test(t, rules_have_a_language, 0, COUNT(language));
	tcase_add_test(t, a_class_may_be_large_and_named_often);
	suite_add_tcase(s, t);
	return suite_run(s);
}
