/*
 * address: an e-mail address as RFC 5321 defines a Mailbox, with the three
 * forms that rcptguard needs of it.
 *
 *   wire form       what goes between < and > in RCPT TO. The local part is
 *                   kept as it was written; the domain is an A-label in lower
 *                   case, so that peers without SMTPUTF8 understand it.
 *   canonical form  what two spellings of one mailbox have in common: the key
 *                   of the store. Needless quoting removed, ASCII folded (no
 *                   provider tells case apart, and two verdicts for one
 *                   mailbox would be two probes). It parses to itself.
 *   mailbox form    what two *aliases* of one mailbox have in common, by rules
 *                   of its provider (plus tags, Gmail's dots). For counting
 *                   only: it is never probed and never a key of a verdict.
 *
 * Pure: no allocation but libidn2's own, no I/O, no global state. Any thread.
 */
#ifndef RCPTGUARD_ADDRESS_H
#define RCPTGUARD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Octets, without the terminating NUL (RFC 5321, 4.5.3.1.1 to 4.5.3.1.3). */
#define ADDRESS_LOCAL_MAX	64
#define ADDRESS_DOMAIN_MAX	255
#define ADDRESS_PATH_MAX	256	/* the path includes "<" and ">" */
#define ADDRESS_MAX		(ADDRESS_PATH_MAX - 2)	/* in wire form */

enum address_status {
	ADDRESS_OK,
	ADDRESS_EMPTY,			/* nothing, or the null reverse-path */
	ADDRESS_CONTROL,		/* a control octet, or a character that
					 * acts as one: never leaves us */
	ADDRESS_NOT_UTF8,		/* malformed, overlong or surrogate */
	ADDRESS_NO_AT,
	ADDRESS_LOCAL_EMPTY,
	ADDRESS_LOCAL_TOO_LONG,
	ADDRESS_LOCAL_SYNTAX,		/* not a Dot-string */
	ADDRESS_QUOTE_SYNTAX,		/* not a Quoted-string */
	ADDRESS_DOMAIN_EMPTY,
	ADDRESS_DOMAIN_TOO_LONG,
	ADDRESS_DOMAIN_SYNTAX,		/* a label is empty, long or ill-formed */
	ADDRESS_DOMAIN_IDN,		/* IDNA2008 refuses it */
	ADDRESS_LITERAL_SYNTAX,
	ADDRESS_TOO_LONG,		/* path over 256 octets */
	ADDRESS_ROUTE_SYNTAX,		/* "@a,@b:" ill-formed (RFC 5321, C) */
	ADDRESS_NO_MEMORY,		/* not judged: says nothing about it */
	ADDRESS_STATUS_COUNT
};

struct address {
	char local[ADDRESS_LOCAL_MAX + 1];	/* wire form, quotes included */
	char domain[ADDRESS_DOMAIN_MAX + 1];	/* A-label, lower case; or
						 * "[192.0.2.1]", "[IPv6:...]"
						 * (RFC 5952) */
	bool literal;				/* domain is an address literal */
	bool utf8_local;			/* needs SMTPUTF8 (RFC 6531) */
};

/*
 * Parses text (len octets; need not end in NUL): the Mailbox of RFC 5321,
 * 4.1.2, with or without one pair of angle brackets, and as RFC 6531, 3.3
 * extends it. No comments, no folding space, no obsolete forms: those belong
 * to header fields. A source route is dropped; it stands within brackets only,
 * since a Path has them. On any status but ADDRESS_OK *out is all zero.
 *
 * Stricter than the grammar, each with its status:
 * - besides octets 0-31 and 127, these are ADDRESS_CONTROL anywhere: U+0080
 *   to U+009F, U+2028, U+2029 and the noncharacters;
 * - a domain of nothing but digits and dots: an address literal has brackets;
 * - a literal with another tag than "IPv6": none is registered;
 * - a U-label must be IDNA2008's own, but for its case. Pure ASCII labels are
 *   not judged by IDNA: such names are in the DNS, and the DNS will say.
 * Wider than it: at domains whose users have such names, dots may stand
 * anywhere in a local part; where they do not make a Dot-string, it is quoted.
 * The empty Quoted-string is a local part. <Postmaster> is a path but no
 * Mailbox (4.1.1.3): ADDRESS_NO_AT; whoever takes RCPT arguments knows it.
 */
enum address_status address_parse(const char *text, size_t len,
    struct address *out);

/* One sentence for a person, without a full stop. Static; never NULL. */
const char *address_status_text(enum address_status status);

/* Each writes a NUL-terminated string and returns its length. */
size_t address_wire(const struct address *addr, char out[ADDRESS_MAX + 1]);
size_t address_canonical(const struct address *addr, char out[ADDRESS_MAX + 1]);
size_t address_mailbox(const struct address *addr, char out[ADDRESS_MAX + 1]);

#endif
