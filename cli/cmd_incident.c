/*
 * incident: the hours before a listing, from the verdict log and the store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/incident.h"
#include "cli/logread.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/clock.h"

#define HOUR_MS		INT64_C(3600000)
#define HOURS_DEFAULT	24

enum { HOURS, SOURCE, AT, JSON };
static const struct option_row rows[] = {
	[HOURS] = { "hours", 'n', "NUMBER", "so many hours, 24 if not given" },
	[SOURCE] = { "source", 's', "ADDRESS", "probes from this address" },
	[AT] = { "at", 'a', "TIME", "before then; the last listing, or now" },
	[JSON] = { "json", 'j', NULL, "one JSON object" },
	{ NULL, 0, NULL, NULL }
};

struct wish {
	int64_t hours, at_ms;		/* at_ms 0: not given */
	char source[NET_TEXT_SIZE];	/* "": all */
	bool json;
};

/* --- the store ------------------------------------------------------------ */

struct search {
	const struct wish *wish;
	struct jval *object;		/* of the newest listing; or NULL */
	struct notice found;		/* points into it */
};

static bool
look_at(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct search *s = arg;
	struct jval *o = jval_parse(data, len);
	const char *source = s->wish->source;
	struct notice n;
	struct net_addr addr;

	(void)key;
	(void)key_len;
	/* A list of names is about each source. */
	if (notice_read(o, &n) && n.kind == NOTICE_LISTED &&
	    (s->wish->at_ms == 0 || n.time_ms <= s->wish->at_ms) &&
	    (s->object == NULL || n.time_ms > s->found.time_ms) &&
	    (source[0] == '\0' || strcmp(n.what, source) == 0 ||
	    !net_addr_parse(n.what, &addr))) {
		jval_free(s->object);
		s->object = o;
		s->found = n;
		return true;
	}
	jval_free(o);
	return true;
}

struct taking {
	struct incident *incident;
	bool ok;
};

static bool
take_notice(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct taking *t = arg;

	(void)key;
	(void)key_len;
	t->ok = incident_change(t->incident, data, len);
	return t->ok;
}

/* --- the verdict log ------------------------------------------------------ */

static bool
take_verdict(void *arg, const struct verdict_line *v,
    const struct jval *evidence)
{
	return incident_add(arg, v, evidence);
}

static void
warn_of_gaps(const struct logread *r, const struct logread_span *span)
{
	char at[TIMES_LOCAL_SIZE];

	if (span->oldest_ms > span->from_ms) {
		times_local(span->oldest_ms / 1000, at);
		out_warn("the verdict log and its rotated files reach back to "
		    "%s only", at);
	}
	if (span->alien > 0)
		out_warn("%llu lines of the verdict log are none of ours",
		    (unsigned long long)span->alien);
	logfile_tell_too_long(r->too_long, r->path);
}

static int
read_log(struct incident *incident, const char *path, int64_t from_ms)
{
	struct logread_span span = { .from_ms = from_ms,
	    .take = take_verdict, .arg = incident };
	struct logread r;
	int status;

	if (path[0] == '\0') {
		out_warn("no verdict log is kept (log.verdicts is empty): "
		    "only changes are known");
		return EX_OK;
	}
	status = logread_open(&r, path, from_ms);
	if (status == EX_OK)
		status = logread_verdicts(&r, &span);
	if (status == EX_OK)
		warn_of_gaps(&r, &span);
	logread_close(&r);
	return status;
}

/* --- the report ----------------------------------------------------------- */

static int
show(struct incident *incident, const struct notice *cause, bool json)
{
	const struct incident_report *report = incident_end(incident);
	struct jval *o;

	if (report == NULL)
		return out_no_memory();
	if (!json) {
		incident_tell(report, cause);
		return EX_OK;
	}
	o = incident_json(report, cause);
	out_value(o);
	jval_free(o);
	return EX_OK;
}

static int
gather(const struct conf *conf, const struct wish *wish, struct store *store,
    const struct search *search)
{
	const struct notice *cause = search->object != NULL ? &search->found :
	    NULL;
	int64_t until = wish->at_ms != 0 ? wish->at_ms : cause != NULL ?
	    cause->time_ms : clock_wall_ms();
	int64_t from = until - wish->hours * HOUR_MS;
	struct incident *incident = incident_new(from, until,
	    wish->source[0] != '\0' ? wish->source : NULL);
	struct taking t = { .incident = incident, .ok = true };
	int status;

	if (incident == NULL)
		return out_no_memory();
	/* A listing of long before does not end this time. */
	if (cause != NULL && cause->time_ms < from)
		cause = NULL;
	status = read_log(incident, conf->log.verdicts, from);
	if (status == EX_OK && store != NULL)
		(void)store_walk_items(store, STORE_NOTICES, take_notice, &t);
	if (!t.ok)
		status = out_no_memory();
	if (status == EX_OK)
		status = show(incident, cause, wish->json);
	incident_free(incident);
	return status;
}

static int
report(const struct conf *conf, const struct wish *wish)
{
	struct search search = { .wish = wish };
	struct store *store;
	enum store_status st = talk_store(conf, &store);
	int status;

	if (st == STORE_OK)
		st = store_walk_items(store, STORE_NOTICES, look_at, &search);
	if (st != STORE_OK)
		(void)talk_store_error(conf, st);
	status = gather(conf, wish, st == STORE_OK ? store : NULL, &search);
	jval_free(search.object);
	store_close(store);
	return status;
}

/* --- the command ---------------------------------------------------------- */

static int
read_hours(const char *text, int64_t *out)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1 ||
	    n > INCIDENT_HOURS_MAX)
		return options_wrong(&cmd_incident, "--hours is 1 to %d",
		    INCIDENT_HOURS_MAX);
	*out = n;
	return EX_OK;
}

static int
read_wish(const struct args *a, struct wish *w)
{
	struct net_addr addr;

	if (a->values[HOURS] != NULL &&
	    read_hours(a->values[HOURS], &w->hours) != EX_OK)
		return EX_USAGE;
	if (a->values[SOURCE] != NULL) {
		if (!net_addr_parse(a->values[SOURCE], &addr))
			return options_wrong(&cmd_incident, "--source %s is "
			    "no IP address", a->values[SOURCE]);
		net_addr_text(&addr, w->source);
	}
	if (a->values[AT] != NULL && !times_parse(a->values[AT],
	    clock_wall_ms(), &w->at_ms))
		return options_wrong(&cmd_incident, "--at %s: write 1h, 2d "
		    "(ago), 2026-11-21 or \"2026-11-21 17:11\"",
		    a->values[AT]);
	w->json = a->values[JSON] != NULL;
	return EX_OK;
}

static int
run(const struct args *a)
{
	struct wish wish = { .hours = HOURS_DEFAULT };
	const struct conf *conf;
	int status = read_wish(a, &wish);

	if (status != EX_OK)
		return status;
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	status = report(conf, &wish);
	conf_unref(conf);
	return status;
}

const struct command cmd_incident = {
	.name = "incident",
	.synopsis = "[--hours NUMBER] [--source ADDRESS] [--at TIME] [--json]",
	.help = "the hours before a listing, and what to review",
	.more = "Counted from the verdict log and all its rotated files, also "
	    "those of gzip, with\nwhat the store knows of listings, sources, "
	    "breakers and ramps. No daemon is\nneeded.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
