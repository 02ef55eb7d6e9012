/*
 * verdict: what is known of an address, in a closed vocabulary.
 *
 * The state follows from the reason, so a verdict carries only the reason.
 * One table (verdict.c) holds for each reason its word, its state, its default
 * lifetimes and a sentence. Words and numbers are part of the store, the wire
 * and the log: they are never reused and never renamed.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_VERDICT_H
#define RCPTGUARD_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

enum verdict_state {
	STATE_DELIVERABLE,
	STATE_UNDELIVERABLE,
	STATE_RISKY,
	STATE_UNKNOWN,
	STATE_NOT_CHECKED,
	STATE_PENDING,			/* a probe runs past the wait; never stored */
	STATE_COUNT
};

/* The number is written to the store: append only. */
enum verdict_reason {
	/* deliverable */
	REASON_ACCEPTED = 1,
	REASON_ACCEPTED_RATE_LIMITED_MAILBOX = 2,
	REASON_KNOWN_BY_SIGNAL = 3,
	/* undeliverable */
	REASON_BAD_SYNTAX = 10,
	REASON_NO_SUCH_DOMAIN = 11,
	REASON_NULL_MX = 12,
	REASON_NO_MAIL_HOST = 13,
	REASON_UNROUTABLE_MX = 14,
	REASON_NO_SUCH_USER = 15,
	REASON_MAILBOX_DISABLED = 16,
	REASON_MAILBOX_MOVED = 17,
	/* risky */
	REASON_CATCH_ALL = 30,
	REASON_MAILBOX_FULL = 31,
	REASON_MAILBOX_FULL_LONG = 32,
	REASON_DISPOSABLE = 33,
	REASON_ROLE = 34,
	REASON_POSSIBLE_TYPO = 35,
	REASON_POSSIBLE_TRAP = 36,
	REASON_DOMAIN_TOO_NEW = 37,
	REASON_PROVIDER_ACCEPTS_EVERYTHING = 38,
	REASON_DENIED = 39,		/* by the site's own list */
	/* unknown, their side */
	REASON_GREYLISTED = 50,
	REASON_TEMPORARY_ERROR = 51,
	REASON_TIMEOUT = 52,
	REASON_NO_CONNECT = 53,
	REASON_CLOSED_EARLY = 54,
	REASON_DNS_FAILURE = 55,
	REASON_RECIPIENT_FLOODED = 56,
	REASON_RELAY_DENIED = 57,
	REASON_TLS_REQUIRED = 58,
	/* unknown, our side */
	REASON_BLOCKED_POLICY = 70,
	REASON_BLOCKED_IP_LISTED = 71,
	REASON_BLOCKED_NO_PTR = 72,
	REASON_BLOCKED_AUTH = 73,
	REASON_BLOCKED_HELO = 74,
	REASON_RATE_LIMITED = 75,
	REASON_PORT25_BLOCKED = 76,
	REASON_AMBIGUOUS_REFUSAL = 77,
	REASON_PROBE_UNAVAILABLE = 78,	/* our own probe is dead, hung or full */
	/* not checked */
	REASON_EXCLUDED_BY_REQUEST = 90,
	REASON_PROVIDER_SIGNALS_ONLY = 91,
	REASON_BUDGET_EXHAUSTED = 92,
	REASON_WARMUP_LIMIT = 93,
	REASON_ALL_SOURCES_RESTING = 94,
	REASON_PREFLIGHT_FAILED = 95,
	REASON_SUBMITTER_NOT_ALLOWED = 96,
	/* pending */
	REASON_PROBE_RUNNING = 110,
	REASON_MAX = 127		/* fits the record's field; not a reason */
};

struct verdict_lifetime {
	uint32_t refresh_s;		/* older: served, asked again behind it */
	uint32_t expire_s;		/* older: not served; 0: never stored */
};

/* A verdict in force. Times are seconds since the epoch (wall clock). */
struct verdict {
	enum verdict_reason reason;
	int64_t checked_at;
	int64_t refresh_at;
	int64_t expire_at;
	uint16_t code;			/* SMTP reply code, 0 if none decided */
	uint8_t attempt;		/* 1 for the first probe */
};

/* Words; static. An unknown number gives NULL, so test what you read. */
const char *verdict_state_word(enum verdict_state state);
const char *verdict_reason_word(enum verdict_reason reason);

/* False, and *out untouched, for a word or number that is not in the table. */
bool verdict_reason_from_word(const char *word, enum verdict_reason *out);
bool verdict_reason_from_number(unsigned number, enum verdict_reason *out);
bool verdict_state_from_word(const char *word, enum verdict_state *out);

/*
 * The state that a reason belongs to; STATE_UNKNOWN for a number that is not
 * in the table (rule R1).
 */
enum verdict_state verdict_state_of(enum verdict_reason reason);
/* Whether a verdict of this state knows something about the address. */
bool verdict_state_is_knowledge(enum verdict_state state);

/* One sentence for a person, with its full stop. Static; never NULL. */
const char *verdict_reason_text(enum verdict_reason reason);

/*
 * The table's lifetimes, before the configuration's limits apply; both are 0
 * for what is never stored, and for a number that is not in the table.
 */
struct verdict_lifetime verdict_lifetime_of(enum verdict_reason reason);

/*
 * Walks the table for listings and tests: the index-th reason, or 0 past the
 * end.
 */
enum verdict_reason verdict_reason_at(unsigned index);

/* Never negative, even if the wall clock was set back. */
int64_t verdict_age(const struct verdict *v, int64_t now);

/*
 * Expired: not served. A verdict from further in the future than the slack
 * was written under a wrong clock and would live for too long: expired too.
 * Stale: served, if it is not expired, and asked again behind it.
 */
#define VERDICT_CLOCK_SLACK_S	3600
bool verdict_is_expired(const struct verdict *v, int64_t now);
bool verdict_is_stale(const struct verdict *v, int64_t now);

/*
 * Whether next may replace old in the store (rule R7): a failed probe
 * (unknown, not_checked) does not overwrite a verdict that knows something
 * (deliverable, undeliverable, risky) and has not expired. What is never
 * stored replaces nothing.
 */
bool verdict_may_replace(const struct verdict *old, const struct verdict *next,
    int64_t now);

/*
 * What old becomes when next may not replace it: the same knowledge, but not
 * asked again before next would have been. Else an address that is stale and
 * cannot be asked would be probed with every signup until it expires.
 */
struct verdict verdict_kept(const struct verdict *old,
    const struct verdict *next);

#endif
