/*
 * retired: source addresses that are given up for good, and what replaces
 * them.
 *
 * No probe leaves from a retired address, also while identity.sources still
 * has it. Its place on the ramp at that time is kept for the record. What
 * replaces it begins at the lowest step, whatever its `since`, and rests until
 * preflight has found it good once, also where identity.preflight is not
 * "enforce".
 *
 * Pure; wall seconds are given.
 */
#ifndef RCPTGUARD_RETIRED_H
#define RCPTGUARD_RETIRED_H

#include "common/jval.h"
#include "probe/source.h"

#define RETIRED_MAX	64

struct retirement {
	struct net_addr addr, by;	/* by.family 0: not replaced */
	char cause[SOURCE_CAUSE_MAX + 1];
	int64_t at;
	uint32_t user;			/* user id of who said so */
	unsigned step;			/* of its ramp, from 1; 0: none */
	bool recovering;
	bool proven;			/* `by` has passed preflight since */
};

struct retired {
	struct retirement items[RETIRED_MAX];
	size_t count;
};

enum retired_status {
	RETIRED_OK,
	RETIRED_ALREADY,		/* addr is */
	RETIRED_SELF,			/* it would replace itself */
	RETIRED_BY_RETIRED,		/* what replaces it is retired */
	RETIRED_TAKEN,			/* by replaces another that rests */
	RETIRED_FULL
};
/* For a person, from the second on; static. */
const char *retired_text(enum retired_status status);

enum retired_status retired_add(struct retired *set,
    const struct retirement *r);
struct retirement *retired_find(struct retired *set,
    const struct net_addr *addr);
/* False: it is not retired. */
bool retired_remove(struct retired *set, const struct net_addr *addr);

/* After the pool was configured. */
void retired_apply(struct retired *set, struct source_pool *pool);

/*
 * Preflight found s good: the retirement whose replacement is proven now, or
 * NULL. s no longer has to prove itself.
 */
struct retirement *retired_proves(struct retired *set, struct source *s);

/* For the store and the status. NULL: no memory. */
struct jval *retirement_value(const struct retirement *r);
bool retirement_read(const struct jval *o, struct retirement *out);
struct jval *retired_json(const struct retired *set);

#endif
