/*
 * source: the addresses that probes come from, and which of them one takes.
 *
 * A provider sticks to one source (by a hash of its name and the address), so
 * that it sees one stable name of ours; where none is known, a machine by its
 * address, since all its names share sessions. A source that does not pass
 * preflight or that the admin rests is passed over at once. One that is listed
 * or refused is not: for SOURCE_HOLD_S whoever would be asked from it is not
 * asked at all, since going on from the next address would be evasion; then
 * its providers move. All resting: no probes.
 *
 * Where no source of a family is configured the system chooses; that choice
 * is an implied source, and preflight judges it too.
 *
 * Pure; wall seconds are given.
 */
#ifndef RCPTGUARD_SOURCE_H
#define RCPTGUARD_SOURCE_H

#include "common/conf.h"

#define SOURCES_MAX	64
#define SOURCE_HOLD_S	(24 * 3600)

/* Why a source rests; several at once. */
enum source_rest {
	REST_PREFLIGHT = 1,
	REST_LISTED = 2,
	REST_ADMIN = 4,
	REST_RETIRED = 8		/* for good; see retired.h */
};

#define SOURCE_CAUSE_MAX	200

/* What the admin said of it last. */
struct source_order {
	char word[12];			/* rest, resume ...; "": nothing yet */
	char cause[SOURCE_CAUSE_MAX + 1];
	int64_t at;
	uint32_t by;			/* user id */
};

struct source {
	struct net_addr addr;		/* implied: the family alone */
	bool implied;
	char helo[256];			/* for EHLO */
	char since[12];			/* as configured, or "" */
	unsigned rests;			/* of enum source_rest */
	int64_t rests_since;		/* listed; 0: it is not */
	int64_t listed_at;		/* seen last; 0: not since the start */
	char why[160];			/* of the listing */
	struct source_order order;
	/* It replaces a retired one: rests for preflight until it passed. */
	bool proving;
};

struct source_pool {
	struct source items[SOURCES_MAX];
	size_t count;
};

/*
 * The sources of conf. Those that were in the pool keep their rests; a new one
 * rests for preflight if that is enforced, until it has passed.
 */
void source_pool_configure(struct source_pool *pool, const struct conf *conf);

struct source_choice {
	const struct source *source;	/* NULL: none may be used */
	enum verdict_reason reason;	/* preflight_failed or
					 * all_sources_resting */
	const char *why;		/* static */
	int64_t retry_at;		/* 0: not known */
};

/* provider: its name, or the mail host's. False: out->source is NULL. */
bool source_choose(const struct source_pool *pool, const char *provider,
    int family, int64_t now, struct source_choice *out);

/* NULL: not in the pool. */
struct source *source_find(struct source_pool *pool,
    const struct net_addr *addr);

void source_rest(struct source *s, enum source_rest rest, int64_t now,
    const char *why);
void source_resume(struct source *s, enum source_rest rest);

/*
 * Whether a rest for a listing is over by itself: no list has named it for
 * clean_s. on: one does now; gone_at: when it came off the last one, 0: not
 * known. Notes when it was first seen clean.
 */
bool source_is_clean(struct source *s, bool on, int64_t gone_at,
    int64_t clean_s, int64_t now);

/* "10.0.0.1", or "any IPv4". */
void source_text(const struct source *s, char out[NET_TEXT_SIZE]);

/*
 * Takes the addresses of the pool for this process, on this host and for as
 * long as it lives; those it had stay its own. False: another process has one
 * of them, and *index says which; errno EADDRINUSE, or another error. The
 * socket of an abstract name is the lock: no file of it can become stale, and
 * it holds for all state directories.
 */
bool source_pool_claim(const struct source_pool *pool, size_t *index);

#endif
