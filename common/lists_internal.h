/* lists_internal: what lists.c (reading, finding) and list_parse.c share. */
#ifndef RCPTGUARD_LISTS_INTERNAL_H
#define RCPTGUARD_LISTS_INTERNAL_H

#include "common/lists.h"

enum list_form {
	FORM_PATTERN,			/* domain, .domain, name@, name@domain */
	FORM_PAIR,			/* domain domain */
	FORM_LOCAL,			/* local part */
	FORM_DOMAIN
};

struct list_traits {
	const char *word;
	enum list_form form;
	bool own;			/* the admin's: no header, no age */
	bool below;			/* a domain has those below it in it */
	bool hosts;			/* of hosts, not of addresses */
};
extern const struct list_traits list_traits[LIST_COUNT];

struct list_entry {
	const char *key;		/* in list.text */
	const char *value;		/* of a pair, else NULL */
	unsigned line;
};

struct list {
	enum list_kind kind;
	char *file;
	char *text;			/* entries end in NUL */
	struct list_entry *entries;	/* by key, then line */
	size_t count;
};

#endif
