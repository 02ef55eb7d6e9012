#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/learn.h"
#include "probe/listen.h"
#include "probe/server_internal.h"

#define CLIENTS_MAX	1024
#define OUTPUT_MAX	(1024 * 1024)	/* not fetched by one client */
#define FRAME_WAIT_S	2		/* for the rest of a request */
#define COMPLAIN_MS	60000		/* between two lines about the same */

/* --- clients ------------------------------------------------------------- */

/* Freed by its timer, when nobody holds it any more. */
void
client_break(struct client *c)
{
	c->broken = true;
	event_active(c->frame_timer, EV_TIMEOUT, 0);
}

void
client_send(struct client *c, struct wire_writer *w)
{
	size_t len = wire_end(w);
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (len == 0 || evbuffer_get_length(out) > OUTPUT_MAX ||
	    bufferevent_write(c->bev, w->buf, len) == -1)
		client_break(c);
}

void
client_answer_error(struct client *c, const char *id, const char *word,
    const char *text)
{
	char buf[1024];
	struct wire_writer w;

	wire_begin(&w, buf, sizeof buf);
	if (id != NULL)
		wire_put(&w, "id", id);
	wire_put(&w, "error", word);
	wire_put(&w, "text", text);
	client_send(c, &w);
}

static void
client_free(struct client *c)
{
	requests_drop(c);
	DL_DELETE(c->server->clients, c);
	c->server->client_count--;
	if (c->frame_timer != NULL)
		event_free(c->frame_timer);
	bufferevent_free(c->bev);
	free(c);
}

/* Runs the request that in begins with; WIRE_MORE: it is not whole. */
static enum wire_status
next_request(struct client *c, struct evbuffer *in, size_t *used)
{
	size_t len = evbuffer_get_length(in);
	struct wire_message msg;
	enum wire_status status;
	char *data;

	if (len > WIRE_REQUEST_MAX)
		len = WIRE_REQUEST_MAX;
	if (len == 0)
		return WIRE_MORE;
	data = (char *)evbuffer_pullup(in, (ev_ssize_t)len);
	if (data == NULL)		/* no memory: the client must come again */
		return WIRE_TOO_LONG;
	status = wire_parse(data, len, WIRE_REQUEST_MAX, &msg, used);
	if (status == WIRE_OK)
		requests_run(c, &msg);
	return status;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	static const struct timeval wait = { .tv_sec = FRAME_WAIT_S };
	struct client *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	enum wire_status status;
	size_t used;

	while ((status = next_request(c, in, &used)) == WIRE_OK) {
		evbuffer_drain(in, used);
		evtimer_del(c->frame_timer);
		if (c->broken)
			break;
	}
	if (status != WIRE_OK && status != WIRE_MORE)
		c->broken = true;
	if (c->broken) {
		client_free(c);
		return;
	}
	/* From the request's first octet, so that octets do not prolong it. */
	if (evbuffer_get_length(in) > 0 &&
	    !evtimer_pending(c->frame_timer, NULL) &&
	    evtimer_add(c->frame_timer, &wait) == -1)
		client_free(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		client_free(arg);
}

static void
on_frame_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_free(arg);
}

static void
note_peer(struct client *c, evutil_socket_t fd)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return;
	c->uid = (uint32_t)cred.uid;
	c->admin = cred.uid == 0 || cred.uid == geteuid();
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct server *s = arg;
	struct client *c;

	(void)l;
	(void)sa;
	(void)len;
	c = s->client_count < CLIENTS_MAX ? calloc(1, sizeof *c) : NULL;
	if (c == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->serial = ++s->serial;
	note_peer(c, fd);
	c->bev = bufferevent_socket_new(s->p.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL) {
		close(fd);
		free(c);
		return;
	}
	DL_APPEND(s->clients, c);
	s->client_count++;
	c->frame_timer = evtimer_new(s->p.base, on_frame_timeout, c);
	if (c->frame_timer == NULL) {
		client_free(c);
		return;
	}
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	/* No watermark, as in session.c; of a read less than a request stays. */
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* Out of descriptors: a listener that stays on would spin. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	static const struct timeval pause = { .tv_usec = 200000 };
	struct server *s = arg;
	int error = errno;

	if (clock_mono_ms() >= s->complain_at_ms) {
		s->complain_at_ms = clock_mono_ms() + COMPLAIN_MS;
		errno = error;
		log_warn("clients cannot be accepted for the moment");
	}
	evconnlistener_disable(l);
	evtimer_add(s->accept_again, &pause);
}

static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(s->listener);
}

/* --- birth and death ----------------------------------------------------- */

static bool
start(struct server *s)
{
	int fd = listen_unix(s->p.path, s->p.group);

	if (fd == -1)
		return false;
	s->listener = evconnlistener_new(s->p.base, on_accept, s,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (s->listener == NULL) {
		close(fd);
		return false;
	}
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	s->accept_again = evtimer_new(s->p.base, on_accept_again, s);
	return s->accept_again != NULL && purge_start(s);
}

struct server *
server_create(const struct server_params *p)
{
	struct server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->p = *p;
	s->purge_fd = -1;
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
	if (s->listener != NULL)
		evconnlistener_free(s->listener);
	if (s->accept_again != NULL)
		event_free(s->accept_again);
	pthread_mutex_destroy(&s->purge_lock);
	free(s);
}

size_t
server_clients(const struct server *s)
{
	return s->client_count;
}
