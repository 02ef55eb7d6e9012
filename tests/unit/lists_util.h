/* What the tests of the lists share. */
#ifndef TESTS_UNIT_LISTS_UTIL_H
#define TESTS_UNIT_LISTS_UTIL_H

#include "common/lists.h"

/* Or it fails the test. */
struct address list_address(const char *text);
/* In the order of enum list_kind. */
bool list_first(const struct lists *s, const struct address *addr,
    struct list_finding *out);

#endif
