#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/store_internal.h"
#include "common/text.h"

#define GATE_STEP_MS	2

bool
store_gate_enter(int key_fd, int wait_ms)
{
	const struct timespec step = { .tv_nsec = GATE_STEP_MS * 1000000 };
	int64_t end = clock_mono_ms() + wait_ms;

	while (flock(key_fd, LOCK_EX | LOCK_NB) == -1) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    clock_mono_ms() >= end)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* Unlocked by name: a child of a fork may still have the descriptor open. */
void
store_gate_leave(int key_fd)
{
	int saved = errno;

	flock(key_fd, LOCK_UN);
	close(key_fd);
	errno = saved;
}

static bool
join(char out[PATH_MAX], const char *dir, const char *name)
{
	int n;

	if (name[0] == '/')
		n = snprintf(out, PATH_MAX, "%s", name);
	else
		n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
	return n < PATH_MAX;
}

enum store_status
store_paths_fill(const struct store_params *p, struct store_paths *out)
{
	char *slash;

	memset(out, 0, sizeof(*out));
	if (p->path[0] == '\0' ||
	    text_copy(out->dir, p->state_dir, PATH_MAX) >= PATH_MAX ||
	    !join(out->key, p->state_dir, STORE_KEY_FILE) ||
	    !join(out->data, p->state_dir, p->path) ||
	    strlen(out->data) + sizeof(STORE_LOCK_SUFFIX) > PATH_MAX) {
		errno = ENAMETOOLONG;
		return STORE_SYSTEM;
	}
	text_copy(out->lock, out->data, PATH_MAX);
	strcat(out->lock, STORE_LOCK_SUFFIX);
	text_copy(out->data_dir, out->data, PATH_MAX);
	slash = strrchr(out->data_dir, '/');
	if (slash == NULL || slash[1] == '\0') {
		errno = EINVAL;
		return STORE_SYSTEM;
	}
	slash[slash == out->data_dir] = '\0';
	return STORE_OK;
}

/*
 * LMDB needs one page cache for the map, the writes and the locks of all its
 * processes; these file systems have none (lmdb.h, caveats).
 */
static bool
is_remote(const char *dir)
{
	static const unsigned long remote[] = {
		0x6969,			/* NFS */
		0x517b,			/* SMB */
		0xff534d42,		/* CIFS */
		0xfe534d42,		/* SMB2 */
		0x73757245,		/* Coda */
		0x5346414f,		/* AFS */
		0x01021997,		/* 9P */
		0x00c36400,		/* Ceph */
	};
	struct statfs fs;
	size_t i;

	if (statfs(dir, &fs) == -1)
		return false;
	for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == remote[i])
			return true;
	return false;
}

enum store_status
store_dir_check(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		return errno == EACCES ? STORE_DENIED : STORE_SYSTEM;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return STORE_SYSTEM;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0)) {
		log_warnx("store directory %s: mode %04o, owner %lu is not "
		    "safe; it must belong to the user of the writer, and "
		    "nobody else may write in it: chown, chmod 2750", dir,
		    (unsigned)(st.st_mode & 07777), (unsigned long)st.st_uid);
		errno = EPERM;
		return STORE_DENIED;
	}
	if (is_remote(dir)) {
		log_warnx("store directory %s is on a network file system, "
		    "which would damage the store; use a local one", dir);
		errno = EREMOTE;
		return STORE_SYSTEM;
	}
	return STORE_OK;
}

int
store_dir_sync(const char *dir)
{
	int fd, error = 0;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return errno;
	if (fsync(fd) == -1)
		error = errno;
	close(fd);
	return error;
}
