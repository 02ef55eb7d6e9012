/*
 * incident_show: the report for people, and as JSON.
 */
#include <string.h>

#include "cli/incident.h"
#include "cli/out.h"
#include "cli/times.h"
#include "common/clock.h"

#define PLACES_SHOWN	15
#define REPLIES_SHOWN	10
#define ASKERS_SHOWN	10
#define CHANGES_SHOWN	40		/* the newest */

static unsigned long long
ull(uint64_t n)
{
	return (unsigned long long)n;
}

static const char *
or_dash(const char *text)
{
	return text[0] != '\0' ? text : "-";
}

/* --- for people ----------------------------------------------------------- */

static void
tell_head(const struct incident_report *r, const struct notice *cause)
{
	char from[TIMES_LOCAL_SIZE], until[TIMES_LOCAL_SIZE];

	times_local(r->from_ms / 1000, from);
	times_local(r->until_ms / 1000, until);
	out_line("from %s to %s", from, until);
	if (cause != NULL) {
		out_line("then %s was listed by %s: %s", cause->what,
		    cause->zone, cause->text);
		if (cause->see[0] != '\0')
			out_line("removal: %s; note it with rcptguard "
			    "listing requested", cause->see);
	}
}

static void
tell_all(const struct incident_report *r)
{
	const struct incident_counts *n = &r->all;

	out_line("%llu verdicts in the log, %llu of them not probed",
	    ull(r->lines), ull(r->not_probed));
	out_line("%llu probes%s: %llu answered, %llu accepted, %llu unknown "
	    "users (%u %%), %llu refused us, %llu silent", ull(n->probes),
	    r->repeats ? " or fewer" : "", ull(n->answered),
	    ull(n->accepted), ull(n->unknown_users),
	    incident_unknown_percent(n), ull(n->refused_us),
	    ull(n->silent));
}

static void
tell_places(const struct incident_report *r)
{
	size_t i;

	if (r->place_count > 0)
		out_line("by provider or mail host:");
	for (i = 0; i < r->place_count && i < PLACES_SHOWN; i++) {
		const struct incident_place *p = &r->places[i];

		out_line("  %s%s%s: %llu probes, %llu accepted, %llu unknown "
		    "users (%u %%), %llu refused us, %llu silent",
		    p->provider, p->source[0] != '\0' ? " from " : "",
		    p->source, ull(p->n.probes), ull(p->n.accepted),
		    ull(p->n.unknown_users), incident_unknown_percent(&p->n),
		    ull(p->n.refused_us), ull(p->n.silent));
	}
	if (r->place_count > i)
		out_line("  and %zu more (--json has all)",
		    r->place_count - i);
}

static void
tell_replies(const struct incident_report *r)
{
	size_t i;

	if (r->reply_count > 0)
		out_line("refusals, those of us first:");
	for (i = 0; i < r->reply_count && i < REPLIES_SHOWN; i++) {
		const struct incident_reply *p = &r->replies[i];

		out_line("  %llu x %s, rule %s, %s: %s", ull(p->count),
		    p->of_us ? "of us" : "of the address", or_dash(p->rule),
		    p->provider, p->text);
	}
	if (r->reply_count > i)
		out_line("  and %zu more (--json has all)",
		    r->reply_count - i);
	if (r->other_replies > 0)
		out_line("  %llu x in further words", ull(r->other_replies));
}

static void
tell_askers(const struct incident_report *r)
{
	size_t i;

	if (r->asker_count > 0)
		out_line("asked for by:");
	for (i = 0; i < r->asker_count && i < ASKERS_SHOWN; i++) {
		const struct incident_asker *p = &r->askers[i];

		out_line("  %s%s%s: %llu verdicts, %llu probes, %llu unknown "
		    "users (%u %%), %llu refused us",
		    p->guard[0] != '\0' ? p->guard : "the admin",
		    p->auth[0] != '\0' ? ", login " : "", p->auth,
		    ull(p->verdicts), ull(p->n.probes),
		    ull(p->n.unknown_users), incident_unknown_percent(&p->n),
		    ull(p->n.refused_us));
	}
	if (r->asker_count > i)
		out_line("  and %zu more (--json has all)",
		    r->asker_count - i);
	if (r->other_askers > 0)
		out_line("  %llu verdicts for others", ull(r->other_askers));
}

static void
tell_changes(const struct incident_report *r)
{
	size_t i = r->change_count > CHANGES_SHOWN ?
	    r->change_count - CHANGES_SHOWN : 0;
	char at[TIMES_LOCAL_SIZE];

	out_line(r->change_count > 0 ? "what changed:" :
	    "nothing changed for listings, sources, breakers and ramps");
	if (i > 0)
		out_line("  (%zu earlier ones; --json has all)", i);
	for (; i < r->change_count; i++) {
		const struct notice *n = &r->changes[i];

		times_local(n->time_ms / 1000, at);
		out_line("  %s %s %s: %s", at, notice_word(n->kind),
		    or_dash(n->what), n->text);
	}
}

void
incident_tell(const struct incident_report *r, const struct notice *cause)
{
	char advice[INCIDENT_ADVICE_MAX][INCIDENT_ADVICE_SIZE];
	size_t n = incident_review(r, advice), i;

	tell_head(r, cause);
	tell_all(r);
	tell_places(r);
	tell_replies(r);
	tell_askers(r);
	tell_changes(r);
	out_line("to review:");
	for (i = 0; i < n; i++)
		out_line("  %zu. %s", i + 1, advice[i]);
}

