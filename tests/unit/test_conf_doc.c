/*
 * What an admin reads is what the schema says: the manual page names every key
 * with its default and bounds and no other; the file that is installed, and
 * the examples of the page, are taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_schema.h"
#include "common/conf_units.h"
#include "common/conf_value.h"
#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

static char *
read_source(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[1024], *text;
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", srcdir == NULL ? "." : srcdir,
	    name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	text = calloc(1, 256 * 1024);
	ck_assert_ptr_nonnull(text);
	len = fread(text, 1, 256 * 1024 - 1, f);
	ck_assert_uint_gt(len, 0);
	fclose(f);
	return text;
}

/* The text of the item for name: up to the next item or the list's end. */
static char *
item_of(const char *page, const char *name)
{
	char tag[160];
	const char *at, *end;

	snprintf(tag, sizeof tag, "\n.It Va %s\n", name);
	at = strstr(page, tag);
	ck_assert_msg(at != NULL, "the page has no %s", name);
	at += strlen(tag) - 1;
	ck_assert_msg(strstr(at, tag) == NULL, "the page has %s twice", name);
	end = at;
	do
		end = strstr(end + 1, "\n.");
	while (end != NULL && strncmp(end, "\n.It", 4) != 0 &&
	    strncmp(end, "\n.El", 4) != 0);
	ck_assert_ptr_nonnull(end);
	return strndup(at, (size_t)(end - at) + 1);
}

static void
want_line(const struct conf_key *k, char *out, size_t size)
{
	char least[CONF_UNIT_TEXT_SIZE], most[CONF_UNIT_TEXT_SIZE];
	const char *dflt = k->dflt == NULL || k->dflt[0] == '\0' ? "empty" :
	    k->dflt;

	if (k->required) {
		snprintf(out, size, "\nRequired.\n");
		return;
	}
	if (k->most == 0) {
		snprintf(out, size, "\nDefault: %s.\n", dflt);
		return;
	}
	conf_value_bound(k, k->least, least, sizeof least);
	conf_value_bound(k, k->most, most, sizeof most);
	snprintf(out, size, "\nDefault: %s; from %s to %s.\n", dflt, least,
	    most);
}

static size_t
check_table(const char *page, const struct conf_table *t)
{
	size_t count = t->count;

	for (size_t i = 0; i < t->count; i++) {
		const struct conf_key *k = &t->keys[i];
		char name[128], want[256], *item;

		if (k->family != NULL && i > 0 &&
		    t->keys[i - 1].family == k->family) {
			count--;
			continue;
		}
		snprintf(name, sizeof name, "%s%s%s", t->name,
		    t->name[0] == '\0' ? "" : ".", k->family != NULL ?
		    k->family : k->name);
		item = item_of(page, name);
		want_line(k, want, sizeof want);
		ck_assert_msg(strstr(item, want) != NULL,
		    "%s: the page lacks%s", name, want);
		free(item);
		if (k->kind == KIND_GROUPS)
			count += check_table(page, k->rows);
	}
	return count;
}

START_TEST(the_page_has_every_key_and_no_other)
{
	char *page = read_source("etc/rcptguard.conf.5");
	size_t keys = check_table(page, &conf_schema), items = 0;

	for (const char *p = page; (p = strstr(p, "\n.It Va ")) != NULL; p++)
		items++;
	ck_assert_uint_eq(items, keys);
	free(page);
}
END_TEST

/* Each literal display of a page, as one file. */
START_TEST(the_examples_of_the_page_load)
{
	char *page = read_source("etc/rcptguard.conf.5"), *at = page, *end;
	char text[8192];
	size_t count = 0;

	while ((at = strstr(at, "\n.Bd -literal")) != NULL) {
		at = strchr(at + 1, '\n') + 1;
		end = strstr(at, "\n.Ed");
		ck_assert_ptr_nonnull(end);
		snprintf(text, sizeof text, "%s%.*s", strstr(at, "helo") ==
		    NULL || strstr(at, "helo") > end ? "identity: { "
		    "helo = \"v.example.com\"; sender = \"p@example.com\"; };"
		    : "", (int)(end - at), at);
		conf_unref(must_load("example", text));
		count++;
	}
	ck_assert_uint_eq(count, 3);
	free(page);
}
END_TEST

START_TEST(the_installed_file_loads_once_filled_in)
{
	char *text = read_source("etc/rcptguard.conf"), *to = text, *got;
	struct conf_errors e;
	const struct conf *c;
	bool start = true;

	conf_errors_init(&e);
	ck_assert_ptr_null(conf_load_text("t", text, strlen(text), &e));
	got = messages_of(&e);
	ck_assert_ptr_nonnull(strstr(got, "t: set identity.helo"));
	ck_assert_ptr_nonnull(strstr(got, "t: set identity.sender"));
	ck_assert_uint_eq(e.count, 2);
	free(got);
	conf_errors_clear(&e);

	for (const char *p = text; *p != '\0'; p++) {
		if (!(start && p[0] == '#' && p[1] != ' '))
			*to++ = *p;
		start = *p == '\n';
	}
	*to = '\0';
	c = must_load("t", text);
	ck_assert_uint_eq(c->guard_count, 1);
	ck_assert_int_eq(c->guards[0].mode, MODE_OBSERVE);
	ck_assert_str_eq(c->guards[0].auth.items[0], "shop");
	conf_unref(c);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_doc");
	TCase *t = tcase_create("doc");

	tcase_add_test(t, the_page_has_every_key_and_no_other);
	tcase_add_test(t, the_examples_of_the_page_load);
	tcase_add_test(t, the_installed_file_loads_once_filled_in);
	suite_add_tcase(s, t);
	return suite_run(s);
}
