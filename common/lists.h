/*
 * lists: what is known of addresses by their names alone: throwaway services,
 * roles, misspelt domains, traps, and the admin's own allow and deny lists.
 *
 * Each is a text file (etc/lists/): one entry a line, "#" begins a comment.
 * The lists that are maintained say in comments "# date: YYYY-MM-DD",
 * "# licence: ..." and "# source: ...".
 *
 *	allow, deny, trap	domain, .domain (all below it), name@,
 *				name@domain; as Postfix's access(5)
 *	typo			a misspelt domain and the one that is meant
 *	role			a local part
 *	the others		a domain
 *
 * A domain in a maintained list stands for those below it as well, up to the
 * registrable one; in typo, allow and deny for itself alone. Entries are in
 * lower case and A-labels.
 *
 * A struct lists never changes. It has one owner; reading it is pure.
 */
#ifndef RCPTGUARD_LISTS_H
#define RCPTGUARD_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/conf.h"

/* In the order in which they decide. */
enum list_kind {
	LIST_ALLOW,
	LIST_DENY,
	LIST_TYPO,
	LIST_TRAP,
	LIST_DEAD,			/* services that closed long ago */
	LIST_DISPOSABLE,
	LIST_ROLE,
	LIST_ALIAS,			/* relays of a person's own mailbox */
	LIST_FREE_MAIL,
	LIST_DISPOSABLE_MX,		/* mail hosts of throwaway services */
	LIST_PARKED_MX,			/* mail hosts of parked domains */
	LIST_PARKED_NS,			/* name servers of parked domains */
	LIST_COUNT
};

#define LIST_FILE_MAX	(16u << 20)	/* octets */
#define LIST_LINE_MAX	512
#define LIST_OLD_DAYS	180		/* older: a warning */
#define LISTS_INSTALLED	PKGDATADIR "/lists"

struct list;
struct lists;

struct list_finding {
	enum list_kind list;
	const char *file;		/* these live as long as the lists */
	const char *entry;
	unsigned line;
	char suggestion[ADDRESS_MAX + 1];	/* typo: what is meant; or "" */
};

/* "free-mail"; also the name of its file. NULL for another number. */
const char *list_word(enum list_kind kind);
bool list_from_word(const char *word, enum list_kind *out);

/*
 * One list. file is its name in messages and findings. NULL after at least
 * one message in e. A list that is old is a message in w (may be NULL).
 */
struct list *list_parse(enum list_kind kind, const char *file,
    const char *text, size_t len, int64_t now_s, struct conf_errors *e,
    struct conf_errors *w);
/* The same for a file, which must be trusted (conf_tree.h). */
struct list *list_read(enum list_kind kind, const char *path, int64_t now_s,
    struct conf_errors *e, struct conf_errors *w);
/* The text of such a file. The caller frees it. NULL after a message in e. */
char *list_text(const char *path, size_t *len, struct conf_errors *e);
void list_free(struct list *l);
size_t list_count(const struct list *l);

/*
 * The lists that conf names: each from lists.dir, or where it has none from
 * those installed. A list that is nowhere is empty, with a message in w. NULL
 * after at least one message in e.
 */
struct lists *lists_load(const struct conf *conf, int64_t now_s,
    struct conf_errors *e, struct conf_errors *w);
/* For tests: takes the lists over; NULL ones are empty. NULL: no memory. */
struct lists *lists_of(struct list *const items[LIST_COUNT]);
void lists_free(struct lists *s);

/*
 * Adds a message, with file and line, for each HELO name and sender of conf
 * that is in a free-mail domain: nobody may probe in everybody's name. By
 * identity.preflight: "enforce" in e, and then it is false; "warn" in w; "off"
 * nowhere.
 */
bool lists_check_identity(const struct lists *s, const struct conf *conf,
    struct conf_errors *e, struct conf_errors *w);

/* Whether the one list has the address; s may be NULL. */
bool lists_match(const struct lists *s, enum list_kind kind,
    const struct address *addr, struct list_finding *out);
/* The same for the name of a mail host or name server. */
bool lists_match_host(const struct lists *s, enum list_kind kind,
    const char *host, struct list_finding *out);
/* The same for a domain, in a list of domains; not of mail hosts. */
bool lists_match_domain(const struct lists *s, enum list_kind kind,
    const char *domain, struct list_finding *out);

#endif
