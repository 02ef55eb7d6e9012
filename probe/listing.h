/*
 * listing: the book of lists that name an address or a name of ours: since
 * when, until when, and how far we are in getting off each.
 *
 * A round of questions gives one result for each pair of ours and list; the
 * book says what has changed. A list that gave no usable answer changes
 * nothing: who was on it stays on it. What is no longer asked for, because a
 * list or a name is no longer ours, leaves the book.
 *
 * Pure; wall seconds are given.
 */
#ifndef RCPTGUARD_LISTING_H
#define RCPTGUARD_LISTING_H

#include "common/jval.h"
#include "probe/dnsbl.h"

#define LISTINGS_MAX		64
#define LISTING_NOTE_MAX	200
#define LISTING_ROUND_S		3600
#define LISTING_SOON_S		1800	/* after a removal was asked for */
#define LISTING_KEPT_S		(90 * 86400)
#define LISTING_BROKEN_ROUNDS	2	/* of a list, in a row */

enum ticket_state {
	TICKET_NONE,			/* nobody asked for removal */
	TICKET_REQUESTED,
	TICKET_CLOSED			/* refused, or it came off the list */
};
const char *ticket_word(enum ticket_state state);
bool ticket_from_word(const char *word, enum ticket_state *out);

struct listing {
	char what[FACTS_NAME_SIZE];	/* an address, or a name */
	char zone[128];
	char code[NET_TEXT_SIZE];
	char meaning[160], reason[200], removal[200];
	int64_t since, gone_at;		/* gone_at 0: it is on the list */
	enum ticket_state ticket;
	int64_t ticket_at;		/* of the last change; 0: none */
	uint32_t ticket_by;		/* user id */
	char note[LISTING_NOTE_MAX + 1];
	unsigned round;			/* asked for last; not kept */
};

struct list_health {			/* of one list; not kept */
	char zone[128];
	unsigned bad;			/* rounds in a row without an answer */
	bool asked, answered;		/* in this round */
	bool broken;
};

struct listing_book {
	struct listing items[LISTINGS_MAX];
	size_t count;
	struct list_health lists[DNSBL_ZONES_MAX];
	size_t list_count;
	unsigned round;
};

/* What one question gave. Strings are borrowed. */
struct listing_result {
	const char *what, *zone;
	enum dnsbl_result result;
	const char *code, *meaning, *reason, *removal;
};

enum listing_change {
	LISTING_SAME,
	LISTING_NEW,
	LISTING_GONE
};

void listings_begin(struct listing_book *b);
/* *out is the one that changed, or NULL; it lives until the next call. */
enum listing_change listings_note(struct listing_book *b,
    const struct listing_result *r, int64_t now, const struct listing **out);

/*
 * The round is over. What was not asked for leaves the book, and what came off
 * its list LISTING_KEPT_S ago; each is told.
 */
void listings_end(struct listing_book *b, int64_t now,
    void (*leaves)(void *arg, const struct listing *l), void *arg);

enum list_change {
	LIST_SAME,
	LIST_BROKE,
	LIST_WORKS			/* again */
};
/* After listings_end, once a round for each list. */
enum list_change listings_health(struct listing_book *b, size_t list);

struct listing *listings_find(struct listing_book *b, const char *what,
    const char *zone);
/* NULL: the book is full of what is still on a list. */
struct listing *listings_add(struct listing_book *b, const char *what,
    const char *zone);

/* *gone_at: when it came off the last one; 0: not in the book. */
bool listings_has(const struct listing_book *b, const char *what,
    int64_t *gone_at);

/* Seconds until the next round; last is when this one began. */
int64_t listings_wait(const struct listing_book *b, int64_t last,
    int64_t now);

/* For the store, the status and `listing list`. NULL: no memory. */
struct jval *listing_value(const struct listing *l);
/* False: it is none. */
bool listing_read(const struct jval *o, struct listing *out);

#endif
