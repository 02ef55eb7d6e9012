/*
 * learned: what outcomes say of the verdicts of the last OUTCOME_REPORT_DAYS,
 * read from the store; no daemon is needed.
 */
#ifndef RCPTGUARD_LEARNED_H
#define RCPTGUARD_LEARNED_H

#include "common/conf.h"
#include "common/outcome.h"

/* Adds up outcomes of since to until, wall seconds, in t. bad: what cannot be
 * read. */
enum store_status learned_sum(struct store *s, int64_t since, int64_t until,
    struct outcome_tally *t, unsigned *bad);

/* Prints it. An exit status, with a message. */
int learned_tell(const struct conf *conf, bool json);

#endif
