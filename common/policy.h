/*
 * policy: the page that tells those who see our probes who sends them, why,
 * what is sent and what is not, and how to be left alone. It is made from the
 * settings in force, so that it cannot say anything else than what is done.
 *
 * Pure but for allocation; time is given; any thread.
 */
#ifndef RCPTGUARD_POLICY_H
#define RCPTGUARD_POLICY_H

#include <stdint.h>

#include "common/conf.h"

#define POLICY_VERSION_SIZE	13	/* 12 of [0-9a-f] and NUL */

/*
 * One HTML page (UTF-8), self-contained: no script, nothing from elsewhere.
 * Every value is escaped. at: the day that it bears, wall seconds. The caller
 * frees. NULL: no memory.
 */
char *policy_page(const struct conf *c, int64_t at);

/*
 * The policy's version: it changes with whatever the page says, its day apart.
 * False: no memory, and out is empty.
 */
bool policy_version(const struct conf *c, char out[POLICY_VERSION_SIZE]);

#endif
