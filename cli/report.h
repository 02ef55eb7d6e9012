/*
 * report: what a guard did in a time, summed from the lines of the verdict
 * log as they come, in bounded memory: tables of keys are topk.h's, durations
 * histogram.h's, and addresses are followed by pursuit.h.
 *
 * A decision is a line with an action. Lines without one, of what an admin
 * asked or the site's own mail taught, are counted apart.
 *
 * Pure but for allocation, the local time zone and a random key; one thread.
 */
#ifndef RCPTGUARD_REPORT_H
#define RCPTGUARD_REPORT_H

#include "cli/counts.h"
#include "cli/histogram.h"
#include "cli/pursuit.h"
#include "cli/topk.h"
#include "common/jval.h"
#include "common/notice.h"
#include "common/outcome.h"

#define REPORT_KEYS		4096	/* told apart, in each table */
#define REPORT_FOLLOWED		131072	/* addresses, see pursuit.h */
#define REPORT_ALARMS		50	/* the newest */

/* Between the parts of a key that has several. */
#define REPORT_SEPARATOR	'\n'

enum report_table {
	REPORT_GUARDS,			/* guard, mode */
	REPORT_DAYS,			/* local, "2026-11-21" */
	REPORT_CLIENTS,
	REPORT_LOGINS,
	REPORT_SENDERS,
	REPORT_DOMAINS,			/* of recipients */
	REPORT_PROVIDERS,		/* or mail hosts; "": none asked */
	REPORT_FLOODS,			/* limit, guard, client */
	REPORT_TABLES
};

/* How the reading itself went. */
struct report_reading {
	uint64_t files;
	uint64_t alien;			/* lines that are no verdicts */
	uint64_t too_long;		/* and lines of 64 KiB or more */
	uint64_t broken;		/* files that end in a fault */
	int64_t oldest_ms;		/* the first line of any guard; 0: none */
};

struct report {
	int64_t from_ms, until_ms;
	const char *guard;		/* NULL: all; borrowed */
	struct report_reading reading;	/* the reader's to fill in */

	struct counts all;
	struct counts by_reason[REASON_MAX + 1];
	uint64_t sources[SOURCE_COUNT];
	uint64_t senders_judged;	/* of all: not the recipient but who
					 * sends */
	uint64_t asked, taught;		/* lines without an action */
	struct topk *tables[REPORT_TABLES];
	struct histogram took;		/* ms, of all */
	struct histogram took_asked;	/* of those not from the store */
	struct pursuit *pursuit;
	struct pursuit_sum followed;	/* from report_end on */

	/* From the store; have_outcomes false: it cannot be read. */
	bool have_outcomes;
	struct outcome_count outcomes;
	struct notice alarms[REPORT_ALARMS];	/* the oldest first */
	struct jval *alarm_values[REPORT_ALARMS];	/* what they point into */
	size_t alarm_count;
	uint64_t alarms_seen;
};

/* NULL: no memory. */
struct report *report_new(int64_t from_ms, int64_t until_ms,
    const char *guard);
void report_free(struct report *r);	/* NULL is fine */

/*
 * In about the order of time; what is outside of the time or of another guard
 * counts for nothing. evidence is the line's object, or NULL. False: no
 * memory.
 */
bool report_add(struct report *r, const struct verdict_line *line,
    const struct jval *evidence);
/* An item of STORE_NOTICES, as it is there. What is no alarm of this time is
 * passed over. */
void report_alarm(struct report *r, const void *data, size_t len);
/* The last call. now_ms: who was deferred shortly before it may yet come. */
void report_end(struct report *r, int64_t now_ms);

#endif
