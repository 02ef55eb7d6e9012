#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "probe/dns_channel.h"
#include "probe/dns_same.h"
#include "probe/dns_shard.h"

#define SHARD_ASKS	64	/* questions under way on one */
#define SHARDS_MAX	128
#define PIECE		8	/* questions that waited, in one callback */
#define PAUSE		256	/* questions, until another shard is tried */

struct spot {
	struct dns_shard *shard;
	unsigned asked;
};

struct question {
	struct dns_channel *channel;
	struct spot *spot;		/* NULL: it waits for one */
	int type;
	ares_callback answer;
	void *arg;
	char *name;			/* while it waits */
	struct question *prev, *next;
};

struct dns_channel {
	struct event_base *base;
	char *servers;			/* NULL: the system's */
	int64_t timeout_ms;
	int tries;
	struct spot spots[SHARDS_MAX];
	unsigned count;			/* of them */
	unsigned pause;			/* one could not be made */
	struct question *waiting;
	struct event *pump;
	struct dns_same *same;
	struct event *reaper;		/* frees a retired channel from the loop */
	unsigned asked;			/* questions under way */
	bool ending;
	struct dns_channel **retired;	/* the list it is in, or NULL */
	struct dns_channel *prev, *next;
};

/* "192.0.2.1:53,[2001:db8::1]:53" */
static char *
servers_csv(const struct resolver_params *p)
{
	char text[NET_TEXT_SIZE], *csv = NULL;
	size_t i, len;
	FILE *f = open_memstream(&csv, &len);

	if (f == NULL)
		return NULL;
	for (i = 0; i < p->server_count; i++) {
		const struct conf_endpoint *e = &p->servers[i];

		net_addr_text(&e->address, text);
		fprintf(f, e->address.family == AF_INET6 ?
		    "%s[%s]:%u" : "%s%s:%u", i > 0 ? "," : "", text, e->port);
	}
	if (fclose(f) != 0) {
		free(csv);
		return NULL;
	}
	return csv;
}

/* --- shards -------------------------------------------------------------- */

/* Where one fails, those that there are have to do for a while. */
static bool
add_shard(struct dns_channel *ch)
{
	struct dns_shard *sh;

	if (ch->pause > 0) {
		ch->pause--;
		return false;
	}
	sh = dns_shard_new(ch->base, ch->servers, ch->timeout_ms, ch->tries);
	if (sh == NULL) {
		ch->pause = PAUSE;
		return false;
	}
	ch->spots[ch->count++].shard = sh;
	return true;
}

/* The first with room, so that few questions have one; NULL: all are full. */
static struct spot *
free_spot(struct dns_channel *ch)
{
	unsigned i;

	for (i = 0; i < ch->count; i++)
		if (ch->spots[i].asked < SHARD_ASKS)
			return &ch->spots[i];
	if (ch->count < SHARDS_MAX && add_shard(ch))
		return &ch->spots[ch->count - 1];
	return NULL;
}

/* --- questions ----------------------------------------------------------- */

static void
reap_when_home(struct dns_channel *ch)
{
	if (ch->retired != NULL && ch->asked == 0 &&
	    dns_same_is_idle(ch->same))
		event_active(ch->reaper, EV_TIMEOUT, 0);
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *buf, int len)
{
	struct question *qn = arg;
	struct dns_channel *ch = qn->channel;

	qn->answer(qn->arg, status, timeouts, buf, len);
	ch->asked--;
	if (qn->spot != NULL)
		qn->spot->asked--;
	free(qn->name);
	free(qn);
	if (ch->waiting != NULL)
		event_active(ch->pump, EV_TIMEOUT, 0);
	reap_when_home(ch);
}

static void
ask_at(struct question *qn, struct spot *spot, const char *name)
{
	qn->spot = spot;
	spot->asked++;
	dns_shard_ask(spot->shard, name, qn->type, on_answer, qn);
}

