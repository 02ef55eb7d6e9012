#include "cli/known.h"

#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/times.h"
#include "common/clock.h"

enum store_status
known_read(struct store *s, const struct address *addr, struct known *k)
{
	enum store_status status;
	void *packed;
	size_t len;

	memset(k, 0, sizeof *k);
	evidence_init(&k->evidence);
	address_wire(addr, k->address);
	status = store_get_verdict(s, addr, &k->verdict);
	if (status == STORE_MISS)
		return STORE_OK;
	if (status != STORE_OK)
		return status;
	k->have = true;
	status = store_get_evidence(s, addr, &packed, &len);
	if (status == STORE_OK)
		k->have_evidence = evidence_unpack(packed, len, &k->evidence);
	free(packed);
	return status == STORE_MISS ? STORE_OK : status;
}

void
known_clear(struct known *k)
{
	evidence_clear(&k->evidence);
}

void
known_tell_verdict(const char *address, enum verdict_reason reason)
{
	out_part("%s: ", address);
	out_state(verdict_state_of(reason));
	out_line(" (%s)", verdict_reason_word(reason));
	out_line("  %s", verdict_reason_text(reason));
}

/* Lines of a reply were joined by LF, and LF was escaped. */
static char *
one_line(const char *text)
{
	char *line = strdup(text), *from, *to;

	for (from = to = line; line != NULL && *from != '\0';) {
		if (strncmp(from, "\\x0A", 4) == 0) {
			*to++ = ' ';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	if (line != NULL)
		*to = '\0';
	return line;
}

static void
tell_reply(const struct evidence *ev)
{
	size_t n = strlen(ev->enhanced);
	char *text;

	if (ev->code == 0)
		return;
	text = one_line(ev->text);
	if (n > 0 && strncmp(ev->text, ev->enhanced, n) != 0)
		out_fact("reply", "%u %s %s", ev->code, ev->enhanced,
		    text != NULL ? text : ev->text);
	else
		out_fact("reply", "%u %s", ev->code,
		    text != NULL ? text : ev->text);
	free(text);
}

void
known_tell_evidence(const struct evidence *ev)
{
	if (ev->mx[0] != '\0')
		out_fact("host", "%s%s%s%s", ev->mx,
		    ev->ip[0] != '\0' ? " [" : "", ev->ip,
		    ev->ip[0] != '\0' ? "]" : "");
	if (ev->provider[0] != '\0')
		out_fact("provider", "%s", ev->provider);
	if (ev->tls[0] != '\0')
		out_fact("encrypted", "%s", ev->tls);
	else if (ev->code != 0)
		out_fact("encrypted", "no");
	if (ev->stage != STAGE_NONE)
		out_fact("decided at", "%s", stage_word(ev->stage));
	tell_reply(ev);
	if (ev->rule[0] != '\0')
		out_fact("rule", "%s", ev->rule);
	if (ev->helo[0] != '\0' || ev->from[0] != '\0')
		out_fact("asked as", "%s, MAIL FROM:<%s>%s%s", ev->helo,
		    ev->from, ev->source[0] != '\0' ? ", from " : "",
		    ev->source);
	if (ev->policy[0] != '\0')
		out_fact("policy", "version %s", ev->policy);
	if (ev->attempt > 1)
		out_fact("attempt", "%u", ev->attempt);
	out_fact("took", "%u ms", (unsigned)ev->took_ms);
	/* No round trip: it went out with another's commands. */
	if (ev->sent > 0)
		out_fact("cost", "%u octets sent, %u received, %u round "
		    "trip%s, %u ms in session", (unsigned)ev->sent,
		    (unsigned)ev->received, (unsigned)ev->round_trips,
		    ev->round_trips == 1 ? "" : "s",
		    (unsigned)ev->session_ms);
}

static const char *
mark(enum story_kind kind)
{
	switch (kind) {
	case STORY_NOTE:
		return "  =";
	case STORY_DNS:
		return "dns";
	case STORY_CONNECT:
		return " --";
	case STORY_SENT:
		return "-->";
	case STORY_RECEIVED:
		return "<--";
	case STORY_KIND_COUNT:
		break;
	}
	return "  ?";
}

void
known_tell_story(const struct evidence *ev)
{
	size_t i;

	if (ev->step_count == 0)
		return;
	out_line("What happened (dns: a DNS answer, -->: we said, <--: they "
	    "said, =: what we made of it)");
	for (i = 0; i <= ev->step_count; i++) {
		if (ev->steps_dropped > 0 && i == ev->gap)
			out_line("             ... %zu steps were not kept",
			    ev->steps_dropped);
		if (i < ev->step_count)
			out_line("%8u ms  %s  %s", (unsigned)ev->steps[i].at_ms,
			    mark(ev->steps[i].kind), ev->steps[i].text);
	}
}

/* --- times -------------------------------------------------------------- */

/* "2026-11-21 18:11:53 +0100, 3 min ago", or ", in 3 min". */
static void
tell_time(const char *label, int64_t s, int64_t now, const char *then)
{
	char local[TIMES_LOCAL_SIZE], span[TIMES_SPAN_SIZE];

	times_local(s, local);
	times_span(s > now ? s - now : now - s, span);
	if (s > now)
		out_fact(label, "%s, in %s%s", local, span, then);
	else
		out_fact(label, "%s, %s ago%s", local, span, then);
}

static void
tell_lifetime(const struct verdict *v)
{
	char refresh[TIMES_SPAN_SIZE], expire[TIMES_SPAN_SIZE];
	const char *from = "of its reason";

	switch (verdict_state_of(v->reason)) {
	case STATE_DELIVERABLE:
		from = "store.positive_refresh and store.positive_expire";
		break;
	case STATE_UNDELIVERABLE:
		from = "at most store.negative_refresh and "
		    "store.negative_expire";
		break;
	case STATE_UNKNOWN:
		from = "at most store.unknown_expire, unless the server named "
		    "a later time";
		break;
	case STATE_RISKY:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	times_span(v->refresh_at - v->checked_at, refresh);
	times_span(v->expire_at - v->checked_at, expire);
	out_fact("lifetime", "asked again after %s, forgotten after %s (%s)",
	    refresh, expire, from);
}

void
known_tell_times(const struct verdict *v, int64_t now)
{
	tell_time("asked", v->checked_at, now, "");
	if (verdict_is_expired(v, now)) {
		tell_time("expired", v->expire_at, now,
		    ": not used any more; the next mail to it asks anew");
	} else if (verdict_is_stale(v, now)) {
		tell_time("ask again", v->refresh_at, now,
		    ": the next mail to it has it asked again meanwhile");
		tell_time("valid until", v->expire_at, now, "");
	} else {
		tell_time("ask again", v->refresh_at, now,
		    ", with the first mail to it from then on");
		tell_time("valid until", v->expire_at, now, "");
	}
	tell_lifetime(v);
}

/* --- JSON --------------------------------------------------------------- */

static bool
put_time(struct jval *o, const char *name, int64_t s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(s > INT64_MAX / 1000 ? INT64_MAX : s * 1000, text);
	return jval_put_text(o, name, text);
}

static bool
put_evidence(struct jval *o, const struct known *k)
{
	char *json;
	bool ok;

	if (!k->have_evidence)
		return true;
	json = evidence_to_json(&k->evidence, true);
	ok = json != NULL && jval_put(o, "evidence",
	    jval_parse(json, strlen(json)));
	free(json);
	return ok;
}

struct jval *
known_json(const struct known *k, int64_t now)
{
	const struct verdict *v = &k->verdict;
	enum verdict_state state = verdict_state_of(v->reason);
	struct jval *o = jval_object();

	if (put_time(o, "time", v->checked_at) &&
	    jval_put_text(o, "address", k->address) &&
	    jval_put_text(o, "state", verdict_state_word(state)) &&
	    jval_put_text(o, "reason", verdict_reason_word(v->reason)) &&
	    jval_put_text(o, "source", "store") &&
	    jval_put_int(o, "age_s", verdict_age(v, now)) &&
	    put_time(o, "refresh_at", v->refresh_at) &&
	    put_time(o, "expire_at", v->expire_at) &&
	    jval_put_bool(o, "expired", verdict_is_expired(v, now)) &&
	    put_evidence(o, k))
		return o;
	jval_free(o);
	return NULL;
}
