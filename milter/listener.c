#include "milter/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

#define DESCRIPTORS	256		/* few are open at start */

/* The path of a UNIX socket's name, or NULL. */
static const char *
local_path(const char *socket)
{
	if (strncmp(socket, "unix:", 5) == 0)
		return socket + 5;
	if (strncmp(socket, "local:", 6) == 0)
		return socket + 6;
	return NULL;
}

static bool
find_group(struct listener *l, const char *group, char err[LISTENER_ERROR])
{
	struct group *gr;

	l->gid = (gid_t)-1;
	if (group[0] == '\0')
		return true;
	gr = getgrnam(group);
	if (gr == NULL) {
		snprintf(err, LISTENER_ERROR, "milter.group: there is no group "
		    "\"%s\"; name the group that the MTA runs in", group);
		return false;
	}
	l->gid = gr->gr_gid;
	return true;
}

static bool
check_directory(const char *path, char err[LISTENER_ERROR])
{
	char dir[sizeof(((struct listener *)0)->path)];
	char *slash;
	struct stat st;

	text_copy(dir, path, sizeof(dir));
	slash = strrchr(dir, '/');
	slash[slash == dir] = '\0';
	if (stat(dir, &st) == -1) {
		snprintf(err, LISTENER_ERROR, "milter.socket: directory %s: %s",
		    dir, strerror(errno));
		return false;
	}
	if ((st.st_mode & (S_IWOTH | S_IWGRP)) != 0) {
		snprintf(err, LISTENER_ERROR, "milter.socket: directory %s is "
		    "writable by others, who could take the socket's place; "
		    "use a directory of its own with mode 2750", dir);
		return false;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		snprintf(err, LISTENER_ERROR, "milter.socket: directory %s "
		    "belongs to user %lu, who could take the socket's place; "
		    "make user %lu its owner", dir, (unsigned long)st.st_uid,
		    (unsigned long)geteuid());
		return false;
	}
	if (access(dir, W_OK | X_OK) == -1) {
		snprintf(err, LISTENER_ERROR, "milter.socket: directory %s: "
		    "user %lu cannot create a socket in it: %s", dir,
		    (unsigned long)geteuid(), strerror(errno));
		return false;
	}
	return true;
}

/* Nothing, or an old socket; never a file that someone keeps there. */
static bool
check_path(const char *path, char err[LISTENER_ERROR])
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		snprintf(err, LISTENER_ERROR, "milter.socket: %s is there and "
		    "is not a socket; remove it or name another path", path);
		return false;
	}
	return true;
}

bool
listener_prepare(struct listener *l, const char *socket, const char *group,
    char err[LISTENER_ERROR])
{
	const char *path = local_path(socket);
	int n;

	memset(l, 0, sizeof(*l));
	if (path == NULL) {
		if (text_copy(l->conn, socket, sizeof(l->conn)) <
		    sizeof(l->conn))
			return true;
		snprintf(err, LISTENER_ERROR, "milter.socket: the name is too "
		    "long");
		return false;
	}
	l->local = true;
	n = snprintf(l->own, sizeof(l->own), "%s.%ld", path, (long)getpid());
	if (path[0] != '/' || n < 0 || (size_t)n >= sizeof(l->own)) {
		snprintf(err, LISTENER_ERROR, "milter.socket: \"%s\" must be "
		    "an absolute path of at most %zu octets", path,
		    sizeof(l->own) - 12);
		return false;
	}
	text_copy(l->path, path, sizeof(l->path));
	snprintf(l->conn, sizeof(l->conn), "unix:%s", l->own);
	return find_group(l, group, err) && check_directory(path, err) &&
	    check_path(path, err);
}

static bool
publish_failed(const struct listener *l, const char *what,
    char err[LISTENER_ERROR])
{
	snprintf(err, LISTENER_ERROR, "%s: cannot %s: %s", l->own, what,
	    strerror(errno));
	(void)unlink(l->own);
	return false;
}

bool
listener_publish(struct listener *l, char err[LISTENER_ERROR])
{
	struct stat st;

	if (!l->local)
		return true;
	if (lstat(l->own, &st) == -1)
		return publish_failed(l, "find the socket", err);
	/* A directory with the set-group-id bit has done it already. */
	if (l->gid != (gid_t)-1 && st.st_gid != l->gid &&
	    lchown(l->own, (uid_t)-1, l->gid) == -1)
		return publish_failed(l, "give it to milter.group (be a "
		    "member, or give the directory that group and mode 2750)",
		    err);
	if (chmod(l->own, 0660) == -1)
		return publish_failed(l, "set its mode", err);
	if (rename(l->own, l->path) == -1)
		return publish_failed(l, "rename it to the public name", err);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return true;
}

void
listener_withdraw(const struct listener *l)
{
	struct stat st;

	if (!l->local || lstat(l->path, &st) == -1)
		return;
	if (st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path);
}

int
listener_descriptor(void)
{
	int fd, on;
	socklen_t len;

	for (fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) {
		on = 0;
		len = sizeof(on);
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
		    on)
			return fd;
	}
	return -1;
}

void
listener_nudge(const struct listener *l, int fd)
{
	struct sockaddr_storage ss;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const struct sockaddr *sa = (const struct sockaddr *)&ss;
	socklen_t len = sizeof(ss);
	int s;

	if (l->local) {
		text_copy(un.sun_path, l->path, sizeof(un.sun_path));
		sa = (const struct sockaddr *)&un;
		len = sizeof(un);
	} else if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return;
	s = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (s == -1)
		return;
	(void)connect(s, sa, len);
	close(s);
}
