/*
 * conf_schema: every key of rcptguard.conf, once. Reading, checking, defaults,
 * printing and the manual page's test all walk these tables.
 *
 * Private to common/conf*.c and their tests. The tables are constants.
 */
#ifndef RCPTGUARD_CONF_SCHEMA_H
#define RCPTGUARD_CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

enum conf_kind {
	KIND_STRING,			/* char * */
	KIND_INT,			/* int64_t */
	KIND_FLOAT,			/* double */
	KIND_BOOL,			/* bool */
	KIND_MS,			/* int64_t, a duration as text */
	KIND_SECONDS,			/* int64_t, a duration as text */
	KIND_SIZE,			/* int64_t, a size as text */
	KIND_CHOICE,			/* an enum: the number of its word */
	KIND_EITHER,			/* bool: the second word is true */
	KIND_ENDPOINT,			/* struct conf_endpoint; "": port 0 */
	KIND_STRINGS,			/* struct conf_strings */
	KIND_NETWORKS,			/* struct conf_networks */
	KIND_ENDPOINTS,			/* pointer to conf_endpoint, size_t */
	KIND_GROUPS			/* pointer to records, size_t */
};

/*
 * False if value cannot stand; why then has the rest of a sentence that began
 * with the value ("is not ...; do ...").
 */
typedef bool conf_check_fn(const char *value, char *why, size_t size);

struct conf_table;

struct conf_key {
	const char *name;		/* "group.key" within its table */
	enum conf_kind kind;
	size_t at;			/* offset in the table's record */
	const char *dflt;		/* as text; NULL for lists: empty */
	int64_t least, most;		/* ms, s or octets by kind; both ends in */
	uint16_t port;			/* of an endpoint that names none; 0:
					 * it must name one */
	const char *const *words;	/* of a choice, ends in NULL */
	conf_check_fn *check;		/* of a string, or of each in a list */
	const struct conf_table *rows;	/* of KIND_GROUPS */
	bool required;
	bool may_be_empty;		/* "" is a value; check is not asked */
	/*
	 * One of many keys that differ in their last part alone, and the name
	 * that stands for all of them in the manual; else NULL. Such a key is
	 * only shown where it was set.
	 */
	const char *family;
	const char *example;		/* of a key that has no default */
	const char *help;		/* sentences; \n breaks the line */
};

struct conf_table {
	const char *name;		/* prefix in messages: "guards", or "" */
	const struct conf_key *keys;
	size_t count;
	size_t size;			/* of its record */
	size_t origins_at;		/* offset of its struct conf_origin * */
};

extern const struct conf_table conf_schema;

/* NULL if there is none. name is "group.key" within the table. */
const struct conf_key *conf_key_find(const struct conf_table *t,
    const char *name);
/* The part after the last dot. */
const char *conf_key_leaf(const char *name);
/*
 * What writes the keys of t in order calls it before the i-th, and once behind
 * the last: it closes the group of the key before, and opens that of this one,
 * where they differ. name is not ended.
 */
struct conf_groups {
	void (*open)(void *arg, const char *name, size_t len);
	void (*close)(void *arg);
};
void conf_groups_step(const struct conf_groups *g, const struct conf_table *t,
    size_t i, void *arg);
/* True if a key of t begins with name and a dot. */
bool conf_key_is_group(const struct conf_table *t, const char *name);
/*
 * Writes what the writer of name may have meant, a key or a group of t. False
 * if nothing is near.
 */
bool conf_key_nearest(const struct conf_table *t, const char *name, char *out,
    size_t size);

#endif
