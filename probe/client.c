/*
 * client: what one client of the socket sends, and what it is sent.
 *
 * Requests wait in two rows, one of each client at a time, so that the order
 * within a connection stays. A verification can begin a probe, and notes come
 * in floods: they have their turn as all other work of the loop has. What else
 * is asked goes before that work, but a few requests at once, and no more
 * until the work has had a moment: or clients could keep the loop from it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <utlist.h>

#include "common/log.h"
#include "probe/loop.h"
#include "probe/server_internal.h"

#define CLIENTS_MAX	1024
#define OUTPUT_MAX	(1024 * 1024)	/* not fetched by one client */
#define INPUT_MAX	(16 * 1024)	/* waits for its turn, of one client */
#define PIECE		8		/* requests of a row, in one callback */
#define FIRST_PIECE	4
#define FRAME_WAIT_S	2		/* for the rest of a request */

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

void
client_answer(struct client *c, const char *id, const char *name,
    const char *value)
{
	char *buf = value != NULL ? malloc(WIRE_ANSWER_MAX) : NULL;
	struct wire_writer w;

	if (buf == NULL) {
		client_answer_error(c, id, "memory", "no memory");
		return;
	}
	wire_begin(&w, buf, WIRE_ANSWER_MAX);
	wire_put(&w, "id", id);
	wire_put(&w, name, value);
	client_send(c, &w);
	free(buf);
}

const char *
client_given(const struct wire_message *msg, const char *name)
{
	const char *value = wire_get(msg, name);

	return value != NULL ? value : "";
}

bool
client_until(struct client *c, const struct wire_message *msg, const char *id,
    int64_t *until)
{
	uint64_t s = 0;

	if (wire_get(msg, "until") != NULL &&
	    !wire_get_u64(msg, "until", INT64_MAX, &s)) {
		client_answer_error(c, id, "usage", "until is no time");
		return false;
	}
	*until = (int64_t)s;
	return true;
}

static struct client **
row_of(const struct client *c)
{
	return c->row == ROW_FIRST ? &c->server->first : &c->server->later;
}

static void
leave_row(struct client *c)
{
	if (c->row == ROW_NONE)
		return;
	DL_DELETE2(*row_of(c), c, row_prev, row_next);
	c->row = ROW_NONE;
}

static void
join_row(struct client *c, enum client_row row)
{
	c->row = row;
	DL_APPEND2(*row_of(c), c, row_prev, row_next);
	server_has_work(c->server, row);
}

void
client_free(struct client *c)
{
	requests_drop(c);
	leave_row(c);
	DL_DELETE(c->server->clients, c);
	c->server->client_count--;
	if (c->frame_timer != NULL)
		event_free(c->frame_timer);
	bufferevent_free(c->bev);
	free(c);
}

/* --- requests -------------------------------------------------------------- */

/* Runs the request that in begins with; WIRE_MORE: it is not whole. */
static enum wire_status
run_first(struct client *c, struct evbuffer *in)
{
	size_t len = evbuffer_get_length(in), used;
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
	status = wire_parse(data, len, WIRE_REQUEST_MAX, &msg, &used);
	if (status != WIRE_OK)
		return status;
	requests_run(c, &msg);
	evbuffer_drain(in, used);
	return WIRE_OK;
}

/* False: no request is whole, or the client is broken. */
static bool
run_next(struct client *c)
{
	enum wire_status status;

	status = run_first(c, bufferevent_get_input(c->bev));
	if (status == WIRE_OK) {
		evtimer_del(c->frame_timer);
	} else if (status != WIRE_MORE) {
		c->broken = true;
		log_debug("a client of user %u is cut off: %s",
		    (unsigned)c->uid, wire_status_text(status));
	}
	return status == WIRE_OK && !c->broken;
}

static bool
has_input(const struct client *c)
{
	return evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;
}

/* The row for the request that the input begins with. */
static enum client_row
row_for(const struct client *c)
{
	static const char *const later[] = {
		"request=verify\n", "request=note\n", "request=outcome\n"
	};
	struct evbuffer *in = bufferevent_get_input(c->bev);
	char head[16];
	ev_ssize_t len = evbuffer_copyout(in, head, sizeof head);
	size_t i;

	for (i = 0; i < sizeof later / sizeof later[0]; i++)
		if (len >= (ev_ssize_t)strlen(later[i]) &&
		    memcmp(head, later[i], strlen(later[i])) == 0)
			return ROW_LATER;
	return ROW_FIRST;
}

/* What is not read yet stays with the kernel, and slows the client down. */
static void
limit_input(struct client *c)
{
	size_t len = evbuffer_get_length(bufferevent_get_input(c->bev));
	bool deaf = c->ended || (c->row != ROW_NONE && len > INPUT_MAX);

	if (deaf == c->deaf)
		return;
	c->deaf = deaf;
	if (deaf)
		bufferevent_disable(c->bev, EV_READ);
	else if (bufferevent_enable(c->bev, EV_READ) == -1)
		c->broken = true;
}

/* After its requests were run. The client may be freed. */
static void
settle(struct client *c)
{
	static const struct timeval wait = { .tv_sec = FRAME_WAIT_S };

	limit_input(c);
	/* From the request's first octet, so that octets do not prolong it. */
	if (!c->broken && c->row == ROW_NONE && has_input(c) &&
	    !evtimer_pending(c->frame_timer, NULL) &&
	    evtimer_add(c->frame_timer, &wait) == -1)
		c->broken = true;
	if (c->broken || (c->ended && c->row == ROW_NONE))
		client_free(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (c->row == ROW_NONE && has_input(c))
		join_row(c, row_for(c));
	settle(c);
}

/* One request, and it goes to the end of the row if it has more. */
static void
take_turn(struct client *c)
{
	leave_row(c);
	if (run_next(c) && has_input(c))
		join_row(c, row_for(c));
	settle(c);
}

void
clients_first(struct server *s)
{
	unsigned n;

	for (n = 0; n < FIRST_PIECE && s->first != NULL; n++)
		take_turn(s->first);
}

void
clients_later(struct server *s)
{
	unsigned n;

	for (n = 0; n < PIECE && s->later != NULL; n++)
		take_turn(s->later);
}

/* --- connections ----------------------------------------------------------- */

/* What it has sent before it went is still done. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	c->ended = true;
	settle(c);
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

void
client_begin(struct server *s, evutil_socket_t fd)
{
	struct client *c;

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
	bufferevent_priority_set(c->bev, LOOP_CLIENTS);
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	/* No watermark: see session.c. */
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}
