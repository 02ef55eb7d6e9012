/*
 * record: how a verdict lies in the store.
 *
 * Little-endian, fixed length; every field is checked on reading, a record
 * that fails any check is a miss.
 *
 *   0   1  version (RECORD_VERSION)
 *   1   1  reason (verdict.h)
 *   2   1  attempt
 *   3   5  checked_at, seconds since the epoch
 *   8   2  SMTP reply code, 0 or 200 to 599
 *   10  6  number of its evidence; 0: it has none
 *   16  4  refresh_at - checked_at, seconds
 *   20  4  expire_at - checked_at, seconds; not less than the one before
 *   24  4  CRC-32 over octets 0 to 23, to the first 16 of which the key is
 *          added (exclusive or), so that a record under a key that is not its
 *          own is damaged too
 *
 * Version 1 is read too. It has no evidence number, and at 3: one octet
 * reserved, 0; two of the code; two reserved, 0; eight of checked_at.
 *
 * Other tables wrap variable data in an envelope.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_RECORD_H
#define RCPTGUARD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict.h"

#define RECORD_VERSION	2
#define RECORD_SIZE	28
#define RECORD_KEY_SIZE	16
#define RECORD_EVIDENCE_MAX	((UINT64_C(1) << 48) - 1)

/*
 * Times that the record cannot hold are cut to what it can: a negative
 * checked_at is 0, refresh_at lies between the other two. A code outside 200
 * to 599 is written as 0. The reason must be one of the table and not pending,
 * evidence at most RECORD_EVIDENCE_MAX.
 */
void record_encode(const uint8_t key[RECORD_KEY_SIZE], const struct verdict *v,
    uint64_t evidence, uint8_t out[RECORD_SIZE]);

/*
 * False, and *out and *evidence untouched, for a wrong length, version,
 * reserved octet, reason, code, order of times, or CRC. evidence may be NULL.
 */
bool record_decode(const uint8_t key[RECORD_KEY_SIZE], const void *data,
    size_t len, struct verdict *out, uint64_t *evidence);

/*
 * Envelope of variable data, little-endian:
 *
 *   0   1  version (ENVELOPE_VERSION)
 *   1   1  number of the table that it belongs to; 0: an older program's
 *   2   2  reserved, 0
 *   4   4  length of the data
 *   8   8  written_at, milliseconds since the epoch: the oldest go when the
 *          store is full
 *   16  4  CRC-32 over the key, octets 0 to 15 and the data
 *   20  .  the data
 */
#define ENVELOPE_VERSION	1
#define ENVELOPE_HEAD		20

struct envelope {
	const void *data;		/* points into what was decoded */
	size_t len;
	int64_t written_at;		/* milliseconds, wall clock */
	uint8_t table;
};

/* Octets written, or 0: size is too small. A negative written_at becomes 0. */
size_t envelope_encode(const uint8_t *key, size_t key_len,
    const struct envelope *e, uint8_t *out, size_t size);
bool envelope_decode(const uint8_t *key, size_t key_len, const void *in,
    size_t in_len, struct envelope *out);

#endif
