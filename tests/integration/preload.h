/*
 * preload: eight octets that a preloaded library shares with the test.
 */
#ifndef RCPTGUARD_TESTS_PRELOAD_H
#define RCPTGUARD_TESTS_PRELOAD_H

#include <sys/mman.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Of the file that the variable names; NULL: there is none. */
static inline void *
preload_share(const char *variable, bool writes)
{
	const char *path = getenv(variable);
	void *map;
	int fd;

	if (path == NULL || (fd = open(path, (writes ? O_RDWR : O_RDONLY) |
	    O_CLOEXEC)) == -1)
		return NULL;
	map = mmap(NULL, 8, writes ? PROT_READ | PROT_WRITE : PROT_READ,
	    MAP_SHARED, fd, 0);
	close(fd);
	return map != MAP_FAILED ? map : NULL;
}

#endif
