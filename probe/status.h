/*
 * status: what the probe says of itself, as JSON.
 */
#ifndef RCPTGUARD_STATUS_H
#define RCPTGUARD_STATUS_H

#include "common/store.h"
#include "common/jval.h"
#include "probe/clerk.h"
#include "probe/peers.h"
#include "probe/verifier.h"

struct status_facts {			/* a NULL store: there is none */
	int64_t started_at;		/* wall clock, seconds */
	int64_t now;
	const struct conf *conf;
	struct store *store;
	const char *store_trouble;	/* "" or why there is no store */
	struct verifier_stats verifier;
	struct peers_stats peers;
	struct clerk_stats clerk;
	size_t clients;
	struct jval *budget;		/* of gate_status; taken over */
	struct jval *listings;		/* taken, as budget */
	struct jval *canaries;		/* of canaries_status; taken over */
	struct jval *lists, *sources, *retired, *notices;	/* taken, as those */
	struct jval *providers;		/* of counters_json; taken over */
	struct jval *hosts;		/* of hosts_json; taken over */
};

/* The caller owns it. NULL: no memory. */
struct jval *status_make(const struct status_facts *f);

#endif
