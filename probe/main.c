/*
 * rcptguard-probe: asks DNS and mail hosts, and keeps the verdicts. See
 * rcptguard-probe(8).
 */
#include "config.h"

#include <sys/stat.h>

#include <event2/event.h>
#include <signal.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "common/start.h"
#include "probe/daemon.h"

#define OPEN_FILES	65536
#define FILES_SPARE	256	/* log, store, resolver, clients, spare */

static void
version(void)
{
	printf("rcptguard-probe %s\nlibevent %s\n", PACKAGE_VERSION,
	    event_get_version());
}

static const struct options_program program = {
	.name = "rcptguard-probe",
	.checks = "settings, rules and store",
	.version = version,
};

static void
enough_files(const struct conf *c)
{
	uint64_t files = start_open_files(OPEN_FILES);
	uint64_t wanted = (uint64_t)c->probe.parallel + FILES_SPARE;

	if (files < wanted)
		log_warnx("only %llu files may be open, few for "
		    "probe.parallel = %lld; raise LimitNOFILE of the service",
		    (unsigned long long)files, (long long)c->probe.parallel);
	start_room_for_files(files < wanted ? files : wanted);
}

/*
 * Before anything is written: what root leaves here or in the log would keep
 * our user out for good.
 */
static void
own_state(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) == -1)
		fatal("state_dir %s is not usable; make it with mode 2750, "
		    "for the user that rcptguard-probe runs as", dir);
	if (st.st_uid == geteuid())
		return;
	log_warnx("state_dir %s belongs to uid %u, and this is uid %u: start "
	    "rcptguard-probe as that user, or chown the directory", dir,
	    (unsigned)st.st_uid, (unsigned)geteuid());
	exit(EX_CONFIG);
}

int
main(int argc, char **argv)
{
	struct options o = options_read(&program, argc, argv);
	const struct conf *conf;
	struct daemon *d;
	static char path[PATH_MAX];
	const char *file;

	if (start_std_fds() == -1)
		fatal("/dev/null");
	log_init("rcptguard-probe");
	if (o.check)
		log_to_stderr();
	file = realpath(o.file, path);
	if (start_environment() == -1)
		fatalx("no memory");
	if ((conf = options_load(o.file)) == NULL)
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
	own_state(conf->state_dir);
	options_lock(&program, conf_probe_lock(conf), conf->state_dir);
	enough_files(conf);
	if ((d = daemon_create(file, conf)) == NULL)
		exit(EX_CONFIG);
	log_info("rcptguard-probe %s is ready", PACKAGE_VERSION);
	log_info("every probe is a question to somebody else's server; too "
	    "many, or too many to addresses that do not exist, put a source "
	    "address on blocklists, and nothing here is a guarantee against "
	    "that: see RISKS in rcptguard-probe(8)");
	daemon_run(d);
	daemon_destroy(d);
	return 0;
}
