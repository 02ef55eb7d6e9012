#include "tests/unit/conf_util.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
messages_of(const struct conf_errors *e)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < e->count; i++)
		fprintf(f, "%s\n", e->lines[i]);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

const struct conf *
must_load(const char *name, const char *text)
{
	struct conf_errors e;
	const struct conf *c;
	char *got;

	conf_errors_init(&e);
	c = conf_load_text(name, text, strlen(text), &e);
	got = messages_of(&e);
	ck_assert_msg(c != NULL, "refused:\n%s", got);
	ck_assert_str_eq(got, "");
	free(got);
	conf_errors_clear(&e);
	return c;
}

char *
printed(const struct conf *c, bool json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	conf_print(c, f, json);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

void
check_refused(const struct bad *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct bad *b = &rows[i];
		struct conf_errors e;
		const struct conf *c;
		char *got;

		conf_errors_init(&e);
		c = conf_load_text("t", b->text, strlen(b->text), &e);
		got = messages_of(&e);
		ck_assert_msg(c == NULL, "%s: was taken", b->says);
		ck_assert_msg(strcmp(got, b->messages) == 0,
		    "%s:\ngot  %swant %s", b->says, got, b->messages);
		free(got);
		conf_errors_clear(&e);
	}
}
