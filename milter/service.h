/*
 * service: what the callbacks of all sessions share. Built before the first
 * thread, never taken apart: the process ends with _exit once the running
 * callbacks have ended.
 */
#ifndef RCPTGUARD_SERVICE_H
#define RCPTGUARD_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "milter/ask.h"
#include "milter/flood.h"
#include "milter/lookup.h"
#include "milter/scribe.h"
#include "milter/settings.h"

struct service {
	struct settings *settings;
	struct lookup *lookup;
	struct ask *ask;
	struct scribe *scribe;
	struct flood *flood;
	/* what end of message may do; agreed with the MTA, so fixed at start */
	bool may_tag, may_hold;
	int64_t most_sessions;		/* more: too near the limit of files */

	atomic_int running;		/* callbacks under way */
	atomic_llong sessions;
	atomic_llong crowded_said_at;	/* monotonic ms; 0: never */
	atomic_llong simulated_said_at;
};

/*
 * True once per period: whoever gets it may log. at is one of the fields
 * above.
 */
bool service_may_say(atomic_llong *at, int64_t period_ms);

#endif
