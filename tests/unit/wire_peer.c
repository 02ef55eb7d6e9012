#include "config.h"			/* mkdtemp */

#include "tests/unit/wire_peer.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
wire_peer_make(struct wire_peer *p)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	strcpy(p->dir, "/tmp/rcptguard-wire-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	strcpy(un.sun_path, p->path);
	p->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_ne(p->listener, -1);
	ck_assert_int_eq(bind(p->listener, (struct sockaddr *)&un,
	    sizeof(un)), 0);
	ck_assert_int_eq(listen(p->listener, 8), 0);
	p->child = 0;
}

void
wire_peer_remove(struct wire_peer *p)
{
	if (p->child > 0) {
		kill(p->child, SIGKILL);
		waitpid(p->child, NULL, 0);
	}
	if (p->listener != -1)
		close(p->listener);
	unlink(p->path);
	rmdir(p->dir);
}

void
wire_peer_read(int fd)
{
	char last = '\0', c;

	while (read(fd, &c, 1) == 1) {
		if (c == '\n' && last == '\n')
			return;
		last = c;
	}
	_exit(1);
}

void
wire_peer_say(int fd, const char *text, size_t len)
{
	if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(1);
}

void
wire_peer_serve(struct wire_peer *p, void (*part)(int fd))
{
	int fd;

	p->child = fork();
	ck_assert_int_ne(p->child, -1);
	if (p->child > 0)
		return;
	fd = accept(p->listener, NULL, NULL);
	part(fd);
	close(fd);
	_exit(0);
}
