/*
 * What is held, and that it is given back. The linker puts the wrappers below
 * in the place of the allocator.
 */
#include "probe/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *p);

static bool counting;			/* in a call of what is tested */
static long left = -1;			/* allocations that work; -1: all */
static long live;

static bool
fails(void)
{
	if (!counting || left == -1)
		return false;
	if (left == 0)
		return true;
	left--;
	return false;
}

static void *
count(void *p)
{
	live += counting && p != NULL;
	return p;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : count(__real_malloc(size));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : count(__real_calloc(n, size));
}

void
__wrap_free(void *p)
{
	live -= counting && p != NULL;
	__real_free(p);
}

static struct held *table;

static struct address
user(unsigned n)
{
	struct address addr;
	char text[64];
	int len = snprintf(text, sizeof text, "user%u@example.org", n);

	ck_assert_int_eq(address_parse(text, (size_t)len, &addr), ADDRESS_OK);
	return addr;
}

static void
put(unsigned n, enum verdict_reason reason, uint64_t serial, uint64_t done)
{
	struct address addr = user(n);
	struct verdict v = {
		.reason = reason, .checked_at = 1000,
		.refresh_at = 2000, .expire_at = 3000,
	};

	counting = true;
	held_put(&table, &addr, &v, serial, done);
	counting = false;
}

static void
clear(void)
{
	counting = true;
	held_clear(&table);
	counting = false;
	ck_assert_int_eq(live, 0);
}

/* 0: nothing is held. */
static int
reason_of(unsigned n, uint64_t done)
{
	struct address addr = user(n);
	struct verdict v;

	return held_get(table, &addr, done, &v) ? (int)v.reason : 0;
}

static const struct {
	const char *says;
	enum verdict_reason first, second;	/* serials 1 and 2; 0: none */
	uint64_t done_between, done;
	enum verdict_reason found;
} cases[] = {
	{ "what is not done is held", REASON_ACCEPTED, 0, 0, 0,
	    REASON_ACCEPTED },
	{ "what is done is not", REASON_ACCEPTED, 0, 0, 1, 0 },
	{ "a newer one takes its place", REASON_ACCEPTED, REASON_NO_SUCH_USER,
	    0, 0, REASON_NO_SUCH_USER },
	{ "a newer one is held when the older is done", REASON_ACCEPTED,
	    REASON_NO_SUCH_USER, 0, 1, REASON_NO_SUCH_USER },
	{ "a newer one after one that is done is held", REASON_ACCEPTED,
	    REASON_NO_SUCH_USER, 1, 1, REASON_NO_SUCH_USER },
	{ "a failed probe takes nothing from knowledge", REASON_ACCEPTED,
	    REASON_TIMEOUT, 0, 0, REASON_ACCEPTED },
	{ "what both came to is held until the newer is done",
	    REASON_ACCEPTED, REASON_TIMEOUT, 0, 1, REASON_ACCEPTED },
	{ "what is done has no part in it: the store tells", REASON_ACCEPTED,
	    REASON_TIMEOUT, 1, 1, REASON_TIMEOUT },
	{ "nothing is held when both are done", REASON_ACCEPTED,
	    REASON_NO_SUCH_USER, 0, 2, 0 },
};

START_TEST(of_an_address)
{
	put(0, cases[_i].first, 1, 0);
	if (cases[_i].second != 0)
		put(0, cases[_i].second, 2, cases[_i].done_between);
	ck_assert_msg(reason_of(0, cases[_i].done) == (int)cases[_i].found,
	    "%s: it is %d", cases[_i].says, reason_of(0, cases[_i].done));
	clear();
}
END_TEST

#define PUTS	5000
#define WAITING	100

static const struct {
	const char *says;
	unsigned again;			/* each so many'th is of user 0 */
} streams[] = {
	{ "each of another address", PUTS },
	{ "one address comes again and again", 2 },
};

/* And what is not done is held, in whatever order others went. */
START_TEST(what_is_done_does_not_heap_up)
{
	unsigned i;

	for (i = 1; i <= PUTS; i++) {
		put(i % streams[_i].again == 0 ? 0 : i, REASON_ACCEPTED, i,
		    i < WAITING ? 0 : i - WAITING);
		ck_assert_msg(live < 3 * WAITING, "%s: %ld after %u",
		    streams[_i].says, live, i);
	}
	for (i = PUTS - WAITING + 1; i < PUTS; i++)
		ck_assert_msg(i % streams[_i].again == 0 ||
		    reason_of(i, PUTS - WAITING) == REASON_ACCEPTED,
		    "%s: %u of %u is not held", streams[_i].says, i, PUTS);
	clear();
}
END_TEST

static const struct {
	const char *says;
	long first, each;	/* allocations that work in a put */
	bool held;		/* the last one */
} shortages[] = {
	{ "there is none", 0, 0, false },
	{ "there is some for the verdict only", 1, 1, false },
	{ "there is none for the table's buckets", 2, 2, false },
	{ "there is just enough", 3, 2, true },
};

#define ENOUGH	200		/* for a table that has become larger */

START_TEST(memory_is_short)
{
	unsigned i;

	for (i = 1; i <= ENOUGH; i++) {
		left = i == 1 ? shortages[_i].first : shortages[_i].each;
		put(i, REASON_ACCEPTED, i, 0);
		left = -1;
	}
	ck_assert_msg((reason_of(ENOUGH, 0) != 0) == shortages[_i].held,
	    "%s: %d", shortages[_i].says, reason_of(ENOUGH, 0));
	put(0, REASON_ACCEPTED, i, 0);
	ck_assert_msg(reason_of(0, 0) != 0, "%s: it goes on",
	    shortages[_i].says);
	clear();
}
END_TEST

/* What is held stays when it is the table that cannot become larger. */
START_TEST(no_larger_table)
{
	unsigned i, held = 0;

	put(0, REASON_ACCEPTED, 1, 0);
	for (i = 1; i <= 10 * ENOUGH; i++) {
		left = 1;
		put(i, REASON_ACCEPTED, i + 1, 0);
		left = -1;
		held += reason_of(i, 0) != 0;
	}
	ck_assert_uint_gt(held, 0);
	ck_assert_uint_lt(held, 10 * ENOUGH);
	ck_assert_int_ne(reason_of(0, 0), 0);
	clear();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("held");
	TCase *t = tcase_create("held");

	tcase_add_loop_test(t, of_an_address, 0, COUNT(cases));
	tcase_add_loop_test(t, what_is_done_does_not_heap_up, 0,
	    COUNT(streams));
	tcase_add_loop_test(t, memory_is_short, 0, COUNT(shortages));
	tcase_add_test(t, no_larger_table);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return suite_run(s);
}
