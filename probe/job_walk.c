#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/hearsay.h"
#include "probe/job_internal.h"
#include "probe/reading.h"

static void
on_answer(void *arg, const struct ask_result *r)
{
	struct job *job = arg;
	struct hostmem *memory = peers_memory(job->tools->peers);
	struct reply_meaning meaning;
	struct walk_step next;
	char line[160];

	job->ask = NULL;
	memset(&meaning, 0, sizeof meaning);
	reading_note(&job->ev, job->host->name, r);
	if (r->fault == FAULT_NONE) {
		reply_classify(job->tools->rules, job->host->name, &job->ev,
		    job->addr.domain, r, &meaning);
		job->retry_after_s = meaning.retry_after_s;
		text_join(line, sizeof line, "read as ",
		    verdict_reason_word(meaning.reason), " by rule ",
		    meaning.rule, NULL);
		job_tell(job, STORY_NOTE, line);
	} else {
		snprintf(line, sizeof line, "at %s the host %s",
		    stage_word(r->stage), fault_text(r->fault));
		job_tell(job, STORY_NOTE, line);
	}
	job_settle(job, r->fault, r->stage, r->fault == FAULT_NONE ? &meaning :
	    NULL);
	walk_tried(&job->walk, &r->addr, &r->other);
	hearsay_log(job->host->name, r, &meaning, hearsay_learn(memory, r,
	    &meaning, clock_mono_ms()));
	hostmem_name(memory, &r->addr, job->host->name);
	hostmem_name(memory, &r->other, job->host->name);
	walk_next(&job->walk, r->fault, r->stage, &meaning, clock_mono_ms(),
	    &next);
	job_step(job, &next);
}

static void
ask_now(struct job *job)
{
	struct ask_params ap = {
		.host = job->host->name,
		.addr = job->host->addrs[job->walk.addr],
		.provider = rules_provider(job->tools->rules, job->host->name),
		.machine = job->machine,
		.rcpt = &job->addr,
		.story = &job->ev,
		.story_began_ms = job->began_ms,
		.done = on_answer,
		.arg = job,
	};

	if (job->other != NULL && exclusions_host(job->tools->exclusions,
	    job->host->name, job->other, clock_wall_s()) != NULL)
		job->other = NULL;
	ap.other = job->other;
	job->ask = peers_ask(job->tools->peers, &ap);
	if (job->ask != NULL)
		return;
	job_settle(job, FAULT_LOCAL, STAGE_NONE, NULL);
	job_finish(job, REASON_PROBE_UNAVAILABLE, SOURCE_PROBE, NULL);
}

void
job_on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (job_is_still_admitted(arg))
		ask_now(arg);
}

static void
ask_later(struct job *job, int64_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	if (evtimer_add(&job->later, &tv) == -1)
		ask_now(job);
}

static void
ask_host(struct job *job, const struct walk_step *s)
{
	const struct provider *provider =
	    rules_provider(job->tools->rules, s->host->name);
	int64_t delay_ms;

	job->host = s->host;
	mx_host_machine(s->host, job->machine);
	job->other = s->other;
	text_copy(job->ev.provider, provider != NULL ? provider->name : "",
	    sizeof job->ev.provider);
	if (!job_admit(job, &delay_ms))
		return;
	if (delay_ms > 0)
		ask_later(job, delay_ms);
	else
		ask_now(job);
}

/*
 * A backup that takes any name shows that mail is taken, and nothing more;
 * what the preferred hosts know is not lost by it, nor waited for long.
 */
static void
finish_any_name(struct job *job, const char *rule)
{
	struct walk_step known;

	if (walk_end_without(&job->walk, clock_mono_ms(), &known)) {
		job->backup_for = known.reason;
		job_tell(job, STORY_NOTE, "only a backup host was reached, "
		    "which takes any name; the preferred one is asked soon");
	}
	job_finish(job, REASON_CATCH_ALL, SOURCE_PROBE, rule);
}

void
job_on_catchall(void *arg, enum catchall_finding finding)
{
	struct job *job = arg;

	job->catchall = NULL;
	if (finding == CATCHALL_YES) {
		finish_any_name(job, "catch-all");
		return;
	}
	/* Until then the test may show something. */
	if (finding == CATCHALL_UNCLEAR)
		job->refresh_s = CATCHALL_UNCLEAR_S;
	job_finish(job, REASON_ACCEPTED, SOURCE_PROBE, job->accepted_by);
}

/*
 * An acceptance is believed when a random name is refused (RFC 5321, 3.3 lets
 * a server accept now and refuse later). 252 says by itself that nothing was
 * checked. False: it stands.
 */
static bool
doubt_acceptance(struct job *job, const struct walk_step *s)
{
	struct catchall_params p = {
		.domain = job->addr.domain,
		.host = job->host->name,
		.addr = job->host->addrs[job->walk.addr],
		.machine = job->machine,
		.submitter = job->submitter,
		.provider = rules_provider(job->tools->rules,
		    job->host->name),
		.story = &job->ev,
		.story_began_ms = job->began_ms,
		.done = job_on_catchall,
		.arg = job,
	};

	if (job->addr.literal)
		return false;
	if (job->ev.code == 252) {
		finish_any_name(job, s->rule);
		return true;
	}
	text_copy(job->accepted_by, s->rule != NULL ? s->rule : "",
	    sizeof job->accepted_by);
	job->catchall = catchall_ask(job->tools->catchall, &p);
	return job->catchall != NULL;
}

/*
 * What was heard, or is remembered, of some address tells more than that none
 * of ours may ask another one.
 */
static bool
is_put_off(const struct job *job, const struct walk_step *s)
{
	return s->rule == NULL && job->put_off.why != NULL &&
	    !(job->put_off.no_source && job->walk.have_best);
}

/* All hosts that could have been asked are of providers that are not. */
static bool
nobody_was_asked(const struct job *job, const struct walk_step *s)
{
	return job->passed_over && s->rule == NULL && s->did == NULL &&
	    !job->walk.have_best;
}

void
job_step(struct job *job, const struct walk_step *s)
{
	switch (s->act) {
	case WALK_ASK:
		ask_host(job, s);
		return;
	case WALK_END:
		if (s->reason == REASON_ACCEPTED && doubt_acceptance(job, s))
			return;
		if (nobody_was_asked(job, s)) {
			job_finish(job, REASON_PROVIDER_SIGNALS_ONLY,
			    SOURCE_RULES, "provider.method");
			return;
		}
		if (is_put_off(job, s)) {
			job_finish_put_off(job);
			return;
		}
		if (s->did != NULL)
			hearsay_evidence(s, &job->ev);
		job_finish(job, s->reason, s->reason == REASON_UNROUTABLE_MX ||
		    s->reason == REASON_DNS_FAILURE ?
		    SOURCE_DNS : SOURCE_PROBE, s->rule);
		return;
	}
}
