/*
 * topk: the most frequent keys of a stream, with what is counted of each, in
 * bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi, 2005).
 *
 * A table of so many keys. While there are no more different ones, all counts
 * are exact. After that a new key takes the place of the rarest, and may have
 * come as often before as that one did. Of n counted, any key that came more
 * often than n / size is in the table.
 *
 * Pure but for allocation; one thread.
 */
#ifndef RCPTGUARD_TOPK_H
#define RCPTGUARD_TOPK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/counts.h"

#define TOPK_KEY_MAX	400		/* octets; longer keys are cut */

struct topk;

struct topk_entry {
	char *key;
	struct counts n;		/* since it has its place */
	uint64_t missed;		/* at most so many before that */
};

struct topk *topk_new(size_t size);	/* NULL: no memory */
void topk_free(struct topk *t);		/* NULL is fine */

/* One more of this key: counts line for it. False: no memory. */
bool topk_add(struct topk *t, const char *key,
    const struct verdict_line *line);

size_t topk_count(const struct topk *t);
/* How many times a key lost its place; 0: all counts are exact. */
uint64_t topk_lost(const struct topk *t);

/* What to sort by: the larger goes first. */
typedef uint64_t topk_rank_fn(const struct topk_entry *e);
uint64_t topk_by_verdicts(const struct topk_entry *e);

/*
 * The first of those whose rank is not 0, at most `most`; equals in the order
 * of their keys. *total: how many there are. The caller frees the array, not
 * the entries, which live as long as t and until the next topk_add. NULL: no
 * memory; an empty list is an array too.
 */
const struct topk_entry **topk_first(const struct topk *t,
    topk_rank_fn *rank, size_t most, size_t *count, size_t *total);

#endif
