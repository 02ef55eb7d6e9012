/*
 * suite: what every unit test ends with.
 *
 * A main adds its cases to a Suite of check's and returns suite_run of it.
 */
#ifndef RCPTGUARD_TESTS_UNIT_SUITE_H
#define RCPTGUARD_TESTS_UNIT_SUITE_H

#include <check.h>
#include <stdlib.h>

/* How many rows a table has. */
#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

/*
 * Runs and frees it; how much is told is by CK_VERBOSITY, check's own. The
 * exit status.
 */
static inline int
suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
