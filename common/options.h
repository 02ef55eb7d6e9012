/*
 * options: the command line that both daemons have, and their settings.
 *
 * Main thread only, before threads. These end the process by themselves, with
 * a status from sysexits.h, where the caller could do nothing else.
 */
#ifndef RCPTGUARD_OPTIONS_H
#define RCPTGUARD_OPTIONS_H

#include <stdbool.h>

#include "common/conf.h"

struct options_program {
	const char *name;		/* "rcptguard-probe" */
	const char *checks;		/* what --check looks at, for --help */
	void (*version)(void);		/* prints versions */
};

struct options {
	const char *file;
	bool check;
};

/* Ends with 0 for --version and --help, with EX_USAGE for wrong usage. */
struct options options_read(const struct options_program *p, int argc,
    char **argv);

/*
 * Reads settings and says in the log what is wrong with them, and where, or
 * what they do that was perhaps not meant. NULL: they cannot be used. Also for
 * a reload.
 */
const struct conf *options_load(const char *file);

/* One log line each. */
void options_log_errors(const struct conf_errors *errors);

/*
 * Takes the lock at path for the life of the process and frees path. Ends with
 * EX_TEMPFAIL, and a line that names the holder, if another instance has it;
 * what: what both would use.
 */
void options_lock(const struct options_program *p, char *path,
    const char *what);

#endif
