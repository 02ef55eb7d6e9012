/*
 * The input is read three ways: as a stored record, as a verdict to be stored,
 * and as an envelope. What is accepted is written again as it was; what was
 * written is read back; one changed octet is never accepted.
 */
#include <string.h>

#include "common/record.h"
#include "tests/fuzz/fuzz.h"

#define DATA_MAX	512

static void
stored(const uint8_t key[RECORD_KEY_SIZE], const uint8_t *data, size_t len)
{
	uint8_t again[RECORD_SIZE];
	uint64_t evidence;
	struct verdict v;

	if (!record_decode(key, data, len, &v, &evidence))
		return;
	PROPERTY(len == RECORD_SIZE);
	PROPERTY(verdict_reason_word(v.reason) != NULL);
	PROPERTY(v.checked_at >= 0 && v.checked_at <= v.refresh_at);
	PROPERTY(v.refresh_at <= v.expire_at);
	record_encode(key, &v, evidence, again);
	PROPERTY(data[0] != RECORD_VERSION || memcmp(again, data, len) == 0);
}

static void
to_store(const uint8_t key[RECORD_KEY_SIZE], const uint8_t *data, size_t len)
{
	uint8_t raw[RECORD_SIZE], with[2];
	struct verdict v = { .reason = 0 }, got;
	uint64_t evidence, stored_evidence;

	if (len < 32)
		return;
	if (!verdict_reason_from_number(data[0], &v.reason) ||
	    verdict_state_of(v.reason) == STATE_PENDING)
		v.reason = REASON_ACCEPTED;
	v.attempt = data[1];
	memcpy(&v.code, data + 2, sizeof(v.code));
	memcpy(&v.checked_at, data + 4, 8);
	memcpy(&v.refresh_at, data + 12, 8);
	memcpy(&v.expire_at, data + 20, 8);
	memcpy(with, data + 28, sizeof(with));
	memcpy(&evidence, data + 24, 8);
	evidence &= RECORD_EVIDENCE_MAX;
	record_encode(key, &v, evidence, raw);
	PROPERTY(record_decode(key, raw, sizeof(raw), &got,
	    &stored_evidence));
	PROPERTY(got.reason == v.reason && got.attempt == v.attempt);
	PROPERTY(stored_evidence == evidence);
	if (with[1] != 0) {
		raw[with[0] % RECORD_SIZE] ^= with[1];
		PROPERTY(!record_decode(key, raw, sizeof(raw), &got, NULL));
	}
}

static void
wrapped(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len)
{
	uint8_t raw[ENVELOPE_HEAD + DATA_MAX];
	struct envelope e = { .written_at = 0 }, got;
	size_t n, at;

	if (envelope_decode(key, key_len, data, len, &got)) {
		PROPERTY(got.len == len - ENVELOPE_HEAD);
		if (len <= sizeof(raw)) {
			n = envelope_encode(key, key_len, &got, raw,
			    sizeof(raw));
			PROPERTY(n == len && memcmp(raw, data, n) == 0);
		}
	}
	if (len < 10 || len > DATA_MAX)
		return;
	memcpy(&e.written_at, data, 8);
	e.table = data[9];
	e.data = data;
	e.len = len;
	n = envelope_encode(key, key_len, &e, raw, sizeof(raw));
	PROPERTY(n == ENVELOPE_HEAD + len);
	PROPERTY(envelope_decode(key, key_len, raw, n, &got));
	PROPERTY(got.len == len && memcmp(got.data, data, len) == 0);
	PROPERTY(got.table == e.table);
	PROPERTY(!envelope_decode(key, key_len, raw, n - 1, &got));
	at = (data[8] | (size_t)data[9] << 8) % n;
	raw[at] ^= (uint8_t)(data[8] | 1);
	PROPERTY(!envelope_decode(key, key_len, raw, n, &got));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < RECORD_KEY_SIZE)
		return 0;
	stored(data, data + RECORD_KEY_SIZE, len - RECORD_KEY_SIZE);
	to_store(data, data + RECORD_KEY_SIZE, len - RECORD_KEY_SIZE);
	wrapped(data, RECORD_KEY_SIZE, data + RECORD_KEY_SIZE,
	    len - RECORD_KEY_SIZE);
	return 0;
}