static void
wait_for_spot(struct question *qn, const char *name)
{
	if ((qn->name = strdup(name)) == NULL)
		on_answer(qn, ARES_ENOMEM, 0, NULL, 0);
	else
		DL_APPEND(qn->channel->waiting, qn);
}

static void
ask(void *channel, const char *name, int type, ares_callback answer,
    void *arg)
{
	struct dns_channel *ch = channel;
	struct question *qn = calloc(1, sizeof *qn);
	struct spot *spot = NULL;

	if (qn == NULL) {
		answer(arg, ARES_ENOMEM, 0, NULL, 0);
		return;
	}
	qn->channel = ch;
	qn->type = type;
	qn->answer = answer;
	qn->arg = arg;
	ch->asked++;
	if (ch->waiting == NULL)
		spot = free_spot(ch);
	if (spot != NULL)
		ask_at(qn, spot, name);
	else
		wait_for_spot(qn, name);
}

void
dns_channel_ask(struct dns_channel *ch, const char *name, int type,
    ares_callback answer, void *arg)
{
	if (ch->ending)
		answer(arg, ARES_EDESTRUCTION, 0, NULL, 0);
	else
		dns_same_ask(ch->same, name, type, answer, arg);
}

static void
on_pump(evutil_socket_t fd, short what, void *arg)
{
	struct dns_channel *ch = arg;
	struct question *qn;
	struct spot *spot;
	unsigned n;

	(void)fd;
	(void)what;
	for (n = 0; n < PIECE && (qn = ch->waiting) != NULL; n++) {
		if ((spot = free_spot(ch)) == NULL)
			return;		/* an answer wakes it again */
		DL_DELETE(ch->waiting, qn);
		ask_at(qn, spot, qn->name);
	}
	if (ch->waiting != NULL)
		event_active(ch->pump, EV_TIMEOUT, 0);
}

/* --- birth and death ----------------------------------------------------- */

void
dns_channel_free(struct dns_channel *ch)
{
	struct question *qn;
	unsigned i;

	ch->ending = true;
	if (ch->same != NULL)
		dns_same_end(ch->same);
	while ((qn = ch->waiting) != NULL) {
		DL_DELETE(ch->waiting, qn);
		on_answer(qn, ARES_EDESTRUCTION, 0, NULL, 0);
	}
	for (i = 0; i < ch->count; i++)
		dns_shard_free(ch->spots[i].shard);
	dns_same_free(ch->same);
	if (ch->retired != NULL)
		DL_DELETE(*ch->retired, ch);
	if (ch->pump != NULL)
		event_free(ch->pump);
	if (ch->reaper != NULL)
		event_free(ch->reaper);
	free(ch->servers);
	free(ch);
}

static void
on_idle(void *arg)
{
	reap_when_home(arg);
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dns_channel_free(arg);
}

struct dns_channel *
dns_channel_new(struct event_base *base, const struct resolver_params *p)
{
	struct dns_channel *ch = calloc(1, sizeof *ch);
	const struct dns_same_owner owner = {
		.ask = ask,
		.idle = on_idle,
		.arg = ch,
	};

	if (ch == NULL)
		return NULL;
	ch->base = base;
	ch->timeout_ms = p->timeout_ms;
	ch->tries = p->tries;
	ch->pump = event_new(base, -1, 0, on_pump, ch);
	ch->reaper = event_new(base, -1, 0, on_reap, ch);
	if (p->server_count > 0)
		ch->servers = servers_csv(p);
	ch->same = dns_same_create(base, &owner);
	if (ch->pump == NULL || ch->reaper == NULL || ch->same == NULL ||
	    (p->server_count > 0 && ch->servers == NULL) || !add_shard(ch)) {
		dns_channel_free(ch);
		return NULL;
	}
	return ch;
}

void
dns_channel_retire(struct dns_channel *ch, struct dns_channel **retired)
{
	ch->retired = retired;
	DL_APPEND(*retired, ch);
	reap_when_home(ch);
}
