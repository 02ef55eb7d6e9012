/*
 * follow: the lines that come to a log from now on, over its rotation and
 * truncation.
 */
#ifndef RCPTGUARD_FOLLOW_H
#define RCPTGUARD_FOLLOW_H

#include <stddef.h>

#include "cli/logfile.h"

/*
 * Reads on where reader stands (NULL: nothing is there yet) and calls each for
 * every line, then idle when there are no more for the moment; both until one
 * is false. fd is reader's file, or -1. Takes both over. After a rotation the
 * old file is read until the new one has something in it: only then does the
 * writer write there. The error of the last read, or 0.
 */
int follow(const char *path, int fd, struct logfile *reader,
    bool (*each)(void *arg, const struct logfile_line *line),
    bool (*idle)(void *arg), void *arg);

#endif
