#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/peers_internal.h"

#define PIECE	8		/* of a list, in one callback (loop.h) */

/* --- questions ----------------------------------------------------------- */

void
ask_tell(struct ask *a, enum story_kind kind, const char *text)
{
	int64_t at;

	if (a == NULL || a->params.story == NULL)
		return;
	at = clock_mono_ms() - a->params.story_began_ms;
	evidence_tell_text(a->params.story, (uint32_t)(at < 0 ? 0 : at), kind,
	    text, strlen(text));
}

void
ask_finish(struct ask *a, enum fault fault, enum stage stage,
    const struct reply *reply)
{
	struct peers *p = a->peer->peers;

	a->result.fault = fault;
	a->result.stage = stage;
	a->result.addr = a->peer->addr;
	if (a->line != NULL) {
		session_addresses(a->line->session, &a->result.addr,
		    &a->result.other);
		a->result.tls = session_tls(a->line->session);
		a->line->ask = NULL;
		a->line = NULL;
	}
	if (reply != NULL) {
		a->result.code = reply->code;
		text_copy(a->result.enhanced, reply->enhanced,
		    sizeof a->result.enhanced);
		a->text = strdup(reply->text);
	}
	DL_APPEND(p->done, a);
	event_active(p->deliver, EV_TIMEOUT, 0);
}

static void
ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	free(a->text);
	free(a);
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct peers *p = arg;
	struct ask *a;
	unsigned n;

	(void)fd;
	(void)what;
	for (n = 0; n < PIECE && (a = p->done) != NULL; n++) {
		DL_DELETE(p->done, a);
		a->result.text = a->text != NULL ? a->text : "";
		if (a->result.tls == NULL)
			a->result.tls = "";
		if (a->params.done != NULL)
			a->params.done(a->params.arg, &a->result);
		ask_free(a);
	}
	if (p->done != NULL)
		event_active(p->deliver, EV_TIMEOUT, 0);
}

static struct ask **
list_of(const struct ask *a)
{
	return a->params.own_session ? &a->peer->alone : &a->peer->waiting;
}

void
ask_unqueue(struct ask *a)
{
	DL_DELETE(*list_of(a), a);
	a->waits = false;
	a->peer->peers->stats.waiting--;
}

static void
wait_from_now(struct ask *a, bool ahead)
{
	a->waits = true;
	a->ahead = ahead;
	a->serial = ++a->peer->peers->serial;
	a->peer->peers->stats.waiting++;
}

/* Whoever was never asked came later than all that were. */
void
ask_requeue(struct ask *a)
{
	struct ask **list = list_of(a), *later;

	wait_from_now(a, true);
	DL_FOREACH(*list, later)
		if (later->nr > a->nr)
			break;
	if (later != NULL)
		DL_PREPEND_ELEM(*list, later, a);
	else
		DL_APPEND(*list, a);
}

void
ask_release(struct ask *a)
{
	a->line = NULL;
	if (a->params.done == NULL) {
		ask_finish(a, FAULT_CLOSED, STAGE_RCPT, NULL);
		return;
	}
	ask_tell(a, STORY_NOTE, "not answered there; to be asked again");
	ask_requeue(a);
}

/* --- peers --------------------------------------------------------------- */

struct ask *
peer_first(const struct peer *peer)
{
	struct ask *a = peer->waiting, *b = peer->alone;

	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	if (a->ahead != b->ahead)
		return a->ahead ? a : b;
	return a->serial < b->serial ? a : b;
}

static void
peer_free_if_unused(struct peer *peer)
{
	if (peer->lines != NULL || peer_first(peer) != NULL ||
	    peer->failure != NULL || peer->in_queue)
		return;
	peers_walks_pass(peer->peers, peer);
	HASH_DEL(peer->peers->table, peer);
	free(peer);
}

