/*
 * rcptguard-probe: asks DNS and mail hosts, and keeps the verdicts. See
 * rcptguard-probe(8).
 */
#include "config.h"

#include <sys/stat.h>

#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/lock.h"
#include "common/log.h"
#include "common/start.h"
#include "probe/daemon.h"

#define OPEN_FILES	65536
#define FILES_SPARE	256	/* log, store, resolver, clients, spare */

struct options {
	const char *file;
	bool check;
};

static void
usage(FILE *out)
{
	fputs("usage: rcptguard-probe [--config FILE] [--check]\n"
	    "       rcptguard-probe --version | --help\n"
	    "  -c, --config FILE  settings (default " CONF_DEFAULT_FILE ")\n"
	    "  -t, --check        check settings, rules and store, then end\n"
	    "  -V, --version      print versions\n"
	    "  -h, --help         print this\n", out);
}

/* Ends the process for --version, --help and wrong usage. */
static struct options
read_options(int argc, char **argv)
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
			printf("rcptguard-probe %s\nlibevent %s\n",
			    PACKAGE_VERSION, event_get_version());
			exit(EX_OK);
		case 'h':
			usage(stdout);
			exit(EX_OK);
		default:
			usage(stderr);
			exit(EX_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "rcptguard-probe: unexpected \"%s\"\n",
		    argv[optind]);
		usage(stderr);
		exit(EX_USAGE);
	}
	return o;
}

static const struct conf *
load(const char *file)
{
	struct conf_errors errors;
	const struct conf *c;
	size_t i;

	conf_errors_init(&errors);
	c = conf_load(file, &errors);
	for (i = 0; i < errors.count; i++)
		log_warnx("%s", errors.lines[i]);
	if (errors.left_out > 0)
		log_warnx("%zu more errors", errors.left_out);
	conf_errors_clear(&errors);
	return c;
}

static void
take_lock(const struct conf *c)
{
	char *path = conf_probe_lock(c);
	pid_t holder;

	if (path == NULL)
		fatalx("no memory");
	holder = lock_take(path);
	if (holder == -1)
		fatal("lock %s", path);
	if (holder != 0) {
		log_warnx("another rcptguard-probe uses %s (process %ld); "
		    "stop it first", c->state_dir, (long)holder);
		exit(EX_TEMPFAIL);
	}
	free(path);
}

static void
enough_files(const struct conf *c)
{
	uint64_t files = start_open_files(OPEN_FILES);

	if ((int64_t)files < c->probe.parallel + FILES_SPARE)
		log_warnx("only %llu files may be open, few for "
		    "probe.parallel = %lld; raise LimitNOFILE of the service",
		    (unsigned long long)files, (long long)c->probe.parallel);
}

int
main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);
	const struct conf *conf;
	struct daemon *d;
	char *file;

	if (start_std_fds() == -1)
		fatal("/dev/null");
	log_init("rcptguard-probe");
	file = realpath(o.file, NULL);
	if (start_environment() == -1)
		fatalx("no memory");
	if ((conf = load(o.file)) == NULL)
		exit(EX_CONFIG);
	log_set_facility(conf->log.facility);
	log_set_debug(conf->log.debug);
	if (o.check) {
		if (!daemon_check(conf))
			exit(EX_CONFIG);
		printf("%s: good\n", o.file);
		exit(EX_OK);
	}
	umask(0027);
	if (file == NULL || chdir("/") == -1)
		fatal("%s", o.file);
	/*
	 * A reload that is ordered while the store is looked at changes
	 * nothing, and must not end the process.
	 */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR ||
	    signal(SIGUSR1, SIG_IGN) == SIG_ERR)
		fatal("cannot ignore signals");
	take_lock(conf);
	enough_files(conf);
	if ((d = daemon_create(file, conf)) == NULL)
		exit(EX_CONFIG);
	log_info("rcptguard-probe %s is ready", PACKAGE_VERSION);
	daemon_run(d);
	daemon_destroy(d);
	free(file);
	return 0;
}
