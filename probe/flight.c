/*
 * flight: one address under way, and all who wait for it.
 */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "probe/lifetime.h"
#include "probe/signals.h"
#include "probe/sweep.h"
#include "probe/verifier_internal.h"

#define SERIES_S	(6 * 3600)
#define PIECE		8	/* answers, in one callback (loop.h) */

/* --- waiting ------------------------------------------------------------- */

static void
waiter_free(struct waiter *w)
{
	DL_DELETE(w->flight->waiters, w);
	w->flight->verifier->stats.waiters--;
	event_del(&w->timer);
	free(w);
}

void
waiter_cancel(struct waiter *w)
{
	if (w != NULL)
		waiter_free(w);
}

static void
waiter_answer(struct waiter *w, const struct answer *a)
{
	struct answer own = *a;
	answer_fn *done = w->done;
	void *arg = w->arg;

	if (!w->evidence)
		own.evidence = NULL;
	waiter_free(w);
	done(arg, &own);
}

static void
on_wait_over(evutil_socket_t fd, short what, void *arg)
{
	struct waiter *w = arg;
	struct answer a = {
		.reason = REASON_PROBE_RUNNING,
		.source = SOURCE_PROBE,
	};

	(void)fd;
	(void)what;
	waiter_answer(w, &a);
}

struct waiter *
flight_wait(struct flight *f, const struct verify_params *p)
{
	struct timeval tv = { .tv_sec = p->wait_ms / 1000,
	    .tv_usec = p->wait_ms % 1000 * 1000 };
	struct waiter *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->flight = f;
	w->evidence = p->evidence;
	w->done = p->done;
	w->arg = p->arg;
	evtimer_assign(&w->timer, f->verifier->tools->base, on_wait_over, w);
	if (evtimer_add(&w->timer, &tv) == -1) {
		free(w);
		return NULL;
	}
	DL_APPEND(f->waiters, w);
	f->evidence |= p->evidence;
	f->verifier->stats.waiters++;
	return w;
}

/* --- flights ------------------------------------------------------------- */

static void
leave_table(struct flight *f)
{
	sweeps_pass(f->verifier, f);
	HASH_DEL(f->verifier->flights, f);
	f->verifier->stats.in_flight--;
}

static void
flight_free(struct flight *f)
{
	leave_table(f);
	free(f);
}

static void
ended_free(struct flight *f)
{
	DL_DELETE(f->verifier->ended, f);
	free(f->answer.evidence);
	free(f);
}

/* Nobody was asked: a wait for another question is not over. */
static bool
was_not_asked(const struct job_result *r)
{
	return r->next_try_at > 0 || r->reason == REASON_PROBE_UNAVAILABLE;
}

static void
plan_next(struct flight *f, const struct job_result *r)
{
	struct recheck *again = f->verifier->recheck;

	if (was_not_asked(r))
		recheck_put_off(again, &f->addr, r->next_try_at);
	else
		recheck_note(again, &f->addr, r->reason, f->put_off,
		    r->retry_after_s);
}

/* What was not admitted is known for no longer than that holds. */
static void
until_next_try(struct verdict *v, int64_t at)
{
	if (v->expire_at > at)
		v->expire_at = at > v->checked_at ? at : v->checked_at;
	if (v->refresh_at > v->expire_at)
		v->refresh_at = v->expire_at;
}

static bool
is_known_for_good(struct flight *f, int64_t now)
{
	struct verdict held;

	if (!verifier_known(f->verifier, &f->addr, &held) ||
	    verdict_is_expired(&held, now))
		return false;
	return verdict_state_is_knowledge(verdict_state_of(held.reason));
}

/*
 * To be remembered. A backup's word is no more than a failed probe's where
 * something is known (rule R7), and lives no longer than such a one.
 */
static struct verdict
verdict_of(struct flight *f, const struct job_result *r)
{
	const struct conf *c = f->verifier->tools->conf;
	uint32_t hold = recheck_hold(r->reason, f->put_off, r->retry_after_s);
	int64_t now = clock_wall_s();
	enum verdict_reason reason = r->reason;
	struct verdict v;

	if (r->backup_for != 0 && is_known_for_good(f, now))
		reason = r->backup_for;
	v = lifetime_verdict(reason, c, now, hold > r->retry_after_s ? hold :
	    r->retry_after_s, r->evidence->code, r->evidence->attempt);
	if (r->backup_for != 0)
		until_next_try(&v, now + lifetime_of(r->backup_for,
		    c).expire_s);
	if (r->next_try_at > 0)
		until_next_try(&v, r->next_try_at);
	if (r->refresh_s > 0 && v.refresh_at > now + r->refresh_s)
		v.refresh_at = now + r->refresh_s;
	return v;
}

static void
flight_record(struct flight *f, const struct job_result *r)
{
	struct verifier *v = f->verifier;
	struct verdict verdict = verdict_of(f, r);
	uint8_t *packed;
	size_t len;

	v->stats.ended[verdict_state_of(r->reason)]++;
	submitters_ended(v->submitters, f->submitter, r->reason);
	plan_next(f, r);
	r->evidence->next_try_at = r->next_try_at > 0 ? r->next_try_at :
	    verdict.refresh_at;
	if (verdict.expire_at <= verdict.checked_at)
		return;			/* a reason that is never stored */
	packed = evidence_pack(r->evidence, &len);
	clerk_verdict(v->clerk, &f->addr, &verdict, packed, len);
}

