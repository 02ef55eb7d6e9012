#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/exposition.h"
#include "probe/metrics.h"

#define P	"rcptguard_"

/* --- numbers of the status ------------------------------------------------ */

/* Rows of one name stand together: they are one family, with a label each. */
struct scalar {
	const char *name;
	enum expo_type type;
	const char *label, *value;	/* NULL: none */
	const char *group, *member;	/* in the status; group NULL: its top */
	const char *help;		/* of the family's first row */
};

static const struct scalar scalars[] = {
	{ P "start_time_seconds", EXPO_GAUGE, NULL, NULL, NULL, "started_at",
	    "When the probe started, in seconds since the epoch." },
	{ P "clients", EXPO_GAUGE, NULL, NULL, NULL, "clients",
	    "Clients of the probe's socket." },
	{ P "requests_total", EXPO_COUNTER, NULL, NULL, "probes", "asked",
	    "Addresses that the probe was asked for." },
	{ P "requests_from_store_total", EXPO_COUNTER, NULL, NULL, "probes",
	    "from_store", "Those that were answered from the store." },
	{ P "requests_joined_total", EXPO_COUNTER, NULL, NULL, "probes",
	    "joined", "Those that shared a probe under way." },
	{ P "waiters", EXPO_GAUGE, NULL, NULL, "probes", "waiters",
	    "Requests that wait for a probe." },
	{ P "probes_in_flight", EXPO_GAUGE, NULL, NULL, "probes", "in_flight",
	    "Addresses under way." },
	{ P "probes_waiting_again", EXPO_GAUGE, NULL, NULL, "probes",
	    "waiting_again", "Addresses that are asked again later." },
	{ P "probes_started_total", EXPO_COUNTER, NULL, NULL, "probes",
	    "started", "Addresses begun." },
	{ P "probes_ended_total", EXPO_COUNTER, "state", "deliverable",
	    "probes", "deliverable", "Addresses ended, by state." },
	{ P "probes_ended_total", EXPO_COUNTER, "state", "undeliverable",
	    "probes", "undeliverable", NULL },
	{ P "probes_ended_total", EXPO_COUNTER, "state", "risky", "probes",
	    "risky", NULL },
	{ P "probes_ended_total", EXPO_COUNTER, "state", "unknown", "probes",
	    "unknown", NULL },
	{ P "probes_ended_total", EXPO_COUNTER, "state", "not_checked",
	    "probes", "not_checked", NULL },
	{ P "probes_overflow_total", EXPO_COUNTER, NULL, NULL, "probes",
	    "refused_queue_full",
	    "Addresses not begun, since probe.queue was full." },
	{ P "sessions_open", EXPO_GAUGE, NULL, NULL, "sessions", "open",
	    "SMTP sessions open." },
	{ P "session_hosts", EXPO_GAUGE, NULL, NULL, "sessions", "hosts",
	    "Mail hosts that sessions are open to or wanted for." },
	{ P "sessions_opened_total", EXPO_COUNTER, NULL, NULL, "sessions",
	    "opened", "SMTP sessions begun." },
	{ P "questions_total", EXPO_COUNTER, NULL, NULL, "sessions",
	    "questions", "Questions to mail hosts, begun." },
	{ P "questions_waiting", EXPO_GAUGE, NULL, NULL, "sessions",
	    "waiting", "Questions that wait for a session." },
	{ P "budget_enabled", EXPO_GAUGE, NULL, NULL, "budget", "enabled",
	    "1 while budgets, ramps and breakers are in force." },
	{ P "budget_admitted_total", EXPO_COUNTER, NULL, NULL, "budget",
	    "admitted", "Questions that the budgets admitted." },
	{ P "budget_delayed_total", EXPO_COUNTER, NULL, NULL, "budget",
	    "delayed", "Those of them that were spaced out." },
	{ P "breakers_open", EXPO_GAUGE, NULL, NULL, "budget",
	    "breakers_open", "Providers, domains and hosts left alone." },
	{ P "store_entries", EXPO_GAUGE, "table", "verdicts", "store",
	    "verdicts", "Entries in the store." },
	{ P "store_entries", EXPO_GAUGE, "table", "evidence", "store",
	    "evidence", NULL },
	{ P "store_entries", EXPO_GAUGE, "table", "domains", "store",
	    "domains", NULL },
	{ P "store_used_bytes", EXPO_GAUGE, NULL, NULL, "store", "used",
	    "Octets of the store in use." },
	{ P "store_max_bytes", EXPO_GAUGE, NULL, NULL, "store", "max_size",
	    "Octets that the store may use." },
	{ P "store_evicted_total", EXPO_COUNTER, NULL, NULL, "store",
	    "evicted", "Entries that made room for newer ones." },
	{ P "store_readers", EXPO_GAUGE, NULL, NULL, "store", "readers",
	    "Readers of the store." },
	{ P "store_held", EXPO_GAUGE, NULL, NULL, "store", "held",
	    "Entries that wait to be written." },
	{ P "store_written_total", EXPO_COUNTER, NULL, NULL, "store",
	    "committed", "Entries written." },
	{ P "store_failed_writes_total", EXPO_COUNTER, NULL, NULL, "store",
	    "failed_commits", "Times that the disk refused." },
	{ P "verdict_log_lines_total", EXPO_COUNTER, NULL, NULL,
	    "verdict_log", "lines", "Lines of the verdict log." },
	{ P "verdict_log_lost_total", EXPO_COUNTER, NULL, NULL,
	    "verdict_log", "dropped",
	    "Lines that could not be written to it." },
};

