#include "tests/bench/bare_smtp.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

struct bare {
	struct run *run;
	struct bufferevent *bev;
	unsigned left;			/* recipients still to be asked here */
	unsigned owed;			/* replies */
	bool greeted, asked, leaving;
};

static void bare_dial(struct run *run);

static void
bare_say(struct bare *b)
{
	struct evbuffer *out = bufferevent_get_output(b->bev);

	if (!b->greeted) {
		b->greeted = true;
		evbuffer_add_printf(out, "EHLO bare.bench.example\r\n");
		b->owed = 1;
	} else if (b->left > 0) {
		evbuffer_add_printf(out, "%sMAIL FROM:<bare@bench.example>\r\n"
		    "RCPT TO:<user%u@bench.example>\r\n",
		    b->asked ? "RSET\r\n" : "", b->run->first +
		    b->run->begun++);
		b->owed = b->asked ? 3 : 2;
		b->asked = true;
		b->left--;
	} else {
		evbuffer_add_printf(out, "QUIT\r\n");
		b->leaving = true;
	}
}

static void
bare_read(struct bufferevent *bev, void *arg)
{
	struct bare *b = arg;
	char *line;

	while ((line = evbuffer_readln(bufferevent_get_input(bev), NULL,
	    EVBUFFER_EOL_CRLF)) != NULL) {
		if (line[3] == ' ' && b->owed > 0)
			b->owed--;
		free(line);
	}
	if (b->owed == 0 && !b->leaving)
		bare_say(b);
}

static void
bare_end(struct bufferevent *bev, short what, void *arg)
{
	struct bare *b = arg;
	struct run *run = b->run;

	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	bufferevent_free(bev);
	free(b);
	run->open--;
	bare_dial(run);
}

static void
bare_dial(struct run *run)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct bare *b;

	if (run->begun >= run->addresses) {
		if (run->open == 0)
			event_base_loopbreak(run->base);
		return;
	}
	b = calloc(1, sizeof *b);
	if (b == NULL)
		err(1, "bare client");
	sin.sin_port = htons(run->sink->smtp_port);
	inet_pton(AF_INET, run->sink->address, &sin.sin_addr);
	b->run = run;
	b->left = run->per_session;
	b->owed = 1;
	b->bev = bufferevent_socket_new(run->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(b->bev, bare_read, NULL, bare_end, b);
	bufferevent_enable(b->bev, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect(b->bev, (struct sockaddr *)&sin,
	    sizeof sin) == -1)
		err(1, "bare client");
	run->open++;
}

struct round
bare_smtp_round(struct run run)
{
	struct clocks was;
	struct round r;
	unsigned i;

	run.base = event_base_new();
	was = rounds_clocks(&run, 0);
	for (i = 0; i < run.parallel; i++)
		bare_dial(&run);
	event_base_dispatch(run.base);
	r = rounds_end(&run, 0, &was);
	event_base_free(run.base);
	return r;
}
