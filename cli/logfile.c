#include "config.h"

#include "cli/logfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "cli/out.h"

#define CHUNK		(16 * 1024)
#define BUFFER		(LOGFILE_LINE_MAX + 2 * CHUNK)
#define GZIP_BUFFER	(64 * 1024)

/*
 * Forwards, buf[from, to) is what was read and not handed out yet, and lies
 * before next in the file. Backwards the same, and next is where it begins;
 * the octets are kept at the right end of buf, so that a chunk fits before
 * them.
 */
struct logfile {
	int fd;
	gzFile gzip;			/* NULL: fd is read as it is */
	off_t next;
	bool begun;			/* backwards: next is known */
	bool skipping;			/* the rest of a line too long */
	int error;
	uint64_t too_long;
	size_t from, to;
	char buf[BUFFER + 1];		/* a NUL behind the last line */
};

struct logfile *
logfile_new(int fd)
{
	struct logfile *l = calloc(1, sizeof *l);

	if (l != NULL)
		l->fd = fd;
	return l;
}

struct logfile *
logfile_new_gzip(int fd)
{
	struct logfile *l = logfile_new(fd);
	int copy = l != NULL ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (copy != -1 && (l->gzip = gzdopen(copy, "rb")) != NULL &&
	    gzbuffer(l->gzip, GZIP_BUFFER) == 0)
		return l;
	if (copy != -1 && l->gzip == NULL)
		close(copy);
	logfile_free(l);
	return NULL;
}

void
logfile_free(struct logfile *l)
{
	if (l != NULL && l->gzip != NULL)
		(void)gzclose(l->gzip);
	free(l);
}

int
logfile_error(const struct logfile *l)
{
	return l->error;
}

uint64_t
logfile_too_long(const struct logfile *l)
{
	return l->too_long;
}

void
logfile_tell_too_long(const struct logfile *l, const char *path)
{
	if (l->too_long > 0)
		out_warn("%llu lines of %s are over %u octets and were passed "
		    "over", (unsigned long long)l->too_long, path,
		    (unsigned)LOGFILE_LINE_MAX);
}

void
logfile_seek(struct logfile *l, off_t at)
{
	l->next = at;
	l->from = l->to = 0;
	l->skipping = false;
}

bool
logfile_was_cut(struct logfile *l)
{
	struct stat st;

	if (fstat(l->fd, &st) == -1 || st.st_size >= l->next)
		return false;
	logfile_seek(l, 0);
	return true;
}

/* A file that was cut off ends in Z_BUF_ERROR, and what is no gzip any more
 * in Z_DATA_ERROR; what came before is good. */
static size_t
unpack(struct logfile *l, char *to, size_t size)
{
	int n = gzread(l->gzip, to, (unsigned)size), error;

	if (n > 0)
		return (size_t)n;
	(void)gzerror(l->gzip, &error);
	if (error == Z_ERRNO)
		l->error = errno;
	else if (error != Z_OK && error != Z_STREAM_END)
		l->error = error == Z_MEM_ERROR ? ENOMEM : EBADMSG;
	return 0;
}

