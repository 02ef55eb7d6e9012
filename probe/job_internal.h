/*
 * job_internal: what the files of a job share.
 */
#ifndef RCPTGUARD_JOB_INTERNAL_H
#define RCPTGUARD_JOB_INTERNAL_H

#include <event2/event_struct.h>

#include "probe/http_ask.h"
#include "probe/job.h"
#include "probe/walk.h"

#define SUBMITTER_SIZE	64

struct job {
	const struct job_tools *tools;
	struct address addr;
	struct evidence ev;
	int64_t began_ms;
	/* In here, not apart: they are made for every address. */
	struct event deadline;
	struct event deliver;
	struct event later;		/* an admitted question waits */
	struct route_wait *query;
	struct ask *ask;
	struct http_ask *question;
	struct mx_route route;
	struct walk walk;
	const struct mx_host *host;	/* being asked */
	char machine[NET_TEXT_SIZE];	/* mx_host_machine of it */
	const struct net_addr *other;	/* of it, dialled too; or NULL */
	char submitter[SUBMITTER_SIZE];
	bool ours;
	uint64_t ticket;		/* of the question under way, or 0 */
	struct gate_answer put_off;	/* the first refusal of the gate */
	bool passed_over;		/* a host whose provider is not asked */
	struct catchall_wait *catchall;
	char accepted_by[64];		/* the rule, while catchall is asked */
	enum verdict_reason reason;
	enum verdict_source source;
	uint32_t retry_after_s;
	uint32_t refresh_s;
	enum verdict_reason backup_for;
	int64_t next_try_at;
	job_done_fn *done;
	void *arg;
};

/* job.c */
void job_tell(struct job *job, enum story_kind kind, const char *text);
/* done is called in a later turn. rule: NULL if none decided. */
void job_finish(struct job *job, enum verdict_reason reason,
    enum verdict_source source, const char *rule);
/* Nothing is waited for any more. */
void job_let_go(struct job *job);

/* job_walk.c: asks whom the walk names, and ends the job where it ends. */
void job_step(struct job *job, const struct walk_step *s);
void job_on_later(evutil_socket_t fd, short what, void *arg);
void job_on_catchall(void *arg, enum catchall_finding finding);

/*
 * job_gate.c. False: it was not admitted, and the job goes on or ends without
 * this host. True: after *delay_ms it is to be asked.
 */
bool job_admit(struct job *job, int64_t *delay_ms);
/* After that time. False: an exclusion came meanwhile, and the job ends. */
bool job_is_still_admitted(struct job *job);
/* The question under way, if there is one, has ended. */
void job_settle(struct job *job, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning);
/* Ends a job that the gate has put off. */
void job_finish_put_off(struct job *job);

/* job_lists.c. DNS has said whether its domain has a mail host: what that
 * tells. */
void job_note_route(struct job *job, enum verdict_reason reason);
/* How old its domain is will be asked for in the background. */
void job_want_age(struct job *job);
/*
 * An accepted address that is a role, or of a domain too new, is risky: the
 * reason and its rule.
 */
enum verdict_reason job_accepted(struct job *job, const char **rule);
/* True: a list has decided, and the job is finished. The second one goes by
 * the route. */
bool job_lists_decide(struct job *job);
bool job_lists_decide_hosts(struct job *job);
/* The same for a provider whose canaries have drifted. */
bool job_is_silenced(struct job *job, const struct provider *p);

#endif
