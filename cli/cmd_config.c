/*
 * config: the settings; are they right, what could they be, what are they.
 */
#include <stdio.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/classify.h"
#include "common/clock.h"
#include "common/dnsbl_file.h"
#include "common/lists.h"

enum { CHECK, DEFAULTS, SHOW, JSON };
static const struct option_row rows[] = {
	[CHECK] = { "check", 't', NULL, "say what is wrong in FILE" },
	[DEFAULTS] = { "defaults", 'd', NULL, "print every key, explained" },
	[SHOW] = { "show", 's', NULL, "print what is in force, and whence" },
	[JSON] = { "json", 'j', NULL, "with --show: one JSON object" },
	{ NULL, 0, NULL, NULL }
};

/* The probe reads them with the settings, and refuses both together. */
static bool
rules_are_good(const struct conf *conf, struct conf_errors *warnings)
{
	const char *replies = conf->probe.replies;
	const char *providers = conf->probe.providers;
	struct conf_errors errors;
	struct rules *r;

	conf_errors_init(&errors);
	r = rules_load(replies[0] != '\0' ? replies : NULL,
	    providers[0] != '\0' ? providers : NULL, &errors);
	talk_conf_errors(&errors);
	conf_errors_clear(&errors);
	if (r != NULL)
		rules_check_canaries(r, conf, warnings);
	rules_free(r);
	return r != NULL;
}

/* A bad one would only leave our own listings unseen. */
static bool
zones_are_good(const struct conf *conf)
{
	struct conf_errors errors;
	bool good;

	conf_errors_init(&errors);
	good = dnsbl_check(conf->identity.blocklists, &errors);
	talk_conf_errors(&errors);
	conf_errors_clear(&errors);
	return good;
}

/* So it does with the lists, by which a free-mail sender is known. */
static bool
lists_are_good(const struct conf *conf, struct conf_errors *warnings)
{
	struct conf_errors errors, theirs;	/* a list's age, not ours */
	struct lists *lists;
	bool good;

	conf_errors_init(&errors);
	conf_errors_init(&theirs);
	lists = lists_load(conf, clock_wall_s(), &errors, &theirs);
	conf_errors_clear(&theirs);
	good = lists != NULL &&
	    lists_check_identity(lists, conf, &errors, warnings);
	talk_conf_errors(&errors);
	conf_errors_clear(&errors);
	lists_free(lists);
	return good;
}

static int
check(const char *file)
{
	const struct conf *conf = talk_conf(file);
	struct conf_errors warnings;
	int status = EX_CONFIG;
	bool good;

	if (conf == NULL)
		return EX_CONFIG;
	conf_errors_init(&warnings);
	conf_warnings(conf, &warnings);
	good = zones_are_good(conf);
	good = lists_are_good(conf, &warnings) && good;
	good = rules_are_good(conf, &warnings) && good;
	talk_conf_errors(&warnings);
	if (good) {
		out_line(warnings.count == 0 ? "%s: good" :
		    "%s: can be used, but see above", file);
		status = EX_OK;
	}
	conf_errors_clear(&warnings);
	conf_unref(conf);
	return status;
}

static int
show(const struct args *a)
{
	const struct conf *conf = talk_conf(a->config);

	if (conf == NULL)
		return EX_CONFIG;
	conf_print(conf, stdout, a->values[JSON] != NULL);
	conf_unref(conf);
	return EX_OK;
}

static int
run(const struct args *a)
{
	bool with_check = a->values[CHECK] != NULL;
	bool with_show = a->values[SHOW] != NULL;
	bool with_defaults = a->values[DEFAULTS] != NULL;

	if (with_check + with_show + with_defaults != 1)
		return options_wrong(&cmd_config,
		    "say one of --check, --defaults and --show");
	if (a->count > 0 && !with_check)
		return options_wrong(&cmd_config,
		    "only --check takes a word; use --config FILE");
	if (a->values[JSON] != NULL && !with_show)
		return options_wrong(&cmd_config, "--json goes with --show");
	if (with_check)
		return check(a->count > 0 ? a->words[0] : a->config);
	if (with_show)
		return show(a);
	conf_print_defaults(stdout);
	return EX_OK;
}

const struct command cmd_config = {
	.name = "config",
	.synopsis = "--check [FILE] | --defaults | --show [--json]",
	.help = "check or print the settings",
	.more = "Exit status of --check: 0 good, 78 not; it changes nothing.",
	.options = rows,
	.least = 0,
	.most = 1,
	.run = run,
};
