/*
 * daemon: the parts of the probe, put together, and what runs across them:
 * start, reload, status, stop.
 *
 * The main thread only.
 */
#ifndef RCPTGUARD_DAEMON_H
#define RCPTGUARD_DAEMON_H

#include "common/conf.h"

struct daemon;

/*
 * Takes over the count of conf. Everything that a user can have set wrong is
 * said in a log line; NULL then. file: for reloads, absolute.
 */
struct daemon *daemon_create(const char *file, const struct conf *conf);

/* Until SIGTERM or SIGINT. */
void daemon_run(struct daemon *d);

void daemon_destroy(struct daemon *d);	/* NULL is fine */

/* Reads conf and both rule files and looks at the store; changes nothing. */
bool daemon_check(const struct conf *conf);

#endif
