/*
 * listen: a UNIX stream socket that appears whole or not at all.
 */
#ifndef RCPTGUARD_LISTEN_H
#define RCPTGUARD_LISTEN_H

#include <stdbool.h>

/*
 * Binds under a name of this process, sets group and mode 0660, then renames
 * it over path: nobody meets a socket with the wrong rights, and what a crash
 * left behind is replaced. The caller holds the instance lock. The directory
 * must belong to root or to us and be writable by nobody else. Returns a
 * non-blocking, close-on-exec, listening descriptor, or -1 with a log line.
 */
int listen_unix(const char *path, const char *group);

/* Or none is named. False: a log line. */
bool listen_group_known(const char *group);

#endif
