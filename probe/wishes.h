/*
 * wishes: what other people asked of us, in force at once.
 *
 * The table of exclusions, kept in the store, and what it takes for a new one
 * to act on what is under way: questions are answered excluded_by_request,
 * sessions closed, and what was learned of the domain's hosts forgotten.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_WISHES_H
#define RCPTGUARD_WISHES_H

#include "common/store.h"
#include "probe/clerk.h"
#include "probe/exclusion.h"
#include "probe/verifier.h"

struct wishes;

/* All borrowed; store may be NULL. Loads what the store holds. */
struct wishes *wishes_create(struct store *store, struct clerk *clerk);
void wishes_destroy(struct wishes *w);	/* NULL is fine */

/* For job_tools: it lives as long as w. */
const struct exclusions *wishes_exclusions(const struct wishes *w);

/* NULL: there is none. */
struct store *wishes_store(const struct wishes *w);

/*
 * Puts e into force and gives it to the clerk: when this returns nothing that
 * it forbids begins any more. done is called, in a later turn, when none is
 * under way either; but only with EXCLUSIONS_OK.
 */
enum exclusions_status wishes_exclude(struct wishes *w, struct verifier *v,
    const struct exclusion *e, verifier_excluded_fn *done, void *arg);

/* False: there is none with this text. */
bool wishes_include(struct wishes *w, const char *text);

#endif
