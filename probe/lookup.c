#include "probe/lookup.h"

#include <stdlib.h>

#include <utlist.h>

#include "probe/dns_channel.h"
#include "probe/dns_parse.h"

struct question {
	struct lookup *lookup;		/* NULL: nobody waits any more */
	enum fact_type type;
	const char *name;		/* in facts */
	struct question *prev, *next;
};

struct lookup {
	struct facts *facts;
	struct question *questions;	/* under way */
	struct event *timer;		/* the deadline; or, made active, the end */
	lookup_done_fn *done;
	void *arg;
};

static void
lookup_free(struct lookup *l)
{
	struct question *q, *next;

	/* c-ares has them yet; they free themselves when they are answered. */
	DL_FOREACH_SAFE(l->questions, q, next) {
		DL_DELETE(l->questions, q);
		q->lookup = NULL;
	}
	event_free(l->timer);
	free(l);
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;
	lookup_done_fn *done = l->done;
	void *done_arg = l->arg;
	struct question *q;

	(void)fd;
	(void)what;
	DL_FOREACH(l->questions, q)
		facts_put(l->facts, q->type, q->name, NULL);
	lookup_free(l);
	done(done_arg);
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *q = arg;
	struct lookup *l = q->lookup;

	(void)timeouts;
	if (l != NULL) {
		facts_put(l->facts, q->type, q->name,
		    dns_parse_fact(q->type, status, buf, len));
		DL_DELETE(l->questions, q);
		if (l->questions == NULL)
			event_active(l->timer, EV_TIMEOUT, 0);
	}
	free(q);
}

static void
ask(struct lookup *l, struct dns_channel *channel, enum fact_type type,
    const char *name)
{
	struct question *q = calloc(1, sizeof *q);

	if (q == NULL) {
		facts_put(l->facts, type, name, NULL);
		return;
	}
	q->lookup = l;
	q->type = type;
	q->name = name;
	DL_APPEND(l->questions, q);
	dns_channel_ask(channel, name, (int)type, on_answer, q);
}

struct lookup *
lookup_start(struct event_base *base, struct resolver *resolver,
    struct facts *facts, int64_t deadline_ms, lookup_done_fn *done, void *arg)
{
	struct timeval tv = { .tv_sec = deadline_ms / 1000,
	    .tv_usec = deadline_ms % 1000 * 1000 };
	struct lookup *l = calloc(1, sizeof *l);
	enum fact_type type;
	const char *name;

	if (l == NULL)
		return NULL;
	l->facts = facts;
	l->done = done;
	l->arg = arg;
	l->timer = evtimer_new(base, on_end, l);
	if (l->timer == NULL || evtimer_add(l->timer, &tv) == -1) {
		if (l->timer != NULL)
			event_free(l->timer);
		free(l);
		return NULL;
	}
	while (facts_next(facts, &type, &name))
		ask(l, resolver_channel(resolver), type, name);
	if (l->questions == NULL)
		event_active(l->timer, EV_TIMEOUT, 0);
	return l;
}

void
lookup_cancel(struct lookup *l)
{
	if (l != NULL)
		lookup_free(l);
}
