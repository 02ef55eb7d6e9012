/*
 * milter_driver: an MTA's side of the milter protocol, as fast as it goes.
 *
 * Holds SESSIONS connections to one milter and sends on each, one at a time as
 * Postfix does, MAIL and ten RCPT with their macros, then RSET, for SECONDS.
 * Recipients are user0@domain0.example and so on, COUNT of them. Prints how
 * many RCPT were answered a second, how many of them with "continue", and the
 * median and 99th percentile of their times in microseconds:
 *
 *   SOCKET-PATH SESSIONS SECONDS COUNT  ->  RATE CONTINUED P50 P99
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PER_MESSAGE	10
#define SLOTS		100000		/* a microsecond each */

enum step { NEGOTIATE, CONNECT, MAIL, RCPT };

struct session {
	int fd;
	enum step step;			/* the answer that is waited for */
	unsigned recipients;		/* of this message */
	int64_t sent_us;
	unsigned char in[1024];
	size_t have;
};

struct tally {
	uint64_t rcpts, continued;
	uint64_t next;			/* recipient */
	uint64_t count;			/* of recipients */
	uint32_t slots[SLOTS];
};

struct packet {
	unsigned char data[2048];
	size_t len;
};

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Appends one message of the protocol: length, command, data. */
static void
put(struct packet *p, char command, const void *data, size_t len)
{
	uint32_t n = htonl((uint32_t)len + 1);

	memcpy(p->data + p->len, &n, 4);
	p->data[p->len + 4] = (unsigned char)command;
	memcpy(p->data + p->len + 5, data, len);
	p->len += 5 + len;
}

static void
send_packet(struct session *s, const struct packet *p, enum step step)
{
	s->step = step;
	s->sent_us = now_us();
	if (send(s->fd, p->data, p->len, MSG_NOSIGNAL) != (ssize_t)p->len)
		err(1, "send");
}

static void
say_negotiate(struct session *s)
{
	struct packet p = { .len = 0 };
	uint32_t words[3] = { htonl(6), htonl(0x1ff), htonl(0x1fffff) };

	put(&p, 'O', words, sizeof(words));
	send_packet(s, &p, NEGOTIATE);
}

static void
say_connect(struct session *s)
{
	static const char macros[] = "C{daemon_name}\0submission\0"
	    "{client_addr}\0" "10.1.2.3";
	static const char data[] = "client.example\0" "4\x12\x67" "10.1.2.3";
	struct packet p = { .len = 0 };

	put(&p, 'D', macros, sizeof(macros));
	put(&p, 'C', data, sizeof(data));
	send_packet(s, &p, CONNECT);
}

static void
say_mail(struct session *s, bool reset)
{
	static const char macros[] = "M{auth_authen}\0shop";
	static const char data[] = "<no-reply@shop.example>\0BODY=8BITMIME";
	struct packet p = { .len = 0 };

	if (reset)
		put(&p, 'A', "", 0);
	put(&p, 'D', macros, sizeof(macros));
	put(&p, 'M', data, sizeof(data));
	s->recipients = 0;
	send_packet(s, &p, MAIL);
}

static void
say_rcpt(struct session *s, struct tally *t)
{
	static const char macros[] = "R{rcpt_mailer}\0smtp";
	struct packet p = { .len = 0 };
	uint64_t i = t->next++ % t->count;
	char data[128];
	int n = snprintf(data, sizeof(data), "<user%llu@domain%llu.example>",
	    (unsigned long long)i, (unsigned long long)(i % 1000));

	put(&p, 'D', macros, sizeof(macros));
	put(&p, 'R', data, (size_t)n + 1);
	s->recipients++;
	send_packet(s, &p, RCPT);
}

static void
count_rcpt(const struct session *s, struct tally *t, char command)
{
	int64_t us = now_us() - s->sent_us;

	t->rcpts++;
	t->continued += command == 'c';
	t->slots[us < SLOTS ? us : SLOTS - 1]++;
}

static void
answered(struct session *s, struct tally *t, char command)
{
	switch (s->step) {
	case NEGOTIATE:
		say_connect(s);
		break;
	case CONNECT:
		say_mail(s, false);
		break;
	case MAIL:
		if (command != 'c')
			errx(1, "MAIL was answered with %c", command);
		say_rcpt(s, t);
		break;
	case RCPT:
		count_rcpt(s, t, command);
		if (s->recipients == PER_MESSAGE)
			say_mail(s, true);
		else
			say_rcpt(s, t);
		break;
	}
}

static void
readable(struct session *s, struct tally *t)
{
	uint32_t len;
	ssize_t n = recv(s->fd, s->in + s->have, sizeof(s->in) - s->have, 0);

	if (n <= 0)
		errx(1, "the milter closed the connection");
	s->have += (size_t)n;
	if (s->have < 5)
		return;
	memcpy(&len, s->in, 4);
	len = ntohl(len);
	if (len + 4 > sizeof(s->in))
		errx(1, "an answer of %u octets", len);
	if (s->have < len + 4)
		return;
	s->have = 0;			/* one question, one answer */
	answered(s, t, (char)s->in[4]);
}

static void
dial(struct session *s, const char *path, int ep)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd == -1 || connect(s->fd, (struct sockaddr *)&un,
	    sizeof(un)) == -1)
		err(1, "%s", path);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &ev) == -1)
		err(1, "epoll");
	say_negotiate(s);
}

static unsigned
percentile(const struct tally *t, unsigned percent)
{
	uint64_t sum = 0, want = t->rcpts * percent / 100;
	unsigned us;

	for (us = 0; us < SLOTS - 1; us++) {
		sum += t->slots[us];
		if (sum > want)
			break;
	}
	return us;
}

int
main(int argc, char **argv)
{
	static struct tally tally;
	struct epoll_event events[64];
	struct session *sessions;
	int64_t begin, end;
	int i, n, count, ep = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 5 || ep == -1)
		errx(1, "usage: SOCKET-PATH SESSIONS SECONDS COUNT");
	count = atoi(argv[2]);
	tally.count = (uint64_t)atoll(argv[4]);
	sessions = calloc((size_t)count, sizeof(*sessions));
	if (sessions == NULL || tally.count == 0)
		errx(1, "no sessions or no recipients");
	for (i = 0; i < count; i++)
		dial(&sessions[i], argv[1], ep);
	begin = now_us();
	end = begin + (int64_t)(atof(argv[3]) * 1000000);
	while (now_us() < end) {
		n = epoll_wait(ep, events, 64, 1000);
		for (i = 0; i < n; i++)
			readable(events[i].data.ptr, &tally);
	}
	end = now_us();
	if (tally.rcpts == 0)
		errx(1, "nothing was answered");
	printf("%.0f %llu %u %u\n",
	    (double)tally.rcpts * 1e6 / (double)(end - begin),
	    (unsigned long long)tally.continued, percentile(&tally, 50),
	    percentile(&tally, 99));
	return 0;
}
