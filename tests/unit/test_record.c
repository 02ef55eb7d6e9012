#include "common/record.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#define LAST_SECOND	((INT64_C(1) << 40) - 1)

static const uint8_t key[RECORD_KEY_SIZE] = "0123456789abcdef";

static const struct {
	const char *says;
	struct verdict in, out;
} encoded[] = {
	{ "a good verdict comes back as it was",
	    { REASON_ACCEPTED, 1700000000, 1700600000, 1702600000, 250, 1 },
	    { REASON_ACCEPTED, 1700000000, 1700600000, 1702600000, 250, 1 } },
	{ "one without a reply code too",
	    { REASON_NULL_MX, 1700000000, 1700000060, 1700000060, 0, 255 },
	    { REASON_NULL_MX, 1700000000, 1700000060, 1700000060, 0, 255 } },
	{ "the last second of 40 bits is kept",
	    { REASON_ROLE, LAST_SECOND, LAST_SECOND + 9, LAST_SECOND + 9, 599,
	    0 },
	    { REASON_ROLE, LAST_SECOND, LAST_SECOND + 9, LAST_SECOND + 9, 599,
	    0 } },
	{ "a time before the epoch becomes the epoch",
	    { REASON_TIMEOUT, -5, 10, 20, 451, 2 },
	    { REASON_TIMEOUT, 0, 10, 20, 451, 2 } },
	{ "a lifetime that ends before it begins is none",
	    { REASON_TIMEOUT, 100, 50, 60, 451, 2 },
	    { REASON_TIMEOUT, 100, 100, 100, 451, 2 } },
	{ "refresh is never after expire",
	    { REASON_TIMEOUT, 100, 900, 500, 451, 2 },
	    { REASON_TIMEOUT, 100, 500, 500, 451, 2 } },
	{ "a lifetime over 136 years is cut",
	    { REASON_ROLE, 0, INT64_MAX, INT64_MAX, 250, 1 },
	    { REASON_ROLE, 0, UINT32_MAX, UINT32_MAX, 250, 1 } },
	{ "a lifetime from before the epoch to the end of time is cut",
	    { REASON_ROLE, INT64_MIN, 5, INT64_MAX, 250, 1 },
	    { REASON_ROLE, 0, 5, UINT32_MAX, 250, 1 } },
	{ "a time past the last is the last",
	    { REASON_ROLE, INT64_MAX, INT64_MAX, INT64_MAX, 250, 1 },
	    { REASON_ROLE, LAST_SECOND, LAST_SECOND + UINT32_MAX,
	    LAST_SECOND + UINT32_MAX, 250, 1 } },
	{ "what is no final reply code is none",
	    { REASON_TIMEOUT, 1, 2, 3, 199, 2 },
	    { REASON_TIMEOUT, 1, 2, 3, 0, 2 } },
	{ "nor is 600",
	    { REASON_TIMEOUT, 1, 2, 3, 600, 2 },
	    { REASON_TIMEOUT, 1, 2, 3, 0, 2 } },
};

static void
check_same(const char *says, const struct verdict *a, const struct verdict *b)
{
	ck_assert_msg(a->reason == b->reason && a->code == b->code &&
	    a->attempt == b->attempt, "%s: reason, code or attempt", says);
	ck_assert_msg(a->checked_at == b->checked_at, "%s: checked_at", says);
	ck_assert_msg(a->refresh_at == b->refresh_at, "%s: refresh_at", says);
	ck_assert_msg(a->expire_at == b->expire_at, "%s: expire_at", says);
}

START_TEST(round_trip)
{
	uint8_t raw[RECORD_SIZE];
	struct verdict v;

	record_encode(key, &encoded[_i].in, 0, raw);
	ck_assert_msg(record_decode(key, raw, sizeof(raw), &v, NULL), "%s: decode",
	    encoded[_i].says);
	check_same(encoded[_i].says, &v, &encoded[_i].out);
}
END_TEST

START_TEST(every_reason)
{
	enum verdict_reason reason = verdict_reason_at((unsigned)_i);
	struct verdict v = { reason, 10, 20, 30, 550, 3 }, got;
	uint8_t raw[RECORD_SIZE];
	bool stored = verdict_state_of(reason) != STATE_PENDING;

	record_encode(key, &v, 0, raw);
	ck_assert_msg(record_decode(key, raw, sizeof(raw), &got, NULL) == stored,
	    "%s", verdict_reason_word(reason));
	if (stored)
		check_same(verdict_reason_word(reason), &v, &got);
}
END_TEST

