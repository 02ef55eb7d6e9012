/*
 * rules_fixture: the shipped rule files, for tests. They are read as text, so
 * that the mode of a source tree does not matter.
 */
#ifndef RCPTGUARD_RULES_FIXTURE_H
#define RCPTGUARD_RULES_FIXTURE_H

#include "common/classify.h"

/* Both from etc/ of the source tree; exits with a message if they are bad. */
struct rules *fixture_rules(void);

/* A rule set from texts; NULL after a message in e. */
struct rules *fixture_build(const char *replies, const char *providers,
    struct conf_errors *e);

/* A file of the source tree. The caller frees. Exits if it cannot be read. */
char *fixture_file(const char *path);

#endif
