/*
 * Memory runs out at each place in turn: the load fails with a message, loses
 * nothing (a sanitizer tells), and nothing exits. The linker puts the wrappers
 * below in the place of the allocator for our objects; libraries keep theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf_util.h"
#include "tests/unit/suite.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static long left = -1;			/* allocations that work; -1: all */
static bool once;			/* those after the failed one work */

static bool
fails(void)
{
	if (left == -1)
		return false;
	if (left == 0) {
		if (once)
			left = -1;
		return true;
	}
	left--;
	return false;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

static const char text[] =
    "identity: { helo = \"v.example.com\"; sender = \"p@v.example.com\";\n"
    "sources = ( { address = \"192.0.2.1\"; }, { address = \"::1\"; } ); };\n"
    "dns: { servers = [ \"127.0.0.1\", \"::1\" ]; };\n"
    "smtp: { allow_networks = [ \"10.0.0.0/8\" ]; };\n"
    "guards = ( { name = \"a\"; match: { auth = [ \"x\", \"y\" ]; }; },\n"
    "{ name = \"b\"; match: { sender = [ \"@c.example\" ]; }; } );\n";

static bool
load_with(long allocations)
{
	const struct conf *c;
	struct conf_errors e;

	conf_errors_init(&e);
	left = allocations;
	c = conf_load_text("t", text, sizeof text - 1, &e);
	left = -1;
	ck_assert_msg((c == NULL) == (e.count + e.left_out > 0),
	    "after %ld allocations", allocations);
	conf_errors_clear(&e);
	conf_unref(c);
	return c != NULL;
}

START_TEST(each_allocation_fails)
{
	long n = 0;

	once = _i == 1;
	while (!load_with(n))
		ck_assert_int_lt(++n, 10000);
	/* there were some to fail */
	ck_assert_int_gt(n, 40);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_memory");
	TCase *t = tcase_create("memory");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, each_allocation_fails, 0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}
