#include "common/record.h"

#include <endian.h>
#include <string.h>
#include <zlib.h>

#define AT_CRC		24		/* of a record */
#define ENVELOPE_CRC	16

#define CHECKED_MAX	((INT64_C(1) << 40) - 1)
/* Of version 1, so that checked_at plus a lifetime never overflows. */
#define CHECKED_MAX_1	(INT64_MAX - UINT32_MAX)

static void
put_le(uint8_t *p, uint64_t value, unsigned octets)
{
	unsigned i;

	for (i = 0; i < octets; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

static uint16_t
get_le16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static uint32_t
get_le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t
get_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint32_t
crc_of(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len)
{
	uLong crc;

	crc = crc32_z(0, key, key_len);
	return (uint32_t)crc32_z(crc, data, len);
}

/* at - from as the record holds it: 0 to UINT32_MAX. */
static uint32_t
lifetime(int64_t from, int64_t at)
{
	if (at <= from)
		return 0;
	if ((uint64_t)at - (uint64_t)from > UINT32_MAX)
		return UINT32_MAX;
	return (uint32_t)(at - from);
}

static bool
code_is_valid(uint64_t code)
{
	return code == 0 || (code >= 200 && code <= 599);
}

/*
 * The key is added and not put in front: a lookup spends most of its time past
 * LMDB in this sum, and zlib takes each octet of so few by itself.
 */
static uint32_t
record_crc(const uint8_t key[RECORD_KEY_SIZE], const uint8_t *record)
{
	uint8_t mixed[AT_CRC];
	unsigned i;

	memcpy(mixed, record, sizeof(mixed));
	for (i = 0; i < RECORD_KEY_SIZE; i++)
		mixed[i] ^= key[i];
	return (uint32_t)crc32_z(0, mixed, sizeof(mixed));
}

void
record_encode(const uint8_t key[RECORD_KEY_SIZE], const struct verdict *v,
    uint64_t evidence, uint8_t out[RECORD_SIZE])
{
	int64_t checked = v->checked_at;
	uint32_t refresh, expire;

	if (checked < 0)
		checked = 0;
	if (checked > CHECKED_MAX)
		checked = CHECKED_MAX;
	expire = lifetime(checked, v->expire_at);
	refresh = lifetime(checked, v->refresh_at);
	if (refresh > expire)
		refresh = expire;
	out[0] = RECORD_VERSION;
	out[1] = (uint8_t)v->reason;
	out[2] = v->attempt;
	put_le(out + 3, (uint64_t)checked, 5);
	put_le(out + 8, code_is_valid(v->code) ? v->code : 0, 2);
	put_le(out + 10, evidence, 6);
	put_le(out + 16, refresh, 4);
	put_le(out + 20, expire, 4);
	put_le(out + AT_CRC, record_crc(key, out), 4);
}

/* What lies otherwise in each version. */
struct parts {
	uint64_t checked, evidence;
	uint16_t code;
};

static bool
get_parts_1(const uint8_t *p, struct parts *out)
{
	out->code = get_le16(p + 4);
	out->checked = get_le64(p + 8);
	out->evidence = 0;
	return p[3] == 0 && p[6] == 0 && p[7] == 0 &&
	    out->checked <= (uint64_t)CHECKED_MAX_1;
}

static bool
get_parts(const uint8_t *p, struct parts *out)
{
	if (p[0] == 1)
		return get_parts_1(p, out);
	out->checked = get_le64(p + 3) & CHECKED_MAX;
	out->code = get_le16(p + 8);
	out->evidence = get_le64(p + 8) >> 16;
	return p[0] == RECORD_VERSION;
}

bool
record_decode(const uint8_t key[RECORD_KEY_SIZE], const void *data,
    size_t len, struct verdict *out, uint64_t *evidence)
{
	const uint8_t *p = data;
	uint64_t refresh, expire;
	struct parts parts;
	struct verdict v;

	if (len != RECORD_SIZE || !get_parts(p, &parts) ||
	    get_le32(p + AT_CRC) != record_crc(key, p))
		return false;
	if (!verdict_reason_from_number(p[1], &v.reason) ||
	    verdict_state_of(v.reason) == STATE_PENDING)
		return false;
	refresh = get_le32(p + 16);
	expire = get_le32(p + 20);
	if (refresh > expire || !code_is_valid(parts.code))
		return false;
	v.checked_at = (int64_t)parts.checked;
	v.refresh_at = (int64_t)(parts.checked + refresh);
	v.expire_at = (int64_t)(parts.checked + expire);
	v.code = parts.code;
	v.attempt = p[2];
	*out = v;
	if (evidence != NULL)
		*evidence = parts.evidence;
	return true;
}

/* The CRC lies between what it covers, so it is summed in three parts. */
static uint32_t
envelope_crc(const uint8_t *key, size_t key_len, const uint8_t *head,
    const void *data, size_t len)
{
	uint32_t crc;

	crc = crc_of(key, key_len, head, ENVELOPE_CRC);
	return len == 0 ? crc : (uint32_t)crc32_z(crc, data, len);
}

size_t
envelope_encode(const uint8_t *key, size_t key_len, const struct envelope *e,
    uint8_t *out, size_t size)
{
	int64_t at = e->written_at < 0 ? 0 : e->written_at;

	if (e->len > UINT32_MAX || size < ENVELOPE_HEAD ||
	    size - ENVELOPE_HEAD < e->len)
		return 0;
	memset(out, 0, ENVELOPE_HEAD);
	out[0] = ENVELOPE_VERSION;
	out[1] = e->table;
	put_le(out + 4, e->len, 4);
	put_le(out + 8, (uint64_t)at, 8);
	put_le(out + ENVELOPE_CRC,
	    envelope_crc(key, key_len, out, e->data, e->len), 4);
	if (e->len > 0)
		memcpy(out + ENVELOPE_HEAD, e->data, e->len);
	return ENVELOPE_HEAD + e->len;
}

bool
envelope_decode(const uint8_t *key, size_t key_len, const void *in,
    size_t in_len, struct envelope *out)
{
	const uint8_t *p = in;
	size_t len;

	if (in_len < ENVELOPE_HEAD || p[0] != ENVELOPE_VERSION || p[2] != 0 ||
	    p[3] != 0)
		return false;
	len = in_len - ENVELOPE_HEAD;
	if (get_le32(p + 4) != len || get_le64(p + 8) > INT64_MAX)
		return false;
	if (get_le32(p + ENVELOPE_CRC) !=
	    envelope_crc(key, key_len, p, p + ENVELOPE_HEAD, len))
		return false;
	out->data = p + ENVELOPE_HEAD;
	out->len = len;
	out->written_at = (int64_t)get_le64(p + 8);
	out->table = p[1];
	return true;
}
