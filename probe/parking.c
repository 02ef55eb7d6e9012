#include "probe/parking.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct parking {
	struct event *event;
	int fd;				/* ready while one of the parked is */
	unsigned pieces;
};

/* One is taken at a time: what it calls may free any other. */
static bool
take_one(struct parking *p)
{
	struct epoll_event e;
	struct parked *k;

	if (epoll_wait(p->fd, &e, 1, 0) != 1)
		return false;
	k = e.data.ptr;
	parking_leave(k);
	k->ready(k->arg);
	return true;
}

/* Comes again in the next turn if more are ready. */
static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct parking *p = arg;
	unsigned n;

	(void)fd;
	(void)what;
	for (n = 0; n < p->pieces; n++)
		if (!take_one(p))
			return;
}

struct parking *
parking_create(struct event_base *base, unsigned pieces)
{
	struct parking *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->pieces = pieces;
	p->fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->fd != -1)
		p->event = event_new(base, p->fd, EV_READ | EV_PERSIST,
		    on_ready, p);
	if (p->event == NULL || event_add(p->event, NULL) == -1) {
		parking_destroy(p);
		return NULL;
	}
	return p;
}

void
parking_destroy(struct parking *p)
{
	if (p == NULL)
		return;
	if (p->event != NULL)
		event_free(p->event);
	if (p->fd != -1)
		close(p->fd);
	free(p);
}

bool
parking_enter(struct parking *p, struct parked *k, int fd)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP,
	    .data.ptr = k };

	if (epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &e) == -1)
		return false;
	k->parking = p;
	k->fd = fd;
	return true;
}

void
parking_leave(struct parked *k)
{
	if (k->parking == NULL)
		return;
	epoll_ctl(k->parking->fd, EPOLL_CTL_DEL, k->fd, NULL);
	k->parking = NULL;
}
