/*
 * saved: what became of the records of a damaged store, in log lines.
 */
#ifndef RCPTGUARD_SAVED_H
#define RCPTGUARD_SAVED_H

#include <stdbool.h>

#include "common/store.h"

/*
 * aside: where the damaged file is now. told: of store_salvaged, may be NULL.
 * False: ledgers may be lost, so nobody knows how much a source has sent.
 */
bool saved_tell(const struct store_salvage *told, const char *aside);

#endif
