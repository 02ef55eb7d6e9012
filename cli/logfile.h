/*
 * logfile: the lines of the verdict log, from its end and from its start, in
 * bounded memory.
 *
 * A line ends in LF; what has no LF yet is being written and is no line. A
 * line over LOGFILE_LINE_MAX is none of ours: it is counted, told of, and
 * passed over. A file that shrinks while it is read ends there.
 *
 * One owner, one thread at a time.
 */
#ifndef RCPTGUARD_LOGFILE_H
#define RCPTGUARD_LOGFILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGFILE_LINE_MAX	(64 * 1024)	/* without LF */

struct logfile;				/* a reader of one file */

struct logfile_line {
	char *text;			/* ends in NUL; lives until the next call */
	size_t len;
	off_t at;			/* where it begins in the file */
};

/*
 * Reads fd, a regular file, which stays the caller's and open. NULL: no
 * memory. next and previous may not be mixed on one reader.
 *
 * What gzip has packed (by its first octets, RFC 1952 2.3.1, whatever its
 * name) is unpacked, and read from the start only; places are those of the
 * plain text. logfile_error is EBADMSG behind the last good line of a damaged
 * file.
 */
struct logfile *logfile_new(int fd);
bool logfile_packed(const struct logfile *l);
void logfile_free(struct logfile *l);	/* NULL is fine */

/*
 * The next line from the start. False at the end of what is there, and on an
 * error; later calls go on where it stopped, so a growing file can be
 * followed.
 */
bool logfile_next(struct logfile *l, struct logfile_line *line);

/* The next one towards the start, beginning with the file's last; not of what
 * is packed. */
bool logfile_previous(struct logfile *l, struct logfile_line *line);

/* logfile_next goes on at this place, the start of a line. */
void logfile_seek(struct logfile *l, off_t at);

/*
 * What tells this file from others wherever rotation moves, copies or packs
 * it: a check sum of its first line. False: it has none yet. logfile_next then
 * begins at the start.
 */
bool logfile_mark(struct logfile *l, uint32_t *mark);

/*
 * If the file is now shorter than what was read, begins at its start and is
 * true: somebody cut it (copytruncate). Not of what is packed.
 */
bool logfile_was_cut(struct logfile *l);

int logfile_error(const struct logfile *l);	/* errno, or 0 */
/* How many lines were too long to be read. */
uint64_t logfile_too_long(const struct logfile *l);
/* Warns of so many lines of path that were too long to be read, if any. */
void logfile_tell_too_long(uint64_t lines, const char *path);

/* Whether two descriptors are of one file. */
bool logfile_same(int a, int b);

#endif
