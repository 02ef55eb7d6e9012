/*
 * pack: numbers as octets for the ledgers in the store: seven bits an octet,
 * the lowest first, the top bit says that more follow. One number has one
 * form; a longer one is damage.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_PACK_H
#define RCPTGUARD_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACK_MAX	10		/* octets of one number */

struct packer {
	uint8_t *at, *end;
	bool full;			/* something did not fit */
};

struct unpacker {
	const uint8_t *at, *end;
	bool bad;			/* stays, and all further numbers are 0 */
};

void pack_u64(struct packer *p, uint64_t n);

/* A number over most is bad. */
uint64_t unpack_u64(struct unpacker *u, uint64_t most);

#endif
