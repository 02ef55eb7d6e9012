/*
 * record: how a verdict lies in the store.
 *
 * Little-endian, fixed length; every field is checked on reading, a record
 * that fails any check is a miss.
 *
 *   0   1  version (RECORD_VERSION)
 *   1   1  reason (verdict.h)
 *   2   1  attempt
 *   3   1  reserved, 0
 *   4   2  SMTP reply code
 *   6   2  reserved, 0
 *   8   8  checked_at, seconds since the epoch
 *   16  4  refresh_at - checked_at, seconds
 *   20  4  expire_at - checked_at, seconds
 *   24  4  CRC-32 over the key and octets 0 to 23, so that a record under a
 *          key that is not its own is damaged too
 *
 * Other tables wrap variable data in an envelope: version, kind, length, CRC.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_RECORD_H
#define RCPTGUARD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict.h"

#define RECORD_VERSION	1
#define RECORD_SIZE	28
#define RECORD_KEY_SIZE	16

void record_encode(const uint8_t key[RECORD_KEY_SIZE], const struct verdict *v,
    uint8_t out[RECORD_SIZE]);

/* False for a wrong length, version, reason, order of times, or CRC. */
bool record_decode(const uint8_t key[RECORD_KEY_SIZE], const void *data,
    size_t len, struct verdict *out);

/*
 * Envelope of variable data: version 1, reserved 3, length 4, CRC-32 4 (over
 * the key and the data), then the data.
 */
#define ENVELOPE_HEAD	12
size_t envelope_encode(const uint8_t *key, size_t key_len, const void *data,
    size_t len, uint8_t *out, size_t size);	/* 0: does not fit */
bool envelope_decode(const uint8_t *key, size_t key_len, const void *in,
    size_t in_len, const void **data, size_t *len);

#endif
