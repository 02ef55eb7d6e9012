#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/consent.h"
#include "common/log.h"
#include "common/override.h"
#include "common/text.h"
#include "probe/refusal.h"
#include "probe/sweep.h"
#include "probe/verifier_internal.h"

/* --- submitters ---------------------------------------------------------- */

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

/*
 * What the store will hold once what waits for it is written. The store is
 * asked last: what is written meanwhile is not held then, but stored.
 */
static bool
known(struct verifier *v, const struct address *addr, int64_t now,
    struct verdict *out)
{
	struct verdict held;
	bool waits = clerk_held(v->clerk, addr, &held);
	bool stored = v->store != NULL &&
	    store_get_verdict(v->store, addr, out) == STORE_OK;

	if (!waits)
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
	answer_suggest(v, p->addr, &a);
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
			flight_start(v, p->addr,
			    submitter_of(v, p->submitter), &verdict);
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
		f = flight_start(v, p->addr, submitter_of(v, p->submitter),
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
		recheck_forget(v->recheck, addr);
		return true;
	}
	have = known(v, addr, clock_wall_s(), &verdict);
	return flight_of(v, addr) != NULL ||
	    flight_start(v, addr, "", have ? &verdict : NULL) != NULL;
}

static bool
is_of_domain(void *arg, const struct address *addr)
{
	return strcmp(addr->domain, arg) == 0;
}

void
verifier_wait_no_more(struct verifier *v, const struct address *addr,
    bool whole)
{
	char domain[ADDRESS_DOMAIN_MAX + 1];

	if (!whole) {
		recheck_forget(v->recheck, addr);
		return;
	}
	text_copy(domain, addr->domain, sizeof domain);
	recheck_forget_all(v->recheck, is_of_domain, domain);
}

bool
verifier_exclude(struct verifier *v, const struct exclusion *e,
    verifier_excluded_fn *done, void *arg)
{
	return sweep_begin(v, e, done, arg);
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
	v->deliver = event_new(tools->base, -1, 0, flights_deliver, v);
	v->submitters = submitters_create();
	v->sweeping = turns_create(tools->base, 1);
	if (v->deliver != NULL && v->submitters != NULL &&
	    v->sweeping != NULL)
		v->recheck = recheck_create(tools->base, store, clerk,
		    ask_again, v);
	if (v->recheck == NULL) {
		verifier_destroy(v);
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
	struct flight *f, *next;

	if (v == NULL)
		return;
	sweeps_drop(v);
	HASH_ITER(hh, v->flights, f, next)
		flight_cancel(f);
	flights_drop_ended(v);
	turns_destroy(v->sweeping);
	if (v->deliver != NULL)
		event_free(v->deliver);
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
