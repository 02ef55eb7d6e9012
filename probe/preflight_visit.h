/*
 * preflight_visit: mailboxes of ours and the hosts of identity.check_hosts,
 * asked for preflight's report.
 *
 * A mailbox is asked as any address is, within all that the gate forbids but
 * one: that it is of our own domain. A host is greeted and left, unless an
 * exclusion or the rules of targets forbid it.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_PREFLIGHT_VISIT_H
#define RCPTGUARD_PREFLIGHT_VISIT_H

#include "probe/job.h"
#include "probe/preflight.h"
#include "probe/session.h"
#include "probe/source.h"

#define VISITS_MAX	32

struct visits_params {
	const struct job_tools *tools;	/* all borrowed until done */
	struct source_pool *pool;
	const struct conf *conf;
	struct facts *facts;		/* with the hosts' addresses */
	void (*done)(void *arg);
	void *arg;
};

struct visit {
	struct visits *all;
	struct preflight_contact *contact;
	struct job *job;
	struct session *session;
	struct net_addr source;
	char helo[256];
};

/* Zero is none. */
struct visits {
	struct visits_params p;
	size_t count;
	struct preflight_contact contacts[VISITS_MAX];	/* what came of them */
	struct visit items[VISITS_MAX];
	unsigned open;			/* under way, and their starter */
};

/* done is called once, maybe from within. */
void visits_begin(struct visits *all, const struct visits_params *p);

/* Forgets results and ends what is under way; done is not called. */
void visits_clear(struct visits *all);

#endif
