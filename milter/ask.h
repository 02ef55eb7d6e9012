/*
 * ask: the verdict of one address: the admin's own, else from the store, else
 * from the probe, in bounded time.
 *
 *   an override           at once
 *   store has it          at once
 *   probe answers         within the wait; "pending" if it needs longer
 *   probe dead            unknown at once (probe_unavailable)
 *   probe hangs           unknown at the wait; then at once (breaker.h)
 *   too many wait         unknown at once
 *   stop                  unknown at once
 */
#ifndef RCPTGUARD_ASK_H
#define RCPTGUARD_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/conf.h"
#include "common/verdict_line.h"
#include "milter/lookup.h"

struct ask;

/*
 * lookup and stop_fd (readable: stop) are borrowed; probe_socket is copied.
 * NULL: no memory.
 */
struct ask *ask_new(struct lookup *lookup, const char *probe_socket,
    int stop_fd);

/* Is called before a wait for the probe. Set before threads are made. */
void ask_before_wait(struct ask *a, void (*fn)(void *arg), void *arg);

struct ask_question {
	const struct address *addr;
	const char *id;			/* of the decision */
	enum guard_verify role;
	const char *guard;
	const char *client;		/* IP address, or "" */
	const char *auth;		/* SASL login, or ""; foreign */
	int64_t wait_ms;		/* most to wait; 0: ask, do not wait */
	int64_t max_holds;		/* milter.max_holds */
};

struct ask_answer {
	enum verdict_reason reason;
	enum verdict_source source;
	int64_t age_s;
	int64_t held_ms;		/* waited for the probe */
	bool refresh;			/* served, but should be asked again */
	bool degraded;			/* unknown by a fault of ours */
};

/* Any thread. Always gives an answer. */
void ask_address(struct ask *a, const struct ask_question *q,
    struct ask_answer *out);

#endif
