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
 */
struct logfile *logfile_new(int fd);
/*
 * The same of a file that may be compressed by gzip, or not: only for
 * logfile_next; places are those of the plain text. logfile_error is EBADMSG
 * behind the last good line of a damaged file.
 */
struct logfile *logfile_new_gzip(int fd);
void logfile_free(struct logfile *l);	/* NULL is fine */

/*
 * The next line from the start. False at the end of what is there, and on an
 * error; later calls go on where it stopped, so a growing file can be
 * followed.
 */
bool logfile_next(struct logfile *l, struct logfile_line *line);

/* The next one towards the start, beginning with the file's last. */
bool logfile_previous(struct logfile *l, struct logfile_line *line);

/* Begins at this place, the start of a line; forgets what was read ahead. */
void logfile_seek(struct logfile *l, off_t at);

/*
 * If the file is now shorter than what was read, begins at its start and is
 * true: somebody cut it (copytruncate).
 */
bool logfile_was_cut(struct logfile *l);

int logfile_error(const struct logfile *l);	/* errno, or 0 */
/* How many lines were too long to be read. */
uint64_t logfile_too_long(const struct logfile *l);
/* Warns of lines of path that were too long to be read, if there are any. */
void logfile_tell_too_long(const struct logfile *l, const char *path);

/* Whether two descriptors are of one file. */
bool logfile_same(int a, int b);

/* The file and the one that rotation left beside it, newest first. */
#define LOGFILES_MAX	2
struct logfiles {
	int fds[LOGFILES_MAX];
	size_t count;
};

/*
 * Opens PATH and PATH.1, each only if it is there. 0, or the errno of the
 * first that could not be opened for another reason. Close it in any case.
 */
int logfiles_open(struct logfiles *files, const char *path);
void logfiles_close(struct logfiles *files);

#endif