void
answer_suggest(const struct verifier *v, const struct address *addr,
    struct answer *a)
{
	if (a->reason == REASON_POSSIBLE_TYPO)
		signals_suggestion(v->tools->lists, addr, a->suggestion);
}

/* Up to n of those who wait; how many. f is freed when it was the last. */
static unsigned
flight_answer(struct flight *f, unsigned n)
{
	unsigned told;

	for (told = 0; told < n && f->waiters != NULL; told++)
		waiter_answer(f->waiters, &f->answer);
	if (f->waiters == NULL)
		ended_free(f);
	return told;
}

void
flights_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct verifier *v = arg;
	unsigned n = 0;

	(void)fd;
	(void)what;
	while (n < PIECE && v->ended != NULL)
		n += flight_answer(v->ended, PIECE - n);
	if (v->ended != NULL)
		event_active(v->deliver, EV_TIMEOUT, 0);
}

/* Whoever asks from now on is not of those who wait. */
static void
flight_end(struct flight *f)
{
	struct verifier *v = f->verifier;

	leave_table(f);
	DL_APPEND(v->ended, f);
	flight_answer(f, PIECE);
	if (v->ended != NULL)
		event_active(v->deliver, EV_TIMEOUT, 0);
}

static void
tell_end(const struct flight *f, const struct job_result *r)
{
	char domain[4 * ADDRESS_DOMAIN_MAX + 1];

	if (!log_is_debugging())
		return;
	text_escape(f->addr.domain, strlen(f->addr.domain), domain,
	    sizeof domain);
	log_debug("a probe of %s ended as %s by rule %s, after %lld ms",
	    domain, verdict_reason_word(r->reason), r->evidence->rule,
	    (long long)(clock_mono_ms() - f->began_ms));
}

static void
on_job_done(void *arg, const struct job_result *r)
{
	struct flight *f = arg;

	tell_end(f, r);
	f->job = NULL;
	f->answer.reason = r->reason;
	f->answer.source = r->source;
	answer_suggest(f->verifier, &f->addr, &f->answer);
	flight_record(f, r);
	if (f->evidence)
		f->answer.evidence = evidence_to_json(r->evidence, true);
	flight_end(f);
}

/*
 * A probe that follows others without an answer says which one it is; after
 * SERIES_S a new series begins.
 */
static unsigned
attempt_after(const struct verdict *known)
{
	if (known == NULL ||
	    verdict_state_of(known->reason) != STATE_UNKNOWN ||
	    verdict_age(known, clock_wall_s()) > SERIES_S)
		return 1;
	return known->attempt + 1u;
}

/* Silences before it are no part of a greylister's series. */
static void
count_attempts(struct flight *f, const struct verdict *known,
    struct job_params *jp)
{
	unsigned waits_for = recheck_attempt(f->verifier->recheck, &f->addr);

	jp->attempt = waits_for > 0 ? waits_for : attempt_after(known);
	f->put_off = waits_for > 0 || (known != NULL &&
	    known->reason == REASON_GREYLISTED) ? jp->attempt : 1;
}

struct flight *
flight_start(struct verifier *v, const struct address *addr,
    const char *submitter, const struct verdict *known)
{
	struct job_params jp = {
		.addr = addr,
		.submitter = submitter,
		.done = on_job_done,
	};
	struct flight *f;
	size_t len;

	if (v->stats.in_flight >= (size_t)v->tools->conf->probe.queue) {
		v->stats.overflow++;
		return NULL;
	}
	if ((f = calloc(1, sizeof *f)) == NULL)
		return NULL;
	f->addr = *addr;
	f->verifier = v;
	f->began_ms = clock_mono_ms();
	len = address_canonical(addr, f->key);
	HASH_ADD(hh, v->flights, key, (unsigned)len, f);
	if (!TABLE_HAS(f)) {
		free(f);
		return NULL;
	}
	text_copy(f->submitter, submitter, sizeof f->submitter);
	v->stats.in_flight++;
	v->stats.started++;
	count_attempts(f, known, &jp);
	jp.arg = f;
	f->job = job_start(v->tools, &jp);
	if (f->job == NULL) {
		flight_free(f);
		return NULL;
	}
	return f;
}

struct flight *
flight_of(const struct verifier *v, const struct address *addr)
{
	char key[ADDRESS_MAX + 1];
	struct flight *f;
	size_t len = address_canonical(addr, key);

	HASH_FIND(hh, v->flights, key, (unsigned)len, f);
	return f;
}

void
flight_cancel(struct flight *f)
{
	struct waiter *w, *next;

	DL_FOREACH_SAFE(f->waiters, w, next)
		waiter_free(w);
	job_cancel(f->job);
	flight_free(f);
}

void
flights_drop_ended(struct verifier *v)
{
	struct waiter *w, *next;

	while (v->ended != NULL) {
		DL_FOREACH_SAFE(v->ended->waiters, w, next)
			waiter_free(w);
		ended_free(v->ended);
	}
}
