/*
 * dormant: domains that had no mail host when they were looked up, and those
 * of them that have one again (dormant_judge.h).
 *
 * In memory, so that a domain that lives costs a look into a table and the
 * store nothing; and in the store, written once a day for each: items in
 * STORE_LEDGERS, "d/" and the domain. No more than DORMANT_MAX; when there are
 * more, those seen dead on one day alone go, and then no new ones are taken.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_DORMANT_H
#define RCPTGUARD_DORMANT_H

#include "common/store.h"
#include "probe/clerk.h"

#define DORMANT_MAX	20000

struct dormant;

/* store: to read from, NULL: none. NULL: no memory. Before the loop runs. */
struct dormant *dormant_create(struct store *store, struct clerk *clerk);
void dormant_destroy(struct dormant *d);	/* NULL is fine */

/* DNS has said whether the domain has a mail host. */
void dormant_saw(struct dormant *d, const char *domain, bool alive);

/* It has one after months without. */
bool dormant_suspects(const struct dormant *d, const char *domain);

void dormant_forget(struct dormant *d, const char *domain);

#endif
