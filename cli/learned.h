/*
 * learned: what outcomes say of the verdicts of the last OUTCOME_REPORT_DAYS,
 * read from the store; no daemon is needed.
 */
#ifndef RCPTGUARD_LEARNED_H
#define RCPTGUARD_LEARNED_H

#include "common/conf.h"
#include "common/outcome.h"

/* Prints it. An exit status, with a message. */
int learned_tell(const struct conf *conf, bool json);

#endif
