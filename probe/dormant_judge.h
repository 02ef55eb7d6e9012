/*
 * dormant_judge: whether a domain that takes mail was dead before.
 *
 * Who makes spam traps of a dead domain lets it refuse mail for months, so
 * that every honest sender has let go of its addresses, and then opens it
 * again. So: a domain that DNS said to have no mail host for DORMANT_DEAD_S,
 * seen so at least once in each DORMANT_GAP_S, and that has one now, is
 * suspect for DORMANT_SUSPECT_S. A domain whose owner forgot to pay for a
 * month is not.
 *
 * Pure; wall seconds are given. A clock that was set back changes nothing.
 */
#ifndef RCPTGUARD_DORMANT_JUDGE_H
#define RCPTGUARD_DORMANT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DORMANT_DAY_S		86400
#define DORMANT_GAP_S		(45 * DORMANT_DAY_S)
#define DORMANT_DEAD_S		(90 * DORMANT_DAY_S)
#define DORMANT_SUSPECT_S	(365 * DORMANT_DAY_S)

/* dead_since 0: nothing is remembered. */
struct dormant_record {
	int64_t dead_since, dead_last;
	int64_t alive_since;		/* 0: it is dead */
};

/* DNS says that it has no mail host, or that it has one. */
struct dormant_record dormant_dead(const struct dormant_record *r,
    int64_t now);
struct dormant_record dormant_alive(const struct dormant_record *r,
    int64_t now);

bool dormant_is_suspect(const struct dormant_record *r, int64_t now);

/* Nothing will ever follow from it. */
bool dormant_is_over(const struct dormant_record *r, int64_t now);

/* Three numbers as pack.h has them. */
#define DORMANT_ITEM_MAX	30
size_t dormant_pack(const struct dormant_record *r,
    uint8_t out[DORMANT_ITEM_MAX]);
/* False, and *out zero: damaged. */
bool dormant_unpack(const void *data, size_t len,
    struct dormant_record *out);

#endif
