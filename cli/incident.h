/*
 * incident: what was probed in the hours before a listing, by whom it was
 * asked for, and how it was answered; counted from verdict lines.
 *
 * A probe is a connection to a mail host that decided a verdict. Several lines
 * may speak of one probe (who joined it, who had its verdict from the store);
 * it is counted once, at its own time. Tests for catch-all hosts, canaries and
 * preflight have no lines and are not in here.
 *
 * Pure but for allocation; one thread.
 */
#ifndef RCPTGUARD_INCIDENT_H
#define RCPTGUARD_INCIDENT_H

#include "common/net.h"
#include "common/notice.h"
#include "common/verdict_line.h"

#define INCIDENT_HOURS_MAX	720
#define INCIDENT_ROWS_MAX	5000	/* of one table; others are one row */

/* How probes ended. */
struct incident_counts {
	uint64_t probes;
	uint64_t answered;		/* about the recipient, at RCPT */
	uint64_t accepted, unknown_users;	/* of these */
	uint64_t refused_us;		/* our address, name or rate */
	uint64_t silent;		/* no connection, timeout, closed */
};

/* By provider, or mail host where no provider is known, and source. */
struct incident_place {
	char *provider;
	char *source;			/* "": the system's */
	struct incident_counts n;
	int64_t first_refusal_ms;	/* of us; 0: none */
};

/* A refusal; alike are those with one rule, code and wording. */
struct incident_reply {
	bool of_us;
	unsigned code;
	char *enhanced, *rule, *provider;
	char *text;			/* the first one's */
	uint64_t count;
};

/* Who asked: a guard and a login; both "" for the admin. */
struct incident_asker {
	char *guard, *auth;
	uint64_t verdicts;		/* lines, probed or not */
	struct incident_counts n;
};

struct incident_report {
	int64_t from_ms, until_ms;
	uint64_t lines;
	uint64_t not_probed;		/* lines that say not_checked */
	struct incident_counts all;
	size_t hours;			/* from_ms on, the last may be short */
	uint64_t by_hour[INCIDENT_HOURS_MAX];
	/* The most first; the last of places may be the others together. */
	struct incident_place *places;
	struct incident_reply *replies;
	struct incident_asker *askers;
	size_t place_count, reply_count, asker_count;
	uint64_t other_replies;		/* refusals; beyond the table */
	uint64_t other_askers;		/* their verdicts; beyond the table */
	bool repeats;			/* more probes than can be told apart */
	struct notice *changes;		/* in order of time */
	size_t change_count;
};

struct incident;

/* until_ms is after from_ms, by INCIDENT_HOURS_MAX hours at most. source:
 * probes from there alone; NULL: all. NULL: no memory. */
struct incident *incident_new(int64_t from_ms, int64_t until_ms,
    const char *source);
void incident_free(struct incident *i);	/* NULL is fine */

/* In any order; what is outside of the time counts for nothing. evidence is
 * the line's object, or NULL. False: no memory. */
bool incident_add(struct incident *i, const struct verdict_line *line,
    const struct jval *evidence);
/* An item of STORE_NOTICES, as it is there. What is no notice is left out,
 * and what is not of this time, or of the minute after it. */
bool incident_change(struct incident *i, const void *data, size_t len);

/* Sorts; the report lives as long as i, which takes no more. */
const struct incident_report *incident_end(struct incident *i);

/* Hundredths of answers that were unknown users; 0 without answers. */
unsigned incident_unknown_percent(const struct incident_counts *n);

/* --- what to review (incident_review.c) ----------------------------------- */

#define INCIDENT_ADVICE_MAX	16
#define INCIDENT_ADVICE_SIZE	400

/*
 * Sentences that follow from the report, the weightiest first. Returns how
 * many; there is always one.
 */
size_t incident_review(const struct incident_report *r,
    char out[INCIDENT_ADVICE_MAX][INCIDENT_ADVICE_SIZE]);

/* --- to show (incident_show.c) -------------------------------------------- */

/* cause: the listing that ends the time, or NULL. */
void incident_tell(const struct incident_report *r,
    const struct notice *cause);
/* NULL: no memory. */
struct jval *incident_json(const struct incident_report *r,
    const struct notice *cause);

#endif