static void
use_idle_lines(struct peer *peer)
{
	struct line *line, *next;

	DL_FOREACH_SAFE(peer->lines, line, next) {
		if (!line->idle || peer->waiting == NULL)
			return;
		line_next(line);
	}
}

unsigned
peer_sessions_max(const struct peer *peer)
{
	return peer->wary || hostmem_has(peer->peers->memory, &peer->addr,
	    HABIT_ONE_SESSION, clock_mono_ms()) ? 1 : peer->sessions_max;
}

/*
 * A question that wants a session of its own, or a new one, cannot use an idle
 * one; where the host allows no more, one has to leave for it.
 */
static void
make_way(struct peer *peer)
{
	struct line *first = peer->lines;

	if (peer_first(peer) != NULL && first != NULL && first->idle &&
	    peer->line_count >= peer_sessions_max(peer))
		line_leave(first);
}

static bool
sessions_left(const struct peers *p)
{
	return p->stats.sessions < (size_t)p->conf->probe.parallel;
}

bool
peers_are_crowded(const struct peers *p)
{
	return p->queue != NULL && !sessions_left(p);
}

static bool
wants_sessions(const struct peer *peer)
{
	return peer_first(peer) != NULL && peer->failure == NULL &&
	    peer->line_count < peer_sessions_max(peer);
}

void
peer_run(struct peer *peer)
{
	struct peers *p = peer->peers;
	unsigned n;

	use_idle_lines(peer);
	make_way(peer);
	for (n = 0; n < PIECE && wants_sessions(peer) && sessions_left(p); n++)
		if (!line_open(peer))
			break;
	if (wants_sessions(peer)) {
		if (!peer->in_queue)
			DL_APPEND(p->queue, peer);
		peer->in_queue = true;
		if (sessions_left(p))
			event_active(p->run, EV_TIMEOUT, 0);
		return;
	}
	peer_free_if_unused(peer);
}

static void
on_run(evutil_socket_t fd, short what, void *arg)
{
	struct peers *p = arg;
	struct peer *peer;

	(void)fd;
	(void)what;
	if (sessions_left(p) && (peer = p->queue) != NULL) {
		DL_DELETE(p->queue, peer);
		peer->in_queue = false;
		peer_run(peer);
	}
	if (sessions_left(p) && p->queue != NULL)
		event_active(p->run, EV_TIMEOUT, 0);
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct peers *p = arg;

	(void)fd;
	(void)what;
	hostmem_sweep(p->memory, clock_mono_ms());
}

/* Whoever asks: a host's limits hold for all that it is asked. */
static void
peer_limits(struct peer *peer, const struct provider *rule,
    const struct conf *conf)
{
	peer->sessions_max = rule != NULL && rule->connections > 0 ?
	    rule->connections : (unsigned)conf->smtp.per_mx;
	peer->asks_max = rule != NULL && rule->rcpts_per_session > 0 ?
	    rule->rcpts_per_session : PEER_ASKS_PER_SESSION;
}

static struct peer *
peer_of(struct peers *p, const struct ask_params *params)
{
	const struct provider *rule = params->provider;
	struct peer *peer;

	HASH_FIND(hh, p->table, &params->addr, sizeof params->addr, peer);
	if (peer == NULL) {
		if ((peer = calloc(1, sizeof *peer)) == NULL)
			return NULL;
		peer->addr = params->addr;
		peer->peers = p;
		text_copy(peer->host, params->host, sizeof peer->host);
		HASH_ADD(hh, p->table, addr, sizeof peer->addr, peer);
		if (!TABLE_HAS(peer)) {
			free(peer);
			return NULL;
		}
	}
	text_copy(peer->provider, rule != NULL ? rule->name : "",
	    sizeof peer->provider);
	text_copy(peer->stick, rule != NULL ? rule->name : params->machine,
	    sizeof peer->stick);
	peer_limits(peer, rule, p->conf);
	return peer;
}

