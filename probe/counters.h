/*
 * counters: what was done from each source address at each provider since the
 * start, and how it was taken.
 *
 * A row is a source ("any": the system chooses) and a provider of the rules,
 * "other" for all hosts that no rule names: so the admin's own settings bound
 * the table. After reloads that changed them it may still fill up; what does
 * not fit is counted in the last row, from "other" at "other".
 *
 * Pure; one owner at a time.
 */
#ifndef RCPTGUARD_COUNTERS_H
#define RCPTGUARD_COUNTERS_H

#include "common/classify.h"
#include "common/net.h"
#include "probe/fault.h"

#define COUNTERS_ROWS	512
#define COUNTERS_NAME	64		/* octets of a provider's name, and NUL */

enum counter {
	COUNT_CONNECTS,			/* sessions dialled */
	COUNT_RCPTS,			/* RCPT commands sent */
	/* How questions ended: one of these each. */
	COUNT_ACCEPTED,
	COUNT_UNKNOWN_USER,
	COUNT_REFUSED,			/* another 5xx about the address */
	COUNT_TEMPFAIL,			/* 4xx */
	COUNT_REFUSED_US,		/* 4xx or 5xx about us */
	COUNT_TIMEOUT,
	COUNT_CLOSED,
	COUNT_NO_CONNECT,
	COUNT_BROKEN,			/* no SMTP, or no TLS */
	COUNTER_COUNT
};
#define COUNT_OUTCOME	COUNT_ACCEPTED	/* the first of the outcomes */

/* "connects", "unknown_user" ...: in the status and the metrics. Static. */
const char *counter_word(enum counter counter);

struct counters_row {
	char source[NET_TEXT_SIZE];
	char provider[COUNTERS_NAME];
	uint64_t n[COUNTER_COUNT];
};

struct counters {
	struct counters_row rows[COUNTERS_ROWS];
	size_t count;
};

/* source: "" is "any". provider: NULL or "" is "other". */
void counters_add(struct counters *c, const char *source,
    const char *provider, enum counter counter, uint64_t n);

/*
 * How a question ended. meaning is NULL if no reply decided. COUNTER_COUNT: it
 * says nothing, since we ended it.
 */
enum counter counters_outcome(enum fault fault,
    const struct reply_meaning *meaning);

/*
 * An array of { source, provider, and each counter by its word }; the caller
 * owns it. Of more than max rows the rest is summed up in one, "other" at
 * "other". NULL: no memory.
 */
struct jval;
struct jval *counters_json(const struct counters *c, size_t max);

#endif
