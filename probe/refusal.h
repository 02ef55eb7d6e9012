/*
 * refusal: why an address is not probed because of who brought it, told as
 * evidence, so that `rcptguard explain` can retell it.
 *
 * Pure but for allocation.
 */
#ifndef RCPTGUARD_REFUSAL_H
#define RCPTGUARD_REFUSAL_H

#include <stdint.h>

#include "common/conf.h"

/*
 * Evidence (JSON, the caller frees) of submitter_not_allowed for name, a guard
 * or submitter; "": who named none. policy: the version in force. NULL: no
 * memory.
 */
char *refusal_evidence(const struct conf *c, const char *policy,
    const char *name, int64_t now);

#endif
