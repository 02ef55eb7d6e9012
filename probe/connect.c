#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "probe/connect.h"

struct way {
	struct connect *connect;
	struct net_addr addr;
	struct event *event;		/* owns no fd; NULL: not dialled, or over */
	int fd;
};

struct connect {
	struct connect_params p;
	connect_done_fn *done;
	connect_other_fn *other;
	void *arg;
	struct way ways[2];
	struct event *timer;
	bool both;			/* the second has had its turn */
};

static bool
arm(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	return evtimer_add(timer, &tv) == 0;
}

/* Closes its socket, unless it was taken out before. */
static void
way_end(struct way *w)
{
	if (w->event != NULL)
		event_free(w->event);
	w->event = NULL;
	if (w->fd != -1)
		evutil_closesocket(w->fd);
	w->fd = -1;
}

void
connect_cancel(struct connect *c)
{
	if (c == NULL)
		return;
	way_end(&c->ways[0]);
	way_end(&c->ways[1]);
	if (c->timer != NULL)
		event_free(c->timer);
	free(c);
}

static void
finish(struct connect *c, struct way *winner, int err)
{
	connect_done_fn *done = c->done;
	void *arg = c->arg;
	struct net_addr addr = c->p.addr;
	int fd = -1;

	if (winner != NULL) {
		addr = winner->addr;
		fd = winner->fd;
		winner->fd = -1;
	}
	connect_cancel(c);
	done(arg, fd, &addr, err);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct way *w = arg;
	struct connect *c = w->connect;
	int err = 0;
	socklen_t len = sizeof err;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		err = errno;
	if (err == 0) {
		finish(c, w, 0);
		return;
	}
	way_end(w);
	if (c->ways[0].event == NULL && c->ways[1].event == NULL)
		finish(c, NULL, err);
}

static bool
way_begin(struct connect *c, struct way *w, const struct net_addr *addr,
    const struct net_addr *source)
{
	w->connect = c;
	w->addr = *addr;
	w->fd = dial(addr, c->p.port, source, c->p.rules);
	if (w->fd == -1)
		return false;
	w->event = event_new(c->p.base, w->fd, EV_WRITE, on_writable, w);
	if (w->event != NULL && event_add(w->event, NULL) == 0)
		return true;
	way_end(w);
	errno = ENOMEM;
	return false;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct connect *c = arg;

	(void)fd;
	(void)what;
	if (c->both || c->p.other.family == 0) {
		finish(c, NULL, ETIMEDOUT);
		return;
	}
	c->both = true;
	arm(c->timer, c->p.timeout_ms - CONNECT_OTHER_MS);
	/* One that cannot even be dialled leaves the first all the time. */
	if (way_begin(c, &c->ways[1], &c->p.other, c->p.other_source))
		c->other(c->arg, &c->p.other);
}

struct connect *
connect_start(const struct connect_params *params, connect_done_fn *done,
    connect_other_fn *other, void *arg)
{
	struct connect *c = calloc(1, sizeof *c);
	int64_t first = params->timeout_ms;
	int saved;

	if (c == NULL)
		return NULL;
	c->p = *params;
	c->done = done;
	c->other = other;
	c->arg = arg;
	c->ways[0].fd = c->ways[1].fd = -1;
	if (first <= CONNECT_OTHER_MS)
		c->p.other.family = 0;
	if (c->p.other.family != 0)
		first = CONNECT_OTHER_MS;
	errno = ENOMEM;
	c->timer = evtimer_new(params->base, on_timer, c);
	if (c->timer != NULL && arm(c->timer, first) &&
	    way_begin(c, &c->ways[0], &params->addr, params->source))
		return c;
	saved = errno;
	connect_cancel(c);
	errno = saved;
	return NULL;
}
