/*
 * fuzz: what a fuzz target and its driver (libFuzzer, or replay.c) share.
 */
#ifndef RCPTGUARD_FUZZ_H
#define RCPTGUARD_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target: 0, or it aborts because a property does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Unlike assert, it stays when NDEBUG is defined. */
#define PROPERTY(holds)							\
	((holds) ? (void)0 : property_broken(__FILE__, __LINE__, #holds))

static inline void
property_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* Words that may be shown: some, in printable ASCII, with their end. */
static inline void
fuzz_check_words(const char *why, size_t size)
{
	size_t i, len = strnlen(why, size);

	PROPERTY(len > 0 && len < size);
	for (i = 0; i < len; i++)
		PROPERTY(why[i] >= 0x20 && why[i] <= 0x7e);
}

#endif
