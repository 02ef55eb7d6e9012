/*
 * limits: rests, breakers, warm-up and budgets, asked in turn for one probe.
 *
 * Whether a probe may go is one question to a dozen ledgers: it goes if all
 * say yes, and only then it is counted in all. No I/O, no clock: times are
 * ledger milliseconds, chance is given. The loop's thread only.
 */
#ifndef RCPTGUARD_LIMITS_H
#define RCPTGUARD_LIMITS_H

#include "common/classify.h"
#include "common/conf.h"
#include "common/notice.h"
#include "probe/ledgers.h"
#include "probe/port25.h"
#include "probe/walk.h"

#define LIMITS_NAMED_MS		INT64_C(600000)	/* "too fast", no time named */
#define LIMITS_NAMED_MAX_MS	INT64_C(86400000)

/* Frozen by limits_configure. */
struct limits_rules {
	bool enabled;
	struct rates all, source, provider, domain, host, steps;
	int64_t spacing_ms;
	struct breaker_rule unknown, ratio, refused, faults;
};

struct limits_stats {
	uint64_t admitted, delayed;
	uint64_t no_budget, no_warmup, no_breaker, no_port25;	/* refused */
	uint64_t no_rest;		/* ... since the source rests */
};

#define LIMITS_ASKERS	(BUDGET_SHARES_MAX - 1)

struct asker {
	char name[64];			/* a submitter; "" : free */
	int64_t at;			/* when it asked last */
};

#define LIMITS_NEWS_MAX	6

/* What one call has changed. */
struct limits_news {
	size_t count;
	struct {
		enum notice_kind kind;
		const char *text;	/* a sentence for the log; static */
	} items[LIMITS_NEWS_MAX];
};

struct limits {
	struct limits_rules rules;
	struct ledgers ledgers;
	struct port25 port25;
	struct asker askers[LIMITS_ASKERS];
	bool lowest;			/* new ramps begin at the lowest step */
	struct limits_stats stats;
	struct limits_news news;	/* of the last call */
};

/* One probe. Strings are borrowed for the call. */
struct limits_question {
	const char *domain;
	const char *host;		/* MX name */
	const struct provider *provider;	/* or NULL */
	const char *source;		/* our address, or "" for the system's */
	int64_t source_age_ms;		/* 0: new, or not known */
	bool held;			/* our own domain is young: warmup.h */
	const char *submitter;		/* "" takes what others leave */
	bool random;			/* the recipient should not exist */
};

struct limits_answer {
	bool admitted;
	bool next_host;			/* this host only: others may do */
	enum verdict_reason reason;	/* not admitted */
	int64_t retry_at;		/* ledger ms; 0: not known */
	int64_t delay_ms;		/* admitted: begin so much later */
	const char *why;		/* static; admitted: NULL */
};

void limits_init(struct limits *l);
void limits_clear(struct limits *l);
/* conf has been checked: its rates are good. */
void limits_configure(struct limits *l, const struct conf *conf);

/* Counts it everywhere if it is admitted. */
void limits_ask(struct limits *l, const struct limits_question *q,
    int64_t now, uint32_t chance, struct limits_answer *a);

/*
 * An admitted probe ended. meaning is NULL if no reply decided. Returns what
 * has changed, or NULL; it lives until the next call.
 */
const struct limits_news *limits_ended(struct limits *l,
    const struct limits_question *q, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning, int64_t now);

/* A list names the source: its ramp falls back. As above. */
const struct limits_news *limits_listed(struct limits *l,
    const char *source);

/* The source's ramp begins at its lowest step, whatever its age. */
void limits_restart(struct limits *l, const char *source);

/* What is known of a source; NULL: nothing yet. */
const struct repute *limits_repute(const struct limits *l,
    const char *source);
const struct warmup *limits_warmup(const struct limits *l,
    const char *source);
/* The admin ends a rest that refusals have brought. */
void limits_resume(struct limits *l, const char *source);

/*
 * Removes what is the same as nothing. drop is told each key, for the store.
 */
void limits_tidy(struct limits *l, int64_t now,
    void (*drop)(void *arg, const char *key), void *arg);

/* Breakers that are open now. */
size_t limits_open(const struct limits *l, int64_t now);

#endif