/* Numbers and yes or no alike. */
static bool
number_of(const struct jval *o, const char *member, int64_t *out)
{
	const struct jval *v = jval_get(o, member);
	bool yes;

	if (!jval_bool(v, &yes))
		return jval_int(v, out);
	*out = yes;
	return true;
}

static void
write_scalar(FILE *f, const struct jval *status, const struct scalar *s)
{
	const struct jval *o = s->group != NULL ? jval_get(status, s->group) :
	    status;
	struct expo_label label = { s->label, s->value };
	int64_t n;

	if (s->help != NULL)
		expo_family(f, s->name, s->type, s->help);
	if (number_of(o, s->member, &n))
		expo_int(f, s->name, &label, s->label != NULL, n);
}

static const char *
text_of(const struct jval *o, const char *member)
{
	const char *text = jval_text(jval_get(o, member));

	return text != NULL ? text : "";
}

static void
write_version(FILE *f, const struct jval *status)
{
	struct expo_label l = { "version", text_of(status, "version") };

	expo_family(f, P "build_info", EXPO_GAUGE,
	    "1, with the version of the probe.");
	expo_int(f, P "build_info", &l, 1, 1);
}

/* --- what is wrong -------------------------------------------------------- */

static bool
all_rest(const struct jval *sources)
{
	size_t i;

	for (i = 0; i < jval_count(sources); i++)
		if (strcmp(text_of(jval_at(sources, i), "state"),
		    "resting") != 0)
			return false;
	return jval_count(sources) > 0;
}

static void
write_degraded(FILE *f, const struct jval *status)
{
	const struct jval *trouble = jval_get(jval_get(status, "store"),
	    "trouble");
	struct expo_label l = { "part", "store" };
	int64_t blocked = 0;

	(void)number_of(jval_get(status, "budget"), "port25_blocked",
	    &blocked);
	expo_family(f, P "degraded", EXPO_GAUGE, "1 if a part does not work: "
	    "the store cannot be used, no connection gets out by port25, all "
	    "sources rest.");
	expo_int(f, P "degraded", &l, 1, trouble != NULL);
	l.value = "port25";
	expo_int(f, P "degraded", &l, 1, blocked);
	l.value = "sources";
	expo_int(f, P "degraded", &l, 1,
	    all_rest(jval_get(status, "sources")));
}

static void
write_not_admitted(FILE *f, const struct jval *status)
{
	static const char *const words[] = { "budget", "warmup", "breaker",
	    "port25", "rest" };
	const struct jval *refused = jval_get(jval_get(status, "budget"),
	    "refused");
	size_t i;
	int64_t n;

	expo_family(f, P "budget_refused_total", EXPO_COUNTER,
	    "Questions not sent, by what forbade them.");
	for (i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct expo_label l = { "by", words[i] };

		if (number_of(refused, words[i], &n))
			expo_int(f, P "budget_refused_total", &l, 1, n);
	}
}

/* --- lists of the status -------------------------------------------------- */

static void
write_budgets(FILE *f, const struct jval *status)
{
	static const struct {
		const char *name, *member, *help;
	} rows[] = {
		{ P "budget_limit", "limit",
		    "The budget of all probes (budget.all) in a span." },
		{ P "budget_used", "used", "How much of it is used up." },
	};
	const struct jval *all = jval_get(jval_get(status, "budget"), "all");
	size_t i, k;
	int64_t n;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		expo_family(f, rows[i].name, EXPO_GAUGE, rows[i].help);
		for (k = 0; k < jval_count(all); k++) {
			const struct jval *o = jval_at(all, k);
			struct expo_label l = { "span", text_of(o, "span") };

			if (number_of(o, rows[i].member, &n))
				expo_int(f, rows[i].name, &l, 1, n);
		}
	}
}

static void
write_listings(FILE *f, const struct jval *status)
{
	const struct jval *list = jval_get(status, "listings");
	size_t i;

	expo_family(f, P "listed", EXPO_GAUGE,
	    "1 for each list that names a source or a name of ours.");
	for (i = 0; i < jval_count(list); i++) {
		const struct jval *o = jval_at(list, i);
		struct expo_label l[] = {
			{ "what", text_of(o, "what") },
			{ "zone", text_of(o, "zone") },
		};

		expo_int(f, P "listed", l, 2, 1);
	}
}

