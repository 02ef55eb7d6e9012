/*
 * job_gate: what a job asks the gate, and tells it.
 */
#include <stdio.h>

#include "common/clock.h"
#include "common/text.h"
#include "probe/canary.h"
#include "probe/job_internal.h"
#include "probe/source.h"

static struct gate_question
gate_question_of(const struct job *job)
{
	struct gate_question q = {
		.addr = &job->addr,
		.host = job->host->name,
		.ip = &job->host->addrs[job->walk.addr],
		.machine = job->machine,
		.provider = rules_provider(job->tools->rules,
		    job->host->name),
		.submitter = job->submitter,
		.ours = job->ours,
	};

	return q;
}

void
job_settle(struct job *job, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning)
{
	struct gate_question q;
	uint64_t ticket = job->ticket;

	if (ticket == 0)
		return;
	job->ticket = 0;
	q = gate_question_of(job);
	gate_ended(job->tools->gate, ticket, &q, fault, stage, meaning);
}

void
job_finish_put_off(struct job *job)
{
	const struct gate_answer *a = &job->put_off;
	char line[256], when[CLOCK_TEXT_SIZE];

	if (a->retry_at > 0) {
		clock_text(a->retry_at * 1000, when);
		snprintf(line, sizeof line, "it can be asked again at %s",
		    when);
		job_tell(job, STORY_NOTE, line);
	}
	job->next_try_at = a->retry_at;
	job_finish(job, a->reason, SOURCE_RULES, "gate");
}

/* A host that does not answer of late is passed over; the rest ends here. */
static void
put_off(struct job *job, const struct gate_answer *a)
{
	struct walk_step next;
	char line[256];

	snprintf(line, sizeof line, "not asked: %s", a->why);
	job_tell(job, STORY_NOTE, line);
	if (job->put_off.why == NULL)
		job->put_off = *a;
	if (a->no_source)
		walk_skip(&job->walk, clock_mono_ms(), &next);
	else if (a->next_host)
		walk_next(&job->walk, FAULT_TIMEOUT, STAGE_CONNECT, NULL,
		    clock_mono_ms(), &next);
	else
		walk_give_up(&job->walk, a->reason, &next);
	job_step(job, &next);
}

/*
 * The provider of the first host has decided before the walk (job.c); that of
 * a further one may be one that is not asked by SMTP, too.
 */
static bool
is_never_asked(const struct job *job, const struct provider *p)
{
	return p != NULL && (p->method != METHOD_SMTP ||
	    p->accepts_everything || canaries_silence(job->tools->canaries,
	    p->name, &job->addr));
}

static void
pass_over(struct job *job, const struct provider *p)
{
	struct walk_step next;
	char line[384];

	snprintf(line, sizeof line, "%s is not asked, by the rules for %s",
	    job->host->name, p->name);
	job_tell(job, STORY_NOTE, line);
	job->passed_over = true;
	walk_pass(&job->walk, clock_mono_ms(), &next);
	job_step(job, &next);
}

bool
job_admit(struct job *job, int64_t *delay_ms)
{
	struct gate_question q = gate_question_of(job);
	struct gate_answer a;

	if (is_never_asked(job, q.provider)) {
		pass_over(job, q.provider);
		return false;
	}
	gate_admit(job->tools->gate, &q, &a);
	if (!a.admitted) {
		put_off(job, &a);
		return false;
	}
	job->ticket = a.ticket;
	job->ev.source[0] = '\0';
	if (!a.source->implied)
		net_addr_text(&a.source->addr, job->ev.source);
	text_copy(job->ev.helo, a.source->helo, sizeof job->ev.helo);
	*delay_ms = a.delay_ms;
	return true;
}

/* While a host is asked, will be, or is asked for a random name. */
static bool
asks_host_of(const struct job *job, const struct exclusion *e)
{
	if (job->ask == NULL && job->catchall == NULL &&
	    !evtimer_pending(&job->later, NULL))
		return false;
	return exclusion_has_host(e, job->host->name,
	    &job->host->addrs[job->walk.addr]) || (job->other != NULL &&
	    exclusion_has_host(e, job->host->name, job->other));
}

static void
finish_excluded(struct job *job)
{
	job_let_go(job);
	job_tell(job, STORY_NOTE,
	    "ended: an exclusion on request came in force");
	job_finish(job, REASON_EXCLUDED_BY_REQUEST, SOURCE_RULES, "exclusion");
}

bool
job_is_still_admitted(struct job *job)
{
	struct gate_question q = gate_question_of(job);

	if (!gate_excludes(job->tools->gate, &q))
		return true;
	finish_excluded(job);
	return false;
}

bool
job_exclude(struct job *job, const struct exclusion *e)
{
	if (!exclusion_has_domain(e, job->addr.domain) &&
	    !asks_host_of(job, e))
		return false;
	/* Its result is on the way. */
	if (!evtimer_pending(&job->deadline, NULL))
		return false;
	finish_excluded(job);
	return true;
}
