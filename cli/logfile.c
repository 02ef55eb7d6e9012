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

static bool
is_packed(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, sizeof magic, 0) == sizeof magic &&
	    magic[0] == 0x1f && magic[1] == 0x8b;
}

/* Another reader of fd may have moved the place that the copy shares. */
static bool
open_packed(struct logfile *l)
{
	int copy = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1)
		return false;
	if (lseek(copy, 0, SEEK_SET) == 0 &&
	    (l->gzip = gzdopen(copy, "rb")) != NULL)
		return gzbuffer(l->gzip, GZIP_BUFFER) == 0;
	close(copy);
	return false;
}

struct logfile *
logfile_new(int fd)
{
	struct logfile *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->fd = fd;
	if (!is_packed(fd) || open_packed(l))
		return l;
	logfile_free(l);
	return NULL;
}

bool
logfile_packed(const struct logfile *l)
{
	return l->gzip != NULL;
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
logfile_tell_too_long(uint64_t lines, const char *path)
{
	if (lines > 0)
		out_warn("%llu lines of %s are over %u octets and were passed "
		    "over", (unsigned long long)lines, path,
		    (unsigned)LOGFILE_LINE_MAX);
}

static void
begin_at(struct logfile *l, off_t at)
{
	l->next = at;
	l->from = l->to = 0;
	l->skipping = false;
}

/* What was read ahead serves: line after line costs no more than reading on. */
void
logfile_seek(struct logfile *l, off_t at)
{
	off_t ahead = l->next - at;

	if (ahead >= 0 && (uintmax_t)ahead <= l->to - l->from &&
	    !l->skipping) {
		l->from = l->to - (size_t)ahead;
		return;
	}
	if (l->gzip != NULL && gzseek(l->gzip, at, SEEK_SET) == -1)
		l->error = EBADMSG;
	begin_at(l, at);
}

bool
logfile_was_cut(struct logfile *l)
{
	struct stat st;

	if (fstat(l->fd, &st) == -1 || st.st_size >= l->next)
		return false;
	begin_at(l, 0);
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

bool
logfile_mark(struct logfile *l, uint32_t *mark)
{
	struct logfile_line line;
	bool found;

	logfile_seek(l, 0);
	if ((found = logfile_next(l, &line)))
		*mark = (uint32_t)crc32(0, (const Bytef *)line.text,
		    (uInt)line.len);
	logfile_seek(l, 0);
	return found;
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

/* --- a file ------------------------------------------------------------- */

bool
logfile_same(int a, int b)
{
	struct stat one, two;

	return fstat(a, &one) == 0 && fstat(b, &two) == 0 &&
	    one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}
