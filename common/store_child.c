#include "config.h"			/* pipe2 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/store_internal.h"

/*
 * Limits: processor time in proportion to the size, so that a walk in circles
 * ends and a slow disk is not taken for damage; and a long one of the clock,
 * after which the disk is at fault.
 */
#define CPU_BASE_S	5
#define CPU_OCTETS_S	(16 << 20)	/* a hundred times slower than it is */
#define WALL_BASE_S	60
#define WALL_OCTETS_S	(4 << 20)

static _Noreturn void
child(void (*run)(void *arg, int out), void *arg, rlim_t cpu_s, int out)
{
	static const int deadly[] = {
		SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU
	};
	const struct rlimit no_core = { 0, 0 };
	const struct rlimit cpu = { cpu_s, cpu_s + 1 };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		signal(deadly[i], SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
	/* LMDB's assertions go to stderr, and are no news of ours. */
	if ((fd = open("/dev/null", O_WRONLY)) != -1)
		dup2(fd, STDERR_FILENO);
	run(arg, out);
	_exit(0);
}

int
store_child_start(struct store_child *c, int64_t size,
    void (*run)(void *arg, int out), void *arg)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return errno;
	if ((c->pid = fork()) == 0) {
		close(ends[0]);
		child(run, arg, (rlim_t)(CPU_BASE_S + size / CPU_OCTETS_S),
		    ends[1]);
	}
	close(ends[1]);
	if (c->pid == -1) {
		close(ends[0]);
		return EAGAIN;
	}
	c->out = ends[0];
	c->in_time = true;
	c->end_ms = clock_mono_ms() +
	    1000 * (WALL_BASE_S + size / WALL_OCTETS_S);
	return 0;
}

static bool
is_readable(struct store_child *c)
{
	struct pollfd pfd = { .fd = c->out, .events = POLLIN };
	int64_t left;

	for (;;) {
		left = c->end_ms - clock_mono_ms();
		if (left <= 0)
			return c->in_time = false;
		if (poll(&pfd, 1, left > 60000 ? 60000 : (int)left) > 0)
			return true;
	}
}

size_t
store_child_read(struct store_child *c, void *data, size_t len)
{
	ssize_t n = -1;

	while (is_readable(c)) {
		n = read(c->out, data, len);
		if (n != -1 || errno != EINTR)
			break;
	}
	return n > 0 ? (size_t)n : 0;
}

int
store_child_end(struct store_child *c)
{
	pid_t got;
	int how;

	close(c->out);
	if (!c->in_time)
		kill(c->pid, SIGKILL);
	do
		got = waitpid(c->pid, &how, 0);
	while (got == -1 && errno == EINTR);
	return got == c->pid && WIFSIGNALED(how) ? WTERMSIG(how) : 0;
}
