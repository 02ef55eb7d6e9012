#include "probe/turns.h"

#include <stdlib.h>

#include <utlist.h>

struct turns {
	struct event *event;
	struct turn *row;
	unsigned pieces;
};

static void
take_turn(struct turns *ts, struct turn *t)
{
	bool more = t->work(t->arg);

	DL_DELETE(ts->row, t);
	if (more) {
		DL_APPEND(ts->row, t);
		return;
	}
	t->waits = false;
	if (t->over != NULL)
		t->over(t->arg);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct turns *ts = arg;
	unsigned n;

	(void)fd;
	(void)what;
	for (n = 0; n < ts->pieces && ts->row != NULL; n++)
		take_turn(ts, ts->row);
	if (ts->row != NULL)
		event_active(ts->event, EV_TIMEOUT, 0);
}

struct turns *
turns_create(struct event_base *base, unsigned pieces)
{
	struct turns *ts = calloc(1, sizeof *ts);

	if (ts == NULL)
		return NULL;
	ts->pieces = pieces;
	ts->event = event_new(base, -1, 0, on_event, ts);
	if (ts->event == NULL) {
		free(ts);
		return NULL;
	}
	return ts;
}

void
turns_destroy(struct turns *ts)
{
	if (ts == NULL)
		return;
	event_free(ts->event);
	free(ts);
}

void
turns_wait(struct turns *ts, struct turn *t)
{
	if (t->waits)
		return;
	t->waits = true;
	DL_APPEND(ts->row, t);
	event_active(ts->event, EV_TIMEOUT, 0);
}
