#include "milter/ask.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "common/wire_client.h"
#include "milter/breaker.h"
#include "milter/note.h"
#include "milter/pool.h"

/*
 * The probe is told to answer so much before our own deadline, so that a
 * healthy one says "pending" itself, also on a busy machine, and silence means
 * that it hangs: a tenth of the wait, within these.
 */
#define MARGIN_LEAST_MS	100
#define MARGIN_MOST_MS	1000
#define LEAST_MS	200		/* to get an answer without a wait */
#define SAY_EVERY_MS	10000		/* between two lines about the probe */

struct ask {
	struct lookup *lookup;
	char *probe_socket;
	int stop_fd;
	struct pool pool;
	void (*before_wait)(void *arg);	/* NULL: nothing */
	void *before_wait_arg;

	pthread_mutex_t lock;		/* all below */
	struct breaker breaker;
	int64_t said_at;
};

struct ask *
ask_new(struct lookup *lookup, const char *probe_socket, int stop_fd)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->lookup = lookup;
	a->stop_fd = stop_fd;
	a->probe_socket = strdup(probe_socket);
	if (a->probe_socket == NULL) {
		free(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
	pool_init(&a->pool);
	return a;
}

void
ask_before_wait(struct ask *a, void (*fn)(void *arg), void *arg)
{
	a->before_wait = fn;
	a->before_wait_arg = arg;
}

static int64_t
margin_of(int64_t left)
{
	int64_t tenth = left / 10;

	if (tenth < MARGIN_LEAST_MS)
		return MARGIN_LEAST_MS;
	return tenth < MARGIN_MOST_MS ? tenth : MARGIN_MOST_MS;
}

/* deadline: our own; the probe's is earlier, see margin_of. */
static size_t
make_request(const struct ask_question *q, char *buf, size_t size,
    int64_t deadline)
{
	char address[ADDRESS_MAX + 1];
	int64_t left = deadline - clock_mono_ms();
	struct note_question n = {
		.id = q->id,
		.address = address,
		.guard = q->guard,
		.client = q->client,
		.auth = q->auth,
		.role = q->role,
		.wait_ms = left - margin_of(left),
	};

	if (n.wait_ms > q->wait_ms)
		n.wait_ms = q->wait_ms;
	if (n.wait_ms < 0)
		n.wait_ms = 0;
	address_wire(q->addr, address);
	return note_verify(&n, buf, size);
}

/*
 * The probe is another process under another user: what it says is checked
 * like any other input. False: this is no answer to our question.
 */
static bool
read_answer(const struct wire_message *msg, const struct ask_question *q,
    struct ask_answer *out)
{
	const char *id = wire_get(msg, "id"), *word;
	enum verdict_source source;
	uint64_t age;

	if (id == NULL || strcmp(id, q->id) != 0)
		return false;
	word = wire_get(msg, "reason");
	if (word == NULL || !verdict_reason_from_word(word, &out->reason))
		return false;
	out->degraded = out->reason == REASON_PROBE_UNAVAILABLE;
	word = wire_get(msg, "source");
	if (word != NULL && verdict_source_from_word(word, &source))
		out->source = source;
	if (wire_get_u64(msg, "age_s", INT64_MAX, &age))
		out->age_s = (int64_t)age;
	return true;
}

static void
say(struct ask *a, const char *what)
{
	int64_t now = clock_mono_ms();
	bool go;

	pthread_mutex_lock(&a->lock);
	go = a->said_at == 0 || now >= a->said_at + SAY_EVERY_MS;
	if (go)
		a->said_at = now;
	pthread_mutex_unlock(&a->lock);
	if (go)
		log_warnx("probe at %s: %s; addresses not in the store are "
		    "unknown", a->probe_socket, what);
}

/* An answer that is whole but refuses us, or is not about our question. */
static void
say_refusal(struct ask *a, const struct wire_message *msg)
{
	const char *error = wire_get(msg, "error");
	char safe[64], what[128];

	if (error == NULL) {
		say(a, "an answer that is none");
		return;
	}
	text_escape(error, strlen(error), safe, sizeof(safe));
	snprintf(what, sizeof(what), "it refused the request (%s)", safe);
	say(a, what);
}

/*
 * One call on c, which is closed or kept as its end demands. True when *out
 * is filled; else *st says why, and CLIENT_OK means that the probe refused.
 */
static bool
call(struct ask *a, struct wire_client *c, const struct ask_question *q,
    int64_t deadline, struct ask_answer *out, enum client_status *st)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_message msg;
	size_t len = make_request(q, buf, sizeof(buf), deadline);
	bool good;

	if (len == 0) {
		pool_keep(&a->pool, c);
		*st = CLIENT_GARBAGE;	/* ours: cannot be, but is no answer */
		return false;
	}
	*st = wire_client_call(c, buf, len, deadline, a->stop_fd, &msg);
	if (*st != CLIENT_OK) {
		wire_client_close(c);
		return false;
	}
	good = read_answer(&msg, q, out);
	if (good) {
		pool_keep(&a->pool, c);
		return true;
	}
	say_refusal(a, &msg);
	if (wire_get(&msg, "error") == NULL)
		*st = CLIENT_GARBAGE;
	wire_client_close(c);
	return false;
}

