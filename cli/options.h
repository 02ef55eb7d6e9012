/*
 * options: the table of commands, and the words that follow one.
 *
 * What --help prints and what is accepted come from the same table. Strings
 * of struct args point into argv.
 */
#ifndef RCPTGUARD_OPTIONS_H
#define RCPTGUARD_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#define OPTIONS_MAX	12		/* of one command */

struct option_row {
	const char *name;		/* NULL ends the table */
	char letter;			/* 0: none */
	const char *value;		/* its word in the help; NULL: a flag */
	const char *help;
};

struct args {
	const char *config;		/* FILE of --config, or the default */
	char **words;			/* what is no option */
	int count;
	/* Of the option at this place in the table; "" for a flag; or NULL. */
	const char *values[OPTIONS_MAX];
};

struct command {
	const char *name;		/* NULL ends the table */
	const char *synopsis;		/* behind the name */
	const char *help;		/* one line */
	const char *more;		/* what --help adds; or NULL */
	const struct option_row *options;
	int least, most;		/* words; most -1: any number */
	int (*run)(const struct args *args);	/* sysexits.h, or its own */
};

enum options_status {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_WRONG			/* said so */
};

/* argv[0] is the command. args->config is set only by --config. */
enum options_status options_read(const struct command *c, int argc,
    char **argv, struct args *args);

/* What the one command takes, for --help. */
void options_help(const struct command *c, FILE *f);

/* Says what is wrong and how it would be right; returns EX_USAGE. */
int options_wrong(const struct command *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

extern const struct command cmd_cache, cmd_canary, cmd_check, cmd_classify,
    cmd_complaint, cmd_config, cmd_exclude, cmd_explain, cmd_incident,
    cmd_learn, cmd_list, cmd_listing, cmd_log, cmd_override,
    cmd_policy_page, cmd_preflight, cmd_reload, cmd_report, cmd_source,
    cmd_status;

#endif
