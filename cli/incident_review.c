/*
 * incident_review: what a report tells an admin to look at.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/incident.h"
#include "cli/times.h"

#define HOUR_MS		INT64_C(3600000)
#define ANSWERS_LEAST	10		/* for a ratio to mean something */
#define UNKNOWN_PERCENT	20		/* the breaker's own limit */
#define SILENT_PERCENT	30
#define BURST_LEAST	50		/* probes in an hour */
#define BURST_TIMES	4		/* the mean of the other hours */
#define PLACES_TOLD	3		/* of one kind */

struct advice {
	const struct incident_report *report;
	char (*out)[INCIDENT_ADVICE_SIZE];
	size_t count;
};

static void say(struct advice *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct advice *a, const char *fmt, ...)
{
	va_list ap;

	if (a->count == INCIDENT_ADVICE_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(a->out[a->count++], INCIDENT_ADVICE_SIZE, fmt, ap);
	va_end(ap);
}

static const char *
of_source(const struct incident_place *p)
{
	return p->source[0] != '\0' ? p->source : "the system's address";
}

/* --- who we are, and what is known --------------------------------------- */

static void
review_log(struct advice *a)
{
	if (a->report->lines == 0)
		say(a, "The verdict log has nothing of this time: is "
		    "log.verdicts set, and was it rotated away?");
	else if (a->report->all.probes == 0)
		say(a, "No probe was sent in this time, so none is the "
		    "cause: does other mail leave from the address, or does "
		    "the list name its network?");
}

/* The last word on it within the time. */
static void
review_preflight(struct advice *a)
{
	const struct notice *last = NULL;
	size_t i;

	for (i = 0; i < a->report->change_count; i++)
		if (a->report->changes[i].kind == NOTICE_PREFLIGHT_FAILS ||
		    a->report->changes[i].kind == NOTICE_PREFLIGHT_PASSES)
			last = &a->report->changes[i];
	if (last != NULL && last->kind == NOTICE_PREFLIGHT_FAILS)
		say(a, "Preflight failed (%.200s): run rcptguard preflight "
		    "and mend that first.", last->text);
}

/* --- whom we asked for ---------------------------------------------------- */

static void
review_unknown(struct advice *a)
{
	const struct incident_report *r = a->report;
	unsigned told = 0, percent;
	size_t i;

	for (i = 0; i < r->place_count && told < PLACES_TOLD; i++) {
		const struct incident_place *p = &r->places[i];

		percent = incident_unknown_percent(&p->n);
		if (p->n.answered < ANSWERS_LEAST || percent < UNKNOWN_PERCENT)
			continue;
		told++;
		say(a, "%llu of %llu answers (%u %%) of %.100s to %s were "
		    "unknown users; who sends mail to so many is taken for "
		    "one who guesses addresses.",
		    (unsigned long long)p->n.unknown_users,
		    (unsigned long long)p->n.answered, percent, p->provider,
		    of_source(p));
	}
}

static void
review_askers(struct advice *a)
{
	const struct incident_report *r = a->report;
	const struct incident_asker *worst = r->askers;

	if (r->asker_count == 0 || worst->n.unknown_users < 5 ||
	    2 * worst->n.unknown_users < r->all.unknown_users)
		return;
	if (worst->guard[0] == '\0') {
		say(a, "The admin's own checks brought %llu of %llu unknown "
		    "users: do not clean lists with rcptguard check.",
		    (unsigned long long)worst->n.unknown_users,
		    (unsigned long long)r->all.unknown_users);
		return;
	}
	say(a, "The guard %.60s%s%.60s brought %llu of %llu unknown users: "
	    "see how its addresses come in (an open form, an import), with "
	    "rcptguard log --guard %.60s --reason no_such_user.",
	    worst->guard, worst->auth[0] != '\0' ? ", login " : "",
	    worst->auth, (unsigned long long)worst->n.unknown_users,
	    (unsigned long long)r->all.unknown_users, worst->guard);
}

/* --- how they answered ---------------------------------------------------- */

static void
review_refusals(struct advice *a)
{
	const struct incident_report *r = a->report;
	char at[TIMES_LOCAL_SIZE];
	unsigned told = 0;
	size_t i;

	for (i = 0; i < r->place_count && told < PLACES_TOLD; i++) {
		const struct incident_place *p = &r->places[i];

		if (p->n.refused_us == 0)
			continue;
		told++;
		times_local(p->first_refusal_ms / 1000, at);
		say(a, "%.100s refused us %llu times from %s on: read its "
		    "replies above, and lower its budget in the provider "
		    "rules.", p->provider,
		    (unsigned long long)p->n.refused_us, at);
	}
}

static void
review_breakers(struct advice *a)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < a->report->change_count; i++)
		switch (a->report->changes[i].kind) {
		case NOTICE_REFUSED_US:
		case NOTICE_HOST_REFUSED_US:
		case NOTICE_LIMIT_NAMED:
		case NOTICE_UNKNOWN_RATIO:
		case NOTICE_UNKNOWN_USERS:
			n++;
			break;
		case NOTICE_LISTED:
		case NOTICE_DELISTED:
		case NOTICE_LIST_BROKEN:
		case NOTICE_LIST_WORKS:
		case NOTICE_TICKET:
		case NOTICE_SOURCE_RESTS:
		case NOTICE_SOURCE_RESUMES:
		case NOTICE_SOURCE_RETIRED:
		case NOTICE_SOURCE_RETURNS:
		case NOTICE_PREFLIGHT_FAILS:
		case NOTICE_PREFLIGHT_PASSES:
		case NOTICE_PROVIDER_DRIFTED:
		case NOTICE_PROVIDER_TRUSTED:
		case NOTICE_HOST_SILENT:
		case NOTICE_PORT25_CLOSED:
		case NOTICE_RAMP_FELL:
		case NOTICE_RAMP_ROSE:
		case NOTICE_KIND_COUNT:
			break;
		}
	if (n > 0)
		say(a, "%u breaker%s opened before (see the changes): that "
		    "was the warning; budget.unknown_per_domain, "
		    "budget.unknown_ratio and the budgets may be too high "
		    "for these signups.", n, n == 1 ? "" : "s");
}

