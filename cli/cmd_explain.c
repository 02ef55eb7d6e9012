/*
 * explain: the whole story of an address or of one decision, from the store
 * and the verdict log, read in this process: it needs no daemon.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/known.h"
#include "cli/logread.h"
#include "cli/options.h"
#include "cli/override_tell.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/clock.h"

#define NOT_FOUND	1		/* exit status */
/* What was decided a moment ago may still be on its way to the disk. */
#define LATE_MS		50
#define LATE_TRIES	20

enum { JSON };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON object" },
	{ NULL, 0, NULL, NULL }
};

struct story {
	struct logline decision;	/* object NULL: none */
	struct known known;
	struct override override;	/* in force now */
	bool overridden;
	enum store_status status;	/* of what known says */
	bool own_evidence;		/* known.evidence is the decision's */
};

/* --- finding ------------------------------------------------------------ */

struct search {
	const struct logfilter *filter;
	struct logline *out;
};

static bool
fits(void *arg, const struct logfile_line *line)
{
	struct search *s = arg;
	bool found;

	if (!logfilter_may_match(s->filter, line->text, line->len) ||
	    !logline_read(line->text, line->len, s->out))
		return false;
	found = logfilter_match(s->filter, &s->out->verdict);
	logline_clear(s->out);
	return found;
}

static bool
take_line(void *arg, const struct logfile_line *line)
{
	struct search *s = arg;

	return logline_read(line->text, line->len, s->out);
}

/*
 * The newest line that fits; EX_OK, NOT_FOUND, or another, which is said.
 * again: one that was being written then.
 */
static int
search(const struct conf *conf, const struct logfilter *f, bool again,
    struct logline *out)
{
	struct search s = { f, out };
	struct logread r;
	int status, error;

	if (conf->log.verdicts[0] == '\0')
		return NOT_FOUND;
	error = logread_open(&r, conf->log.verdicts, again ?
	    LOGSET_LOG_ALONE : 0);
	status = logread_last(&r, 1, fits, take_line, &s);
	logread_close(&r);
	if (out->object != NULL || status != EX_OK)
		return status;
	return error != EX_OK ? error : NOT_FOUND;
}

static void
read_store(const struct conf *conf, const struct address *addr,
    struct story *s)
{
	struct store *store;
	int error;

	s->status = talk_store(conf, &store);
	if (s->status == STORE_OK) {
		s->status = known_read(store, addr, &s->known);
		s->overridden = override_find(store, addr, clock_wall_s(),
		    &s->override);
	}
	error = errno;
	store_close(store);
	errno = error;			/* for talk_store_error */
}

/* The evidence that stands in the line itself is the decision's own. */
static void
take_evidence(struct story *s)
{
	const struct jval *v = jval_get(s->decision.object, "evidence");
	struct evidence ev;
	char *json;

	if (v == NULL || (json = jval_print(v)) == NULL)
		return;
	if (evidence_from_json(json, strlen(json), &ev)) {
		evidence_clear(&s->known.evidence);
		s->known.evidence = ev;
		s->known.have_evidence = s->own_evidence = true;
	}
	free(json);
}

/* --- telling ------------------------------------------------------------ */

static void
tell_action(const struct verdict_line *v)
{
	bool observe = v->mode != NULL && v->action != NULL &&
	    strcmp(v->mode, "observe") == 0 &&
	    strcmp(v->action, "accept") != 0;

	if (v->guard == NULL) {
		out_fact("asked by", "rcptguard check, not by mail");
		return;
	}
	out_fact("guard", "%s (%s)", v->guard,
	    v->mode != NULL ? v->mode : "mode not logged");
	if (v->origin != NULL)
		out_fact("came by", "%s", v->origin);
	if (v->flood != NULL)
		out_fact("limit", "%s", strcmp(v->flood, "mail_bomb") == 0 ?
		    "guards.flood.per_mailbox: much mail had gone to this "
		    "mailbox, under all its names" : "guards.flood: a bounce "
		    "attack was under way, and only addresses known to be "
		    "good passed");
	if (v->action != NULL)
		out_fact("action", observe ? "accept; in mode enforce it would "
		    "have been %s" : "%s", v->action);
}

