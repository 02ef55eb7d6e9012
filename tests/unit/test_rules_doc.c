/*
 * What an admin reads of the rules is what the program does: the manual page
 * names every setting and every reason and no other, and its examples work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rules_internal.h"
#include "probe/http_answer.h"
#include "tests/unit/rules_fixture.h"
#include "tests/unit/suite.h"

#define PAGE "etc/rcptguard-rules.5"
#define EXAMPLE_SIZE 2048

/* Where each setting goes to be tried; %s is the setting. */
static const char *const rule_place =
    "rules = ( { %s; id = \"x\"; } );";
static const char *const retry_place = "retry = ( { %s; } );";
static const char *const provider_place = "providers = ( { %s; } );";
static const char *const grammar_place = "grammars = ( { %s; } );";

static const struct {
	const char *name;
	const char *const *place;
} settings[] = {
	{ "reason", &rule_place }, { "text", &rule_place },
	{ "not", &rule_place }, { "token", &rule_place },
	{ "stage", &rule_place }, { "code", &rule_place },
	{ "enhanced", &rule_place }, { "next_host", &rule_place },
	{ "seconds", &retry_place },
	{ "name", &provider_place }, { "mx", &provider_place },
	{ "domains", &provider_place }, { "method", &provider_place },
	{ "accepts_everything", &provider_place },
	{ "rcpts_per_session", &provider_place },
	{ "connections", &provider_place }, { "budget", &provider_place },
	{ "source_budget", &provider_place },
	{ "rules", &provider_place },
	{ "http", &provider_place }, { "http_header_file", &provider_place },
	{ "http_ca_file", &provider_place }, { "http_timeout", &provider_place },
	{ "id", &grammar_place }, { "tag", &grammar_place },
	{ "ignore", &grammar_place }, { "user", &grammar_place },
};

/* The n-th literal display of the page (from 0), as roff shows it. */
static void
example(size_t n, char out[EXAMPLE_SIZE])
{
	char *page = fixture_file(PAGE), *at = page, *end;
	size_t len = 0;

	for (n++; n > 0; n--) {
		at = strstr(at, "\n.Bd -literal");
		ck_assert_ptr_nonnull(at);
		at = strchr(at + 1, '\n');
	}
	end = strstr(at, "\n.Ed");
	ck_assert_ptr_nonnull(end);
	for (at++; at <= end; at++) {
		ck_assert_uint_lt(len, EXAMPLE_SIZE - 1);
		out[len++] = *at;
		if (at[0] == '\\' && at[1] == 'e')
			at++;
	}
	out[len] = '\0';
	free(page);
}

static struct rules *
must_build(const char *replies, const char *providers)
{
	struct conf_errors e;
	struct rules *r;

	conf_errors_init(&e);
	r = fixture_build(replies, providers, &e);
	ck_assert_msg(r != NULL, "%s", e.count > 0 ? e.lines[0] : "");
	conf_errors_clear(&e);
	return r;
}

/* Each setting of the page is known, whatever is wrong with the rest. */
START_TEST(the_settings_of_the_page_are_those_of_the_program)
{
	char text[256], item[64], assign[96], *page = fixture_file(PAGE);
	bool reply = settings[_i].place == &rule_place ||
	    settings[_i].place == &retry_place;
	struct conf_errors e;
	struct rules *r;
	size_t i;

	snprintf(item, sizeof item, "\n.It Va %s\n", settings[_i].name);
	ck_assert_msg(strstr(page, item) != NULL, "the page lacks %s",
	    settings[_i].name);
	snprintf(assign, sizeof assign, "%s = 5", settings[_i].name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, *settings[_i].place, assign);
#pragma GCC diagnostic pop
	conf_errors_init(&e);
	r = fixture_build(reply ? text : "", reply ? "" : text, &e);
	ck_assert_ptr_null(r);
	for (i = 0; i < e.count; i++)
		ck_assert_msg(strstr(e.lines[i], "not known") == NULL, "%s",
		    e.lines[i]);
	conf_errors_clear(&e);
	free(page);
}
END_TEST

/* Those of the page that stand in two places are counted in both. */
START_TEST(the_page_has_no_other_settings)
{
	char *page = fixture_file(PAGE), *at, name[64];
	size_t i;

	for (at = page; (at = strstr(at, "\n.It Va ")) != NULL;) {
		at += strlen("\n.It Va ");
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "\n"),
		    at);
		for (i = 0; i < COUNT(settings); i++)
			if (strcmp(settings[i].name, name) == 0)
				break;
		ck_assert_msg(i < COUNT(settings), "%s is no setting", name);
	}
	free(page);
}
END_TEST

