#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "probe/journal.h"

#define COMPLAIN_S	60
#define RETRY_S		5		/* between two tries to open the file */

struct journal {
	char *path;			/* "": no log */
	bool addresses_clear;
	int fd;				/* -1: not open */
	int64_t retry_at, complain_at;	/* monotonic seconds */
};

static void
complain(struct journal *j, const char *what)
{
	int64_t now = clock_mono_ms() / 1000;

	if (now < j->complain_at)
		return;
	j->complain_at = now + COMPLAIN_S;
	log_warn("verdict log %s: %s", j->path, what);
}

static void
try_open(struct journal *j)
{
	int64_t now = clock_mono_ms() / 1000;

	if (j->fd != -1 || j->path[0] == '\0' || now < j->retry_at)
		return;
	j->fd = open(j->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
	if (j->fd == -1) {
		j->retry_at = now + RETRY_S;
		complain(j, "cannot be opened");
	}
}

static void
shut(struct journal *j)
{
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
}

struct journal *
journal_open(const struct conf *conf)
{
	struct journal *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->fd = -1;
	journal_reopen(j, conf);
	if (j->path == NULL) {
		free(j);
		return NULL;
	}
	return j;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	shut(j);
	free(j->path);
	free(j);
}

void
journal_reopen(struct journal *j, const struct conf *conf)
{
	char *path = strdup(conf->log.verdicts);

	if (path == NULL)
		return;			/* the old one stays in force */
	shut(j);
	free(j->path);
	j->path = path;
	j->addresses_clear = conf->log.addresses_clear;
	j->retry_at = 0;
	try_open(j);
}

static const char *
domain_only(const char *address)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return at != NULL ? at : address;
}

/*
 * One write a line, so that lines of a full disk or a killed process are
 * whole or absent as far as the kernel can; what a short write left behind is
 * ended with a newline before the next.
 */
static void
write_whole(struct journal *j, char *json)
{
	struct iovec iov[2] = {
		{ .iov_base = json, .iov_len = strlen(json) },
		{ .iov_base = (char[]){ '\n' }, .iov_len = 1 },
	};
	size_t want = iov[0].iov_len + 1;
	ssize_t n;

	do {
		n = writev(j->fd, iov, 2);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)want)
		return;
	complain(j, "cannot be written; lines are lost");
	if (n > 0 && write(j->fd, "\n", 1) != 1)
		shut(j);
}

void
journal_write(struct journal *j, const struct verdict_line *line)
{
	struct verdict_line shown = *line;
	char *json;

	try_open(j);
	if (j->fd == -1)
		return;
	if (!j->addresses_clear) {
		shown.address = domain_only(line->address);
		shown.sender = domain_only(line->sender);
		shown.evidence = NULL;	/* its story names the address */
	}
	if ((json = verdict_line_json(&shown)) == NULL)
		return;
	write_whole(j, json);
	free(json);
}
