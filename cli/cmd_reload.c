/*
 * reload: both daemons read their settings again, if these are good.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/lock.h"

#define RELOAD_MS	15000

static const struct option_row rows[] = {
	{ NULL, 0, NULL, NULL }
};

static int
reload_probe(const struct conf *conf)
{
	struct wire_client *client;
	struct wire_message answer;
	const char *result, *text;
	int error;

	if ((error = talk_open(conf, &client)) != EX_OK)
		return error;
	error = talk_ask(client, "reload", RELOAD_MS, &answer);
	if (error == EX_OK) {
		result = wire_get(&answer, "result");
		text = wire_get(&answer, "text");
		if (text == NULL || text[0] == '\0')
			text = "reloaded";
		if (result != NULL && strcmp(result, "ok") == 0) {
			out_line("rcptguard-probe: %s", text);
		} else {
			out_warn("rcptguard-probe keeps its old settings: %s",
			    text);
			error = EX_CONFIG;
		}
	}
	wire_client_close(client);
	return error;
}

/*
 * The pid comes from the kernel's lock, and a descriptor for the process is
 * taken before the lock is looked at again: so the signal cannot reach a
 * stranger that got the number meanwhile. Kernels without such descriptors
 * (before 5.3) leave that gap of some microseconds.
 */
static int
signal_holder(const char *lock, pid_t pid)
{
	int fd, rc;

	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd == -1 && errno != ENOSYS && errno != EPERM)
		return -1;
	if (lock_holder(lock) != pid) {
		if (fd != -1)
			close(fd);
		errno = ESRCH;
		return -1;
	}
	if (fd == -1)
		return kill(pid, SIGUSR1);
	rc = (int)syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0);
	close(fd);
	return rc;
}

static int
reload_milter(const struct conf *conf)
{
	char *lock = conf_milter_lock(conf);
	int status = EX_UNAVAILABLE;
	pid_t pid;

	if (lock == NULL)
		return out_no_memory();
	pid = lock_holder(lock);
	if (pid == 0) {
		out_warn("%s: rcptguard-milter is not running; start it", lock);
	} else if (pid == -1) {
		out_warn("%s: cannot find rcptguard-milter: %s; %s", lock,
		    strerror(errno), errno == EAGAIN ? "it runs in another "
		    "container: send it SIGUSR1 there" : "try as root");
		status = errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE;
	} else if (signal_holder(lock, pid) == -1) {
		out_warn("rcptguard-milter (process %ld): %s", (long)pid,
		    strerror(errno));
		status = errno == EPERM ? EX_NOPERM : EX_UNAVAILABLE;
	} else {
		out_line("rcptguard-milter: told to reload (process %ld); its "
		    "log has the outcome", (long)pid);
		status = EX_OK;
	}
	free(lock);
	return status;
}

static int
run(const struct args *a)
{
	const struct conf *conf = talk_conf(a->config);
	int probe, milter;

	if (conf == NULL) {
		out_warn("nothing was reloaded");
		return EX_CONFIG;
	}
	probe = reload_probe(conf);
	milter = reload_milter(conf);
	conf_unref(conf);
	return probe != EX_OK ? probe : milter;
}

const struct command cmd_reload = {
	.name = "reload",
	.synopsis = "",
	.help = "have both daemons read the settings again",
	.more = "A file with an error (78) is refused before a daemon hears of "
	    "it. 69: a daemon\ndoes not run; the other was reloaded.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
