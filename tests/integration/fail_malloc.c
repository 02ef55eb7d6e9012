/*
 * Preloaded: fails one allocation in so many, where what failed is ours or
 * comes from a library that promises to live through it. The file named by
 * FAIL_MALLOC is shared with the test: first how many (0: none fails), then
 * how many have failed, each in four octets.
 *
 * Left out: libevent's TLS and buffer callbacks, OpenSSL, jansson's parser and
 * libconfig crash by themselves when memory is short.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

/* The address sanitizer's, where it is linked; else the C library's. */
extern void *__interceptor_malloc(size_t) __attribute__((weak));
extern void *__interceptor_calloc(size_t, size_t) __attribute__((weak));
extern void *__interceptor_realloc(void *, size_t) __attribute__((weak));
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static _Atomic uint32_t *shared;	/* NULL: not yet, or not wanted */
static _Atomic uint32_t state = 1;

__attribute__((constructor)) static void
begin(void)
{
	shared = preload_share("FAIL_MALLOC", true);
}

static bool
may_fail(void *caller)
{
	static const char *const not_these[] = {
		"libevent", "libssl", "libcrypto", "libjansson", "libconfig"
	};
	Dl_info info;
	size_t i;

	if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
		return false;
	for (i = 0; i < sizeof(not_these) / sizeof(not_these[0]); i++)
		if (strstr(info.dli_fname, not_these[i]) != NULL)
			return false;
	return true;
}

static bool
fails(void *caller)
{
	uint32_t rate = shared != NULL ? shared[0] : 0, n;

	if (rate == 0)
		return false;
	n = state * 1664525u + 1013904223u;
	state = n;
	if ((n >> 8) % rate != 0 || !may_fail(caller))
		return false;
	shared[1]++;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	return __interceptor_malloc != NULL ? __interceptor_malloc(size) :
	    __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	return __interceptor_calloc != NULL ?
	    __interceptor_calloc(count, size) : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	return __interceptor_realloc != NULL ?
	    __interceptor_realloc(old, size) : __libc_realloc(old, size);
}
