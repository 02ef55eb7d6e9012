/*
 * submitter: who brings lists is not served, since the guard is no list
 * cleaner.
 *
 * Of each submitter the last SUBMITTER_WINDOW addresses that needed a probe
 * are looked at. Signs of a list:
 *   burst      they came within SUBMITTER_BURST_S
 *   order      nine of ten pairs of neighbours stand in the order of the
 *              alphabet, by local part or by domain: people sign up in none
 *   unknown    over half of the last SUBMITTER_ENDED that ended are unknown
 *              users
 * Two of the three stop that submitter for SUBMITTER_REST_S; what is cached is
 * still served. Until the window is full nobody is judged.
 *
 * Pure but for allocation; time is given. One thread at a time.
 */
#ifndef RCPTGUARD_SUBMITTER_H
#define RCPTGUARD_SUBMITTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/verdict.h"

#define SUBMITTER_WINDOW	200
#define SUBMITTER_ENDED		100
#define SUBMITTER_BURST_S	600
#define SUBMITTER_REST_S	3600
#define SUBMITTERS_MAX		256	/* beyond: the last one's is shared */
#define SUBMITTER_NAME_MAX	63

struct submitters;

struct submitters *submitters_create(void);	/* NULL: no memory */
void submitters_destroy(struct submitters *s);	/* NULL is fine */

enum submitter_answer {
	SUBMITTER_GO_ON,
	SUBMITTER_STOPS,		/* with this address: worth a log line */
	SUBMITTER_RESTS			/* stopped before */
};

/*
 * An address that needs a probe. name: "" is the admin, who may ask anything.
 * now_s is monotonic. On SUBMITTER_STOPS *signs (unless NULL) says which, in
 * words; static.
 */
enum submitter_answer submitters_ask(struct submitters *s, const char *name,
    const struct address *addr, int64_t now_s, const char **signs);

/* How one of them ended. */
void submitters_ended(struct submitters *s, const char *name,
    enum verdict_reason reason);

#endif
