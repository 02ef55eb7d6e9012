/*
 * job: the verification of one address, from its domain's DNS to a reason.
 *
 * The loop's thread only. done is called once, from the loop, never from
 * within job_start.
 */
#ifndef RCPTGUARD_JOB_H
#define RCPTGUARD_JOB_H

#include <event2/event.h>

#include "common/address.h"
#include "common/classify.h"
#include "common/conf.h"
#include "common/evidence.h"
#include "common/verdict_line.h"
#include "common/lists.h"
#include "probe/http_endpoints.h"
#include "probe/catchall.h"
#include "probe/gate.h"
#include "probe/exclusion.h"
#include "probe/peers.h"
#include "probe/routes.h"

struct canaries;
struct notices;
struct ages;
struct dormant;

/* What a job works with; borrowed. conf and rules change on reload only. */
struct job_tools {
	struct event_base *base;
	const struct conf *conf;
	const struct rules *rules;
	const struct lists *lists;	/* NULL: none */
	const struct canaries *canaries;	/* NULL: none */
	struct target_rules targets;
	struct resolver *resolver;
	struct routes *routes;
	struct peers *peers;
	struct http_endpoints *endpoints;
	struct catchall *catchall;
	struct gate *gate;
	struct ages *ages;
	struct dormant *dormant;
	char policy[16];		/* policy.h: version in force */
	const struct exclusions *exclusions;	/* NULL: none */
	struct notices *notices;	/* NULL: none */
};

struct job;

struct job_result {
	enum verdict_reason reason;
	enum verdict_source source;
	uint32_t retry_after_s;		/* the server named a time; 0: no */
	uint32_t refresh_s;		/* to be verified anew after that; 0:
					   when its reason says */
	/*
	 * The verdict is a backup's that takes any name: why the preferred
	 * hosts did not give theirs. 0: it is no such verdict.
	 */
	enum verdict_reason backup_for;
	int64_t next_try_at;		/* a probe was not admitted: wall
					   seconds when it could be; 0: no */
	struct evidence *evidence;	/* lives during the call */
};

typedef void job_done_fn(void *arg, const struct job_result *result);

struct job_params {
	const struct address *addr;	/* copied */
	const char *submitter;		/* the guard that asks, or ""; copied */
	unsigned attempt;		/* 1 for the first of this address */
	bool ours;			/* preflight asks a mailbox of ours */
	job_done_fn *done;
	void *arg;
};

/* NULL: no memory. */
struct job *job_start(const struct job_tools *tools,
    const struct job_params *p);

/*
 * Ends what an exclusion forbids: done is called in a later turn, with
 * excluded_by_request. False: it may go on, or has its result.
 */
bool job_exclude(struct job *job, const struct exclusion *e);

void job_cancel(struct job *job);	/* done is not called */

#endif
