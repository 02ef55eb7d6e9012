/*
 * logread: a log and all that rotation left beside it, read as one. What
 * every command says of the verdict log it has from here, so all of them see
 * the same files: those of gzip too, however far back.
 *
 * One owner, one thread at a time.
 */
#ifndef RCPTGUARD_LOGREAD_H
#define RCPTGUARD_LOGREAD_H

#include "cli/logfile.h"
#include "cli/logline.h"
#include "cli/logset.h"

struct logread {
	const char *path;		/* borrowed */
	struct logset set;
	uint64_t files;			/* read */
	uint64_t too_long;		/* lines over LOGFILE_LINE_MAX */
	uint64_t broken;		/* files that end in a fault; it is said */
	off_t end;			/* behind the newest's last line */
};

/* Exit statuses, with a message: name cannot be read; there is no log yet. */
int logread_cannot(const char *name, int error);
int logread_none(const char *path);

/*
 * Opens all that holds lines of since_ms and later, and warns of what it
 * cannot read. EX_OK also if there is no file; else another exit status, with
 * a message, and what could be opened can be read all the same. logread_close
 * in any case.
 */
int logread_open(struct logread *r, const char *path, int64_t since_ms);
void logread_close(struct logread *r);
bool logread_empty(const struct logread *r);	/* there is no file at all */

/* False: of take, nothing more is wanted; of fits, it does not. */
typedef bool (*logread_take)(void *arg, const struct logfile_line *line);

/*
 * Every line, the oldest first. A damaged file is read up to there, which is
 * said. EX_OK also if take ended it; EX_OSERR: no memory for a reader.
 */
int logread_all(struct logread *r, logread_take take, void *arg);

/*
 * The newest lines that fit, up to most of them, the oldest of these first;
 * no file is read that is not needed for it. fits may see a line, and take
 * sees it after that.
 */
int logread_last(struct logread *r, size_t most, logread_take fits,
    logread_take take, void *arg);

/* What a time's verdicts are counted from. */
struct logread_span {
	int64_t from_ms;
	uint64_t alien;			/* lines that are no verdicts */
	/* The first line's time if what is before it may be missing, or 0. */
	int64_t oldest_ms;
	/* False: no memory. */
	bool (*take)(void *arg, const struct verdict_line *v,
	    const struct jval *evidence);
	void *arg;
};

/* All verdicts of from_ms and later, the oldest file first. */
int logread_verdicts(struct logread *r, struct logread_span *span);

/*
 * A reader that goes on where logread_all or logread_last ended, of *fd; both
 * become the caller's. NULL and -1: there is nothing to go on in. False: no
 * memory; *fd may be open.
 */
bool logread_go_on(const struct logread *r, struct logfile **reader, int *fd);

#endif
