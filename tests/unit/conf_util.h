/* What the tests of the configuration share. The caller frees what returns. */
#ifndef TESTS_UNIT_CONF_UTIL_H
#define TESTS_UNIT_CONF_UTIL_H

#include "common/conf.h"

/* All messages, each with a newline. */
char *messages_of(const struct conf_errors *e);
/* Fails the test, with the messages, if text is refused. */
const struct conf *must_load(const char *name, const char *text);
/* What conf_print writes. */
char *printed(const struct conf *c, bool json);

#endif
