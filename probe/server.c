#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/learn.h"
#include "probe/listen.h"
#include "probe/loop.h"
#include "probe/server_internal.h"

#define COMPLAIN_MS	60000		/* between two lines about the same */
#define ACCEPTS		16		/* between two moments */

/* For other work of the loop. */
static const struct timeval moment = { .tv_usec = 2000 };
/* Until there may be descriptors again. */
static const struct timeval pausing = { .tv_usec = 200000 };

/* --- accepting ----------------------------------------------------------- */

/* Out of descriptors: a listener that stays on would spin. */
static void
complain(struct server *s, int error)
{
	if (clock_mono_ms() < s->complain_at_ms)
		return;
	s->complain_at_ms = clock_mono_ms() + COMPLAIN_MS;
	errno = error;
	log_warn("clients cannot be accepted for the moment");
}

/*
 * No evconnlistener: it has no priority to set. Other work has a moment before
 * the next ones are accepted.
 */
static void
on_accept(evutil_socket_t listening, short what, void *arg)
{
	struct server *s = arg;
	const struct timeval *until = &moment;
	unsigned n;
	int fd;

	(void)what;
	for (n = 0; n < ACCEPTS; n++) {
		fd = accept4(listening, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			client_begin(s, fd);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			if (errno != EAGAIN) {
				until = &pausing;
				complain(s, errno);
			}
			break;
		}
	}
	event_del(s->listener);
	evtimer_add(s->accept_again, until);
}

static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	event_add(s->listener, NULL);
}

/* --- rows of requests ---------------------------------------------------- */

void
server_has_work(struct server *s, enum client_row row)
{
	switch (row) {
	case ROW_NONE:
		return;
	case ROW_FIRST:
		if (s->rested)
			event_active(s->run_first, EV_TIMEOUT, 0);
		return;
	case ROW_LATER:
		event_active(s->run_later, EV_TIMEOUT, 0);
		return;
	}
}

/* The loop has come to all of its other work, or that had a moment. */
static void
on_rest(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	s->rested = true;
	if (s->first != NULL)
		server_has_work(s, ROW_FIRST);
}

static void
on_run_first(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	clients_first(s);
	s->rested = evtimer_add(s->rest_over, &moment) == -1;
	event_active(s->rest, EV_TIMEOUT, 0);
}

static void
on_run_later(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	clients_later(s);
	if (s->later != NULL)
		server_has_work(s, ROW_LATER);
}

/* --- birth and death ----------------------------------------------------- */

static bool
make_events(struct server *s)
{
	struct event_base *base = s->p.base;

	s->listener = event_new(base, s->fd, EV_READ | EV_PERSIST, on_accept,
	    s);
	s->accept_again = evtimer_new(base, on_accept_again, s);
	s->run_first = event_new(base, -1, 0, on_run_first, s);
	s->run_later = event_new(base, -1, 0, on_run_later, s);
	s->rest = event_new(base, -1, 0, on_rest, s);
	s->rest_over = evtimer_new(base, on_rest, s);
	s->rested = true;
	return s->listener != NULL && s->accept_again != NULL &&
	    s->run_first != NULL && s->run_later != NULL && s->rest != NULL &&
	    s->rest_over != NULL &&
	    event_priority_set(s->listener, LOOP_CLIENTS) == 0 &&
	    event_priority_set(s->rest_over, LOOP_CLIENTS) == 0 &&
	    event_priority_set(s->run_first, LOOP_CLIENTS) == 0;
}

static bool
start(struct server *s)
{
	s->fd = listen_unix(s->p.path, s->p.group);
	return s->fd != -1 && make_events(s) &&
	    event_add(s->listener, NULL) == 0 && purge_start(s);
}

static void
free_event(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

struct server *
server_create(const struct server_params *p)
{
	struct server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->p = *p;
	s->fd = s->purge_fd = -1;
	pthread_mutex_init(&s->purge_lock, NULL);
	if (!start(s)) {
		server_destroy(s);
		return NULL;
	}
	return s;
}

void
server_destroy(struct server *s)
{
	struct client *c, *next;

	if (s == NULL)
		return;
	DL_FOREACH_SAFE(s->clients, c, next)
		client_free(c);
	purge_stop(s);
	identity_drop(s);
	learn_drop(s);
	exclude_drop(s);
	reload_drop(s);
	free_event(s->listener);
	free_event(s->accept_again);
	free_event(s->run_first);
	free_event(s->run_later);
	free_event(s->rest);
	free_event(s->rest_over);
	if (s->fd != -1)
		close(s->fd);
	pthread_mutex_destroy(&s->purge_lock);
	free(s);
}

size_t
server_clients(const struct server *s)
{
	return s->client_count;
}
