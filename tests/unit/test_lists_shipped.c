/* The lists that are installed: what they say, and that no two contradict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lists_util.h"
#include "tests/unit/suite.h"

#define NOW		1795219200	/* 2026-11-21 */

static struct lists *
installed(void)
{
	const char *srcdir = getenv("srcdir");
	struct conf_errors e;
	struct list *items[LIST_COUNT] = { NULL };
	struct lists *s;
	char path[1024];
	int i;

	conf_errors_init(&e);
	for (i = LIST_TYPO; i < LIST_COUNT; i++) {
		snprintf(path, sizeof path, "%s/etc/lists/%s",
		    srcdir == NULL ? "." : srcdir,
		    list_word((enum list_kind)i));
		items[i] = list_read((enum list_kind)i, path, NOW, &e, NULL);
		ck_assert_msg(items[i] != NULL, "%s",
		    e.count > 0 ? e.lines[0] : path);
		ck_assert_uint_gt(list_count(items[i]), 9);
	}
	s = lists_of(items);
	ck_assert_ptr_nonnull(s);
	return s;
}

START_TEST(the_installed_lists_do_not_contradict)
{
	static const struct { const char *address; enum list_kind list; } at[] =
	{
		{ "a@mailinator.com", LIST_DISPOSABLE },
		{ "a@x.yopmail.com", LIST_DISPOSABLE },
		{ "a@simplelogin.com", LIST_ALIAS },
		{ "a@gmail.com", LIST_FREE_MAIL },
		{ "a@proton.me", LIST_FREE_MAIL },
		{ "a@gmial.com", LIST_TYPO },
		{ "a@hotmai.com", LIST_TYPO },
		{ "a@yahoo.ccom", LIST_TYPO },
		{ "a@protonmial.com", LIST_TYPO },
		{ "a@geocities.com", LIST_DEAD },
		{ "postmaster@a.example", LIST_ROLE },
		{ "list-request@a.example", LIST_ROLE },
		{ "kontakt@a.example", LIST_ROLE },
		{ "a@example.org", LIST_COUNT },
	};
	struct lists *s = installed();
	struct list_finding f;
	struct address addr;
	size_t i;

	for (i = 0; i < COUNT(at); i++) {
		addr = list_address(at[i].address);
		ck_assert_msg((list_first(s, &addr, &f) ? f.list :
		    LIST_COUNT) == at[i].list, "%s", at[i].address);
	}
	lists_free(s);
}
END_TEST

/* Every line of a list of domains, asked of the lists that exclude it. */
static void
none_in(const struct lists *s, const char *list, enum list_kind other)
{
	const char *srcdir = getenv("srcdir");
	char path[1024], line[256], text[300];
	struct list_finding f;
	struct address addr;
	FILE *file;

	snprintf(path, sizeof path, "%s/etc/lists/%s",
	    srcdir == NULL ? "." : srcdir, list);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, " \n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		snprintf(text, sizeof text, "x@%s", line);
		addr = list_address(text);
		ck_assert_msg(!lists_match(s, other, &addr, &f),
		    "%s is in %s and %s", line, list, list_word(other));
	}
	fclose(file);
}

START_TEST(no_domain_is_in_two_of_them)
{
	struct lists *s = installed();

	none_in(s, "alias", LIST_DISPOSABLE);
	none_in(s, "disposable", LIST_ALIAS);
	none_in(s, "free-mail", LIST_DISPOSABLE);
	none_in(s, "free-mail", LIST_TYPO);
	none_in(s, "free-mail", LIST_TRAP);
	none_in(s, "typo", LIST_FREE_MAIL);
	none_in(s, "typo", LIST_DISPOSABLE);
	none_in(s, "typo", LIST_ALIAS);
	none_in(s, "typo", LIST_DEAD);
	none_in(s, "dead", LIST_FREE_MAIL);
	none_in(s, "dead", LIST_TYPO);
	none_in(s, "dead", LIST_DISPOSABLE);
	none_in(s, "dead", LIST_ALIAS);
	lists_free(s);
}
END_TEST

/* RFC 2142, sections 3 to 6: each is a role. */
START_TEST(all_names_of_rfc_2142_are_roles)
{
	static const char *const names[] = { "info", "marketing", "sales",
	    "support", "abuse", "noc", "security", "postmaster", "hostmaster",
	    "usenet", "news", "webmaster", "www", "uucp", "ftp",
	    "list-request" };
	struct lists *s = installed();
	struct list_finding f;
	struct address addr;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof text, "%s@a.example", names[i]);
		addr = list_address(text);
		ck_assert_msg(lists_match(s, LIST_ROLE, &addr, &f), "%s",
		    names[i]);
	}
	ck_assert(lists_match_host(s, LIST_PARKED_NS, "ns1.sedoparking.com",
	    &f));
	ck_assert(lists_match_host(s, LIST_PARKED_MX, "mx76.m1bp.com", &f));
	ck_assert(!lists_match_host(s, LIST_PARKED_NS, "ns1.example.com",
	    &f));
	lists_free(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lists_shipped");
	TCase *tc = tcase_create("lists_shipped");

	tcase_add_test(tc, all_names_of_rfc_2142_are_roles);
	tcase_add_test(tc, the_installed_lists_do_not_contradict);
	tcase_add_test(tc, no_domain_is_in_two_of_them);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