/* The octets themselves: stores on disk must stay readable. */
static const struct {
	const char *says;
	uint8_t raw[RECORD_SIZE];
	uint64_t evidence;
} layouts[] = {
	/* The CRC-32 (IEEE 802.3) with the key added is by Python. */
	{ "version 2",
	    { 2, 15, 2, 0x00, 0xf1, 0x53, 0x65, 0,
	    0x26, 0x02, 0x15, 0x14, 0x13, 0x12, 0x11, 0x10,
	    0x10, 0x0e, 0, 0,  0x80, 0x51, 0x01, 0,
	    0x06, 0x89, 0xb8, 0xb1 }, 0x101112131415 },
	{ "version 1",
	    { 1, 15, 2, 0,  0x26, 0x02, 0, 0,
	    0x00, 0xf1, 0x53, 0x65, 0, 0, 0, 0,
	    0x10, 0x0e, 0, 0,  0x80, 0x51, 0x01, 0,
	    0x7f, 0x92, 0x15, 0x16 }, 0 },
};

static const struct verdict laid_out = {
	.reason = REASON_NO_SUCH_USER, .checked_at = 1700000000,
	.refresh_at = 1700000000 + 3600, .expire_at = 1700000000 + 86400,
	.code = 550, .attempt = 2,
};

START_TEST(layout)
{
	uint64_t evidence;
	struct verdict v;

	ck_assert_msg(record_decode(key, layouts[_i].raw, RECORD_SIZE, &v,
	    &evidence), "%s is read", layouts[_i].says);
	check_same(layouts[_i].says, &v, &laid_out);
	ck_assert_uint_eq(evidence, layouts[_i].evidence);
}
END_TEST

START_TEST(the_newest_layout_is_written)
{
	uint8_t raw[RECORD_SIZE];

	record_encode(key, &laid_out, layouts[0].evidence, raw);
	ck_assert_mem_eq(raw, layouts[0].raw, sizeof(raw));
}
END_TEST

START_TEST(evidence_numbers_come_back)
{
	static const uint64_t numbers[] = { 0, 1, 0x010000000000,
	    RECORD_EVIDENCE_MAX };
	uint8_t raw[RECORD_SIZE];
	struct verdict v;
	uint64_t evidence;

	record_encode(key, &laid_out, numbers[_i], raw);
	ck_assert(record_decode(key, raw, sizeof(raw), &v, &evidence));
	ck_assert_uint_eq(evidence, numbers[_i]);
	check_same("beside a number", &v, &laid_out);
}
END_TEST

/* Writes the field, then a CRC that fits, so that only the field is wrong. */
static const struct {
	const char *says;
	unsigned version, at, octets;
	uint64_t value;
} wrong[] = {
	{ "no version", 2, 0, 1, 0 },
	{ "a later version", 2, 0, 1, RECORD_VERSION + 1 },
	{ "reason 0", 2, 1, 1, 0 },
	{ "a reason that is not in the table", 2, 1, 1, 4 },
	{ "a reason that is never stored", 2, 1, 1, REASON_PROBE_RUNNING },
	{ "a reply code of 199", 2, 8, 2, 199 },
	{ "a reply code of 600", 2, 8, 2, 600 },
	{ "refresh after expire", 2, 16, 4, 86401 },
	{ "version 1, reason 0", 1, 1, 1, 0 },
	{ "version 1, an octet in the first gap", 1, 3, 1, 1 },
	{ "version 1, an octet in the second gap", 1, 7, 1, 0x80 },
	{ "version 1, a reply code of 199", 1, 4, 2, 199 },
	{ "version 1, a reply code of 600", 1, 4, 2, 600 },
	{ "version 1, a negative time", 1, 8, 8, UINT64_MAX },
	{ "version 1, a time to which no lifetime can be added", 1, 8, 8,
	    (uint64_t)INT64_MAX - UINT32_MAX + 1 },
	{ "version 1, refresh after expire", 1, 16, 4, 86401 },
};