/*
 * A kept connection may have died with the last probe, so each such death is
 * followed by the next one, at last by a fresh connection.
 */
static bool
ask_probe(struct ask *a, const struct ask_question *q, int64_t deadline,
    struct ask_answer *out, enum client_status *st)
{
	struct wire_client *c;

	while ((c = pool_take(&a->pool)) != NULL) {
		if (call(a, c, q, deadline, out, st))
			return true;
		if (*st != CLIENT_DEAD)
			return false;
	}
	*st = wire_client_open(a->probe_socket, &c);
	if (*st != CLIENT_OK)
		return false;
	return call(a, c, q, deadline, out, st);
}

static enum breaker_end
end_of(enum client_status st)
{
	switch (st) {
	case CLIENT_OK:
		return BREAKER_ANSWERED;
	case CLIENT_DEAD:
	case CLIENT_DENIED:
	case CLIENT_NO_MEMORY:
		return BREAKER_DEAD;
	case CLIENT_BUSY:
	case CLIENT_TIMEOUT:
	case CLIENT_GARBAGE:
		return BREAKER_HUNG;
	case CLIENT_STOPPED:
	case CLIENT_STATUS_COUNT:
		break;
	}
	return BREAKER_STOPPED;
}

static enum breaker_refusal
enter(struct ask *a, int64_t now, int64_t most)
{
	enum breaker_refusal why;

	pthread_mutex_lock(&a->lock);
	a->breaker = breaker_enter(a->breaker, now, most, &why);
	pthread_mutex_unlock(&a->lock);
	return why;
}

static void
leave(struct ask *a, int64_t now, enum client_status st)
{
	pthread_mutex_lock(&a->lock);
	a->breaker = breaker_leave(a->breaker, now, end_of(st));
	pthread_mutex_unlock(&a->lock);
}

static void
unavailable(struct ask_answer *out)
{
	out->reason = REASON_PROBE_UNAVAILABLE;
	out->source = SOURCE_PROBE;
	out->age_s = 0;
	out->degraded = true;
}

static void
ask_miss(struct ask *a, const struct ask_question *q, struct ask_answer *out)
{
	int64_t start = clock_mono_ms(), own;
	enum client_status st = CLIENT_OK;

	out->source = SOURCE_PROBE;
	switch (enter(a, start, q->max_holds)) {
	case BREAKER_GO:
		break;
	case BREAKER_FULL:
		say(a, "as many sessions wait as milter.max_holds allows");
		unavailable(out);
		return;
	case BREAKER_OPEN:
		unavailable(out);
		return;
	}
	if (a->before_wait != NULL)
		a->before_wait(a->before_wait_arg);
	own = q->wait_ms > LEAST_MS ? q->wait_ms : LEAST_MS;
	if (!ask_probe(a, q, start + own, out, &st)) {
		if (st != CLIENT_OK && st != CLIENT_STOPPED)
			say(a, client_status_text(st));
		unavailable(out);
	}
	leave(a, clock_mono_ms(), st);
	out->held_ms = clock_mono_ms() - start;
}

void
ask_address(struct ask *a, const struct ask_question *q,
    struct ask_answer *out)
{
	int64_t now = clock_wall_s();
	struct override o;
	struct verdict v;

	memset(out, 0, sizeof(*out));
	if (lookup_override(a->lookup, q->addr, now, &o)) {
		out->reason = override_reason(o.state);
		out->source = SOURCE_OVERRIDE;
		out->age_s = o.since < now ? now - o.since : 0;
		return;
	}
	if (lookup_verdict(a->lookup, q->addr, now, &v, &out->refresh)) {
		out->reason = v.reason;
		out->source = SOURCE_STORE;
		out->age_s = verdict_age(&v, now);
		return;
	}
	ask_miss(a, q, out);
}
