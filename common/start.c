#include "common/start.h"

#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kept[] = {
	"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM",
	"TZ", "RCPTGUARD_LOG",
};
#define KEPT_COUNT	(sizeof(kept) / sizeof(kept[0]))

int
start_std_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == -1)
			return -1;
	} while (fd <= STDERR_FILENO);
	return close(fd);
}

int
start_environment(void)
{
	char *values[KEPT_COUNT] = { NULL };
	size_t i;
	int failed = 0;

	for (i = 0; i < KEPT_COUNT; i++) {
		const char *v = getenv(kept[i]);

		if (v != NULL && (values[i] = strdup(v)) == NULL)
			failed = 1;
	}
	if (clearenv() != 0)
		failed = 1;
	for (i = 0; i < KEPT_COUNT; i++) {
		if (values[i] != NULL && setenv(kept[i], values[i], 1) == -1)
			failed = 1;
		free(values[i]);
	}
	if (setenv("PATH", "/usr/bin:/bin", 1) == -1)
		failed = 1;
	if (failed)
		errno = ENOMEM;
	return failed ? -1 : 0;
}

uint64_t
start_open_files(uint64_t most)
{
	struct rlimit rl;
	rlim_t was;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return 256;		/* _POSIX_OPEN_MAX is less still */
	was = rl.rlim_cur;
	rl.rlim_cur = rl.rlim_max < most ? rl.rlim_max : (rlim_t)most;
	if (rl.rlim_cur <= was || setrlimit(RLIMIT_NOFILE, &rl) == -1)
		return was;
	return rl.rlim_cur;
}

void
start_room_for_files(uint64_t files)
{
	int fd;

	if (files == 0 || files > INT_MAX)
		return;
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)files - 1);
	if (fd != -1)
		close(fd);
}
