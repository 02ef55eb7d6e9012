/*
 * logset: a log file and all that rotation has left beside it, the oldest
 * first: PATH.N, PATH-DATE, and both with .gz (logrotate's names).
 *
 * Files are opened at once, so that a rotation while they are read moves
 * nothing away. One owner, one thread at a time.
 */
#ifndef RCPTGUARD_LOGSET_H
#define RCPTGUARD_LOGSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGSET_MAX	500		/* more than the oldest are left out */

struct logset_file {
	char *name;			/* without its directory */
	int fd;
	int64_t mtime_ms;		/* of its last line, or later; of the
					 * log itself INT64_MAX */
};

struct logset {
	struct logset_file files[LOGSET_MAX];
	size_t count;
	size_t other;			/* compressed as we cannot read; not
					 * too old */
	bool older;			/* some were not opened: too old */
	bool cut;			/* there are more than LOGSET_MAX */
};

/* What a name is, beside the log called base. */
enum logset_name {
	LOGSET_NONE,			/* another file */
	LOGSET_LOG,			/* the log itself */
	LOGSET_ROTATED,
	LOGSET_GZIP,
	LOGSET_OTHER			/* rotated; compressed otherwise */
};
enum logset_name logset_name(const char *base, const char *name);

/* For since_ms: no file but the log itself. */
#define LOGSET_LOG_ALONE	INT64_MAX

/*
 * Opens what is there, but for files last written before since_ms. 0, or the
 * errno of what cannot be opened, and then *name is its name, which the caller
 * frees, or NULL. logset_close in any case.
 */
int logset_open(struct logset *s, const char *path, int64_t since_ms,
    char **name);
void logset_close(struct logset *s);

/* Warns of files that are there and are not read. */
void logset_warn(const struct logset *s, const char *path);

#endif