static void
tell_decision(const struct verdict_line *v)
{
	char local[TIMES_LOCAL_SIZE], age[TIMES_SPAN_SIZE];

	times_local(v->time_ms / 1000, local);
	times_span(v->age_s, age);
	out_line("Decision %s of %s", v->id, local);
	out_fact(v->role != NULL ? v->role : "recipient", "%s", v->address);
	tell_action(v);
	if (v->client != NULL)
		out_fact("client", "%s%s%s", v->client,
		    v->auth != NULL ? ", login " : "",
		    v->auth != NULL ? v->auth : "");
	if (v->sender != NULL)
		out_fact("sender", "<%s>", v->sender);
	if (v->source == SOURCE_STORE)
		out_fact("known", "from the store, %s old", age);
	else
		out_fact("known", "then, by %s",
		    verdict_source_word(v->source));
	out_fact("answered in", "%lld ms", (long long)v->took_ms);
	out_line("%s", "");
}

static void
tell_known(const struct story *s)
{
	const struct known *k = &s->known;
	int64_t now = clock_wall_s();

	if (k->have_evidence) {
		out_line("%s", "");
		out_line(s->decision.object != NULL && !s->own_evidence ?
		    "How it is known (of the last probe, which may be a later "
		    "one)" : "How it is known");
		known_tell_evidence(&k->evidence);
		out_line("%s", "");
		known_tell_story(&k->evidence);
	}
	if (!k->have)
		return;
	out_line("%s", "");
	if (s->decision.object != NULL &&
	    s->decision.verdict.reason != k->verdict.reason) {
		out_part("What is remembered now: ");
		out_state(verdict_state_of(k->verdict.reason));
		out_line(" (%s)", verdict_reason_word(k->verdict.reason));
	} else {
		out_line("How long it is remembered");
	}
	known_tell_times(&k->verdict, now);
}

/* What the admin said is not what its nearest reason says of hosts. */
static void
tell_override(const struct story *s)
{
	bool then = s->decision.object != NULL &&
	    s->decision.verdict.source == SOURCE_OVERRIDE;

	if (s->overridden) {
		out_line("The admin's own word, before all that was found out");
		out_part("  ");
		override_tell(&s->override);
		if (s->known.have && !then)
			out_line("%s", "");
	} else if (then) {
		out_line("It was the admin's own word, which is no longer in "
		    "force.");
	}
}

static void
tell(const struct story *s)
{
	const struct verdict_line *v = &s->decision.verdict;

	if (s->decision.object != NULL)
		tell_decision(v);
	tell_override(s);
	if (s->decision.object == NULL && s->known.have)
		known_tell_verdict(s->known.address, s->known.verdict.reason);
	if (s->decision.object != NULL && v->source != SOURCE_OVERRIDE)
		known_tell_verdict(v->address, v->reason);
	tell_known(s);
}

/* Takes the decision. */
static void
print_json(struct story *s)
{
	struct jval *o = jval_object();
	bool ok = true;

	if (s->decision.object != NULL) {
		ok = jval_put(o, "decision", s->decision.object);
		s->decision.object = NULL;
	}
	if (s->overridden)
		ok = jval_put(o, "override", override_value(&s->override)) &&
		    ok;
	/* Not the same evidence twice. */
	s->known.have_evidence = s->known.have_evidence && !s->own_evidence;
	if (s->known.have)
		ok = jval_put(o, "verdict", known_json(&s->known,
		    clock_wall_s())) && ok;
	out_value(ok ? o : NULL);
	jval_free(o);
}

/* --- by id and by address ----------------------------------------------- */

