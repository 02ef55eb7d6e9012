/*
 * bench_probe: fresh addresses through rcptguard-probe, next to a bare client
 * that only writes EHLO, MAIL, RCPT, QUIT to the same sink in the same run.
 *
 * bench_probe PROBE [ADDRESSES [PARALLEL]]
 */
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/clock.h"
#include "tests/bench/sink.h"

#define IN_FLIGHT	200	/* requests that the driver keeps open */

struct run {
	struct event_base *base;
	const struct sink *sink;
	unsigned addresses, parallel, per_session;
	unsigned begun, answered, open;
};

static double
per_second(unsigned n, int64_t ms)
{
	return ms > 0 ? 1000.0 * n / (double)ms : 0;
}

/* --- the yardstick --------------------------------------------------------- */

struct bare {
	struct run *run;
	struct bufferevent *bev;
	unsigned left;			/* recipients still to be asked here */
	unsigned owed;			/* replies */
	bool greeted, asked, leaving;
};

static void bare_dial(struct run *run);

static void
bare_say(struct bare *b)
{
	struct evbuffer *out = bufferevent_get_output(b->bev);

	if (!b->greeted) {
		b->greeted = true;
		evbuffer_add_printf(out, "EHLO bare.bench.example\r\n");
		b->owed = 1;
	} else if (b->left > 0) {
		evbuffer_add_printf(out, "%sMAIL FROM:<bare@bench.example>\r\n"
		    "RCPT TO:<user%u@bench.example>\r\n",
		    b->asked ? "RSET\r\n" : "", b->run->begun++);
		b->owed = b->asked ? 3 : 2;
		b->asked = true;
		b->left--;
	} else {
		evbuffer_add_printf(out, "QUIT\r\n");
		b->leaving = true;
	}
}

static void
bare_read(struct bufferevent *bev, void *arg)
{
	struct bare *b = arg;
	char *line;

	while ((line = evbuffer_readln(bufferevent_get_input(bev), NULL,
	    EVBUFFER_EOL_CRLF)) != NULL) {
		if (line[3] == ' ' && b->owed > 0)
			b->owed--;
		free(line);
	}
	if (b->owed == 0 && !b->leaving)
		bare_say(b);
}

static void
bare_end(struct bufferevent *bev, short what, void *arg)
{
	struct bare *b = arg;
	struct run *run = b->run;

	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	bufferevent_free(bev);
	free(b);
	run->open--;
	bare_dial(run);
}

static void
bare_dial(struct run *run)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct bare *b;

	if (run->begun >= run->addresses) {
		if (run->open == 0)
			event_base_loopbreak(run->base);
		return;
	}
	b = calloc(1, sizeof *b);
	if (b == NULL)
		err(1, "bare client");
	sin.sin_port = htons(run->sink->smtp_port);
	inet_pton(AF_INET, run->sink->address, &sin.sin_addr);
	b->run = run;
	b->left = run->per_session;
	b->owed = 1;
	b->bev = bufferevent_socket_new(run->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(b->bev, bare_read, NULL, bare_end, b);
	bufferevent_enable(b->bev, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect(b->bev, (struct sockaddr *)&sin,
	    sizeof sin) == -1)
		err(1, "bare client");
	run->open++;
}

static double
bare_rate(struct run run)
{
	int64_t began;
	unsigned i;

	run.base = event_base_new();
	began = clock_mono_ms();
	for (i = 0; i < run.parallel; i++)
		bare_dial(&run);
	event_base_dispatch(run.base);
	event_base_free(run.base);
	return per_second(run.begun, clock_mono_ms() - began);
}

/* --- the probe ------------------------------------------------------------- */

struct probe {
	char dir[64];
	pid_t pid;
};

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if ((f = fopen(path, "w")) == NULL || fputs(text, f) == EOF ||
	    fclose(f) == EOF)
		err(1, "%s", path);
}

static void
write_settings(const struct probe *p, const struct run *run)
{
	char text[2048];

	snprintf(text, sizeof text,
	    "providers = ( { name = \"bench\"; mx = [ \"%s\" ]; "
	    "method = \"smtp\"; rcpts_per_session = %u; connections = %u; } "
	    ");\n", SINK_HOST, run->per_session, run->parallel);
	write_file(p->dir, "providers.conf", text);
	snprintf(text, sizeof text,
	    "state_dir = \"%s\"; run_dir = \"%s\";\n"
	    "identity: { helo = \"verify.bench.example\"; "
	    "sender = \"postmaster@verify.bench.example\"; "
	    "contact = \"abuse@bench.example\"; "
	    "preflight = \"off\"; };\n"
	    "dns: { servers = [ \"%s:%u\" ]; };\n"
	    "smtp: { port = %u; allow_networks = [ \"%s/32\" ]; };\n"
	    "store: { max_size = \"256MiB\"; };\n"
	    "budget: { enabled = false; };\n"
	    "log: { verdicts = \"\"; };\n"
	    "milter: { socket = \"unix:%s/milter.sock\"; group = \"\"; };\n"
	    "probe: { group = \"\"; metrics = \"\"; "
	    "providers = \"%s/providers.conf\"; replies = \"%s\"; };\n"
	    "guards = ();\n", p->dir, p->dir, run->sink->address,
	    run->sink->dns_port, run->sink->smtp_port, run->sink->address,
	    p->dir, p->dir, getenv("RCPTGUARD_REPLIES"));
	write_file(p->dir, "rcptguard.conf", text);
}

