#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "tests/bench/sink.h"

#define EHLO_REPLY	"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"

/* --- SMTP ----------------------------------------------------------------- */

static const char *
reply_to(const char *line)
{
	switch (line[0]) {
	case 'R':			/* a random name shows that we check */
		return strncmp(line, "RCPT TO:<", 9) == 0 &&
		    strncmp(line + 9, "user", 4) != 0 ?
		    "550 5.1.1 User unknown\r\n" : "250 2.0.0 Ok\r\n";
	case 'E':
		return EHLO_REPLY;
	case 'Q':
		return "221 2.0.0 Bye\r\n";
	default:			/* MAIL, told from RSET as Postfix does */
		return "250 2.1.0 Ok\r\n";
	}
}

static void on_end(struct bufferevent *bev, short what, void *arg);

static void
on_sent(struct bufferevent *bev, void *arg)
{
	(void)arg;
	bufferevent_free(bev);
}

static void
on_line(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct evbuffer *out = bufferevent_get_output(bev);
	const char *reply;
	char *line;

	(void)arg;
	while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
		reply = reply_to(line);
		evbuffer_add_reference(out, reply, strlen(reply), NULL, NULL);
		if (line[0] == 'Q')
			bufferevent_setcb(bev, NULL, on_sent, on_end, NULL);
		free(line);
	}
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(bev);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct bufferevent *bev;
	int on = 1;

	(void)sa;
	(void)len;
	(void)arg;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	bev = bufferevent_socket_new(evconnlistener_get_base(l), fd,
	    BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, on_line, NULL, on_end, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, "220 sink ESMTP\r\n", 16);
}

/* --- DNS (RFC 1035, 4.1) -------------------------------------------------- */

#define HEADER		12
#define TYPE_A		1
#define TYPE_MX		15
#define TTL		3600

struct packet {
	uint8_t octets[512];
	size_t len;
};

static void
put16(struct packet *p, unsigned v)
{
	p->octets[p->len++] = (uint8_t)(v >> 8);
	p->octets[p->len++] = (uint8_t)v;
}

static void
put_name(struct packet *p, const char *name)
{
	size_t label;

	for (; *name != '\0'; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		p->octets[p->len++] = (uint8_t)label;
		memcpy(p->octets + p->len, name, label);
		p->len += label;
	}
	p->octets[p->len++] = 0;
}

/* One record for the name of the question, which stands at offset 12. */
static void
put_record(struct packet *p, unsigned type, const struct in_addr *self)
{
	size_t length_at;

	put16(p, 0xc000 | HEADER);
	put16(p, type);
	put16(p, 1);
	put16(p, 0);
	put16(p, TTL);
	length_at = p->len;
	put16(p, 0);
	if (type == TYPE_A) {
		memcpy(p->octets + p->len, self, 4);
		p->len += 4;
	} else {
		put16(p, 10);
		put_name(p, SINK_HOST);
	}
	p->octets[length_at + 1] = (uint8_t)(p->len - length_at - 2);
}

static void
on_query(evutil_socket_t fd, short what, void *arg)
{
	const struct in_addr *self = arg;
	struct sockaddr_storage from;
	struct packet p;
	socklen_t from_len = sizeof from;
	ssize_t n = recvfrom(fd, p.octets, 256, 0, (struct sockaddr *)&from,
	    &from_len);
	unsigned type;
	size_t at = HEADER;

	(void)what;
	while (n > (ssize_t)at && p.octets[at] != 0)
		at += p.octets[at] + 1u;
	if (n < (ssize_t)at + 5)
		return;
	type = (unsigned)p.octets[at + 1] << 8 | p.octets[at + 2];
	p.len = at + 5;
	p.octets[2] = 0x85;		/* an authoritative answer */
	p.octets[3] = 0x80;
	memset(p.octets + 6, 0, 6);
	if (type == TYPE_A || type == TYPE_MX) {
		p.octets[7] = 1;
		put_record(&p, type, self);
	}
	sendto(fd, p.octets, p.len, 0, (struct sockaddr *)&from, from_len);
}

/* --- the process ----------------------------------------------------------- */

static int
bound(const struct sink *s, int type, uint16_t *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof sin;
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	if (inet_pton(AF_INET, s->address, &sin.sin_addr) != 1 || fd == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof sin) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "sink on %s", s->address);
	*port = ntohs(sin.sin_port);
	return fd;
}

static _Noreturn void
serve(const struct sink *s, int smtp, int dns)
{
	struct event_base *base = event_base_new();
	struct in_addr self;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	inet_pton(AF_INET, s->address, &self);
	evconnlistener_new(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE, 1024,
	    smtp);
	event_add(event_new(base, dns, EV_READ | EV_PERSIST, on_query, &self),
	    NULL);
	event_base_dispatch(base);
	_exit(0);
}

void
sink_start(struct sink *s)
{
	int smtp = bound(s, SOCK_STREAM, &s->smtp_port);
	int dns = bound(s, SOCK_DGRAM, &s->dns_port);

	if (listen(smtp, 1024) == -1 || (s->pid = fork()) == -1)
		err(1, "sink");
	if (s->pid == 0)
		serve(s, smtp, dns);
	close(smtp);
	close(dns);
}

void
sink_stop(struct sink *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}
