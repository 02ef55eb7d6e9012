#include "cli/hosts.h"

#include <stdio.h>

#include "cli/out.h"
#include "cli/times.h"
#include "cli/val.h"

/* The rest of a line of a host: what, and until when. */
static void
tell_until(const struct jval *h, const char *name, const char *what)
{
	char at[TIMES_LOCAL_SIZE];
	int64_t until = val_int(h, name);

	if (until == 0)
		return;
	times_local(until, at);
	out_line("    until %s %s", at, what);
}

static void
tell_rest(const struct jval *h)
{
	const char *fault = val_text(h, "fault");
	char what[1024];

	if (fault[0] != '\0')
		snprintf(what, sizeof what, "it is left alone: at %s it %s",
		    val_text(h, "stage"), fault);
	else
		snprintf(what, sizeof what, "it is left alone: %s, said at "
		    "%s: %03lld %s", val_text(h, "reason"),
		    val_text(h, "stage"), (long long)val_int(h, "code"),
		    val_text(h, "text"));
	tell_until(h, "rests_until", what);
}

static void
tell_host(const struct jval *h)
{
	const char *name = val_text(h, "host");
	int64_t rcpts = val_int(h, "recipients");
	char what[80];

	out_line("  %s [%s]", name[0] != '\0' ? name : "mail host",
	    val_text(h, "ip"));
	tell_rest(h);
	snprintf(what, sizeof what, rcpts == 1 ? "it is asked one recipient a "
	    "session" : "it is asked %lld recipients a session",
	    (long long)rcpts);
	tell_until(h, "recipients_until", what);
	tell_until(h, "one_session_until", "it has one session at a time");
	tell_until(h, "no_groups_until", "it is asked one recipient after "
	    "another, not in groups");
	tell_until(h, "no_tls_until", "it is asked without TLS, which failed");
}

void
hosts_tell(const struct jval *hosts)
{
	const struct jval *list = jval_get(hosts, "hosts");
	size_t i, count = jval_count(list);
	int64_t limited = val_int(hosts, "limited");

	if (limited == 0)
		return;
	out_line("Mail hosts with limits of their own: %lld",
	    (long long)limited);
	for (i = 0; i < count; i++)
		tell_host(jval_at(list, i));
	if ((int64_t)count < limited)
		out_line("  and %lld more, learned of before these",
		    (long long)(limited - (int64_t)count));
}
