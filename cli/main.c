/*
 * rcptguard: the admin's command. See rcptguard(8).
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "common/conf.h"
#include "common/log.h"

static const struct command *const commands[] = {
	&cmd_check, &cmd_explain, &cmd_log, &cmd_report, &cmd_status,
	&cmd_cache,
	&cmd_exclude, &cmd_override, &cmd_complaint, &cmd_list, &cmd_canary,
	&cmd_policy_page, &cmd_config, &cmd_reload, &cmd_classify,
	&cmd_preflight, &cmd_source, &cmd_listing, &cmd_incident,
	&cmd_learn
};
#define COUNT	(sizeof commands / sizeof commands[0])

static void
help(FILE *f)
{
	size_t i;

	(void)fputs("usage: rcptguard [--config FILE] COMMAND [WORD ...]\n"
	    "       rcptguard COMMAND --help | --help | --version\n\n", f);
	for (i = 0; i < COUNT; i++)
		(void)fprintf(f, "  %-11s %s\n", commands[i]->name,
		    commands[i]->help);
}

static const struct command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* optopt: the letter, of our letters for a long name too; 0: unknown. */
static void
leading_wrong(int c, const char *word)
{
	bool is_long = strncmp(word, "--", 2) == 0;

	if (c == ':')
		out_warn("the option \"%s\" lacks its value", word);
	else if (is_long && optopt != 0)
		out_warn("the option \"%.*s\" takes no value",
		    (int)strcspn(word, "="), word);
	else if (is_long)
		out_warn("there is no option \"%s\"; see rcptguard --help",
		    word);
	else
		out_warn("there is no option \"-%c\"; see rcptguard --help",
		    optopt);
}

/* What stands before the command. -1: go on at optind. */
static int
leading(int argc, char **argv, struct args *args)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			args->config = optarg;
			break;
		case 'V':
			out_line("rcptguard %s", PACKAGE_VERSION);
			return EX_OK;
		case 'h':
			help(stdout);
			return EX_OK;
		default:
			leading_wrong(c, argv[optind - 1]);
			return EX_USAGE;
		}
	}
	if (optind < argc)
		return -1;
	help(stderr);
	return EX_USAGE;
}

static int
run(int argc, char **argv)
{
	struct args args = { .config = CONF_DEFAULT_FILE };
	const struct command *c;
	int status = leading(argc, argv, &args);

	if (status != -1)
		return status;
	argv += optind;
	argc -= optind;
	if ((c = find(argv[0])) == NULL) {
		out_warn("there is no command \"%s\"; see rcptguard --help",
		    argv[0]);
		return EX_USAGE;
	}
	switch (options_read(c, argc, argv, &args)) {
	case OPTIONS_RUN:
		return c->run(&args);
	case OPTIONS_HELP:
		options_help(c, stdout);
		return EX_OK;
	case OPTIONS_WRONG:
		break;
	}
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	out_init();
	log_init("rcptguard");
	return out_finish(run(argc, argv));
}
