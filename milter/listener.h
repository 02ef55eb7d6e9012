/*
 * listener: the milter's socket, made so that nobody can be put in its place.
 *
 * libmilter binds a path by removing what lies there, even another process's
 * live socket; its mode follows the umask alone; and on exit it removes the
 * path even if a successor holds it. So it is given a name of this process,
 * "PATH.PID", which is set to group and mode 0660 and then renamed over the
 * public one: the change is one step, and libmilter's removal finds nothing.
 *
 * Main thread; errors are sentences in err.
 */
#ifndef RCPTGUARD_LISTENER_H
#define RCPTGUARD_LISTENER_H

#include <sys/types.h>
#include <sys/un.h>

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_ERROR	512
#define LISTENER_CONN	320

struct listener {
	bool local;			/* a UNIX socket */
	char conn[LISTENER_CONN];	/* for smfi_setconn */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char own[sizeof(((struct sockaddr_un *)0)->sun_path)];
	gid_t gid;			/* (gid_t)-1: the directory's */
	dev_t dev;
	ino_t ino;
};

/*
 * socket: as conf.milter.socket has it, "unix:/path", "local:/path", or an
 * inet name, which is passed on to libmilter. group: "" for the directory's or
 * our own. Checks the directory (ours or root's, not writable by others), the
 * group and what lies at the path; changes nothing.
 */
bool listener_prepare(struct listener *l, const char *socket,
    const char *group, char err[LISTENER_ERROR]);

/* After the socket was bound at l->own: group, mode, and the public name. */
bool listener_publish(struct listener *l, char err[LISTENER_ERROR]);

/* Removes the public name if it is still this process's socket. */
void listener_withdraw(const struct listener *l);

/*
 * The descriptor of this process that listens, or -1. libmilter does not tell
 * it, and closes it the moment it is told to stop.
 */
int listener_descriptor(void);

/*
 * Connects to the socket of descriptor fd and hangs up at once; never blocks.
 *
 * libmilter's pool counts a waiting worker as free until it has woken. Of two
 * sessions that become ready together one may so be left without a worker
 * until some other worker ends its callback, and one that waits for the probe
 * does not end it soon. Each new connection makes the pool wake or start a
 * worker, which afterwards takes whatever was left. So whoever is about to
 * wait calls this first. Any thread.
 */
void listener_nudge(const struct listener *l, int fd);

#endif
