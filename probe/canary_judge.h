/*
 * canary_judge: whether a provider's answers still mean anything, by what it
 * says of an address that exists and of one that does not.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_CANARY_JUDGE_H
#define RCPTGUARD_CANARY_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict.h"

/* The number is in the store: append only. */
enum canary_drift {
	DRIFT_UNCLEAR,			/* no answer, or not asked: counts not */
	DRIFT_NONE,			/* one accepted, one refused: as it is */
	DRIFT_ALL_ACCEPTED,
	DRIFT_ALL_REFUSED,
	DRIFT_REVERSED,
	DRIFT_REFUSED_US,
	DRIFT_COUNT
};

/* "all_accepted"; NULL for another number. */
const char *canary_drift_word(enum canary_drift drift);

enum canary_drift canary_judge(enum verdict_reason good,
    enum verdict_reason bad);

/* Times are wall seconds, 0: never. Reasons 0: not asked yet. */
struct canary_record {
	bool lowered;			/* to signals only */
	enum canary_drift drift;	/* of the last round */
	enum verdict_reason good, bad;
	uint32_t wrong, right;		/* rounds in a row */
	int64_t asked_at, changed_at;
};

/* What old becomes after a round; so many in a row lower, or raise again. */
struct canary_record canary_next(const struct canary_record *old,
    enum verdict_reason good, enum verdict_reason bad, uint32_t rounds,
    int64_t now);

/* As octets for the store. pack returns 0 if it does not fit. */
#define CANARY_ITEM_MAX	96
size_t canary_pack(const struct canary_record *r, uint8_t out[CANARY_ITEM_MAX]);
/* False, and *out all zero, for what pack did not make. */
bool canary_unpack(const uint8_t *data, size_t len, struct canary_record *out);

#endif
