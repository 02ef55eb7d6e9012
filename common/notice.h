/*
 * notice: a change in how we stand with others: a listing, a source that
 * rests, a breaker, a provider that drifted.
 *
 * Two kinds: an alarm is for a person, and is also put into log.notices; a
 * mere change is only kept for `rcptguard incident`. One JSON object, the same
 * in the store, in the file and in the report:
 *
 *   time, notice, alarm, what, zone, source, text, see
 *
 * in this order; zone, source and see are left out where they are empty. time
 * is RFC 3339 in UTC. what is who it is about: an address or a name of ours, a
 * provider, a domain, a host. see is a URL or a command.
 *
 * Items of STORE_NOTICES: the key is "a" (alarm) or "c" and a number of eight
 * octets, most significant first, that counts up; the data is the object.
 *
 * Pure but for allocation; any thread.
 */
#ifndef RCPTGUARD_NOTICE_H
#define RCPTGUARD_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jval.h"

/* The words are part of the store and of other people's scripts. */
enum notice_kind {
	NOTICE_LISTED,
	NOTICE_DELISTED,
	NOTICE_LIST_BROKEN,		/* a list gives no usable answers */
	NOTICE_LIST_WORKS,
	NOTICE_TICKET,			/* a removal was asked for, or ended */
	NOTICE_SOURCE_RESTS,
	NOTICE_SOURCE_RESUMES,
	NOTICE_SOURCE_RETIRED,
	NOTICE_SOURCE_RETURNS,		/* its retirement was taken back */
	NOTICE_PREFLIGHT_FAILS,
	NOTICE_PREFLIGHT_PASSES,
	NOTICE_PROVIDER_DRIFTED,
	NOTICE_PROVIDER_TRUSTED,
	NOTICE_REFUSED_US,		/* breakers that opened: a provider */
	NOTICE_HOST_REFUSED_US,		/* a host of none that is known */
	NOTICE_LIMIT_NAMED,
	NOTICE_UNKNOWN_RATIO,		/* of a provider */
	NOTICE_UNKNOWN_USERS,		/* of a domain */
	NOTICE_HOST_SILENT,
	NOTICE_PORT25_CLOSED,
	NOTICE_RAMP_FELL,
	NOTICE_RAMP_ROSE,
	NOTICE_KIND_COUNT
};

/* Static; NULL for another number. */
const char *notice_word(enum notice_kind kind);
bool notice_kind_from_word(const char *word, enum notice_kind *out);
bool notice_is_alarm(enum notice_kind kind);

/* Strings are borrowed, escaped already; NULL is "". */
struct notice {
	int64_t time_ms;		/* wall clock */
	enum notice_kind kind;
	const char *what, *zone, *source, *text, *see;
};

/* NULL: no memory, or a text that is not UTF-8. */
struct jval *notice_value(const struct notice *n);

/* Strings live as long as o. False: it is none. */
bool notice_read(const struct jval *o, struct notice *out);

#define NOTICE_KEY_SIZE	9
void notice_key(bool alarm, uint64_t number, uint8_t out[NOTICE_KEY_SIZE]);
/* False: no such key. */
bool notice_key_read(const void *key, size_t len, bool *alarm,
    uint64_t *number);

#endif
