/*
 * pattern: a regular expression of a rule, matched within fixed bounds.
 *
 * The only user of PCRE2. No JIT: the daemons forbid writable and executable
 * memory. Every match has a limit of steps and of memory, so that no reply can
 * make a rule run long; a match that hits a limit is neither yes nor no.
 *
 * A pattern never changes once compiled; any thread. A scratch belongs to one
 * caller at a time.
 */
#ifndef RCPTGUARD_PATTERN_H
#define RCPTGUARD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Steps of one match, nested groups, and KiB of backtracking store. */
#define PATTERN_MATCH_LIMIT	100000
#define PATTERN_DEPTH_LIMIT	2000
#define PATTERN_HEAP_LIMIT	1024
#define PATTERN_GROUPS		3	/* that can be read back */
#define PATTERN_TEXT_MAX	32768	/* of one expression */

struct pattern;
struct pattern_scratch;

enum pattern_answer {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_DOUBT			/* a limit was hit, or no memory */
};

/*
 * Compiles octets, not characters: text is matched as it is, case counts. On
 * NULL why (size > 0) says what is wrong and at which octet.
 */
struct pattern *pattern_compile(const char *regex, char *why, size_t size);
void pattern_free(struct pattern *p);	/* NULL is fine */

struct pattern_scratch *pattern_scratch_new(void);	/* NULL: no memory */
void pattern_scratch_free(struct pattern_scratch *s);

/* A NULL scratch is PATTERN_DOUBT. */
enum pattern_answer pattern_match(const struct pattern *p, const char *text,
    size_t len, struct pattern_scratch *s);

/*
 * After PATTERN_YES: the octets of group n (1 to PATTERN_GROUPS) in that text.
 * False if the group took no part.
 */
bool pattern_group(const struct pattern_scratch *s, unsigned n, size_t *start,
    size_t *len);

/* The number of groups that capture. */
unsigned pattern_groups(const struct pattern *p);

#endif
