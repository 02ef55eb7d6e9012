#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "probe/random_name.h"

/* 36 does not divide 256; for a name that nobody has that does not matter. */
void
random_name(char out[RANDOM_NAME_SIZE])
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	uint8_t octets[RANDOM_NAME_SIZE - 1];
	int i;

	if (getrandom(octets, sizeof octets, 0) != (ssize_t)sizeof octets)
		abort();		/* never, for up to 256 octets */
	out[0] = chars[octets[0] % 26];
	for (i = 1; i < RANDOM_NAME_SIZE - 1; i++)
		out[i] = chars[octets[i] % 36];
	out[RANDOM_NAME_SIZE - 1] = '\0';
}
