#include "probe/pack.h"

void
pack_u64(struct packer *p, uint64_t n)
{
	do {
		if (p->at == p->end) {
			p->full = true;
			return;
		}
		*p->at++ = (uint8_t)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
		n >>= 7;
	} while (n > 0);
}

static uint64_t
damaged(struct unpacker *u)
{
	u->bad = true;
	return 0;
}

uint64_t
unpack_u64(struct unpacker *u, uint64_t most)
{
	uint64_t n = 0;
	unsigned shift = 0;
	uint8_t octet;

	do {
		if (u->bad || u->at == u->end || shift > 63)
			return damaged(u);
		octet = *u->at++;
		if (shift == 63 && octet > 1)
			return damaged(u);
		n |= (uint64_t)(octet & 0x7f) << shift;
		shift += 7;
	} while ((octet & 0x80) != 0);
	if ((octet == 0 && shift > 7) || n > most)
		return damaged(u);
	return n;
}
