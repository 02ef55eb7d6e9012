#include <stdlib.h>
#include <string.h>

#include <event2/event_struct.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/consent.h"
#include "common/log.h"
#include "common/override.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/lifetime.h"
#include "probe/recheck.h"
#include "probe/refusal.h"
#include "probe/submitter.h"
#include "probe/signals.h"
#include "probe/verifier.h"

#define SERIES_S	(6 * 3600)

/* One address under way, and all who wait for it. */
struct flight {
	char key[ADDRESS_MAX + 1];	/* canonical */
	struct address addr;
	struct verifier *verifier;
	struct job *job;
	char submitter[SUBMITTER_NAME_MAX + 1];
	struct waiter *waiters;
	int64_t began_ms;
	UT_hash_handle hh;
};

struct waiter {
	struct flight *flight;
	struct event timer;
	bool evidence;
	answer_fn *done;
	void *arg;
	struct waiter *prev, *next;
};

struct verifier {
	const struct job_tools *tools;
	struct store *store;
	struct clerk *clerk;
	struct recheck *recheck;
	struct submitters *submitters;
	struct flight *flights;
	char own_sender[ADDRESS_MAX + 1];	/* canonical */
	struct verifier_stats stats;
};

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
waiter_answer(struct waiter *w, struct answer *a)
{
	answer_fn *done = w->done;
	void *arg = w->arg;

	waiter_free(w);
	done(arg, a);
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

static struct waiter *
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
	f->verifier->stats.waiters++;
	return w;
}

/* --- flights ------------------------------------------------------------- */

