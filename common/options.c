#include "common/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "common/lock.h"
#include "common/log.h"

static void
usage(const struct options_program *p, FILE *out)
{
	fprintf(out, "usage: %s [--config FILE] [--check]\n"
	    "       %s --version | --help\n"
	    "  -c, --config FILE  settings (default %s)\n"
	    "  -t, --check        check %s, then end\n"
	    "  -V, --version      print versions\n"
	    "  -h, --help         print this\n", p->name, p->name,
	    CONF_DEFAULT_FILE, p->checks);
}

struct options
options_read(const struct options_program *p, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 't' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { CONF_DEFAULT_FILE, false };
	int c;

	while ((c = getopt_long(argc, argv, "c:tVh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.file = optarg;
			break;
		case 't':
			o.check = true;
			break;
		case 'V':
			p->version();
			exit(EX_OK);
		case 'h':
			usage(p, stdout);
			exit(EX_OK);
		default:
			usage(p, stderr);
			exit(EX_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: unexpected \"%s\"\n", p->name,
		    argv[optind]);
		usage(p, stderr);
		exit(EX_USAGE);
	}
	return o;
}

void
options_log_errors(const struct conf_errors *errors)
{
	size_t i;

	for (i = 0; i < errors->count; i++)
		log_warnx("%s", errors->lines[i]);
	if (errors->left_out > 0)
		log_warnx("and %zu more", errors->left_out);
}

const struct conf *
options_load(const char *file)
{
	struct conf_errors errors;
	const struct conf *c;

	conf_errors_init(&errors);
	c = conf_load(file, &errors);
	if (c != NULL)
		conf_warnings(c, &errors);
	options_log_errors(&errors);
	conf_errors_clear(&errors);
	return c;
}

void
options_lock(const struct options_program *p, char *path, const char *what)
{
	pid_t holder;

	if (path == NULL)
		fatalx("no memory");
	holder = lock_take(path);
	if (holder == -1 && errno == EACCES)
		fatal("lock %s is not ours; remove it, or chown it and what "
		    "is beside it to the user of %s", path, p->name);
	if (holder == -1)
		fatal("lock %s", path);
	if (holder != 0) {
		log_warnx("another %s uses %s (process %ld); stop it first",
		    p->name, what, (long)holder);
		exit(EX_TEMPFAIL);
	}
	free(path);
}
