#include "common/wire_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define BUFFER_START	4096		/* most answers; grows to the limit */

struct wire_client {
	int fd;
	bool broken;			/* can only be closed */
	uint64_t last_id;
	char *buf;
	size_t size, len;
	size_t used;			/* of the answer handed out last */
};

const char *
client_status_text(enum client_status status)
{
	switch (status) {
	case CLIENT_OK:
		return "answered";
	case CLIENT_DEAD:
		return "rcptguard-probe is not running or has closed the "
		    "connection";
	case CLIENT_BUSY:
		return "rcptguard-probe has more connections waiting than it "
		    "takes";
	case CLIENT_TIMEOUT:
		return "rcptguard-probe did not answer in time";
	case CLIENT_STOPPED:
		return "stopped while waiting for rcptguard-probe";
	case CLIENT_GARBAGE:
		return "what answered does not speak rcptguard's protocol";
	case CLIENT_NO_MEMORY:
		return "out of memory or descriptors";
	case CLIENT_DENIED:
		return "no permission to use rcptguard-probe's socket";
	case CLIENT_STATUS_COUNT:
		break;
	}
	return "unknown status";
}

static enum client_status
status_of_errno(int error)
{
	switch (error) {
	case EAGAIN:			/* a UNIX socket's full backlog */
		return CLIENT_BUSY;
	case EACCES:
	case EPERM:
		return CLIENT_DENIED;
	case ENOMEM:
	case ENOBUFS:
	case EMFILE:
	case ENFILE:
		return CLIENT_NO_MEMORY;
	default:
		return CLIENT_DEAD;
	}
}

static enum client_status
dial(const char *path, int *out)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	enum client_status status;
	int fd;

	if (strlen(path) >= sizeof(un.sun_path))
		return CLIENT_DEAD;
	memcpy(un.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return status_of_errno(errno);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1) {
		status = status_of_errno(errno);
		close(fd);
		return status;
	}
	*out = fd;
	return CLIENT_OK;
}

enum client_status
wire_client_open(const char *path, struct wire_client **out)
{
	enum client_status status;
	struct wire_client *c;

	*out = NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return CLIENT_NO_MEMORY;
	c->size = BUFFER_START;
	c->buf = malloc(c->size);
	status = c->buf == NULL ? CLIENT_NO_MEMORY : dial(path, &c->fd);
	if (status != CLIENT_OK) {
		free(c->buf);
		free(c);
		return status;
	}
	*out = c;
	return CLIENT_OK;
}

void
wire_client_close(struct wire_client *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	free(c->buf);
	free(c);
}

uint64_t
wire_client_next_id(struct wire_client *c)
{
	return ++c->last_id;
}

/* Until events are there. The stop comes first, then the peer. */
static enum client_status
wait_for(const struct wire_client *c, short events, int64_t deadline_ms,
    int stop_fd)
{
	struct pollfd fds[2] = {
		{ .fd = c->fd, .events = events },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int64_t left;
	int n;

	for (;;) {
		left = deadline_ms - clock_mono_ms();
		if (left < 0)
			left = 0;
		n = poll(fds, 2, left > INT_MAX ? INT_MAX : (int)left);
		if (n == -1 && errno != EINTR)
			return status_of_errno(errno);
		if (n > 0 && fds[1].revents != 0)
			return CLIENT_STOPPED;
		if (n > 0)
			return CLIENT_OK;
		if (clock_mono_ms() >= deadline_ms)
			return CLIENT_TIMEOUT;
	}
}

static enum client_status
send_all(const struct wire_client *c, const char *msg, size_t len,
    int64_t deadline_ms, int stop_fd)
{
	enum client_status status;
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, msg, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			msg += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return CLIENT_DEAD;
		status = wait_for(c, POLLOUT, deadline_ms, stop_fd);
		if (status != CLIENT_OK)
			return status;
	}
	return CLIENT_OK;
}

/* Room for at least one more octet. */
static enum client_status
make_room(struct wire_client *c)
{
	size_t size = c->size * 2;
	char *buf;

	if (c->len < c->size)
		return CLIENT_OK;
	if (size > WIRE_ANSWER_MAX)
		size = WIRE_ANSWER_MAX;
	buf = realloc(c->buf, size);
	if (buf == NULL)
		return CLIENT_NO_MEMORY;
	c->buf = buf;
	c->size = size;
	return CLIENT_OK;
}

/* Reads what is there, or waits and reads once. */
static enum client_status
read_some(struct wire_client *c, int64_t deadline_ms, int stop_fd)
{
	enum client_status status;
	ssize_t n;

	status = make_room(c);
	if (status != CLIENT_OK)
		return status;
	for (;;) {
		n = recv(c->fd, c->buf + c->len, c->size - c->len,
		    MSG_DONTWAIT);
		if (n > 0) {
			c->len += (size_t)n;
			return CLIENT_OK;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN)
			return CLIENT_DEAD;
		status = wait_for(c, POLLIN, deadline_ms, stop_fd);
		if (status != CLIENT_OK)
			return status;
	}
}

static enum client_status
next_answer(struct wire_client *c, int64_t deadline_ms, int stop_fd,
    struct wire_message *answer)
{
	enum client_status status;

	/* A buffer at its limit is whole or too long, never WIRE_MORE. */
	for (;;) {
		switch (wire_parse(c->buf, c->len, WIRE_ANSWER_MAX, answer,
		    &c->used)) {
		case WIRE_OK:
			return CLIENT_OK;
		case WIRE_MORE:
			break;
		case WIRE_TOO_LONG:
		case WIRE_TOO_MANY:
		case WIRE_SYNTAX:
		case WIRE_DUPLICATE:
		case WIRE_STATUS_COUNT:
			return CLIENT_GARBAGE;
		}
		status = read_some(c, deadline_ms, stop_fd);
		if (status != CLIENT_OK)
			return status;
	}
}

/* The last answer goes; what was read behind it stays. */
static void
forget_answer(struct wire_client *c)
{
	c->len -= c->used;
	memmove(c->buf, c->buf + c->used, c->len);
	c->used = 0;
}

enum client_status
wire_client_call(struct wire_client *c, const char *msg, size_t len,
    int64_t deadline_ms, int stop_fd, struct wire_message *answer)
{
	enum client_status status;

	if (c->broken)
		return CLIENT_DEAD;
	forget_answer(c);
	status = send_all(c, msg, len, deadline_ms, stop_fd);
	/* A peer that closed on us may have said why before. */
	if (answer != NULL &&
	    (status == CLIENT_OK || status == CLIENT_DEAD))
		status = next_answer(c, deadline_ms, stop_fd, answer);
	c->broken = status != CLIENT_OK;
	return status;
}
