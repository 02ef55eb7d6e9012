/*
 * Preloaded: the clocks of a program run ahead by so many seconds. The file
 * named by SHIFT_CLOCK is shared with the test and holds them in eight octets.
 *
 * A program that sleeps until a time that has come that way wakes when
 * something happens to it, such as a request.
 */
#include <sys/syscall.h>
#include <sys/time.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

static _Atomic int64_t *shared;		/* NULL: not yet, or not wanted */

__attribute__((constructor)) static void
begin(void)
{
	shared = preload_share("SHIFT_CLOCK", false);
}

static int64_t
ahead(void)
{
	return shared != NULL ? *shared : 0;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && id != CLOCK_PROCESS_CPUTIME_ID &&
	    id != CLOCK_THREAD_CPUTIME_ID)
		ts->tv_sec += ahead();
	return rc;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

/* The kernel's clock does not run ahead. All ours wait by this one. */
int
pthread_cond_timedwait(pthread_cond_t *restrict c,
    pthread_mutex_t *restrict m, const struct timespec *restrict until)
{
	struct timespec real = *until;

	real.tv_sec -= ahead();
	return pthread_cond_clockwait(c, m, CLOCK_MONOTONIC, &real);
}
