/*
 * rules_internal: the rule set as its loader (rules.c) builds it and the
 * engine (classify.c) reads it. For these and their tests only.
 */
#ifndef RCPTGUARD_RULES_INTERNAL_H
#define RCPTGUARD_RULES_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/classify.h"
#include "common/conf_tree.h"
#include "common/pattern.h"

#define RULE_ID_MAX	63		/* fits evidence's field */
#define RULES_MAX	2000		/* in one section */

/* An enhanced code or a span of them: "5.7.1", "5.7.*", "5.7.606-649". */
struct rule_enhanced {
	unsigned class, subject;
	unsigned least, most;		/* detail */
};

/* A condition that is absent holds. */
struct rule {
	char *id;
	enum verdict_reason reason;
	unsigned stages;		/* bit per enum stage; 0: any */
	char (*codes)[4];		/* prefixes: "5", "55", "550" */
	size_t code_count;
	struct rule_enhanced *enhanced;
	size_t enhanced_count;
	struct pattern *text;		/* on reply_text.words */
	struct pattern *except;		/* "not": must not match words */
	struct pattern *token;		/* on reply_text.raw */
	bool next_host;
};

struct rule_list {
	struct rule *items;
	size_t count;
};

/* A time that the server names: N times seconds, or hours:minutes:seconds. */
struct retry_rule {
	struct pattern *text;
	uint32_t seconds;
};

/* Host or domain names: "*" any run, "?" one but the dot. */
struct name_list {
	char **items;
	size_t count;
};

struct family {
	struct provider pub;
	struct name_list mx;
	struct name_list domains;
	struct provider_http http;	/* pub.http, if there is one */
	struct rule_list rules;
};

/* What a user name of some domains must look like. */
struct grammar {
	char *id;
	struct name_list domains;
	char tag;			/* begins what is no name; 0: none */
	char ignore;			/* does not count; 0: none */
	struct pattern *user;		/* on the whole name, in lower case */
};

struct rules {
	struct rule_list rules;		/* text and token, before the codes */
	struct rule_list enhanced;
	struct rule_list words;
	struct rule_list codes;
	struct retry_rule *retries;
	size_t retry_count;
	struct family *families;
	size_t family_count;
	struct grammar *grammars;
	size_t grammar_count;
};

/* A named class of words: {user} in a rule's text stands for its expression. */
struct word_class {
	char *name;
	char *regex;			/* already expanded, in a group */
};

struct word_classes {
	struct word_class *items;
	size_t count;
};

/* What reading needs beside the set itself. */
struct rules_loader {
	struct rules *set;
	struct word_classes classes;
	struct conf_errors *errors;
};

/*
 * The language of "text" (described in replies.conf) as a regular expression.
 * The caller frees. NULL: why says what is wrong.
 */
char *rule_pattern_expand(const struct word_classes *classes, const char *text,
    bool bounded, char *why, size_t size);

/* Whether it is a regular expression by itself; false: why says why not. */
bool rule_pattern_alone(const char *text, char *why, size_t size);

/* Whether it fits no words at all, and with them any reply. */
bool rule_pattern_fits_nothing(const struct pattern *p);

bool rule_enhanced_parse(const char *text, struct rule_enhanced *out);

/* Whether a host or domain name fits a pattern of the list. */
bool name_list_has(const struct name_list *list, const char *name);
/* An array of such patterns under key; absent: empty. */
bool name_list_read(struct rules_loader *l, const struct conf_node *group,
    const char *key, struct name_list *out);
void name_list_clear(struct name_list *list);

/* rules_load's work once both files are read. NULL after a message in e. */
struct rules *rules_build(const struct conf_tree *replies,
    const struct conf_tree *providers, struct conf_errors *e);

/* Where a rule stands decides which conditions it must have. */
enum rule_section {
	SECTION_TEXT,			/* "rules", also a provider's */
	SECTION_ENHANCED,
	SECTION_CODES
};

/*
 * Reads one rule into *out, which is zero. False after a message; what was
 * filled is freed by rule_clear.
 */
bool rule_read(struct rules_loader *l, const struct conf_node *n,
    enum rule_section section, struct rule *out);
void rule_clear(struct rule *r);
bool retry_read(struct rules_loader *l, const struct conf_node *n,
    struct retry_rule *out);

/* Adds a message with file and line; returns false. */
bool rules_complain(struct rules_loader *l, const struct conf_node *n,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The setting "id": well-formed and not taken; what: "a rule". *out is owned. */
bool rules_read_id(struct rules_loader *l, const struct conf_node *n,
    const char *what, char **out);
/* Refuses a child of group that is not in the list (ended by NULL). */
bool rules_known_keys(struct rules_loader *l, const struct conf_node *group,
    const char *const *keys);
/* A string child, or NULL; *ok becomes false if it has another type. */
const char *rules_string(struct rules_loader *l, const struct conf_node *group,
    const char *key, bool *ok);

/* mx and domains; method and what belongs to it, after those. */
bool family_read_hosts(struct rules_loader *l, const struct conf_node *group,
    struct family *out);
bool family_read_method(struct rules_loader *l, const struct conf_node *group,
    struct family *out);
void http_endpoint_clear(struct provider_http *h);

/* grammars: a list; absent: none. */
bool grammars_read(struct rules_loader *l, const struct conf_node *list);
void grammars_clear(struct rules *set);

/* Whether a reply can mean this at all. */
bool rule_reason_fits(enum verdict_reason reason);

#endif
