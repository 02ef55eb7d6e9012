#include "milter/tender.h"

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/notify.h"
#include "milter/reload.h"

#define TICK_MS		100		/* how late a stop may be seen */
#define TELL_MS		2000		/* between two looks at what to tell */
#define DRAIN_MS	3000		/* for callbacks; they are only woken */
#define FLUSH_MS	1000		/* for the scribe */
#define LINGER_MS	100		/* replies follow their callbacks */

/* libmilter's; exported since its first version, though not documented. */
extern int mi_stop(void) __attribute__((weak));

static void
sleep_ms(int64_t ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		;
}

/* A descriptor may have been used again since: it must be the same file. */
static bool
is_stopping(int fd, const struct stat *first)
{
	struct stat st;

	if (mi_stop != NULL && mi_stop() != 0)
		return true;
	return fstat(fd, &st) == -1 || st.st_dev != first->st_dev ||
	    st.st_ino != first->st_ino;
}

static _Noreturn void
stop(struct tender *t)
{
	const uint64_t one = 1;
	int64_t end = clock_mono_ms() + DRAIN_MS;
	int left;

	notify_state("STOPPING=1");
	listener_withdraw(t->listener);
	if (write(t->stop_fd, &one, sizeof(one)) == -1)
		log_warn("cannot wake held sessions");
	while ((left = atomic_load(&t->svc->running)) > 0 &&
	    clock_mono_ms() < end)
		sleep_ms(5);
	sleep_ms(LINGER_MS);
	if (left > 0)
		log_warnx("stop: %d callbacks did not end in %d s", left,
		    DRAIN_MS / 1000);
	log_info("stopped");
	if (!scribe_stop(t->svc->scribe, FLUSH_MS))
		log_warnx("stop: some decisions were not logged in time");
	/* Threads of libmilter still run: nothing may be torn down. */
	_exit(atomic_load(&t->exit_code));
}

static void *
run(void *arg)
{
	struct tender *t = arg;
	const struct timespec tick = { 0, TICK_MS * 1000000 };
	int64_t watchdog_ms = notify_watchdog_ms();
	int64_t tell_at = 0, watchdog_at = 0, now;
	struct stat first;
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	if (fstat(t->listen_fd, &first) == -1)
		fatal("listening descriptor %d", t->listen_fd);
	for (;;) {
		if (sigtimedwait(&usr1, NULL, &tick) == SIGUSR1)
			reload(t->svc, t->conf_file);
		if (is_stopping(t->listen_fd, &first))
			stop(t);
		now = clock_mono_ms();
		if (now >= tell_at) {
			lookup_tell(t->svc->lookup);
			flood_tend(t->svc->flood);
			tell_at = now + TELL_MS;
		}
		if (watchdog_ms > 0 && now >= watchdog_at) {
			notify_state("WATCHDOG=1");
			watchdog_at = now + watchdog_ms / 2;
		}
	}
}

bool
tender_start(struct tender *t)
{
	return pthread_create(&t->thread, NULL, run, t) == 0;
}

_Noreturn void
tender_wait(struct tender *t)
{
	pthread_join(t->thread, NULL);
	_exit(EX_SOFTWARE);		/* not reached: it ends the process */
}
