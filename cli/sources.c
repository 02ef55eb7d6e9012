#include "cli/sources.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/times.h"
#include "common/clock.h"

static const char *
text_of(const struct jval *o, const char *name)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL ? text : "";
}

static int64_t
number_of(const struct jval *o, const char *name)
{
	int64_t n = 0;

	(void)jval_int(jval_get(o, name), &n);
	return n;
}

static long long
count_of(const struct jval *o, const char *name)
{
	return (long long)number_of(o, name);
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
	const char *cause = text_of(order, "cause");

	if (order == NULL)
		return;
	times_local(number_of(order, "at"), at);
	out_line("  last order: %s, by %s, %s%s%s", text_of(order, "word"),
	    user_name(number_of(order, "by")), at,
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
	times_span(number_of(s, "last_good_age_s"), ago);
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
	    text_of(ramp, "span"), recovering ? ", recovering" : "",
	    held ? ", held while our domain is young" : "");
}

static void
tell_rest(const struct jval *r)
{
	char until[CLOCK_TEXT_SIZE] = "";
	const char *why = text_of(r, "why");

	if (jval_get(r, "until") != NULL)
		clock_text(number_of(r, "until") * 1000, until);
	out_line("  rests by %s%s%s%s%s", text_of(r, "by"),
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

		out_line("%s as %s: %s", text_of(s, "address"),
		    text_of(s, "helo"), text_of(s, "state"));
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
		    text_of(p, "provider"), text_of(p, "source"),
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
		const char *by = text_of(r, "by");

		proven = recovering = false;
		(void)jval_bool(jval_get(r, "proven"), &proven);
		(void)jval_bool(jval_get(r, "recovering"), &recovering);
		times_local(number_of(r, "at"), at);
		out_line("%s: retired %s by %s; cause: %s",
		    text_of(r, "address"), at,
		    user_name(number_of(r, "user")), text_of(r, "cause"));
		if (number_of(r, "step") > 0)
			out_line("  its ramp ended at step %lld%s",
			    (long long)number_of(r, "step"),
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
	const char *note = text_of(l, "note");

	if (jval_get(l, "ticket_at") == NULL) {
		if (jval_get(l, "gone_at") == NULL)
			out_line("  removal: nobody has asked for it; see %s",
			    text_of(l, "removal"));
		return;
	}
	times_local(number_of(l, "ticket_at"), at);
	out_line("  removal: %s, by %s, %s%s%s", text_of(l, "ticket"),
	    user_name(number_of(l, "ticket_by")), at,
	    note[0] != '\0' ? "; " : "", note);
	if (jval_get(l, "gone_at") == NULL)
		out_line("  see %s", text_of(l, "removal"));
}

void
listings_tell(const struct jval *listings)
{
	char since[TIMES_LOCAL_SIZE], gone[TIMES_LOCAL_SIZE];
	size_t i;

	for (i = 0; i < jval_count(listings); i++) {
		const struct jval *l = jval_at(listings, i);
		bool off = jval_get(l, "gone_at") != NULL;

		times_local(number_of(l, "since"), since);
		times_local(number_of(l, "gone_at"), gone);
		out_line("%s by %s as %s %s%s%s", text_of(l, "what"),
		    text_of(l, "zone"), text_of(l, "code"),
		    text_of(l, "meaning"), off ? "; it is off the list since "
		    : "", off ? gone : "");
		out_line("  since %s; \"%s\"", since, text_of(l, "reason"));
		tell_ticket(l);
	}
}