static int
probe_connect(const struct probe *p)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), tries;

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s/probe.sock", p->dir);
	for (tries = 0; tries < 500; tries++) {
		if (connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0)
			return fd;
		if (waitpid(p->pid, NULL, WNOHANG) == p->pid)
			errx(1, "the probe did not start");
		usleep(10000);
	}
	errx(1, "the probe does not listen");
}

static void
probe_start(struct probe *p, const char *program, const struct run *run)
{
	char file[128];

	snprintf(p->dir, sizeof p->dir, "/tmp/rcptguard-bench.XXXXXX");
	if (mkdtemp(p->dir) == NULL || chmod(p->dir, 0750) == -1)
		err(1, "%s", p->dir);
	write_settings(p, run);
	snprintf(file, sizeof file, "%s/rcptguard.conf", p->dir);
	if ((p->pid = fork()) == -1)
		err(1, "fork");
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, "--config", file, (char *)NULL);
		err(1, "%s", program);
	}
}

static void
probe_stop(struct probe *p)
{
	static const char *const names[] = { "providers.conf",
	    "rcptguard.conf", "probe.sock", "probe.lock", "store.key",
	    "verdicts.mdb", "verdicts.mdb-lock" };
	char path[128];
	size_t i;

	kill(p->pid, SIGTERM);
	waitpid(p->pid, NULL, 0);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", p->dir, names[i]);
		unlink(path);
	}
	if (rmdir(p->dir) == -1)
		warn("%s", p->dir);
}

static void
ask_more(struct run *run, struct bufferevent *bev)
{
	struct evbuffer *out = bufferevent_get_output(bev);

	while (run->begun < run->addresses &&
	    run->begun - run->answered < IN_FLIGHT) {
		evbuffer_add_printf(out, "request=verify\nwire=1\nid=%u\n"
		    "address=user%u@bench.example\nguard=bench\n"
		    "wait_ms=30000\n\n", run->begun, run->begun);
		run->begun++;
	}
}

static void
on_answers(struct bufferevent *bev, void *arg)
{
	struct run *run = arg;
	char *line;

	while ((line = evbuffer_readln(bufferevent_get_input(bev), NULL,
	    EVBUFFER_EOL_LF)) != NULL) {
		if (strncmp(line, "error=", 6) == 0 ||
		    (strncmp(line, "state=", 6) == 0 &&
		    strcmp(line, "state=deliverable") != 0))
			errx(1, "the probe says %s", line);
		run->answered += line[0] == '\0';
		free(line);
	}
	ask_more(run, bev);
	if (run->answered == run->addresses)
		event_base_loopbreak(run->base);
}

static double
probe_rate(const char *program, struct run run)
{
	struct probe p;
	struct bufferevent *bev;
	int64_t began, took;

	probe_start(&p, program, &run);
	run.base = event_base_new();
	bev = bufferevent_socket_new(run.base, probe_connect(&p),
	    BEV_OPT_CLOSE_ON_FREE);
	evutil_make_socket_nonblocking(bufferevent_getfd(bev));
	bufferevent_setcb(bev, on_answers, NULL, NULL, &run);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	began = clock_mono_ms();
	ask_more(&run, bev);
	event_base_dispatch(run.base);
	took = clock_mono_ms() - began;
	bufferevent_free(bev);
	event_base_free(run.base);
	probe_stop(&p);
	return per_second(run.addresses, took);
}

int
main(int argc, char **argv)
{
	struct sink sink = { .address = "127.83.7.1" };
	struct run run = { .sink = &sink };
	unsigned sizes[] = { 1, 10 };
	double bare, ours;
	size_t i;

	if (argc < 2 || getenv("RCPTGUARD_REPLIES") == NULL)
		errx(64, "usage: RCPTGUARD_REPLIES=FILE bench_probe PROBE "
		    "[ADDRESSES [PARALLEL]]");
	signal(SIGPIPE, SIG_IGN);
	run.addresses = argc > 2 ? (unsigned)atoi(argv[2]) : 20000;
	run.parallel = argc > 3 ? (unsigned)atoi(argv[3]) : 20;
	sink_start(&sink);
	printf("%-44s %10s %10s %6s\n", "fresh addresses a second", "ours",
	    "yardstick", "ratio");
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		run.per_session = sizes[i];
		bare = bare_rate(run);
		ours = probe_rate(argv[1], run);
		printf("%2u a connection, %u side by side %13s %10.0f %10.0f "
		    "%6.2f\n", sizes[i], run.parallel, "", ours, bare,
		    ours / bare);
	}
	sink_stop(&sink);
	return 0;
}
