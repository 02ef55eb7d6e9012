/*
 * outcome: what became of mail to an address whose verdict was known, so that
 * the verdicts can be measured against it (`rcptguard learn`).
 *
 * Items of STORE_OUTCOMES:
 *
 *   key   "o", day since the epoch (4 octets, big-endian), a keyed hash
 *         (store_name) of "ADDRESS LF QID" in canonical form (16 octets)
 *   data  JSON: at, kind, reason (what the host meant), was (the verdict's
 *         reason then), provider; nothing in it names a person
 *
 *   key   "f", the path of a log
 *   data  "DEVICE:INODE:OFFSET": read up to there
 *
 * So a walk meets the oldest first, and a message that is told of twice is
 * one item. Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_OUTCOME_H
#define RCPTGUARD_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/jval.h"
#include "common/store.h"
#include "common/verdict.h"

#define OUTCOME_QID_MAX		64
#define OUTCOME_TEXT_MAX	512
#define OUTCOME_PROVIDER_MAX	31
#define OUTCOME_KEEP_DAYS	35
#define OUTCOME_REPORT_DAYS	30
#define OUTCOME_KEY_SIZE	21

enum outcome_kind {
	OUTCOME_SENT,			/* their host took it */
	OUTCOME_DEFERRED,		/* not yet */
	OUTCOME_BOUNCED,
	OUTCOME_KIND_COUNT
};
const char *outcome_kind_word(enum outcome_kind kind);
bool outcome_kind_from_word(const char *word, enum outcome_kind *out);

struct outcome {
	int64_t at;			/* wall seconds */
	enum outcome_kind kind;
	enum verdict_reason reason;	/* what the host meant */
	enum verdict_reason was;	/* the verdict's, when it happened */
	char provider[OUTCOME_PROVIDER_MAX + 1];	/* "": none known */
};

/* False: no store key. */
bool outcome_key(struct store *s, const struct address *addr, const char *qid,
    int64_t day, uint8_t out[OUTCOME_KEY_SIZE]);
/* The day of a key, or -1: it is that of another item. */
int64_t outcome_key_day(const void *key, size_t len);

/* The caller frees. NULL: no memory. */
char *outcome_print(const struct outcome *o);
bool outcome_read(const void *data, size_t len, struct outcome *out);

/*
 * Whether next says more of the same message than old: a delivery or a bounce
 * more than a delay, a bounce that comes behind more than the delivery.
 */
bool outcome_says_more(const struct outcome *old, const struct outcome *next);

/* How verdicts and what came of them go together. */
struct outcome_count {
	char provider[OUTCOME_PROVIDER_MAX + 1];	/* "": others */
	int64_t good_sent;		/* deliverable, and it was */
	int64_t good_bounced;		/* deliverable, but no such mailbox */
	int64_t good_refused;		/* deliverable, refused otherwise */
	int64_t bad_sent;		/* undeliverable, but it was taken */
	int64_t bad_bounced;		/* undeliverable, and it was */
	int64_t open_sent, open_bounced;	/* nothing was known for sure */
	int64_t deferred;
};

#define OUTCOME_PROVIDERS_MAX	64	/* the last one is shared */
struct outcome_tally {
	struct outcome_count all;
	struct outcome_count by[OUTCOME_PROVIDERS_MAX];
	size_t count;
};
void outcome_add(struct outcome_tally *t, const struct outcome *o);

/* As thousandths; -1: there is nothing to measure. */
int outcome_bad_accepted(const struct outcome_count *c);
int outcome_good_refused(const struct outcome_count *c);

#endif
