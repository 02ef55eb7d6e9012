/*
 * lock: one instance of a daemon (POSIX record lock on a file).
 *
 * The kernel names the holder, so the file's content is never trusted and a
 * stale file means nothing. A child after fork does not hold it.
 */
#ifndef RCPTGUARD_LOCK_H
#define RCPTGUARD_LOCK_H

#include <sys/types.h>

/*
 * Takes the lock for the life of the process (the descriptor is kept open,
 * close-on-exec); makes the file if there is none, and writes nothing to it.
 * Returns 0, the holder's pid if another process has it, or -1 with errno.
 * Never follows a symbolic link (ELOOP); only a regular file will do (EINVAL).
 *
 * EAGAIN: a process has it whose pid is not visible from here (another pid
 * namespace). Call it once for a path; the same process would get it twice.
 */
pid_t lock_take(const char *path);

/*
 * The holder's pid, 0 if nobody holds it or there is no such file, -1: errno
 * as above. Never for a path that this process has taken: POSIX drops all of a
 * process's locks on a file when it closes any descriptor of that file.
 */
pid_t lock_holder(const char *path);

#endif
