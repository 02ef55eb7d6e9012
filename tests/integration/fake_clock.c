/*
 * Preloaded: the wall clock runs ahead by as many seconds as the file named by
 * FAKE_CLOCK says, eight octets that the test shares. The monotonic clock is
 * as it was.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

static _Atomic int64_t *shared;

__attribute__((constructor)) static void
begin(void)
{
	shared = preload_share("FAKE_CLOCK", false);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && id == CLOCK_REALTIME && shared != NULL)
		ts->tv_sec += *shared;
	return rc;
}