static void
write_canaries(FILE *f, const struct jval *status)
{
	const struct jval *list = jval_get(status, "canaries");
	size_t i;

	expo_family(f, P "canary_trusted", EXPO_GAUGE,
	    "1 while a provider's answers mean something.");
	for (i = 0; i < jval_count(list); i++) {
		const struct jval *o = jval_at(list, i);
		struct expo_label l = { "provider", text_of(o, "provider") };

		expo_int(f, P "canary_trusted", &l, 1,
		    strcmp(text_of(o, "state"), "trusted") == 0);
	}
}

/* --- sources -------------------------------------------------------------- */

static void
write_rests(FILE *f, const struct jval *s)
{
	static const char *const words[] = { "preflight", "listed", "refused",
	    "admin", "retired" };
	const struct jval *rests = jval_get(s, "rests");
	size_t i, k;

	for (i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct expo_label l[] = {
			{ "source", text_of(s, "address") },
			{ "by", words[i] },
		};
		bool rest = false;

		for (k = 0; k < jval_count(rests); k++)
			rest = rest || strcmp(text_of(jval_at(rests, k),
			    "by"), words[i]) == 0;
		expo_int(f, P "source_resting", l, 2, rest);
	}
}

static void
write_sources(FILE *f, const struct jval *status)
{
	static const struct {
		const char *name, *group, *member, *help;
	} rows[] = {
		{ P "source_listed", NULL, "listed",
		    "1 while a list names the source." },
		{ P "source_answers_day", NULL, "answers_day",
		    "Replies that decided, in the last day." },
		{ P "source_refusals_day", NULL, "refusals_day",
		    "Those of them that refused us." },
		{ P "source_last_good_answer_seconds", NULL, "last_good_at",
		    "When one last did not, in seconds since the epoch." },
		{ P "source_ramp_step", "ramp", "step",
		    "The step of the warm-up, from 1." },
		{ P "source_ramp_limit", "ramp", "limit",
		    "Probes that it allows in its span." },
		{ P "source_ramp_used", "ramp", "used",
		    "How many of them are used up." },
		{ P "source_recovering", "ramp", "recovering",
		    "1 while half the step's limit is in force." },
	};
	const struct jval *list = jval_get(status, "sources");
	size_t i, k;
	int64_t n;

	expo_family(f, P "source_resting", EXPO_GAUGE,
	    "1 if no probe leaves from the source, by what rests it.");
	for (k = 0; k < jval_count(list); k++)
		write_rests(f, jval_at(list, k));
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		expo_family(f, rows[i].name, EXPO_GAUGE, rows[i].help);
		for (k = 0; k < jval_count(list); k++) {
			const struct jval *s = jval_at(list, k);
			struct expo_label l = { "source",
			    text_of(s, "address") };

			if (rows[i].group != NULL)
				s = jval_get(s, rows[i].group);
			if (number_of(s, rows[i].member, &n))
				expo_int(f, rows[i].name, &l, 1, n);
		}
	}
}

static void
write_counter(FILE *f, const char *name, const struct counters_row *row,
    unsigned counter)
{
	struct expo_label l[] = {
		{ "source", row->source },
		{ "provider", row->provider },
		{ "outcome", counter_word(counter) },
	};

	expo_int(f, name, l, counter < COUNT_OUTCOME ? 2 : 3,
	    (int64_t)row->n[counter]);
}

static void
write_counters(FILE *f, const struct counters *c)
{
	static const struct {
		const char *name, *help;
		enum counter first, end;
	} rows[] = {
		{ P "provider_connects_total", "Sessions dialled.",
		    COUNT_CONNECTS, COUNT_CONNECTS + 1 },
		{ P "provider_rcpts_total", "RCPT commands sent.",
		    COUNT_RCPTS, COUNT_RCPTS + 1 },
		{ P "provider_outcomes_total", "How questions ended.",
		    COUNT_OUTCOME, COUNTER_COUNT },
	};
	size_t i, k;
	unsigned n;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		expo_family(f, rows[i].name, EXPO_COUNTER, rows[i].help);
		for (k = 0; k < c->count; k++)
			for (n = rows[i].first; n < rows[i].end; n++)
				write_counter(f, rows[i].name, &c->rows[k], n);
	}
}

char *
metrics_text(const struct jval *status, const struct counters *counters,
    const struct tally *tally)
{
	char *text = NULL;
	size_t len = 0, i;
	FILE *f = open_memstream(&text, &len);
	bool good;

	if (f == NULL)
		return NULL;
	write_version(f, status);
	write_degraded(f, status);
	for (i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
		write_scalar(f, status, &scalars[i]);
	write_not_admitted(f, status);
	write_budgets(f, status);
	write_sources(f, status);
	write_counters(f, counters);
	write_listings(f, status);
	write_canaries(f, status);
	tally_write(tally, f);
	good = ferror(f) == 0;
	if (fclose(f) != 0 || !good) {
		free(text);
		return NULL;
	}
	return text;
}