struct ask *
peers_ask(struct peers *p, const struct ask_params *params)
{
	struct ask *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->params = *params;
	a->rcpt = *params->rcpt;
	if (params->other != NULL)
		a->other = *params->other;
	if ((a->peer = peer_of(p, params)) == NULL) {
		ask_free(a);
		return NULL;
	}
	wait_from_now(a, false);
	DL_APPEND(*list_of(a), a);
	a->nr = ++p->stats.asked;
	peer_run(a->peer);
	return a;
}

bool
ask_is_crowded_out(const struct ask *a)
{
	return a != NULL && a->waits && a->peer->in_queue &&
	    peers_are_crowded(a->peer->peers);
}

/*
 * A question that is on its way to an answer cannot be called back politely:
 * its session ends it, and nobody listens.
 */
void
ask_cancel(struct ask *a)
{
	if (a == NULL)
		return;
	a->params.done = NULL;
	a->params.story = NULL;
	if (!a->waits)
		return;
	ask_unqueue(a);
	ask_free(a);
}

struct peers *
peers_create(struct event_base *base, const struct conf *conf,
    const struct target_rules *rules, const struct source_pool *sources,
    struct counters *counters)
{
	const struct timeval minute = { .tv_sec = 60 };
	struct peers *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->base = base;
	p->sources = sources;
	p->counters = counters;
	p->memory = hostmem_create();
	if (p->memory == NULL) {
		free(p);
		return NULL;
	}
	peers_configure(p, conf, rules);
	p->deliver = event_new(base, -1, 0, on_deliver, p);
	p->failing = turns_create(base, PIECE);
	p->run = event_new(base, -1, 0, on_run, p);
	p->sweep = event_new(base, -1, EV_PERSIST, on_sweep, p);
	p->tls = tls_create();
	p->parking = parking_create(base, PIECE);
	if (p->deliver == NULL || p->failing == NULL || p->run == NULL ||
	    p->sweep == NULL || p->tls == NULL || p->parking == NULL ||
	    event_add(p->sweep, &minute) == -1) {
		peers_destroy(p);
		return NULL;
	}
	return p;
}

void
peers_configure(struct peers *p, const struct conf *conf,
    const struct target_rules *rules)
{
	p->conf = conf;
	p->rules = *rules;
	/* Who refused us may have refused what the admin has just changed. */
	hostmem_clear(p->memory);
}

struct hostmem *
peers_memory(const struct peers *p)
{
	return p->memory;
}

static void
peer_destroy(struct peer *peer)
{
	struct line *line, *next_line;
	struct ask *a, *next_ask;

	DL_FOREACH_SAFE(peer->lines, line, next_line) {
		DL_FOREACH_SAFE(line->behind, a, next_ask)
			ask_free(a);
		ask_free(line->ask);
		line_free(line);
	}
	DL_FOREACH_SAFE(peer->waiting, a, next_ask)
		ask_free(a);
	DL_FOREACH_SAFE(peer->alone, a, next_ask)
		ask_free(a);
	free(peer->failure);
	free(peer);
}

void
peers_destroy(struct peers *p)
{
	struct peer *peer, *next;
	struct ask *a, *next_ask;

	if (p == NULL)
		return;
	HASH_ITER(hh, p->table, peer, next) {
		HASH_DEL(p->table, peer);
		peer_destroy(peer);
	}
	DL_FOREACH_SAFE(p->done, a, next_ask)
		ask_free(a);
	if (p->deliver != NULL)
		event_free(p->deliver);
	turns_destroy(p->failing);
	if (p->run != NULL)
		event_free(p->run);
	if (p->sweep != NULL)
		event_free(p->sweep);
	tls_destroy(p->tls);
	parking_destroy(p->parking);
	hostmem_destroy(p->memory);
	free(p);
}

void
peers_stats(const struct peers *p, struct peers_stats *out)
{
	*out = p->stats;
	out->peers = HASH_COUNT(p->table);
}
