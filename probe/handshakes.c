#include "probe/handshakes.h"

#include <stdlib.h>

#include <utlist.h>

#include "common/clock.h"

#define PIECE	4		/* begun, in one callback (loop.h) */

struct handshakes {
	struct event *run;		/* for those who wait */
	struct event *late;		/* the first of those under way is */
	struct handshake *waiting;
	struct handshake *under_way;	/* in the order of until_ms */
	unsigned places, used;
	int64_t place_ms;
};

static void
watch_first(struct handshakes *hs)
{
	struct timeval tv;
	int64_t ms;

	if (hs->under_way == NULL) {
		evtimer_del(hs->late);
		return;
	}
	ms = hs->under_way->until_ms - clock_mono_ms();
	if (ms < 0)
		ms = 0;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	evtimer_add(hs->late, &tv);
}

static void
take_place(struct handshakes *hs, struct handshake *h)
{
	h->place = HANDSHAKE_HAS_ONE;
	h->until_ms = clock_mono_ms() + hs->place_ms;
	hs->used++;
	DL_APPEND(hs->under_way, h);
	if (hs->under_way == h)
		watch_first(hs);
}

static void
give_place(struct handshake *h)
{
	struct handshakes *hs = h->owner;

	h->place = HANDSHAKE_NO_PLACE;
	hs->used--;
	DL_DELETE(hs->under_way, h);
	if (hs->waiting != NULL)
		event_active(hs->run, EV_TIMEOUT, 0);
}

static bool
may_begin(const struct handshakes *hs)
{
	return hs->waiting != NULL && hs->used < hs->places;
}

static void
on_run(evutil_socket_t fd, short what, void *arg)
{
	struct handshakes *hs = arg;
	struct handshake *h;
	unsigned n;

	(void)fd;
	(void)what;
	for (n = 0; n < PIECE && may_begin(hs); n++) {
		h = hs->waiting;
		DL_DELETE(hs->waiting, h);
		take_place(hs, h);
		h->begin(h->arg);
	}
	if (may_begin(hs))
		event_active(hs->run, EV_TIMEOUT, 0);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct handshakes *hs = arg;
	int64_t now = clock_mono_ms();

	(void)fd;
	(void)what;
	while (hs->under_way != NULL && hs->under_way->until_ms <= now)
		give_place(hs->under_way);
	watch_first(hs);
}

bool
handshakes_enter(struct handshakes *hs, struct handshake *h)
{
	h->owner = hs;
	if (hs->waiting == NULL && hs->used < hs->places) {
		take_place(hs, h);
		return true;
	}
	h->place = HANDSHAKE_WAITS;
	DL_APPEND(hs->waiting, h);
	return false;
}

void
handshakes_leave(struct handshake *h)
{
	switch (h->place) {
	case HANDSHAKE_NO_PLACE:
		return;
	case HANDSHAKE_WAITS:
		h->place = HANDSHAKE_NO_PLACE;
		DL_DELETE(h->owner->waiting, h);
		return;
	case HANDSHAKE_HAS_ONE:
		give_place(h);
		return;
	}
}

struct handshakes *
handshakes_create(struct event_base *base, unsigned places, int64_t place_ms)
{
	struct handshakes *hs = calloc(1, sizeof *hs);

	if (hs == NULL)
		return NULL;
	hs->places = places;
	hs->place_ms = place_ms;
	hs->run = event_new(base, -1, 0, on_run, hs);
	hs->late = evtimer_new(base, on_late, hs);
	if (hs->run == NULL || hs->late == NULL) {
		handshakes_destroy(hs);
		return NULL;
	}
	return hs;
}

void
handshakes_destroy(struct handshakes *hs)
{
	if (hs == NULL)
		return;
	if (hs->run != NULL)
		event_free(hs->run);
	if (hs->late != NULL)
		event_free(hs->late);
	free(hs);
}
