/*
 * policy-page: what those who see our probes should find behind our name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/clock.h"
#include "common/policy.h"

enum { OUT, VERSION };
static const struct option_row rows[] = {
	[OUT] = { "out", 'o', "FILE", "write it there, not here" },
	[VERSION] = { "policy-version", 0, NULL, "print the version alone" },
	{ NULL, 0, NULL, NULL }
};

static int
write_page(const char *page, const char *path)
{
	FILE *f = path != NULL ? fopen(path, "we") : stdout;
	bool good;

	if (f == NULL) {
		out_warn("%s: %s", path, strerror(errno));
		return EX_CANTCREAT;
	}
	good = fputs(page, f) != EOF && fflush(f) == 0;
	if (path != NULL && fclose(f) != 0)
		good = false;
	if (good)
		return EX_OK;
	out_warn("%s: %s", path != NULL ? path : "standard output",
	    strerror(errno));
	return EX_IOERR;
}

static int
run(const struct args *a)
{
	const struct conf *conf;
	char version[POLICY_VERSION_SIZE];
	char *page = NULL;
	int status;

	if (a->values[VERSION] != NULL && a->values[OUT] != NULL)
		return options_wrong(&cmd_policy_page, "--out FILE takes the "
		    "page, which --policy-version does not print; say one");
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	if (a->values[VERSION] != NULL && policy_version(conf, version)) {
		out_line("%s", version);
		status = EX_OK;
	} else if (a->values[VERSION] == NULL && (page = policy_page(conf,
	    clock_wall_s())) != NULL) {
		status = write_page(page, a->values[OUT]);
	} else {
		status = out_no_memory();
	}
	free(page);
	conf_unref(conf);
	return status;
}

const struct command cmd_policy_page = {
	.name = "policy-page",
	.synopsis = "[--out FILE] | --policy-version",
	.help = "the page that explains the probes, as HTML",
	.more = "Made from the settings; serve it at identity.policy_url. "
	    "Every verdict's evidence\nnames the version in force.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
