/*
 * link: the scribe's connection to the probe. It is made when something is to
 * be said, made again after a failure, and rests for a moment between.
 *
 * One thread.
 */
#ifndef RCPTGUARD_LINK_H
#define RCPTGUARD_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire_client.h"

#define LINK_PAUSE_MS	1000		/* after a failure */

struct link {
	char *path;
	struct wire_client *client;	/* NULL: none now */
	int64_t retry_at;
	bool away_said;
};

bool link_init(struct link *l, const char *path);	/* false: no memory */
void link_clear(struct link *l);

/* False while it rests. */
bool link_ready(const struct link *l);

/*
 * Sends a message or several (from wire_end) and, unless answer is NULL, waits
 * for one answer, all within a second. False: the probe did not take it, or
 * not all of it. Says in the log when the probe goes and comes back.
 */
bool link_call(struct link *l, const char *msg, size_t len,
    struct wire_message *answer);

#endif
