#include "cli/sources.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/times.h"

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

const char *
sources_user(int64_t uid)
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
	    sources_user(number_of(order, "by")), at,
	    cause[0] != '\0' ? "; cause: " : "", cause);
}

void
sources_tell(const struct jval *sources, bool all)
{
	size_t i, k;

	for (i = 0; i < jval_count(sources); i++) {
		const struct jval *s = jval_at(sources, i);
		const struct jval *rests = jval_get(s, "rests");

		if (!all && jval_get(s, "order") == NULL &&
		    jval_count(rests) == 0)
			continue;
		out_line("%s as %s: %s", text_of(s, "address"),
		    text_of(s, "helo"), text_of(s, "state"));
		for (k = 0; k < jval_count(rests); k++) {
			const struct jval *r = jval_at(rests, k);

			out_line("  by %s%s%s", text_of(r, "by"),
			    text_of(r, "why")[0] != '\0' ? ": " : "",
			    text_of(r, "why"));
		}
		tell_order(jval_get(s, "order"));
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
		    sources_user(number_of(r, "user")), text_of(r, "cause"));
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
	    sources_user(number_of(l, "ticket_by")), at,
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
