/*
 * exclusion: who asked not to be probed, and whether that is about a domain,
 * a mail host or an address (rule R6).
 *
 * An entry is one of
 *
 *   example.com        the domain itself
 *   .example.com       the domain and every domain below it
 *   mx:*.example.net   mail hosts by name, "*" and "?" as in providers.conf
 *   192.0.2.1          mail hosts by address; IPv6 as well
 *   192.0.2.0/24       the same, a network
 *
 * in this, its canonical text: lower case, A-labels, RFC 5952. An entry whose
 * time is over stays in the table and forbids nothing.
 *
 * Pure but for allocation; time is given. One thread at a time.
 */
#ifndef RCPTGUARD_EXCLUSION_H
#define RCPTGUARD_EXCLUSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/net.h"

#define EXCLUSIONS_MAX		10000
#define EXCLUSION_TEXT_MAX	255	/* STORE_ITEM_KEY_MAX */
#define EXCLUSION_NOTE_MAX	256
#define EXCLUSION_TICKET_MAX	64

enum exclusion_kind {
	EXCLUDE_DOMAIN,
	EXCLUDE_TREE,			/* a domain and what is below it */
	EXCLUDE_MX,
	EXCLUDE_NETWORK
};

struct exclusion {
	char text[EXCLUSION_TEXT_MAX + 1];	/* canonical; the key */
	enum exclusion_kind kind;	/* these two follow from text */
	struct net_cidr network;
	char note[EXCLUSION_NOTE_MAX + 1];	/* may be empty */
	char ticket[EXCLUSION_TICKET_MAX + 1];	/* may be empty */
	int64_t since, until;		/* wall seconds; until 0: for good */
	uint32_t uid;			/* who entered it */
};

/*
 * Fills text, kind and network; all else is zero. NULL, or what is wrong with
 * it, in words that follow "TEXT: "; static.
 */
const char *exclusion_parse(const char *text, struct exclusion *out);

/*
 * False, and nothing changed, if it does not fit, or has what text_escape_utf8
 * would change: a control character, a backslash.
 */
bool exclusion_set_note(struct exclusion *e, const char *note);
bool exclusion_set_ticket(struct exclusion *e, const char *ticket);

/* A JSON object: text, note, ticket, since, until, uid. The caller frees. */
char *exclusion_to_json(const struct exclusion *e);
/* False, and *out zero, for anything that exclusion_to_json does not write. */
bool exclusion_from_json(const char *json, size_t len, struct exclusion *out);

struct exclusions;

struct exclusions *exclusions_create(void);	/* NULL: no memory */
void exclusions_destroy(struct exclusions *x);	/* NULL is fine */

enum exclusions_status {
	EXCLUSIONS_OK,
	EXCLUSIONS_FULL,
	EXCLUSIONS_NO_MEMORY
};

/* Copies; replaces the one with the same text. */
enum exclusions_status exclusions_put(struct exclusions *x,
    const struct exclusion *e);
bool exclusions_remove(struct exclusions *x, const char *text);
size_t exclusions_count(const struct exclusions *x);

/* What these return lives until the table changes. NULL: none. */
const struct exclusion *exclusions_find(const struct exclusions *x,
    const char *text);
/* In the order in which they were put; NULL: the first. */
const struct exclusion *exclusions_next(const struct exclusions *x,
    const struct exclusion *after);

/*
 * The entry in force that forbids it; x may be NULL. Names are in lower case
 * without a final dot.
 */
const struct exclusion *exclusions_domain(const struct exclusions *x,
    const char *domain, int64_t now);
const struct exclusion *exclusions_host(const struct exclusions *x,
    const char *host, const struct net_addr *addr, int64_t now);

/* One entry alone, in force or not. */
bool exclusion_has_domain(const struct exclusion *e, const char *domain);
bool exclusion_has_host(const struct exclusion *e, const char *host,
    const struct net_addr *addr);

#endif
