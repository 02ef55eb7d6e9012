#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/address.h"
#include "common/text.h"

#define DAY_SIZE	32

/* --- keys ----------------------------------------------------------------- */

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void
day_of(int64_t time_ms, char out[DAY_SIZE])
{
	time_t t = (time_t)(time_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, DAY_SIZE, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, DAY_SIZE, "beyond the calendar");
}

/* What was logged as a domain alone is one. */
static void
domain_of(const char *address, char out[TOPK_KEY_MAX + 1])
{
	struct address addr;
	const char *at;

	if (address_parse(address, strlen(address), &addr) == ADDRESS_OK) {
		(void)text_copy(out, addr.domain, TOPK_KEY_MAX + 1);
		return;
	}
	at = strrchr(address, '@');
	(void)text_copy(out, at != NULL ? at + 1 : address, TOPK_KEY_MAX + 1);
	text_lower(out);
}

static bool
add_parts(struct topk *t, const struct verdict_line *line, const char *one,
    const char *two, const char *three)
{
	char key[TOPK_KEY_MAX + 1];

	(void)snprintf(key, sizeof key, "%.100s%c%.100s%c%.190s", one,
	    REPORT_SEPARATOR, two, REPORT_SEPARATOR, three);
	return topk_add(t, key, line);
}

/* --- a decision ----------------------------------------------------------- */

static bool
add_submitter(struct report *r, const struct verdict_line *line)
{
	struct topk **t = r->tables;

	if (line->client != NULL &&
	    !topk_add(t[REPORT_CLIENTS], line->client, line))
		return false;
	if (line->auth != NULL &&
	    !topk_add(t[REPORT_LOGINS], line->auth, line))
		return false;
	if (line->sender != NULL && !topk_add(t[REPORT_SENDERS],
	    line->sender[0] != '\0' ? line->sender : "<>", line))
		return false;
	return line->flood == NULL || add_parts(t[REPORT_FLOODS], line,
	    line->flood, or_empty(line->guard), line->auth != NULL ?
	    line->auth : or_empty(line->client));
}

/* The mail host, where the rules know no provider. */
static const char *
provider_of(const struct jval *evidence)
{
	const char *name = jval_text(jval_get(evidence, "provider"));

	if (name == NULL || name[0] == '\0')
		name = jval_text(jval_get(evidence, "mx"));
	return or_empty(name);
}

static bool
add_keys(struct report *r, const struct verdict_line *line,
    const struct jval *evidence)
{
	char day[DAY_SIZE], domain[TOPK_KEY_MAX + 1];
	struct topk **t = r->tables;

	day_of(line->time_ms, day);
	domain_of(line->address, domain);
	return topk_add(t[REPORT_DAYS], day, line) &&
	    topk_add(t[REPORT_DOMAINS], domain, line) &&
	    topk_add(t[REPORT_PROVIDERS], provider_of(evidence), line) &&
	    add_parts(t[REPORT_GUARDS], line, or_empty(line->guard),
	    or_empty(line->mode), "") && add_submitter(r, line);
}

static enum pursuit_event
event_of(const struct verdict_line *line)
{
	enum guard_action action;

	if (!counts_action(line->action, &action) || (line->mode != NULL &&
	    strcmp(line->mode, guard_mode_word(MODE_OBSERVE)) == 0))
		return PURSUIT_WATCHED;
	switch (action) {
	case ACTION_TEMPFAIL:
		return PURSUIT_DEFERRED;
	case ACTION_REJECT:
		return PURSUIT_REFUSED;
	case ACTION_ACCEPT:
	case ACTION_HOLD:
	case ACTION_TAG:
	case ACTION_COUNT:
		break;
	}
	return PURSUIT_PASSED;
}

static bool
add_decision(struct report *r, const struct verdict_line *line,
    const struct jval *evidence)
{
	counts_add(&r->all, line);
	counts_add(&r->by_reason[line->reason], line);
	r->sources[line->source]++;
	r->senders_judged += line->role != NULL &&
	    strcmp(line->role, "sender") == 0;
	histogram_add(&r->took, line->took_ms);
	if (line->source != SOURCE_STORE)
		histogram_add(&r->took_asked, line->took_ms);
	return add_keys(r, line, evidence);
}

static bool
is_of_guard(const struct report *r, const struct verdict_line *line)
{
	return r->guard == NULL || (line->guard != NULL &&
	    strcmp(line->guard, r->guard) == 0);
}

bool
report_add(struct report *r, const struct verdict_line *line,
    const struct jval *evidence)
{
	bool taught = line->source == SOURCE_HISTORY && line->action == NULL;

	if (line->time_ms < r->from_ms || line->time_ms >= r->until_ms)
		return true;
	/* What mail taught is of no guard, and about the addresses of all. */
	if (!is_of_guard(r, line) && !taught)
		return true;
	if (line->action == NULL) {
		r->taught += taught;
		r->asked += !taught;
	} else if (!add_decision(r, line, evidence)) {
		return false;
	}
	return pursuit_add(r->pursuit, line->address, line->time_ms,
	    event_of(line), verdict_state_of(line->reason));
}

/* --- alarms --------------------------------------------------------------- */

void
report_alarm(struct report *r, const void *data, size_t len)
{
	struct jval *o = jval_parse(data, len);
	struct notice n;

	if (!notice_read(o, &n) || !notice_is_alarm(n.kind) ||
	    n.time_ms < r->from_ms || n.time_ms >= r->until_ms) {
		jval_free(o);
		return;
	}
	r->alarms_seen++;
	if (r->alarm_count == REPORT_ALARMS) {
		jval_free(r->alarm_values[0]);
		r->alarm_count--;
		memmove(r->alarms, r->alarms + 1,
		    r->alarm_count * sizeof r->alarms[0]);
		memmove(r->alarm_values, r->alarm_values + 1,
		    r->alarm_count * sizeof r->alarm_values[0]);
	}
	r->alarm_values[r->alarm_count] = o;
	r->alarms[r->alarm_count++] = n;
}

/* --- birth and death ------------------------------------------------------ */

void
report_end(struct report *r, int64_t now_ms)
{
	pursuit_end(r->pursuit, now_ms < r->until_ms ? now_ms : r->until_ms,
	    &r->followed);
}

struct report *
report_new(int64_t from_ms, int64_t until_ms, const char *guard)
{
	struct report *r = calloc(1, sizeof *r);
	bool ok = r != NULL;
	unsigned i;

	if (!ok)
		return NULL;
	r->from_ms = from_ms;
	r->until_ms = until_ms;
	r->guard = guard;
	r->pursuit = pursuit_new(REPORT_FOLLOWED);
	ok = r->pursuit != NULL;
	for (i = 0; i < REPORT_TABLES && ok; i++) {
		r->tables[i] = topk_new(REPORT_KEYS);
		ok = r->tables[i] != NULL;
	}
	if (ok)
		return r;
	report_free(r);
	return NULL;
}

void
report_free(struct report *r)
{
	unsigned i;

	if (r == NULL)
		return;
	for (i = 0; i < REPORT_TABLES; i++)
		topk_free(r->tables[i]);
	for (i = 0; i < r->alarm_count; i++)
		jval_free(r->alarm_values[i]);
	pursuit_free(r->pursuit);
	free(r);
}
