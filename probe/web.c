#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/web_internal.h"

#define BACKLOG		32
#define HEADERS_MAX	8192

/* --- one evhttp after the other ------------------------------------------- */

/* evhttp would make the same one; it is asked for here to be counted. */
static struct bufferevent *
on_accept(struct event_base *base, void *arg)
{
	struct site *s = arg;

	if (++s->accepted == WEB_ACCEPTED_MAX)
		event_active(s->web->tick, EV_TIMEOUT, 0);
	return bufferevent_socket_new(base, -1, 0);
}

/* Out of descriptors: a listener that stays on would spin. See on_tick. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	(void)arg;
	evconnlistener_disable(l);
}

static struct evhttp *
http_new(struct site *s)
{
	struct evhttp *http = evhttp_new(s->web->p.base);

	if (http == NULL)
		return NULL;
	evhttp_set_max_headers_size(http, HEADERS_MAX);
	evhttp_set_max_body_size(http, 0);
	evhttp_set_timeout(http, WEB_LIFE_S);
	evhttp_set_default_content_type(http, NULL);
	/* All that are known, so that it is ours to refuse them. */
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD |
	    EVHTTP_REQ_POST | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
	    EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT |
	    EVHTTP_REQ_PATCH);
	evhttp_set_bevcb(http, on_accept, s);
	evhttp_set_gencb(http, web_answer, s);
	return http;
}

/* A new one accepts on fd from now on. False: all is as it was. */
static bool
site_turn(struct site *s, int fd)
{
	struct evhttp *http = http_new(s);
	struct evhttp_bound_socket *bound = NULL;
	int own = -1;

	if (http != NULL && (own = fcntl(fd, F_DUPFD_CLOEXEC, 0)) != -1)
		bound = evhttp_accept_socket_with_handle(http, own);
	if (bound == NULL) {
		if (own != -1)
			close(own);
		if (http != NULL)
			evhttp_free(http);
		return false;
	}
	evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(bound),
	    on_accept_error);
	if (s->now != NULL)
		evhttp_del_accept_socket(s->now, s->bound);
	if (s->before != NULL)
		evhttp_free(s->before);
	s->before = s->now;
	s->now = http;
	s->bound = bound;
	s->accepted = 0;
	return true;
}

static void
site_close(struct site *s)
{
	if (s->now != NULL)
		evhttp_free(s->now);
	if (s->before != NULL)
		evhttp_free(s->before);
	if (s->fd != -1)
		close(s->fd);
	s->now = s->before = NULL;
	s->bound = NULL;
	s->fd = -1;
	s->accepted = 0;
	memset(&s->at, 0, sizeof s->at);
}

