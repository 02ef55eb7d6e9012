#include "common/lock.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#define TRIES	10			/* races lost before we give up */

static void
close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* O_NONBLOCK: a FIFO at the path must not hold us. */
static int
open_regular(const char *path, int flags)
{
	struct stat st;
	int fd;

	fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1) {
		close_quietly(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* Who keeps us from the lock: pid, 0 for nobody, -1 with errno. */
static pid_t
ask_holder(int fd)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &fl) == -1)
		return -1;
	if (fl.l_type == F_UNLCK)
		return 0;
	if (fl.l_pid <= 0) {
		errno = EAGAIN;
		return -1;
	}
	return fl.l_pid;
}

/* A lock on a file that was removed meanwhile keeps nobody out. */
static bool
still_there(int fd, const char *path)
{
	struct stat ours, now;

	if (fstat(fd, &ours) == -1 || lstat(path, &now) == -1)
		return false;
	return ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

pid_t
lock_take(const char *path)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pid_t holder;
	int fd, i;

	for (i = 0; i < TRIES; i++) {
		fd = open_regular(path, O_RDWR | O_CREAT);
		if (fd == -1)
			return -1;
		if (fcntl(fd, F_SETLK, &fl) == 0) {
			if (still_there(fd, path))
				return 0;
			close(fd);
			continue;
		}
		if (errno != EACCES && errno != EAGAIN) {
			close_quietly(fd);
			return -1;
		}
		holder = ask_holder(fd);
		close_quietly(fd);
		if (holder != 0)
			return holder;
	}
	errno = EAGAIN;
	return -1;
}

pid_t
lock_holder(const char *path)
{
	pid_t holder;
	int fd;

	fd = open_regular(path, O_RDONLY);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	holder = ask_holder(fd);
	close_quietly(fd);
	return holder;
}