/* CRC-32 bit by bit: a second witness for zlib's. */
static uint32_t
crc_step(uint32_t crc, const uint8_t *p, size_t len)
{
	int bit;

	for (; len-- > 0; p++) {
		crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static void
seal(uint8_t raw[RECORD_SIZE])
{
	uint8_t mixed[RECORD_SIZE - 4];
	uint32_t crc;
	unsigned i;

	for (i = 0; i < sizeof(mixed); i++)
		mixed[i] = raw[i] ^ (i < sizeof(key) ? key[i] : 0);
	crc = crc_step(UINT32_MAX, mixed, sizeof(mixed)) ^ UINT32_MAX;
	for (i = 0; i < 4; i++)
		raw[RECORD_SIZE - 4 + i] = (uint8_t)(crc >> 8 * i);
}

START_TEST(refuses_fields)
{
	uint8_t raw[RECORD_SIZE];
	uint64_t evidence = 7;
	struct verdict got;
	unsigned i;

	memcpy(raw, layouts[wrong[_i].version == 1].raw, sizeof(raw));
	seal(raw);
	ck_assert_msg(record_decode(key, raw, sizeof(raw), &got, NULL),
	    "the test's own CRC is right");
	for (i = 0; i < wrong[_i].octets; i++)
		raw[wrong[_i].at + i] = (uint8_t)(wrong[_i].value >> 8 * i);
	seal(raw);
	got.code = 7;
	ck_assert_msg(!record_decode(key, raw, sizeof(raw), &got, &evidence),
	    "%s", wrong[_i].says);
	ck_assert_msg(got.code == 7 && evidence == 7, "%s: out untouched",
	    wrong[_i].says);
}
END_TEST

START_TEST(refuses_flips)
{
	uint8_t raw[RECORD_SIZE], other[RECORD_KEY_SIZE];
	struct verdict got;
	unsigned bit;

	memcpy(raw, layouts[_i].raw, sizeof(raw));
	for (bit = 0; bit < RECORD_SIZE * 8; bit++) {
		raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!record_decode(key, raw, sizeof(raw), &got, NULL),
		    "bit %u", bit);
		raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (bit = 0; bit < RECORD_KEY_SIZE * 8; bit++) {
		memcpy(other, key, sizeof(other));
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!record_decode(other, raw, sizeof(raw), &got, NULL),
		    "bit %u of the key", bit);
	}
}
END_TEST

START_TEST(refuses_lengths)
{
	const struct verdict v = { REASON_ACCEPTED, 10, 20, 40, 250, 1 };
	uint8_t raw[RECORD_SIZE + 1] = { 0 };
	struct verdict got;
	size_t len;

	record_encode(key, &v, 0, raw);
	for (len = 0; len <= sizeof(raw); len++)
		ck_assert_msg(record_decode(key, raw, len, &got, NULL) ==
		    (len == RECORD_SIZE), "length %zu", len);
}
END_TEST

START_TEST(envelope_round_trip)
{
	static const size_t lengths[] = { 0, 1, 19, 20, 4096 };
	uint8_t data[4096], raw[ENVELOPE_HEAD + sizeof(data)];
	struct envelope e = { data, lengths[_i], 1700000000, 7 }, got;
	size_t n;

	memset(data, 'x', sizeof(data));
	ck_assert_uint_eq(envelope_encode(key, 5, &e, raw,
	    ENVELOPE_HEAD + e.len - 1), 0);
	n = envelope_encode(key, 5, &e, raw, ENVELOPE_HEAD + e.len);
	ck_assert_uint_eq(n, ENVELOPE_HEAD + e.len);
	ck_assert(envelope_decode(key, 5, raw, n, &got));
	ck_assert_uint_eq(got.len, e.len);
	ck_assert_int_eq(got.written_at, e.written_at);
	ck_assert_uint_eq(got.table, e.table);
	ck_assert(got.data == raw + ENVELOPE_HEAD);
	ck_assert(memcmp(got.data, data, e.len) == 0);
	ck_assert_msg(!envelope_decode(key, 6, raw, n, &got), "another key");
	ck_assert_msg(!envelope_decode(key, 5, raw, n - 1, &got), "cut");
}
END_TEST

START_TEST(envelope_before_epoch)
{
	struct envelope e = { "data", 4, -1, 0 }, got;
	uint8_t raw[ENVELOPE_HEAD + 4];

	ck_assert_uint_eq(envelope_encode(key, 16, &e, raw, sizeof(raw)),
	    sizeof(raw));
	ck_assert(envelope_decode(key, 16, raw, sizeof(raw), &got));
	ck_assert_int_eq(got.written_at, 0);
}
END_TEST

START_TEST(envelope_refuses_flips)
{
	struct envelope e = { "some data", 9, 1700000000, 255 }, got;
	uint8_t raw[ENVELOPE_HEAD + 9];
	unsigned bit;

	ck_assert_uint_eq(envelope_encode(key, 16, &e, raw, sizeof(raw)),
	    sizeof(raw));
	for (bit = 0; bit < sizeof(raw) * 8; bit++) {
		raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!envelope_decode(key, 16, raw, sizeof(raw),
		    &got), "bit %u", bit);
		raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

static int
reason_count(void)
{
	unsigned n = 0;

	while (verdict_reason_at(n) != 0)
		n++;
	return (int)n;
}

int
main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("record");

	tcase_add_loop_test(tc, round_trip, 0, COUNT(encoded));
	tcase_add_loop_test(tc, every_reason, 0, reason_count());
	tcase_add_loop_test(tc, layout, 0, COUNT(layouts));
	tcase_add_test(tc, the_newest_layout_is_written);
	tcase_add_loop_test(tc, evidence_numbers_come_back, 0, 4);
	tcase_add_loop_test(tc, refuses_fields, 0, COUNT(wrong));
	tcase_add_loop_test(tc, refuses_flips, 0, COUNT(layouts));
	tcase_add_test(tc, refuses_lengths);
	tcase_add_loop_test(tc, envelope_round_trip, 0, 5);
	tcase_add_test(tc, envelope_before_epoch);
	tcase_add_test(tc, envelope_refuses_flips);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
