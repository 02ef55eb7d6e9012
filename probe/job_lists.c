/*
 * job_lists: what lists and canaries say, in a job's story and result.
 */
#include <stdio.h>

#include "common/text.h"
#include "probe/ages.h"
#include "probe/canary.h"
#include "probe/dormant.h"
#include "probe/job_internal.h"
#include "probe/signals.h"

enum verdict_reason
job_accepted(struct job *job, const char **rule)
{
	const struct job_tools *t = job->tools;
	struct signal signal;
	char line[160];
	int64_t days;

	if (signals_of_accepted(t->conf, t->lists, &job->addr, &signal)) {
		job_tell(job, STORY_NOTE, signal.story);
		*rule = "list.role";
		return signal.reason;
	}
	if (job->addr.literal ||
	    !ages_too_new(t->ages, t->conf, job->addr.domain, &days))
		return REASON_ACCEPTED;
	snprintf(line, sizeof line, "its domain is %lld days old, as RDAP "
	    "says (lists.too_new)", (long long)days);
	job_tell(job, STORY_NOTE, line);
	*rule = "rdap.too-new";
	return REASON_DOMAIN_TOO_NEW;
}

void
job_want_age(struct job *job)
{
	if (!job->addr.literal && !job->ours)
		ages_want(job->tools->ages, job->addr.domain);
}

/* The address, or its hosts, are left alone. */
static void
finish_listed(struct job *job, const struct signal *signal)
{
	job_tell(job, STORY_NOTE, signal->story);
	text_copy(job->ev.text, signal->text, sizeof job->ev.text);
	job_finish(job, signal->reason, SOURCE_RULES, signal->rule);
}

bool
job_lists_decide(struct job *job)
{
	const struct job_tools *t = job->tools;
	struct signal signal;

	if (!signals_of_address(t->conf, t->lists, &job->addr, &signal))
		return false;
	finish_listed(job, &signal);
	return true;
}

bool
job_lists_decide_hosts(struct job *job)
{
	const struct job_tools *t = job->tools;
	struct signal signal;

	if (!signals_of_hosts(t->conf, t->lists, &job->addr, &job->route,
	    &signal) && !(dormant_suspects(t->dormant, job->addr.domain) &&
	    signals_of_risen(t->conf, t->lists, &job->addr, &signal)))
		return false;
	finish_listed(job, &signal);
	return true;
}

/* What is a fault of DNS, or of a null MX (RFC 7505), shows no death. */
void
job_note_route(struct job *job, enum verdict_reason reason)
{
	bool dead = reason == REASON_NO_SUCH_DOMAIN ||
	    reason == REASON_NO_MAIL_HOST;

	if (dead || reason == REASON_MAX)
		dormant_saw(job->tools->dormant, job->addr.domain, !dead);
}

bool
job_is_silenced(struct job *job, const struct provider *p)
{
	if (!canaries_silence(job->tools->canaries, p->name, &job->addr))
		return false;
	job_tell(job, STORY_NOTE, "the answers of this provider mean nothing "
	    "at present (rcptguard canary)");
	job_finish(job, REASON_PROVIDER_SIGNALS_ONLY, SOURCE_RULES, "canary");
	return true;
}