/* True: after a moment, look again. */
static bool
wait_for_late(int *tries)
{
	const struct timespec late = { .tv_nsec = LATE_MS * 1000000L };

	if (++*tries > LATE_TRIES)
		return false;
	nanosleep(&late, NULL);
	return true;
}

static int
by_id(const struct conf *conf, const char *id, struct story *s)
{
	const struct logfilter f = { .id = id };
	struct address addr;
	const char *text;
	int status, tries = 0;

	do
		status = search(conf, &f, tries > 0, &s->decision);
	while (status == NOT_FOUND && conf->log.verdicts[0] != '\0' &&
	    wait_for_late(&tries));
	if (status == NOT_FOUND && conf->log.verdicts[0] == '\0')
		out_warn("no verdict log is kept; set log.verdicts, or explain "
		    "the address");
	else if (status == NOT_FOUND)
		out_warn("%s is neither in %s nor in its rotated files; "
		    "explain the address", id, conf->log.verdicts);
	if (status != EX_OK)
		return status;
	text = s->decision.verdict.address;
	if (address_parse(text, strlen(text), &addr) == ADDRESS_OK)
		read_store(conf, &addr, s);
	return EX_OK;
}

static int
look(const struct conf *conf, const struct logfilter *f,
    const struct address *addr, bool first, struct story *s)
{
	known_clear(&s->known);
	read_store(conf, addr, s);
	if (s->status != STORE_OK && first)
		(void)talk_store_error(conf, s->status);
	if (s->status == STORE_OK && (s->known.have || s->overridden))
		return EX_OK;
	return search(conf, f, !first, &s->decision);
}

static int
by_address(const struct conf *conf, const char *text,
    const struct address *addr, struct story *s)
{
	struct logfilter f = { .id = NULL };
	int status, tries = 0;

	(void)logfilter_address(&f, text);
	do
		status = look(conf, &f, addr, tries == 0, s);
	while (status == NOT_FOUND && wait_for_late(&tries));
	if (status == NOT_FOUND)
		out_warn("nothing is remembered of %s, nor does the verdict "
		    "log know it; rcptguard check %s asks", text, text);
	return status;
}

static int
explain(const struct args *a, const struct conf *conf, struct story *s)
{
	const char *word = a->words[0];
	struct address addr;
	enum address_status syntax;
	int status;

	syntax = address_parse(word, strlen(word), &addr);
	if (verdict_id_is(word))
		status = by_id(conf, word, s);
	else if (syntax == ADDRESS_OK)
		status = by_address(conf, word, &addr, s);
	else
		return options_wrong(&cmd_explain, "\"%s\" is neither an id "
		    "(16 of 0-9 and a-z) nor an address: %s", word,
		    address_status_text(syntax));
	if (status != EX_OK)
		return status;
	if (s->decision.object != NULL)
		take_evidence(s);
	if (s->decision.object != NULL && !s->known.have_evidence &&
	    s->status != STORE_OK)
		(void)talk_store_error(conf, s->status);
	if (a->values[JSON] != NULL)
		print_json(s);
	else
		tell(s);
	return EX_OK;
}

static int
run(const struct args *a)
{
	const struct conf *conf = talk_conf(a->config);
	struct story s;
	int status;

	if (conf == NULL)
		return EX_CONFIG;
	memset(&s, 0, sizeof s);
	evidence_init(&s.known.evidence);
	status = explain(a, conf, &s);
	known_clear(&s.known);
	logline_clear(&s.decision);
	conf_unref(conf);
	return status;
}

const struct command cmd_explain = {
	.name = "explain",
	.synopsis = "[--json] ADDRESS|ID",
	.help = "the whole story of an address, or of a decision by its id",
	.more = "The id stands in the reply to RCPT and in the verdict log. "
	    "Exit status 1: not found.",
	.options = rows,
	.least = 1,
	.most = 1,
	.run = run,
};