static void
flight_free(struct flight *f)
{
	HASH_DEL(f->verifier->flights, f);
	f->verifier->stats.in_flight--;
	free(f);
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

static void
flight_record(struct flight *f, const struct job_result *r)
{
	struct verifier *v = f->verifier;
	struct verdict verdict = lifetime_verdict(r->reason, v->tools->conf,
	    clock_wall_s(), r->retry_after_s, r->evidence->code,
	    r->evidence->attempt);
	uint8_t *packed;
	size_t len;

	v->stats.ended[verdict_state_of(r->reason)]++;
	submitters_ended(v->submitters, f->submitter, r->reason);
	recheck_note(v->recheck, &f->addr, r->reason, r->evidence->attempt,
	    r->retry_after_s);
	if (r->next_try_at > 0)
		until_next_try(&verdict, r->next_try_at);
	r->evidence->next_try_at = r->next_try_at > 0 ? r->next_try_at :
	    verdict.refresh_at;
	if (verdict.expire_at <= verdict.checked_at)
		return;			/* a reason that is never stored */
	packed = evidence_pack(r->evidence, &len);
	clerk_verdict(v->clerk, &f->addr, &verdict, packed, len);
}

static void
suggest(const struct verifier *v, const struct address *addr,
    struct answer *a)
{
	if (a->reason == REASON_POSSIBLE_TYPO)
		signals_suggestion(v->tools->lists, addr, a->suggestion);
}

static void
on_job_done(void *arg, const struct job_result *r)
{
	struct flight *f = arg;
	struct waiter *w, *next;
	struct answer a = {
		.reason = r->reason,
		.source = r->source,
	};

	suggest(f->verifier, &f->addr, &a);
	flight_record(f, r);
	DL_FOREACH_SAFE(f->waiters, w, next) {
		if (w->evidence && a.evidence == NULL)
			a.evidence = evidence_to_json(r->evidence, true);
		waiter_answer(w, &a);
	}
	free(a.evidence);
	flight_free(f);
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

/* Guards may share a submitter. */
static const char *
submitter_of(const struct verifier *v, const char *guard)
{
	const struct conf *c = v->tools->conf;
	size_t i;

	for (i = 0; i < c->guard_count; i++)
		if (strcmp(c->guards[i].name, guard) == 0 &&
		    c->guards[i].submitter[0] != '\0')
			return c->guards[i].submitter;
	return guard;
}

static bool
has_agreed(const struct verifier *v, const struct verify_params *p)
{
	const struct conf *c = v->tools->conf;

	if (p->submitter[0] == '\0')
		return !p->stranger || c->identity.terms[0] == '\0';
	return consent_allows(consent_of(c, p->submitter, clock_wall_s()));
}

/* Where only a site's own hosts are asked, lists are its own business. */
static bool
may_submit(struct verifier *v, const struct verify_params *p)
{
	const char *name = submitter_of(v, p->submitter), *signs;
	char shown[4 * SUBMITTER_NAME_MAX + 1];

	if (!has_agreed(v, p))
		return false;
	if (!v->tools->conf->budget.enabled)
		return true;
	switch (submitters_ask(v->submitters, name, p->addr,
	    clock_mono_ms() / 1000, &signs)) {
	case SUBMITTER_GO_ON:
		return true;
	case SUBMITTER_STOPS:
		text_escape(name, strlen(name), shown, sizeof shown);
		log_warnx("submitter %s brings what looks like a list: %s; "
		    "nothing of it is probed for an hour", shown, signs);
		return false;
	case SUBMITTER_RESTS:
		return false;
	}
	return true;
}

static struct flight *
flight_start(struct verifier *v, const struct address *addr,
    const char *submitter, const struct verdict *known)
{
	struct job_params jp = {
		.addr = addr,
		.submitter = submitter,
		.attempt = attempt_after(known),
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
	text_copy(f->submitter, submitter_of(v, submitter),
	    sizeof f->submitter);
	v->stats.in_flight++;
	v->stats.started++;
	jp.arg = f;
	f->job = job_start(v->tools, &jp);
	if (f->job == NULL) {
		flight_free(f);
		return NULL;
	}
	return f;
}

static struct flight *
flight_of(const struct verifier *v, const struct address *addr)
{
	char key[ADDRESS_MAX + 1];
	struct flight *f;
	size_t len = address_canonical(addr, key);

	HASH_FIND(hh, v->flights, key, (unsigned)len, f);
	return f;
}

bool
verifier_in_flight(const struct verifier *v, const struct address *addr)
{
	return flight_of(v, addr) != NULL;
}

/* --- asking -------------------------------------------------------------- */

/* Two sites that verify each other must not do so for ever. */
static bool
is_own_sender(const struct verifier *v, const struct address *addr)
{
	char key[ADDRESS_MAX + 1];

	address_canonical(addr, key);
	return strcmp(key, v->own_sender) == 0;
}

/* The store is not asked: nothing is said of who asked not to be checked. */
static bool
is_excluded(const struct verifier *v, const struct address *addr)
{
	return exclusions_domain(v->tools->exclusions, addr->domain,
	    clock_wall_s()) != NULL;
}

/* What the store will hold once what waits for it is written. */
static bool
known(struct verifier *v, const struct address *addr, int64_t now,
    struct verdict *out)
{
	struct verdict held;
	bool stored = v->store != NULL &&
	    store_get_verdict(v->store, addr, out) == STORE_OK;

	if (!clerk_held(v->clerk, addr, &held))
		return stored;
	if (!stored || verdict_may_replace(out, &held, now))
		*out = held;
	else
		*out = verdict_kept(out, &held);
	return true;
}

static void
answer_now(const struct verify_params *p, enum verdict_reason reason,
    enum verdict_source source)
{
	struct answer a = {
		.reason = reason,
		.source = source,
	};

	if (p->done != NULL)
		p->done(p->arg, &a);
}

/* As JSON; NULL: there is none. */
static char *
stored_evidence(struct verifier *v, const struct address *addr)
{
	void *packed;
	size_t len;
	char *json;

	if (v->store == NULL || store_get_evidence(v->store, addr, &packed,
	    &len) != STORE_OK)
		return NULL;
	json = evidence_packed_json(packed, len, true);
	free(packed);
	return json;
}

const struct job_tools *
verifier_tools(const struct verifier *v)
{
	return v->tools;
}

bool
verifier_known(struct verifier *v, const struct address *addr,
    struct verdict *out)
{
	return !is_excluded(v, addr) && known(v, addr, clock_wall_s(), out);
}

char *
verifier_why_refused(const struct verifier *v, const char *name)
{
	return refusal_evidence(v->tools->conf, v->tools->policy, name,
	    clock_wall_s());
}

static void
answer_refused(const struct verifier *v, const struct verify_params *p)
{
	struct answer a = {
		.reason = REASON_SUBMITTER_NOT_ALLOWED,
		.source = SOURCE_RULES,
	};

	if (p->evidence)
		a.evidence = verifier_why_refused(v, p->submitter);
	if (p->done != NULL)
		p->done(p->arg, &a);
	free(a.evidence);
}

static void
answer_from_store(struct verifier *v, const struct verify_params *p,
    const struct verdict *verdict, int64_t now)
{
	struct answer a = {
		.reason = verdict->reason,
		.source = SOURCE_STORE,
		.age_s = verdict_age(verdict, now),
	};

	v->stats.from_store++;
	if (p->evidence)
		a.evidence = stored_evidence(v, p->addr);
	suggest(v, p->addr, &a);
	if (p->done != NULL)
		p->done(p->arg, &a);
	free(a.evidence);
}

static struct waiter *
wait_or_pending(struct flight *f, const struct verify_params *p)
{
	struct waiter *w = NULL;

	if (p->done == NULL)
		return NULL;
	if (p->wait_ms > 0)
		w = flight_wait(f, p);
	if (w == NULL)
		answer_now(p, REASON_PROBE_RUNNING, SOURCE_PROBE);
	return w;
}

static void
answer_overridden(const struct verify_params *p, const struct override *o,
    int64_t now)
{
	struct answer a = {
		.reason = override_reason(o->state),
		.source = SOURCE_OVERRIDE,
		.age_s = o->since < now ? now - o->since : 0,
	};

	if (p->done != NULL)
		p->done(p->arg, &a);
}

/* What is known before anything is looked up: overrides go first. */
static bool
answer_unasked(struct verifier *v, const struct verify_params *p, int64_t now)
{
	struct override o;

	if (is_own_sender(v, p->addr))
		answer_now(p, REASON_KNOWN_BY_SIGNAL, SOURCE_RULES);
	else if (override_find(v->store, p->addr, now, &o))
		answer_overridden(p, &o, now);
	else if (is_excluded(v, p->addr))
		answer_now(p, REASON_EXCLUDED_BY_REQUEST, SOURCE_RULES);
	else
		return false;
	return true;
}

struct waiter *
verifier_ask(struct verifier *v, const struct verify_params *p)
{
	struct verdict verdict;
	int64_t now = clock_wall_s();
	bool have;
	struct flight *f;

	v->stats.asked++;
	if (answer_unasked(v, p, now))
		return NULL;
	have = known(v, p->addr, now, &verdict);
	f = flight_of(v, p->addr);
	if (have && !p->fresh && !verdict_is_expired(&verdict, now)) {
		if (verdict_is_stale(&verdict, now) && f == NULL &&
		    may_submit(v, p))
			flight_start(v, p->addr, p->submitter, &verdict);
		answer_from_store(v, p, &verdict, now);
		return NULL;
	}
	if (f == NULL && !may_submit(v, p)) {
		answer_refused(v, p);
		return NULL;
	}
	if (f != NULL)
		v->stats.joined++;
	else
		f = flight_start(v, p->addr, p->submitter,
		    have ? &verdict : NULL);
	if (f == NULL) {
		answer_now(p, REASON_PROBE_UNAVAILABLE, SOURCE_PROBE);
		return NULL;
	}
	return wait_or_pending(f, p);
}

static bool
ask_again(void *arg, const struct address *addr)
{
	struct verifier *v = arg;
	struct verdict verdict;
	struct override o;
	bool have;

	if (is_excluded(v, addr) || override_find(v->store, addr,
	    clock_wall_s(), &o)) {
		recheck_note(v->recheck, addr, REASON_EXCLUDED_BY_REQUEST, 1,
		    0);
		return true;
	}
	have = known(v, addr, clock_wall_s(), &verdict);
	return flight_of(v, addr) != NULL ||
	    flight_start(v, addr, "", have ? &verdict : NULL) != NULL;
}

void
verifier_exclude(struct verifier *v, peers_is_fn *is, void *arg,
    const char *domain, unsigned *ended, unsigned *closed)
{
	struct flight *f, *next;

	*ended = 0;
	HASH_ITER(hh, v->flights, f, next)
		*ended += job_exclude(f->job);
	*closed = peers_close(v->tools->peers, is, arg);
	if (domain == NULL) {
		routes_clear(v->tools->routes);
		return;
	}
	routes_forget(v->tools->routes, domain);
	catchall_forget(v->tools->catchall, domain);
}

struct verifier *
verifier_create(const struct job_tools *tools, struct store *store,
    struct clerk *clerk)
{
	struct verifier *v = calloc(1, sizeof *v);

	if (v == NULL)
		return NULL;
	v->tools = tools;
	v->store = store;
	v->clerk = clerk;
	verifier_reconfigured(v);
	if ((v->submitters = submitters_create()) == NULL) {
		free(v);
		return NULL;
	}
	v->recheck = recheck_create(tools->base, store, clerk, ask_again, v);
	if (v->recheck == NULL) {
		submitters_destroy(v->submitters);
		free(v);
		return NULL;
	}
	return v;
}

void
verifier_reconfigured(struct verifier *v)
{
	const char *sender = v->tools->conf->identity.sender;
	struct address own;

	v->own_sender[0] = '\0';
	if (address_parse(sender, strlen(sender), &own) == ADDRESS_OK)
		address_canonical(&own, v->own_sender);
}

void
verifier_destroy(struct verifier *v)
{
	struct flight *f, *next_flight;
	struct waiter *w, *next_waiter;

	if (v == NULL)
		return;
	HASH_ITER(hh, v->flights, f, next_flight) {
		DL_FOREACH_SAFE(f->waiters, w, next_waiter)
			waiter_free(w);
		job_cancel(f->job);
		flight_free(f);
	}
	recheck_destroy(v->recheck);
	submitters_destroy(v->submitters);
	free(v);
}

void
verifier_stats(const struct verifier *v, struct verifier_stats *out)
{
	*out = v->stats;
	out->waiting_again = recheck_waiting(v->recheck);
}
