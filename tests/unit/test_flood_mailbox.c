/*
 * Bombs: message after message to one mailbox, under all of its names.
 */
#include "tests/unit/flood_lab.h"
#include "tests/unit/suite.h"

/* One message to text, ended as said; false: it was deferred. */
static bool
message(const char *text, bool sent)
{
	struct flood_mail mail = { 0 };
	struct address a = address(text);
	bool full = flood_mailbox(f, &guard, &a, false, now, &mail);

	ck_assert(full == (mail.count == 0));
	flood_end(f, &mail, sent && !full);
	ck_assert_uint_eq(mail.count, 0);
	return !full;
}

static const struct {
	const char *says;
	const char *names[4];		/* the fourth is tried */
	bool passes;
} bombs[] = {
	{ "one name", { "v@one.example", "v@one.example", "v@one.example",
	    "v@one.example" }, false },
	{ "plus tags", { "v+1@one.example", "v+2@one.example",
	    "v+3@one.example", "v@one.example" }, false },
	{ "Gmail's dots and its other name", { "j.doe@gmail.com",
	    "jd.oe@googlemail.com", "JDoe+x@gmail.com", "jdoe@gmail.com" },
	    false },
	{ "case", { "V@one.example", "v@ONE.example", "v@one.example",
	    "V@One.example" }, false },
	{ "dots elsewhere are other people", { "a.b@one.example",
	    "a.b@one.example", "a.b@one.example", "ab@one.example" }, true },
	{ "the same name at another domain", { "v@one.example",
	    "v@one.example", "v@one.example", "v@two.example" }, true },
};

START_TEST(a_mailbox_is_limited_under_all_its_names)
{
	int i;

	for (i = 0; i < 3; i++)
		ck_assert_msg(message(bombs[_i].names[i], true), "%s: %d",
		    bombs[_i].says, i);
	ck_assert_msg(message(bombs[_i].names[3], true) == bombs[_i].passes,
	    "%s", bombs[_i].says);
}
END_TEST

START_TEST(only_what_was_sent_counts)
{
	int i;

	for (i = 0; i < 100; i++)
		ck_assert(message("v@one.example", false));
	for (i = 0; i < 3; i++)
		ck_assert(message("v@one.example", true));
	for (i = 0; i < 100; i++)
		ck_assert(!message("v@one.example", true));
	/* What was deferred does not prolong it. */
	now += HOUR + HOUR / 20;
	ck_assert(message("v@one.example", true));
}
END_TEST

START_TEST(side_by_side_it_is_not_passed_either)
{
	struct flood_mail mails[5] = { { 0 } };
	struct address a = address("v@one.example");
	int i;

	for (i = 0; i < 5; i++)
		ck_assert_int_eq(flood_mailbox(f, &guard, &a, false, now,
		    &mails[i]), i >= 3);
	flood_end(f, &mails[0], false);
	ck_assert(!flood_mailbox(f, &guard, &a, false, now, &mails[3]));
	for (i = 0; i < 5; i++)
		flood_end(f, &mails[i], true);
	ck_assert(!message("v@one.example", true));
}
END_TEST

START_TEST(what_goes_on_anyway_counts)
{
	struct flood_mail mail = { 0 };
	struct address a = address("v@one.example");
	int i;

	for (i = 0; i < 10; i++)
		ck_assert_int_eq(flood_mailbox(f, &guard, &a, true, now, &mail),
		    i >= 3);
	ck_assert_uint_eq(mail.count, 10);
	flood_end(f, &mail, true);
	ck_assert(!message("v@one.example", true));
}
END_TEST

START_TEST(each_guard_has_its_own_count)
{
	struct conf_guard forum = guard;
	struct flood_mail mail = { 0 };
	struct address a = address("v@one.example");
	int i;

	for (i = 0; i < 3; i++)
		ck_assert(message("v@one.example", true));
	forum.name = other_name;
	ck_assert(!flood_mailbox(f, &forum, &a, false, now, &mail));
	flood_end(f, &mail, true);
}
END_TEST

START_TEST(a_message_to_many_is_counted_whole)
{
	struct flood_mail mail = { 0 };
	struct address a = address("v@one.example");
	char text[64];
	int i;

	for (i = 0; i < 12000; i++) {
		snprintf(text, sizeof(text), "u%d@one.example", i);
		a = address(text);
		ck_assert(!flood_mailbox(f, &guard, &a, false, now, &mail));
	}
	flood_end(f, &mail, true);
	for (i = 0; i < 2; i++) {
		ck_assert(message("u0@one.example", true));
		ck_assert(message("u11999@one.example", true));
	}
	ck_assert(!message("u0@one.example", true));
	ck_assert(!message("u11999@one.example", true));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("flood_mailbox");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_mailbox_is_limited_under_all_its_names, 0,
	    COUNT(bombs));
	tcase_add_test(tc, only_what_was_sent_counts);
	tcase_add_test(tc, side_by_side_it_is_not_passed_either);
	tcase_add_test(tc, what_goes_on_anyway_counts);
	tcase_add_test(tc, each_guard_has_its_own_count);
	tcase_add_test(tc, a_message_to_many_is_counted_whole);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
