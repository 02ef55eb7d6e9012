/*
 * journal: the verdict log, one JSON object a line, one write(2) a line.
 *
 * A file that cannot be opened or written is said once a minute and tried
 * again; verdicts go on without it. One thread.
 */
#ifndef RCPTGUARD_JOURNAL_H
#define RCPTGUARD_JOURNAL_H

#include "common/conf.h"
#include "common/verdict_line.h"

struct journal;

/* NULL: no memory. A file that cannot be opened is no error here. */
struct journal *journal_open(const struct conf *conf);
void journal_close(struct journal *j);	/* NULL is fine */

/* log.addresses = "domain": local parts are left out. */
void journal_write(struct journal *j, const struct verdict_line *line);

/* Rotation and reload: opens log.verdicts anew. */
void journal_reopen(struct journal *j, const struct conf *conf);

#endif