/* All of size, unless the file ends before: then less. */
static size_t
read_at(struct logfile *l, char *to, size_t size, off_t at)
{
	size_t got = 0;
	ssize_t n;

	if (l->gzip != NULL)
		return unpack(l, to, size);
	while (got < size) {
		n = pread(l->fd, to + got, size - got, at + (off_t)got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			l->error = errno;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

/* --- forwards ----------------------------------------------------------- */

enum taken { TAKEN_NONE, TAKEN_LINE, TAKEN_TOO_LONG };

static enum taken
give(struct logfile *l, struct logfile_line *line, char *text, size_t len,
    off_t at)
{
	if (len > LOGFILE_LINE_MAX) {
		l->too_long++;
		return TAKEN_TOO_LONG;
	}
	text[len] = '\0';
	line->text = text;
	line->len = len;
	line->at = at;
	return TAKEN_LINE;
}

static enum taken
take_next(struct logfile *l, struct logfile_line *line)
{
	char *text = l->buf + l->from;
	char *lf = memchr(text, '\n', l->to - l->from);
	off_t at = l->next - (off_t)(l->to - l->from);

	if (lf == NULL)
		return TAKEN_NONE;
	l->from += (size_t)(lf - text) + 1;
	if (l->skipping) {
		l->skipping = false;
		l->too_long++;
		return TAKEN_TOO_LONG;
	}
	return give(l, line, text, (size_t)(lf - text), at);
}

static bool
read_on(struct logfile *l)
{
	size_t n;

	if (l->to - l->from > LOGFILE_LINE_MAX)
		l->skipping = true;
	if (l->skipping)
		l->from = l->to;
	memmove(l->buf, l->buf + l->from, l->to - l->from);
	l->to -= l->from;
	l->from = 0;
	n = read_at(l, l->buf + l->to, CHUNK, l->next);
	l->to += n;
	l->next += (off_t)n;
	return n > 0;
}

bool
logfile_next(struct logfile *l, struct logfile_line *line)
{
	enum taken taken;

	do {
		taken = take_next(l, line);
		if (taken == TAKEN_NONE && !read_on(l))
			return false;
	} while (taken != TAKEN_LINE);
	return true;
}

/* --- backwards ---------------------------------------------------------- */

static bool
begin_at_end(struct logfile *l)
{
	struct stat st;

	l->begun = true;
	l->from = l->to = BUFFER;
	l->skipping = true;		/* what has no LF yet */
	if (fstat(l->fd, &st) == -1) {
		l->error = errno;
		return false;
	}
	l->next = st.st_size;
	return true;
}

/* Makes an LF the last octet of the region. */
static bool
skip_back(struct logfile *l)
{
	char *lf = memrchr(l->buf + l->from, '\n', l->to - l->from);

	if (lf == NULL) {
		l->from = l->to = BUFFER;
		return false;
	}
	l->to = (size_t)(lf - l->buf) + 1;
	l->skipping = false;
	return true;
}

/* The region ends in LF: the line's own. */
static enum taken
take_previous(struct logfile *l, struct logfile_line *line)
{
	size_t end, start;
	char *lf;

	if (l->to == l->from || (l->skipping && !skip_back(l)))
		return TAKEN_NONE;
	end = l->to - 1;
	lf = memrchr(l->buf + l->from, '\n', end - l->from);
	if (lf == NULL && l->next > 0 && end - l->from <= LOGFILE_LINE_MAX)
		return TAKEN_NONE;
	if (lf == NULL && l->next > 0) {
		l->from = l->to = BUFFER;
		l->skipping = true;
		l->too_long++;
		return TAKEN_TOO_LONG;
	}
	start = lf == NULL ? l->from : (size_t)(lf - l->buf) + 1;
	l->to = start;
	return give(l, line, l->buf + start, end - start,
	    l->next + (off_t)(start - l->from));
}

static bool
read_back(struct logfile *l)
{
	size_t size = l->next < CHUNK ? (size_t)l->next : CHUNK;
	size_t len = l->to - l->from;

	if (size == 0)
		return false;
	if (l->from < size) {
		memmove(l->buf + BUFFER - len, l->buf + l->from, len);
		l->from = BUFFER - len;
		l->to = BUFFER;
	}
	if (read_at(l, l->buf + l->from - size, size,
	    l->next - (off_t)size) != size) {
		l->from = l->to = BUFFER;
		l->next = 0;
		return false;
	}
	l->from -= size;
	l->next -= (off_t)size;
	return true;
}

bool
logfile_previous(struct logfile *l, struct logfile_line *line)
{
	enum taken taken;

	if (!l->begun && !begin_at_end(l))
		return false;
	do {
		taken = take_previous(l, line);
		if (taken == TAKEN_NONE && !read_back(l))
			return false;
	} while (taken != TAKEN_LINE);
	return true;
}

/* --- files -------------------------------------------------------------- */

bool
logfile_same(int a, int b)
{
	struct stat one, two;

	return fstat(a, &one) == 0 && fstat(b, &two) == 0 &&
	    one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static bool
is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static int
open_one(struct logfiles *files, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return errno == ENOENT ? 0 : errno;
	/* Rotation may have come between the two. */
	if (!is_regular(fd) ||
	    (files->count > 0 && logfile_same(fd, files->fds[0]))) {
		close(fd);
		return 0;
	}
	files->fds[files->count++] = fd;
	return 0;
}

int
logfiles_open(struct logfiles *files, const char *path)
{
	char *rotated;
	int error;

	files->count = 0;
	if ((error = open_one(files, path)) != 0)
		return error;
	if (asprintf(&rotated, "%s.1", path) == -1)
		return ENOMEM;
	error = open_one(files, rotated);
	free(rotated);
	return error;
}

void
logfiles_close(struct logfiles *files)
{
	while (files->count > 0)
		close(files->fds[--files->count]);
}