static void
site_tick(struct site *s, int64_t now)
{
	if (s->now == NULL || (s->accepted < WEB_ACCEPTED_MAX &&
	    now < s->turn_at_ms))
		return;
	s->turn_at_ms = now + WEB_LIFE_S * 1000;
	if (s->accepted > 0) {
		(void)site_turn(s, s->fd);
	} else if (s->before != NULL) {
		evhttp_free(s->before);
		s->before = NULL;
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;
	struct site *s;

	(void)fd;
	(void)what;
	for (s = w->sites; s < w->sites + SITE_COUNT; s++) {
		site_tick(s, clock_mono_ms());
		if (s->bound != NULL)
			evconnlistener_enable(
			    evhttp_bound_socket_get_listener(s->bound));
	}
}

/* --- opening -------------------------------------------------------------- */

static int
listen_at(const struct conf_endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr_to_sockaddr(&e->address, e->port, &ss);
	int fd, saved, on = 1;

	fd = socket(e->address.family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (e->address.family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof on);
	if (bind(fd, (struct sockaddr *)&ss, len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static bool
same_endpoint(const struct conf_endpoint *a, const struct conf_endpoint *b)
{
	return a->port == b->port && (a->port == 0 ||
	    net_addr_equal(&a->address, &b->address));
}

static const char *
remedy(int error)
{
	if (error == EADDRINUSE)
		return "another program listens there; end it, or choose "
		    "another port";
	if (error == EACCES)
		return "a port below 1024 needs CAP_NET_BIND_SERVICE; choose "
		    "a higher one";
	if (error == EADDRNOTAVAIL)
		return "this host has no such address; name one that it has";
	return "choose another address and port";
}

static void
explain(const struct site *s, const struct conf_endpoint *e, int error,
    char why[WEB_WHY_SIZE])
{
	char ip[NET_TEXT_SIZE];
	bool v6 = e->address.family == AF_INET6;

	net_addr_text(&e->address, ip);
	(void)snprintf(why, WEB_WHY_SIZE, "%s: cannot listen on %s%s%s:%u: "
	    "%s (%s, or set it to \"\" to serve nothing there)", s->key,
	    v6 ? "[" : "", ip, v6 ? "]" : "", (unsigned)e->port,
	    strerror(error), remedy(error));
}

static const struct conf_endpoint *
wanted(const struct conf *c, const struct site *s)
{
	return s->page_only ? &c->probe.page : &c->probe.metrics;
}

static void
drop_prepared(struct web *w)
{
	struct site *s;

	for (s = w->sites; s < w->sites + SITE_COUNT; s++) {
		if (s->next_fd != -1)
			close(s->next_fd);
		s->next_fd = -1;
	}
}

/* Two listeners that change places cannot both bind: one takes over. */
static int
open_or_take(const struct web *w, const struct conf_endpoint *e)
{
	const struct site *s;

	for (s = w->sites; s < w->sites + SITE_COUNT; s++)
		if (s->fd != -1 && same_endpoint(&s->at, e))
			return fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
	return listen_at(e);
}

bool
web_prepare(struct web *w, const struct conf *c, char why[WEB_WHY_SIZE])
{
	const struct conf_endpoint *e;
	struct site *s;

	drop_prepared(w);
	for (s = w->sites; s < w->sites + SITE_COUNT; s++) {
		e = wanted(c, s);
		if (e->port == 0 || same_endpoint(e, &s->at))
			continue;
		if ((s->next_fd = open_or_take(w, e)) == -1) {
			explain(s, e, errno, why);
			drop_prepared(w);
			return false;
		}
	}
	return true;
}

/* --- in force ------------------------------------------------------------- */

static void
site_commit(struct site *s, const struct conf_endpoint *e)
{
	int fd = s->next_fd;

	if (same_endpoint(e, &s->at))
		return;
	site_close(s);
	s->next_fd = -1;
	if (fd == -1)
		return;
	s->fd = fd;
	if (site_turn(s, fd)) {
		s->at = *e;
		return;
	}
	log_warnx("%s: no memory or descriptor to listen with; reload to try "
	    "again", s->key);
	site_close(s);
}

/* The page bears the day on which it came to say what it says. */
static void
make_page(struct web *w, const struct conf *c)
{
	char version[POLICY_VERSION_SIZE], when[CLOCK_TEXT_SIZE];
	char *page;

	if (policy_version(c, version) && w->page != NULL &&
	    strcmp(version, w->version) == 0)
		return;
	if ((page = policy_page(c, clock_wall_s())) == NULL) {
		log_warnx("no memory for the policy page; reload to make it");
		if (strcmp(version, w->version) == 0)
			return;
	}
	free(w->page);
	w->page = page;
	text_copy(w->version, version, sizeof w->version);
	clock_text(clock_wall_ms(), when);
	(void)snprintf(w->etag, sizeof w->etag, "\"%s-%.10s-%s\"", version,
	    when, PACKAGE_VERSION);
}

void
web_commit(struct web *w, const struct conf *c)
{
	struct site *s;

	for (s = w->sites; s < w->sites + SITE_COUNT; s++)
		site_commit(s, wanted(c, s));
	make_page(w, c);
}

struct web *
web_create(const struct web_params *p)
{
	const struct timeval second = { .tv_sec = 1 };
	struct web *w = calloc(1, sizeof *w);
	struct site *s;

	if (w == NULL)
		return NULL;
	w->p = *p;
	for (s = w->sites; s < w->sites + SITE_COUNT; s++) {
		s->web = w;
		s->fd = s->next_fd = -1;
	}
	w->sites[SITE_METRICS].key = "probe.metrics";
	w->sites[SITE_PAGE].key = "probe.page";
	w->sites[SITE_PAGE].page_only = true;
	w->tick = event_new(p->base, -1, EV_PERSIST, on_tick, w);
	if (w->tick == NULL || event_add(w->tick, &second) == -1) {
		web_destroy(w);
		return NULL;
	}
	return w;
}

void
web_destroy(struct web *w)
{
	struct site *s;

	if (w == NULL)
		return;
	drop_prepared(w);
	for (s = w->sites; s < w->sites + SITE_COUNT; s++)
		site_close(s);
	if (w->tick != NULL)
		event_free(w->tick);
	free(w->page);
	free(w);
}