/* --- as JSON -------------------------------------------------------------- */

static bool
put_counts(struct jval *o, const struct incident_counts *n)
{
	return jval_put_int(o, "probes", (int64_t)n->probes) &&
	    jval_put_int(o, "answered", (int64_t)n->answered) &&
	    jval_put_int(o, "accepted", (int64_t)n->accepted) &&
	    jval_put_int(o, "unknown_users", (int64_t)n->unknown_users) &&
	    jval_put_real(o, "unknown_ratio", n->answered == 0 ? 0 :
	    (double)n->unknown_users / (double)n->answered) &&
	    jval_put_int(o, "refused_us", (int64_t)n->refused_us) &&
	    jval_put_int(o, "silent", (int64_t)n->silent);
}

static bool
put_time(struct jval *o, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(ms, text);
	return jval_put_text(o, name, text);
}

/* Takes o. */
static bool
add(struct jval *list, struct jval *o, bool ok)
{
	if (ok)
		return jval_add(list, o);
	jval_free(o);
	return false;
}

static struct jval *
places_json(const struct incident_report *r)
{
	struct jval *list = jval_array(), *o;
	size_t i;

	for (i = 0; i < r->place_count; i++) {
		const struct incident_place *p = &r->places[i];

		o = jval_object();
		(void)add(list, o, jval_put_text(o, "provider", p->provider) &&
		    jval_put_text(o, "source", p->source) &&
		    put_counts(o, &p->n) && (p->first_refusal_ms == 0 ||
		    put_time(o, "first_refusal", p->first_refusal_ms)));
	}
	return list;
}

static struct jval *
replies_json(const struct incident_report *r)
{
	struct jval *list = jval_array(), *o;
	size_t i;

	for (i = 0; i < r->reply_count; i++) {
		const struct incident_reply *p = &r->replies[i];

		o = jval_object();
		(void)add(list, o, jval_put_int(o, "count",
		    (int64_t)p->count) && jval_put_bool(o, "of_us", p->of_us)
		    && jval_put_int(o, "code", p->code) &&
		    jval_put_text(o, "enhanced", p->enhanced) &&
		    jval_put_text(o, "rule", p->rule) &&
		    jval_put_text(o, "provider", p->provider) &&
		    jval_put_text(o, "text", p->text));
	}
	return list;
}

static struct jval *
askers_json(const struct incident_report *r)
{
	struct jval *list = jval_array(), *o;
	size_t i;

	for (i = 0; i < r->asker_count; i++) {
		const struct incident_asker *p = &r->askers[i];

		o = jval_object();
		(void)add(list, o, jval_put_text(o, "guard", p->guard) &&
		    jval_put_text(o, "auth", p->auth) &&
		    jval_put_int(o, "verdicts", (int64_t)p->verdicts) &&
		    put_counts(o, &p->n));
	}
	return list;
}

static struct jval *
changes_json(const struct incident_report *r)
{
	struct jval *list = jval_array();
	size_t i;

	for (i = 0; i < r->change_count; i++)
		(void)jval_add(list, notice_value(&r->changes[i]));
	return list;
}

static struct jval *
review_json(const struct incident_report *r)
{
	char advice[INCIDENT_ADVICE_MAX][INCIDENT_ADVICE_SIZE];
	size_t n = incident_review(r, advice), i;
	struct jval *list = jval_array(), *o;

	for (i = 0; i < n; i++) {
		o = jval_object();
		(void)add(list, o, jval_put_text(o, "text", advice[i]));
	}
	return list;
}

static struct jval *
hours_json(const struct incident_report *r)
{
	struct jval *list = jval_array(), *o;
	size_t i;

	for (i = 0; i < r->hours; i++) {
		o = jval_object();
		(void)add(list, o, put_time(o, "from", r->from_ms +
		    (int64_t)i * INT64_C(3600000)) &&
		    jval_put_int(o, "probes", (int64_t)r->by_hour[i]));
	}
	return list;
}

struct jval *
incident_json(const struct incident_report *r, const struct notice *cause)
{
	struct jval *o = jval_object(), *all = jval_object();
	bool ok = put_counts(all, &r->all);

	ok = put_time(o, "from", r->from_ms) &&
	    put_time(o, "until", r->until_ms) && ok;
	if (cause != NULL)
		ok = jval_put(o, "listing", notice_value(cause)) && ok;
	ok = jval_put_int(o, "verdicts", (int64_t)r->lines) &&
	    jval_put_int(o, "not_probed", (int64_t)r->not_probed) && ok;
	ok = jval_put(o, "all", all) && ok;
	ok = jval_put(o, "hours", hours_json(r)) && ok;
	ok = jval_put(o, "providers", places_json(r)) && ok;
	ok = jval_put(o, "replies", replies_json(r)) && ok;
	ok = jval_put_int(o, "other_replies", (int64_t)r->other_replies) && ok;
	ok = jval_put(o, "submitters", askers_json(r)) && ok;
	ok = jval_put_int(o, "other_submitters",
	    (int64_t)r->other_askers) && ok;
	ok = jval_put(o, "changes", changes_json(r)) && ok;
	ok = jval_put(o, "review", review_json(r)) && ok;
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}
