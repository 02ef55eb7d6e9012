#include <grp.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "probe/listen.h"

#define BACKLOG	128

static bool
directory_is_safe(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)], *dir;
	struct stat st;

	text_copy(copy, path, sizeof copy);
	dir = dirname(copy);
	if (stat(dir, &st) == -1) {
		log_warn("socket directory %s: create it, owned by the user "
		    "of this program, mode 2750", dir);
		return false;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) ||
	    (st.st_uid != 0 && st.st_uid != geteuid())) {
		log_warnx("socket directory %s must belong to root or to uid "
		    "%u and not be writable by its group or others, who could "
		    "put a socket of theirs in its place: chmod 2750", dir,
		    (unsigned)geteuid());
		return false;
	}
	return true;
}

bool
listen_group_known(const char *group)
{
	if (group[0] == '\0' || getgrnam(group) != NULL)
		return true;
	log_warnx("probe.group: there is no group \"%s\"; make it (groupadd "
	    "--system %s), or name another", group, group);
	return false;
}

static bool
give_to_group(const char *path, const char *group)
{
	struct group *g;

	if (group[0] == '\0')
		return true;
	if (!listen_group_known(group) || (g = getgrnam(group)) == NULL)
		return false;
	if (chown(path, (uid_t)-1, g->gr_gid) == -1) {
		log_warn("socket %s cannot be given to group %s", path, group);
		return false;
	}
	return true;
}

static int
bind_as(const char *name, const char *path, const char *group)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t old;
	int fd, rc;

	text_copy(sun.sun_path, name, sizeof sun.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	unlink(name);
	old = umask(0117);
	rc = bind(fd, (struct sockaddr *)&sun, sizeof sun);
	umask(old);
	if (rc == -1 || !give_to_group(name, group) ||
	    listen(fd, BACKLOG) == -1 || rename(name, path) == -1) {
		log_warn("socket %s cannot be made", path);
		unlink(name);
		close(fd);
		return -1;
	}
	return fd;
}

int
listen_unix(const char *path, const char *group)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];

	if ((size_t)snprintf(name, sizeof name, "%s.%ld", path,
	    (long)getpid()) >= sizeof name) {
		log_warnx("socket path %s is too long", path);
		return -1;
	}
	if (!directory_is_safe(path))
		return -1;
	return bind_as(name, path, group);
}
