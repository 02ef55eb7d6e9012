/*
 * told: what a test has seen, in order, a letter for each.
 *
 * A test program includes it once; told and tell are its own.
 */
#ifndef RCPTGUARD_TESTS_UNIT_TOLD_H
#define RCPTGUARD_TESTS_UNIT_TOLD_H

#include <check.h>
#include <string.h>

static char told[64];

static inline void
tell(char c)
{
	size_t len = strlen(told);

	ck_assert_uint_lt(len + 1, sizeof told);
	told[len] = c;
	told[len + 1] = '\0';
}

/* It is so, and is forgotten. */
static inline void
told_is(const char *expected)
{
	ck_assert_str_eq(told, expected);
	told[0] = '\0';
}

#endif
