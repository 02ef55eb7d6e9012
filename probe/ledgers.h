/*
 * ledgers: all accounts, ramps and breakers of the gate, by kind and name, in
 * bounded memory, and as octets for the store.
 *
 * Item in the store: a version, then what the kind packs. Times are ledger
 * milliseconds. No I/O; the loop's thread only.
 */
#ifndef RCPTGUARD_LEDGERS_H
#define RCPTGUARD_LEDGERS_H

#include "common/table.h"
#include "probe/breaker.h"
#include "probe/budget.h"
#include "probe/repute.h"
#include "probe/warmup.h"

/* The letter is part of the store's key: never given another meaning. */
enum ledger_kind {
	LEDGER_ALL = 'a',		/* accounts; this one has no name */
	LEDGER_SOURCE = 's',
	LEDGER_PROVIDER = 'p',
	LEDGER_ROUTE = 'q',		/* from a source to a provider */
	LEDGER_DOMAIN = 'd',
	LEDGER_HOST = 'h',
	LEDGER_SHARE = 'f',		/* of a submitter */
	LEDGER_WARMUP = 'w',		/* by source */
	LEDGER_REPUTE = 'r',		/* by source */
	LEDGER_UNKNOWN = 'U',		/* breakers: of a domain */
	LEDGER_RATIO = 'R',		/* ... from a source to a provider */
	LEDGER_REFUSED = 'B',		/* refusals of us, limits named */
	LEDGER_FAULTS = 'T'		/* a host that does not answer */
};

#define LEDGER_KEY_MAX	252		/* kind and name; longer is cut */
#define LEDGER_ITEM_MAX	2048		/* octets of one item */
#define LEDGER_NAMES	32768		/* of one kind */

struct ledger {
	enum ledger_kind kind;
	bool dirty;			/* not yet in the store */
	int64_t at;			/* host: free again. Neither is kept */
	uint32_t under_way;		/* domain: probes */
	struct account *account;	/* one of the four, by kind */
	struct warmup *warmup;
	struct repute *repute;
	struct breaker *breaker;
	struct ledger *prev, *next;	/* dirty ones */
	UT_hash_handle hh;
	char key[LEDGER_KEY_MAX + 1];
};

struct ledgers {
	struct ledger *table;
	struct ledger *dirty;
	size_t counts[128];		/* by kind */
};

bool ledger_kind_is(char c);
/* The span that breakers of this kind count in. */
enum rate_span ledger_span(enum ledger_kind kind);

void ledgers_init(struct ledgers *l);
void ledgers_clear(struct ledgers *l);

struct ledger *ledgers_find(const struct ledgers *l, enum ledger_kind kind,
    const char *name);
/* Finds, or makes an empty one. NULL: too many of this kind, or no memory. */
struct ledger *ledgers_make(struct ledgers *l, enum ledger_kind kind,
    const char *name);
void ledgers_remove(struct ledgers *l, struct ledger *one);

/* It has changed. */
void ledger_touch(struct ledgers *l, struct ledger *one);
/* The next one that has changed, which counts as stored now; NULL: none. */
struct ledger *ledgers_next_dirty(struct ledgers *l);

/* Octets written to out, which has LEDGER_ITEM_MAX. */
size_t ledger_pack(const struct ledger *one, uint8_t *out);
/* False, and *one is empty: damaged. */
bool ledger_unpack(struct ledger *one, const void *data, size_t len);

/* The newest time in all of them; 0: none. */
int64_t ledgers_newest(const struct ledgers *l);

#endif