static void
review_silence(struct advice *a)
{
	const struct incident_counts *n = &a->report->all;

	if (n->probes >= ANSWERS_LEAST &&
	    100 * n->silent >= SILENT_PERCENT * n->probes)
		say(a, "%llu of %llu probes found no answer (no connection, "
		    "timeout, closed): hosts may drop what comes from us; "
		    "look at port 25 and at the network.",
		    (unsigned long long)n->silent,
		    (unsigned long long)n->probes);
}

static void
review_burst(struct advice *a)
{
	const struct incident_report *r = a->report;
	char at[TIMES_LOCAL_SIZE];
	uint64_t rest;
	size_t i, top = 0;

	for (i = 1; i < r->hours; i++)
		if (r->by_hour[i] > r->by_hour[top])
			top = i;
	if (r->hours < 2 || r->by_hour[top] < BURST_LEAST)
		return;
	rest = r->all.probes - r->by_hour[top];
	if (r->by_hour[top] * (r->hours - 1) < BURST_TIMES * rest)
		return;
	times_local((r->from_ms + (int64_t)top * HOUR_MS) / 1000, at);
	say(a, "%llu of %llu probes were sent within the hour from %s: a "
	    "burst looks like a list; budget.all and the guard's flood "
	    "limits spread it.", (unsigned long long)r->by_hour[top],
	    (unsigned long long)r->all.probes, at);
}

size_t
incident_review(const struct incident_report *r,
    char out[INCIDENT_ADVICE_MAX][INCIDENT_ADVICE_SIZE])
{
	struct advice a = { .report = r, .out = out };

	review_log(&a);
	review_preflight(&a);
	review_unknown(&a);
	review_askers(&a);
	review_refusals(&a);
	review_breakers(&a);
	review_silence(&a);
	review_burst(&a);
	if (a.count == 0)
		say(&a, "Nothing stands out in %llu probes: does other mail "
		    "leave from the address, does the list name its network, "
		    "or did a single recipient complain (rcptguard complaint "
		    "list)?", (unsigned long long)r->all.probes);
	return a.count;
}
