/*
 * canary: asks each provider on a schedule for an address that exists and one
 * that does not. A provider whose answers have drifted is asked no more, but
 * for its canaries, until its answers are right again.
 *
 * They go through the verifier like anybody's question, so budgets, exclusions
 * and the gate hold for them too; a round that was not asked counts for
 * nothing. The state survives restarts in the store's ledgers.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_CANARY_H
#define RCPTGUARD_CANARY_H

#include "common/jval.h"
#include "probe/verifier.h"

#define CANARY_KEY	"canary:"	/* and the provider's name */

struct canaries;

/* All borrowed. store may be NULL. NULL: no memory. */
struct canaries *canaries_create(const struct job_tools *tools,
    struct verifier *verifier, struct store *store, struct clerk *clerk);
/* After tools->conf or tools->rules has changed. */
void canaries_reconfigured(struct canaries *c);
/* Before the verifier goes. */
void canaries_destroy(struct canaries *c);	/* NULL is fine */

/*
 * Whether an address of this provider is not to be asked for. Its canaries
 * are. c may be NULL.
 */
bool canaries_silence(const struct canaries *c, const char *provider,
    const struct address *addr);

/* An array, one object a canary. The caller owns it. */
struct jval *canaries_status(const struct canaries *c);

#endif
