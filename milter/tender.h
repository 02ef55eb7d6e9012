/*
 * tender: the thread that keeps the daemon: reload on SIGUSR1, what is
 * to be said of the store, the service manager's watchdog, and the stop.
 *
 * SIGTERM, SIGINT and SIGHUP are libmilter's: a thread of its own waits for
 * them, and a second one waiting would share them at random. So the tender
 * looks at libmilter's own flag; where a build does not export that, at the
 * listening descriptor, which libmilter closes up to 5 seconds later.
 * libmilter would drop the callbacks under way; the tender wakes those that
 * wait for the probe, lets all of them answer, and ends the process.
 */
#ifndef RCPTGUARD_TENDER_H
#define RCPTGUARD_TENDER_H

#include <pthread.h>
#include <stdbool.h>

#include "milter/listener.h"
#include "milter/service.h"

struct tender {
	/* set by the caller before tender_start; borrowed for good */
	struct service *svc;
	const struct listener *listener;
	const char *conf_file;
	int listen_fd;			/* from listener_descriptor */
	int stop_fd;			/* eventfd: wakes the held */
	atomic_int exit_code;		/* what the process ends with */

	pthread_t thread;
};

/*
 * SIGUSR1, SIGTERM, SIGINT and SIGHUP must be blocked in the caller. False:
 * no thread.
 */
bool tender_start(struct tender *t);

/* After smfi_main returned: does not return, the tender ends the process. */
_Noreturn void tender_wait(struct tender *t);

#endif
