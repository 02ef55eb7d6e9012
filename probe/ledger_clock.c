#include <string.h>

#include "probe/ledger_clock.h"
#include "probe/window.h"

#define MARK_VERSION	1

static int64_t
off_for(const struct ledger_mark *saved, const struct ledger_mark *now)
{
	int64_t ms;

	if (saved->boot[0] != '\0' && strcmp(saved->boot, now->boot) == 0 &&
	    now->mono_ms >= saved->mono_ms)
		return now->mono_ms - saved->mono_ms;
	ms = now->wall_ms - saved->wall_ms;
	if (ms < 0)
		return 0;
	return ms > LEDGER_TRUST_MS ? LEDGER_TRUST_MS : ms;
}

int64_t
ledger_resume(const struct ledger_mark *saved, const struct ledger_mark *now,
    int64_t newest)
{
	int64_t at;

	if (saved != NULL)
		at = saved->ledger_ms + off_for(saved, now);
	else
		at = newest > 0 || now->wall_ms < 0 ? newest : now->wall_ms;
	if (at > WINDOW_TIME_MAX)
		at = WINDOW_TIME_MAX;
	return at < newest ? newest : at;
}

static uint64_t
as_time(int64_t ms)
{
	return ms < 0 ? 0 : (uint64_t)ms;
}

size_t
ledger_mark_pack(const struct ledger_mark *m, uint8_t *out)
{
	struct packer p = { out, out + LEDGER_MARK_SIZE, false };
	const char *c;

	pack_u64(&p, MARK_VERSION);
	pack_u64(&p, as_time(m->ledger_ms));
	pack_u64(&p, as_time(m->mono_ms));
	pack_u64(&p, as_time(m->wall_ms));
	for (c = m->boot; *c != '\0'; c++)
		pack_u64(&p, (unsigned char)*c & 0x7f);
	return (size_t)(p.at - out);
}

bool
ledger_mark_unpack(const void *data, size_t len, struct ledger_mark *m)
{
	const uint8_t *at = data;
	struct unpacker u = { at, at + len, false };
	size_t n = 0;

	memset(m, 0, sizeof *m);
	if (unpack_u64(&u, MARK_VERSION) != MARK_VERSION)
		return false;
	m->ledger_ms = (int64_t)unpack_u64(&u, (uint64_t)WINDOW_TIME_MAX);
	m->mono_ms = (int64_t)unpack_u64(&u, (uint64_t)WINDOW_TIME_MAX);
	m->wall_ms = (int64_t)unpack_u64(&u, (uint64_t)WINDOW_TIME_MAX);
	while (!u.bad && u.at < u.end) {
		if (n + 1 == sizeof m->boot || *u.at < ' ')
			return false;
		m->boot[n++] = (char)unpack_u64(&u, 0x7e);
	}
	return !u.bad;
}
