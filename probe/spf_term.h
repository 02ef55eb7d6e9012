/*
 * spf_term: one term of an SPF record (RFC 7208, 4.6.1 and 12).
 *
 * Private to spf*.c. Pure; points into the record.
 */
#ifndef RCPTGUARD_SPF_TERM_H
#define RCPTGUARD_SPF_TERM_H

#include "probe/spf.h"

/* One term of a record: "-include:example.com". */
struct spf_term {
	const char *text;
	size_t len;
	enum spf_result qualifier;
	const char *name;		/* of the mechanism */
	size_t name_len;
	const char *spec;		/* behind ":" or "="; "" */
	size_t spec_len;
	unsigned v4, v6;		/* prefix lengths */
};

/* The next word of the record, unread; false at its end. */
bool spf_term_next(const char **at, struct spf_term *t);

/* name=value: no mechanism; unknown ones are passed over (section 6). */
bool spf_term_is_modifier(const struct spf_term *t);

/* Reads a mechanism; false: ill-formed. */
bool spf_term_read(struct spf_term *t);

/* Whether the mechanism has that name. */
bool spf_term_is(const struct spf_term *t, const char *name);

#endif
