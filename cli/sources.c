#include "cli/sources.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/times.h"
#include "cli/val.h"
#include "common/clock.h"

static long long
count_of(const struct jval *o, const char *name)
{
	return (long long)val_int(o, name);
}

static const char *
user_name(int64_t uid)
{
	static char text[64];
	const struct passwd *pw = getpwuid((uid_t)uid);

	if (pw != NULL)
		(void)snprintf(text, sizeof text, "%s", pw->pw_name);
	else
		(void)snprintf(text, sizeof text, "user %lld",
		    (long long)uid);
	return text;
}

/* --- sources ------------------------------------------------------------- */

static void
tell_order(const struct jval *order)
{
	char at[TIMES_LOCAL_SIZE];
	const char *cause = val_text(order, "cause");

	if (order == NULL)
		return;
	times_local(val_int(order, "at"), at);
	out_line("  last order: %s, by %s, %s%s%s", val_text(order, "word"),
	    user_name(val_int(order, "by")), at,
	    cause[0] != '\0' ? "; cause: " : "", cause);
}

static void
tell_answers(const struct jval *s)
{
	char ago[TIMES_SPAN_SIZE];

	if (jval_get(s, "last_good_at") == NULL) {
		out_line("  %lld of %lld answers in a day refused us; no good "
		    "one is known", count_of(s, "refusals_day"),
		    count_of(s, "answers_day"));
		return;
	}
	times_span(val_int(s, "last_good_age_s"), ago);
	out_line("  %lld of %lld answers in a day refused us; the last good "
	    "one came %s ago", count_of(s, "refusals_day"),
	    count_of(s, "answers_day"), ago);
}

static void
tell_ramp(const struct jval *ramp)
{
	bool recovering = false, held = false;

	if (ramp == NULL)
		return;
	(void)jval_bool(jval_get(ramp, "recovering"), &recovering);
	(void)jval_bool(jval_get(ramp, "held"), &held);
	out_line("  warm-up: step %lld of %lld, %lld of %lld per %s used%s%s",
	    count_of(ramp, "step"), count_of(ramp, "steps"),
	    count_of(ramp, "used"), count_of(ramp, "limit"),
	    val_text(ramp, "span"), recovering ? ", recovering" : "",
	    held ? ", held while our domain is young" : "");
}

static void
tell_rest(const struct jval *r)
{
	char until[CLOCK_TEXT_SIZE] = "";
	const char *why = val_text(r, "why");

	if (jval_get(r, "until") != NULL)
		clock_text(val_int(r, "until") * 1000, until);
	out_line("  rests by %s%s%s%s%s", val_text(r, "by"),
	    why[0] != '\0' ? ": " : "", why,
	    until[0] != '\0' ? ", until " : "", until);
}

void
sources_tell(const struct jval *sources)
{
	size_t i, k;

	for (i = 0; i < jval_count(sources); i++) {
		const struct jval *s = jval_at(sources, i);
		const struct jval *rests = jval_get(s, "rests");

		out_line("%s as %s: %s", val_text(s, "address"),
		    val_text(s, "helo"), val_text(s, "state"));
		for (k = 0; k < jval_count(rests); k++)
			tell_rest(jval_at(rests, k));
		tell_answers(s);
		tell_ramp(jval_get(s, "ramp"));
		tell_order(jval_get(s, "order"));
	}
}

void
providers_tell(const struct jval *providers)
{
	size_t i;

	for (i = 0; i < jval_count(providers); i++) {
		const struct jval *p = jval_at(providers, i);

		out_line("%s from %s: %lld connects, %lld asked",
		    val_text(p, "provider"), val_text(p, "source"),
		    count_of(p, "connects"), count_of(p, "rcpts"));
		out_line("  %lld accepted, %lld unknown users, %lld other 5xx, "
		    "%lld 4xx, %lld refusals of us, %lld timeouts, %lld "
		    "closed, %lld not connected, %lld broken",
		    count_of(p, "accepted"), count_of(p, "unknown_user"),
		    count_of(p, "refused"), count_of(p, "tempfail"),
		    count_of(p, "refused_us"), count_of(p, "timeout"),
		    count_of(p, "closed"), count_of(p, "no_connect"),
		    count_of(p, "broken"));
	}
}

void
retired_tell(const struct jval *retired)
{
	char at[TIMES_LOCAL_SIZE];
	bool proven, recovering;
	size_t i;

	for (i = 0; i < jval_count(retired); i++) {
		const struct jval *r = jval_at(retired, i);
		const char *by = val_text(r, "by");

		proven = recovering = false;
		(void)jval_bool(jval_get(r, "proven"), &proven);
		(void)jval_bool(jval_get(r, "recovering"), &recovering);
		times_local(val_int(r, "at"), at);
		out_line("%s: retired %s by %s; cause: %s",
		    val_text(r, "address"), at,
		    user_name(val_int(r, "user")), val_text(r, "cause"));
		if (val_int(r, "step") > 0)
			out_line("  its ramp ended at step %lld%s",
			    (long long)val_int(r, "step"),
			    recovering ? ", recovering" : "");
		if (by[0] != '\0')
			out_line("  replaced by %s, which %s", by, proven ?
			    "has passed preflight" :
			    "has not passed preflight yet");
	}
}

/* --- listings ------------------------------------------------------------ */

static void
tell_ticket(const struct jval *l)
{
	char at[TIMES_LOCAL_SIZE];
	const char *note = val_text(l, "note");

	if (jval_get(l, "ticket_at") == NULL) {
		if (jval_get(l, "gone_at") == NULL)
			out_line("  removal: nobody has asked for it; see %s",
			    val_text(l, "removal"));
		return;
	}
	times_local(val_int(l, "ticket_at"), at);
	out_line("  removal: %s, by %s, %s%s%s", val_text(l, "ticket"),
	    user_name(val_int(l, "ticket_by")), at,
	    note[0] != '\0' ? "; " : "", note);
	if (jval_get(l, "gone_at") == NULL)
		out_line("  see %s", val_text(l, "removal"));
}

void
listings_tell(const struct jval *listings)
{
	char since[TIMES_LOCAL_SIZE], gone[TIMES_LOCAL_SIZE];
	size_t i;

	for (i = 0; i < jval_count(listings); i++) {
		const struct jval *l = jval_at(listings, i);
		bool off = jval_get(l, "gone_at") != NULL;

		times_local(val_int(l, "since"), since);
		times_local(val_int(l, "gone_at"), gone);
		out_line("%s by %s as %s %s%s%s", val_text(l, "what"),
		    val_text(l, "zone"), val_text(l, "code"),
		    val_text(l, "meaning"), off ? "; it is off the list since "
		    : "", off ? gone : "");
		out_line("  since %s; \"%s\"", since, val_text(l, "reason"));
		tell_ticket(l);
	}
}
