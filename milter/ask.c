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

/*
 * The probe is told to answer this much before our own deadline, so that a
 * healthy one always says "pending" itself and silence means that it hangs.
 */
#define MARGIN_MS	100
#define LEAST_MS	200		/* to get an answer without a wait */
#define IDLE_MAX	64		/* connections kept for the next miss */
#define SAY_EVERY_MS	10000		/* between two lines about the probe */

struct ask {
	struct lookup *lookup;
	char *probe_socket;
	int stop_fd;

	pthread_mutex_t lock;		/* all below */
	struct breaker breaker;
	struct wire_client *idle[IDLE_MAX];
	size_t idle_count;
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
	return a;
}

void
ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	while (a->idle_count > 0)
		wire_client_close(a->idle[--a->idle_count]);
	pthread_mutex_destroy(&a->lock);
	free(a->probe_socket);
	free(a);
}

static struct wire_client *
take_idle(struct ask *a)
{
	struct wire_client *c = NULL;

	pthread_mutex_lock(&a->lock);
	if (a->idle_count > 0)
		c = a->idle[--a->idle_count];
	pthread_mutex_unlock(&a->lock);
	return c;
}

static void
keep_idle(struct ask *a, struct wire_client *c)
{
	pthread_mutex_lock(&a->lock);
	if (a->idle_count < IDLE_MAX) {
		a->idle[a->idle_count++] = c;
		c = NULL;
	}
	pthread_mutex_unlock(&a->lock);
	wire_client_close(c);
}

/* deadline: our own; the probe's is earlier, see MARGIN_MS. */
static size_t
make_request(const struct ask_question *q, char *buf, size_t size,
    int64_t deadline)
{
	struct wire_writer w;
	char address[ADDRESS_MAX + 1], auth[TEXT_FIELD_MAX];
	int64_t wait_ms = deadline - MARGIN_MS - clock_mono_ms();

	if (wait_ms > q->wait_ms)
		wait_ms = q->wait_ms;
	if (wait_ms < 0)
		wait_ms = 0;

	address_wire(q->addr, address);
	text_escape(q->auth, strlen(q->auth), auth, sizeof(auth));
	wire_begin(&w, buf, size);
	wire_put(&w, "request", "verify");
	wire_put(&w, "wire", WIRE_VERSION);
	wire_put(&w, "id", q->id);
	wire_put(&w, "address", address);
	wire_put(&w, "role", note_role(q->role));
	wire_put(&w, "guard", q->guard);
	wire_put(&w, "client", q->client);
	wire_put(&w, "auth", auth);
	wire_put_i64(&w, "wait_ms", wait_ms);
	wire_put(&w, "fresh", "no");
	wire_put(&w, "evidence", "no");
	return wire_end(&w);
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
		keep_idle(a, c);
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
		keep_idle(a, c);
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

	while ((c = take_idle(a)) != NULL) {
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
	struct verdict v;

	memset(out, 0, sizeof(*out));
	if (lookup_verdict(a->lookup, q->addr, now, &v, &out->refresh)) {
		out->reason = v.reason;
		out->source = SOURCE_STORE;
		out->age_s = verdict_age(&v, now);
		return;
	}
	ask_miss(a, q, out);
}