static bool
page_has_reason(const char *list, const char *word)
{
	const char *at = list, *end;
	size_t len = strlen(word);

	while ((at = strstr(at, word)) != NULL) {
		end = at + len;
		if ((at[-1] == ' ') && (*end == ' ' || *end == '\n'))
			return true;
		at = end;
	}
	return false;
}

START_TEST(the_reasons_of_the_page_are_those_of_rules)
{
	char *page = fixture_file(PAGE), *list, *end;
	enum verdict_reason reason;
	unsigned i;

	list = strstr(page, "\n.Sh REASONS");
	ck_assert_ptr_nonnull(list);
	end = strstr(list, "\n.Sh FILES");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	for (i = 0; (reason = verdict_reason_at(i)) != 0; i++)
		ck_assert_msg(page_has_reason(list,
		    verdict_reason_word(reason)) == rule_reason_fits(reason),
		    "%s", verdict_reason_word(reason));
	free(page);
}
END_TEST

START_TEST(the_answer_of_the_page_is_understood)
{
	char text[EXAMPLE_SIZE], why[160] = "";
	enum verdict_reason reason = REASON_MAX;

	example(1, text);
	ck_assert_msg(http_answer_read(text, strlen(text), &reason, why,
	    sizeof why), "%s", why);
	ck_assert_int_eq(reason, REASON_MAILBOX_DISABLED);
}
END_TEST

/* $ printf 'STAGE\tREPLY\n' | ... and below it what comes out. */
START_TEST(the_reply_of_the_page_is_read_as_it_says)
{
	char rules[EXAMPLE_SIZE], shell[EXAMPLE_SIZE], line[EXAMPLE_SIZE];
	char out[CLASSIFY_LINE_SIZE], *at, *want;
	size_t len = 0;
	struct rules *r;

	example(2, rules);
	example(3, shell);
	r = must_build(rules, "");
	at = strstr(shell, "printf '");
	ck_assert_ptr_nonnull(at);
	for (at += strlen("printf '"); strncmp(at, "\\n'", 3) != 0; at++) {
		ck_assert(*at != '\0' && *at != '\'');
		line[len++] = at[0] == '\\' && at[1] == 't' ? '\t' : at[0];
		at += line[len - 1] == '\t';
	}
	line[len] = '\0';
	want = strstr(at, "classify\n");
	ck_assert_ptr_nonnull(want);
	want += strlen("classify\n");
	want[strcspn(want, "\n")] = '\0';
	ck_assert(classify_line(r, NULL, line, out, sizeof out));
	ck_assert_str_eq(out, want);
	rules_free(r);
}
END_TEST

START_TEST(the_providers_of_the_page_load)
{
	static const struct {
		const char *says, *address;
		bool impossible;
	} row[] = {
		{ "a number", "123456@users.shop.example", false },
		{ "a number and a tag", "123456+a@users.shop.example", false },
		{ "a name", "jane@users.shop.example", true },
	};
	char text[EXAMPLE_SIZE];
	struct address addr;
	struct rules *r;
	size_t i;

	example(4, text);
	r = must_build("", text);
	ck_assert_str_eq(rules_provider_of(r, "users.shop.example")->http->host,
	    "users.shop.example");
	for (i = 0; i < COUNT(row); i++) {
		ck_assert_int_eq(address_parse(row[i].address,
		    strlen(row[i].address), &addr), ADDRESS_OK);
		ck_assert_msg((rules_impossible(r, &addr) != NULL) ==
		    row[i].impossible, "%s", row[i].says);
	}
	rules_free(r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules_doc");
	TCase *t = tcase_create("doc");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t,
	    the_settings_of_the_page_are_those_of_the_program, 0,
	    COUNT(settings));
	tcase_add_test(t, the_page_has_no_other_settings);
	tcase_add_test(t, the_reasons_of_the_page_are_those_of_rules);
	tcase_add_test(t, the_answer_of_the_page_is_understood);
	tcase_add_test(t, the_reply_of_the_page_is_read_as_it_says);
	tcase_add_test(t, the_providers_of_the_page_load);
	return suite_run(s);
}
