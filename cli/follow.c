#include "cli/follow.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/out.h"

struct following {
	const char *path;
	int fd, next_fd;		/* -1: none */
	struct logfile *reader;
	int error;
};

static bool
is_empty(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 || st.st_size == 0;
}

/* What stands at the path now, if it is another file. */
static void
look_for_next(struct following *f)
{
	int fd;

	if (f->next_fd != -1 && !is_empty(f->next_fd))
		return;
	fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return;
	if (f->next_fd != -1)
		close(f->next_fd);
	f->next_fd = -1;
	if (f->fd != -1 && logfile_same(fd, f->fd))
		close(fd);
	else
		f->next_fd = fd;
}

/* True if there is another file to read now. */
static bool
go_to_next(struct following *f)
{
	struct logfile *reader;

	if (f->next_fd == -1 || is_empty(f->next_fd))
		return false;
	if ((reader = logfile_new(f->next_fd)) == NULL) {
		f->error = ENOMEM;
		return false;
	}
	logfile_free(f->reader);
	if (f->fd != -1)
		close(f->fd);
	f->reader = reader;
	f->fd = f->next_fd;
	f->next_fd = -1;
	return true;
}

static bool
drain(struct following *f, bool (*each)(void *, const struct logfile_line *),
    void *arg)
{
	struct logfile_line line;

	if (f->reader == NULL)
		return true;
	if (logfile_was_cut(f->reader))
		out_warn("%s was cut; it is read from its start", f->path);
	while (logfile_next(f->reader, &line))
		if (!each(arg, &line))
			return false;
	f->error = logfile_error(f->reader);
	return f->error == 0;
}

int
follow(const char *path, int fd, struct logfile *reader,
    bool (*each)(void *arg, const struct logfile_line *line),
    bool (*idle)(void *arg), void *arg)
{
	struct following f = { path, fd, -1, reader, 0 };
	bool go_on;

	do {
		look_for_next(&f);
		/* What was written before the next file had anything in it. */
		go_on = drain(&f, each, arg);
		if (go_on && !go_to_next(&f))
			go_on = f.error == 0 && idle(arg);
	} while (go_on);
	logfile_free(f.reader);
	if (f.fd != -1)
		close(f.fd);
	if (f.next_fd != -1)
		close(f.next_fd);
	return f.error;
}
