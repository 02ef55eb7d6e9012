/* Settings as they are printed: they load again as they were. */
#include "config.h"			/* mkdtemp, setenv */

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_schema.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

static const char full[] = MORE("sources = ( { address = \"192.0.2.10\"; },"
    " { address = \"2001:db8::1\"; } );")
    "log: { verdicts = \"/a \\\"quoted\\\" \\\\ \xc3\xa4.jsonl\"; };"
    "dns: { servers = [ \"[::1]:5353\" ]; timeout = \"1500ms\"; };"
    "guards = ( { name = \"a\"; match: { client = [ \"10.0.0.0/8\" ]; }; "
    "flood: { undeliverable_ratio = 0.125; }; }, { name = \"b\"; } );";

/* Without what stands after a tab and #: the origins differ. */
static char *
without_origins(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (strncmp(from, "\t# ", 3) == 0)
			from += strcspn(from, "\n");
		*to++ = *from;
	}
	*to = '\0';
	return text;
}

START_TEST(printed_it_loads_again)
{
	const struct conf *c = must_load("t", full), *again;
	char *text = printed(c, false), *second;

	ck_assert_ptr_nonnull(strstr(text, "helo = \"v.example.com\";\t# t:1"));
	ck_assert_ptr_nonnull(strstr(text, "tries = 2;\t# default\n"));
	again = must_load("u", text);
	second = printed(again, false);
	ck_assert_str_eq(without_origins(second), without_origins(text));
	ck_assert_ptr_null(strstr(text, "# t:"));
	ck_assert_str_eq(again->log.verdicts,
	    "/a \"quoted\" \\ \xc3\xa4.jsonl");
	ck_assert(again->guards[0].flood.undeliverable_ratio == 0.125);
	free(text);
	free(second);
	conf_unref(c);
	conf_unref(again);
}
END_TEST

START_TEST(printed_as_json)
{
	const struct conf *c = must_load("t", full);
	char *text = printed(c, true);
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *smtp, *list, *guard;

	ck_assert_ptr_nonnull(root);
	smtp = json_object_get(root, "smtp");
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_object_get(smtp, "port"), "value")), 25);
	ck_assert_str_eq(json_string_value(json_object_get(
	    json_object_get(smtp, "port"), "origin")), "default");
	list = json_object_get(json_object_get(root, "guards"), "value");
	ck_assert_uint_eq(json_array_size(list), 2);
	guard = json_array_get(list, 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    guard, "name"), "value")), "b");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    guard, "name"), "origin")), "t:3");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(
	    json_object_get(root, "log"), "verdicts"), "value")),
	    "/a \"quoted\" \\ \xc3\xa4.jsonl");
	json_decref(root);
	free(text);
	conf_unref(c);
}
END_TEST

/* Each line that begins with "#" and no space, without the "#". */
static char *
uncommented(char *text)
{
	char *to = text;
	bool start = true;

	for (const char *from = text; *from != '\0'; from++) {
		if (!(start && from[0] == '#' && from[1] != ' '))
			*to++ = *from;
		start = *from == '\n';
	}
	*to = '\0';
	return text;
}

START_TEST(the_printed_defaults_load)
{
	struct conf_errors e;
	const struct conf *c;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	conf_print_defaults(f);
	ck_assert_int_eq(fclose(f), 0);
	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load_text("t", text, len, &e));
	ck_assert_uint_eq(e.count, 2);
	ck_assert_ptr_nonnull(strstr(e.lines[0], "t: set identity.helo"));
	ck_assert_ptr_nonnull(strstr(e.lines[1], "t: set identity.sender"));
	conf_errors_clear(&e);

	c = must_load("t", uncommented(text));
	for (size_t i = 0; i < conf_schema.count; i++)
		ck_assert_msg(c->origins[i].file != NULL, "%s is not in it",
		    conf_schema.keys[i].name);
	ck_assert_uint_eq(c->guard_count, 1);
	ck_assert_int_eq(c->guards[0].flood.hold_s, 1800);
	free(text);
	conf_unref(c);
}
END_TEST

/* A locale that writes "0,3", made for the test. False: none can be made. */
static bool
comma_locale(char *dir)
{
	char command[256];

	if (mkdtemp(dir) == NULL)
		return false;
	snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 "
	    "%s/de_DE.UTF-8 >/dev/null 2>&1", dir);
	if (system(command) != 0 || setenv("LOCPATH", dir, 1) != 0)
		return false;
	return setlocale(LC_ALL, "de_DE.UTF-8") != NULL &&
	    strcmp(localeconv()->decimal_point, ",") == 0;
}

START_TEST(a_comma_locale_changes_nothing)
{
	char dir[] = "/tmp/test_conf.XXXXXX", command[64], *text;
	const struct conf *c;

	if (!comma_locale(dir))
		printf("no locale with a decimal comma to test with\n");
	c = must_load("t", GUARD("flood: { undeliverable_ratio = 0.25; };"));
	ck_assert(c->guards[0].flood.undeliverable_ratio == 0.25);
	text = printed(c, false);
	ck_assert_ptr_nonnull(strstr(text, "undeliverable_ratio = 0.25;"));
	free(text);
	conf_unref(c);
	setlocale(LC_ALL, "C");
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_printed");
	TCase *t = tcase_create("text");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, printed_it_loads_again);
	tcase_add_test(t, printed_as_json);
	tcase_add_test(t, the_printed_defaults_load);
	tcase_add_test(t, a_comma_locale_changes_nothing);
	suite_add_tcase(s, t);
	return suite_run(s);
}
