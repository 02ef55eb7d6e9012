#include "milter/scribe.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "milter/link.h"
#include "milter/logfmt.h"
#include "milter/note.h"
#include "milter/recent.h"

#define BATCH		32		/* entries copied out at a time */
/*
 * After the first entry others are waited for, so that a busy milter wakes
 * this thread fifty times a second and not once for each recipient.
 */
#define GATHER_MS	20
#define LOSS_EVERY_MS	60000		/* between two lines about losses */

struct scribe {
	pthread_t thread;
	pthread_mutex_t lock;		/* ring, stopping, ended, clear */
	pthread_cond_t wake, over;
	struct ring ring;
	bool sleeping, stopping, ended, clear;

	/* the thread's own */
	struct link probe;
	int64_t loss_said_at;
	uint64_t loss_said;
	struct recent recent;		/* refreshes */
	struct ring_entry batch[BATCH];
	char lines[BATCH][LOGFMT_SIZE];
	char out[BATCH * WIRE_REQUEST_MAX];
};

static void
after_ms(struct timespec *ts, int64_t ms)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += (ms % 1000) * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
}

static bool
write_lines(struct scribe *s)
{
	const char *lines[BATCH];
	uint64_t mark;
	size_t n, i, count = 0;
	bool clear;

	pthread_mutex_lock(&s->lock);
	n = ring_peek(&s->ring, RING_LOG, s->batch, BATCH, &mark);
	/* Done before it is written: a stuck syslog must not write it twice. */
	ring_done(&s->ring, RING_LOG, mark);
	clear = s->clear;
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < n; i++) {
		if (logfmt_line(&s->batch[i], clear, s->lines[i]) > 0)
			lines[count++] = s->lines[i];
	}
	log_info_lines(lines, count);
	return n == BATCH;
}

static void
refresh(struct scribe *s, const struct ring_entry *e)
{
	struct wire_message answer;
	char msg[WIRE_REQUEST_MAX];
	size_t len;

	if (!e->refresh || recent_or_mark(&s->recent, e->address,
	    clock_mono_ms(), SCRIBE_REFRESH_S * 1000))
		return;
	len = note_refresh(e, msg, sizeof(msg));
	if (len > 0)
		link_call(&s->probe, msg, len, &answer);
}

static bool
send_notes(struct scribe *s)
{
	uint64_t mark;
	size_t n, i, len = 0;

	pthread_mutex_lock(&s->lock);
	n = ring_peek(&s->ring, RING_NOTES, s->batch, BATCH, &mark);
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < n; i++)
		len += note_entry(&s->batch[i], s->out + len,
		    WIRE_REQUEST_MAX);
	if (len > 0 && !link_call(&s->probe, s->out, len, NULL))
		return false;
	pthread_mutex_lock(&s->lock);
	ring_done(&s->ring, RING_NOTES, mark);
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < n; i++)
		refresh(s, &s->batch[i]);
	return n == BATCH;
}

static void
tell_losses(struct scribe *s)
{
	int64_t now = clock_mono_ms();
	uint64_t lines, notes;

	pthread_mutex_lock(&s->lock);
	lines = s->ring.lost[RING_LOG];
	notes = s->ring.lost[RING_NOTES];
	pthread_mutex_unlock(&s->lock);
	if (lines + notes == s->loss_said ||
	    (s->loss_said_at != 0 && now < s->loss_said_at + LOSS_EVERY_MS))
		return;
	s->loss_said = lines + notes;
	s->loss_said_at = now;
	log_warnx("lost since start: %llu log lines, %llu notes to the probe",
	    (unsigned long long)lines, (unsigned long long)notes);
}

/* With the lock: lets more entries come, unless we are to stop. */
static void
gather(struct scribe *s)
{
	struct timespec ts;

	after_ms(&ts, GATHER_MS);
	while (!s->stopping &&
	    pthread_cond_timedwait(&s->wake, &s->lock, &ts) == 0)
		;
}

/* Waits for work. False: all is said and we are to stop. */
static bool
wait_for_work(struct scribe *s)
{
	struct timespec ts;
	bool go, notes;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		notes = ring_behind(&s->ring, RING_NOTES) > 0;
		if (ring_behind(&s->ring, RING_LOG) > 0 ||
		    (notes && link_ready(&s->probe))) {
			go = true;
			break;
		}
		if (s->stopping) {
			go = false;
			break;
		}
		s->sleeping = true;
		if (notes) {
			after_ms(&ts, LINK_PAUSE_MS);
			pthread_cond_timedwait(&s->wake, &s->lock, &ts);
		} else
			pthread_cond_wait(&s->wake, &s->lock);
		s->sleeping = false;
		if (ring_behind(&s->ring, RING_LOG) > 0)
			gather(s);
	}
	pthread_mutex_unlock(&s->lock);
	return go;
}

static void *
run(void *arg)
{
	struct scribe *s = arg;

	while (wait_for_work(s)) {
		while (write_lines(s))
			;
		while (link_ready(&s->probe) && send_notes(s))
			;
		tell_losses(s);
	}
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_cond_signal(&s->over);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void
scribe_free(struct scribe *s)
{
	link_clear(&s->probe);
	ring_clear(&s->ring);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->over);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct scribe *
scribe_start(const char *probe_socket, bool addresses_clear)
{
	struct scribe *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_cond_init(&s->over, &attr);
	pthread_condattr_destroy(&attr);
	s->clear = addresses_clear;
	if (!link_init(&s->probe, probe_socket) ||
	    !ring_init(&s->ring, SCRIBE_RING) ||
	    pthread_create(&s->thread, NULL, run, s) != 0) {
		scribe_free(s);
		return NULL;
	}
	return s;
}

void
scribe_put(struct scribe *s, const struct ring_entry *e)
{
	bool wake;

	pthread_mutex_lock(&s->lock);
	ring_put(&s->ring, e);
	wake = s->sleeping;
	s->sleeping = false;		/* one signal is enough */
	pthread_mutex_unlock(&s->lock);
	if (wake)
		pthread_cond_signal(&s->wake);
}

void
scribe_set_clear(struct scribe *s, bool addresses_clear)
{
	pthread_mutex_lock(&s->lock);
	s->clear = addresses_clear;
	pthread_mutex_unlock(&s->lock);
}

bool
scribe_stop(struct scribe *s, int64_t most_ms)
{
	struct timespec ts;
	bool ended;

	after_ms(&ts, most_ms);
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->wake);
	while (!s->ended) {
		if (pthread_cond_timedwait(&s->over, &s->lock, &ts) != 0)
			break;
	}
	ended = s->ended;
	pthread_mutex_unlock(&s->lock);
	if (!ended)
		return false;
	pthread_join(s->thread, NULL);
	scribe_free(s);
	return true;
}
