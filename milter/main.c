/*
 * rcptguard-milter: answers the MTA at RCPT TO. See rcptguard-milter(8).
 */
#include "config.h"

#include <libmilter/mfapi.h>

#include <sys/eventfd.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/log.h"
#include "common/notify.h"
#include "common/options.h"
#include "common/start.h"
#include "milter/callbacks.h"
#include "milter/listener.h"
#include "milter/reload.h"
#include "milter/tender.h"

#define OPEN_FILES	65536
/* Descriptors that are not a session's: log, store, probe, spare. */
#define FILES_SPARE	128

static void
version(void)
{
	unsigned int major, minor, patch;

	smfi_version(&major, &minor, &patch);
	printf("rcptguard-milter %s\nlibmilter %u.%u.%u\n", PACKAGE_VERSION,
	    major, minor, patch);
}

static const struct options_program program = {
	.name = "rcptguard-milter",
	.checks = "settings, socket and rights",
	.version = version,
};

/* A reload after chdir must find the same file. */
static char *
absolute(const char *file)
{
	char *path = realpath(file, NULL);

	return path != NULL ? path : strdup(file);
}

/* libmilter's thread waits for three of them, the tender for the fourth. */
static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		fatalx("cannot block signals");
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("cannot ignore SIGPIPE");
}

/* Takes over the count of c. */
static void
build_service(struct service *svc, const struct conf *c, int stop_fd)
{
	char *probe = conf_probe_socket(c);
	uint64_t files = start_open_files(OPEN_FILES);

	svc->may_tag = settings_use_action(c, ACTION_TAG);
	svc->may_hold = settings_use_action(c, ACTION_HOLD);
	svc->most_sessions = (int64_t)files - FILES_SPARE -
	    c->milter.max_holds;
	if (svc->most_sessions < c->milter.max_holds)
		log_warnx("only %llu files may be open, few for "
		    "milter.max_holds = %lld; raise LimitNOFILE of the service",
		    (unsigned long long)files, (long long)c->milter.max_holds);
	/* Before the first thread: it forks. */
	svc->lookup = lookup_open(c);
	if (probe == NULL || svc->lookup == NULL)
		fatalx("no memory");
	svc->ask = ask_new(svc->lookup, probe, stop_fd);
	svc->scribe = scribe_start(probe, c->log.addresses_clear);
	svc->settings = settings_new(c);
	if (svc->scribe != NULL)
		svc->flood = flood_new(svc->scribe, svc->lookup);
	if (svc->ask == NULL || svc->flood == NULL || svc->settings == NULL)
		fatalx("no memory or no thread");
	lookup_tell(svc->lookup);
	free(probe);
}

static void
open_listener(struct listener *l)
{
	char err[LISTENER_ERROR];
	mode_t mask;
	int rc;

	if (smfi_setconn(l->conn) != MI_SUCCESS)
		fatalx("milter.socket: libmilter does not take \"%s\"",
		    l->conn);
	mask = umask(0117);
	rc = smfi_opensocket(true);
	umask(mask);
	if (rc != MI_SUCCESS)
		fatalx("milter.socket: libmilter cannot open \"%s\"; it says "
		    "why in the mail log", l->conn);
	if (!listener_publish(l, err))
		fatalx("milter.socket: %s", err);
}

/* Checks that change nothing, for --check and for every start. */
static bool
prepare(const struct conf *c, struct listener *l)
{
	char err[LISTENER_ERROR];

	if (!listener_prepare(l, c->milter.socket, c->milter.group, err)) {
		log_warnx("%s", err);
		return false;
	}
	return true;
}

static void
nudge(void *arg)
{
	const struct tender *t = arg;

	listener_nudge(t->listener, t->listen_fd);
}

static _Noreturn void
serve(struct listener *l, struct service *svc, struct tender *t)
{
	if (!callbacks_register(svc))
		fatalx("libmilter does not take the callbacks");
	open_listener(l);
	t->svc = svc;
	t->listener = l;
	t->listen_fd = listener_descriptor();
	if (t->listen_fd == -1)
		fatalx("libmilter's socket is not open");
	ask_before_wait(svc->ask, nudge, t);
	if (!tender_start(t))
		fatalx("no thread");
	log_info("rcptguard-milter %s serves %s", PACKAGE_VERSION,
	    l->local ? l->path : l->conn);
	notify_state("READY=1");
	if (smfi_main() != MI_SUCCESS) {
		log_warnx("libmilter ended by itself");
		atomic_store(&t->exit_code, EX_OSERR);
	}
	tender_wait(t);
}

int
main(int argc, char **argv)
{
	static struct service service;
	static struct listener listener;
	static struct tender tender;
	struct options o = options_read(&program, argc, argv);
	const struct conf *c;

	if (start_std_fds() == -1)
		fatal("/dev/null");
	log_init("rcptguard-milter");
	if (o.check)
		log_to_stderr();
	tender.conf_file = absolute(o.file);
	if (start_environment() == -1 || tender.conf_file == NULL)
		fatalx("no memory");
	c = options_load(o.file);
	if (c == NULL || !prepare(c, &listener))
		exit(EX_CONFIG);
	if (o.check) {
		printf("%s: good\n", o.file);
		exit(EX_OK);
	}
	reload_log(c);
	umask(0077);
	if (chdir("/") == -1)
		fatal("/");
	block_signals();
	options_lock(&program, conf_milter_lock(c), c->milter.socket);
	tender.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (tender.stop_fd == -1)
		fatal("eventfd");
	build_service(&service, c, tender.stop_fd);
	serve(&listener, &service, &tender);
}
