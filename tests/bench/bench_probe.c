/*
 * bench_probe: fresh addresses through rcptguard-probe, next to a bare client
 * that only writes EHLO, MAIL, RCPT, QUIT to the same sink in the same run.
 *
 * Both take turns in short rounds, so that what else the machine does falls
 * on both; the ratio is the median of the rounds' ratios. Beside it stands the
 * processor time of an address on each side, which a busy machine changes
 * little: all processes that take part, then the probe, who asks it (for the
 * yardstick: the client) and the sink.
 *
 * bench_probe PROBE [ADDRESSES [PARALLEL [RECIPIENTS]]]
 */
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

#include "tests/bench/bare_smtp.h"
#include "tests/bench/rounds.h"
#include "tests/bench/sink.h"

#define IN_FLIGHT	200	/* requests that the driver keeps open */
#define ROUNDS		9
#define REST_US		200000	/* a probe that rests uses little of it */

/* --- the probe ---------------------------------------------------------- */

struct probe {
	char dir[64];
	pid_t pid;
	struct event_base *base;
	struct bufferevent *bev;
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
		    "wait_ms=30000\n\n", run->begun,
		    run->first + run->begun);
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

static void
probe_open(struct probe *p)
{
	p->base = event_base_new();
	p->bev = bufferevent_socket_new(p->base, probe_connect(p),
	    BEV_OPT_CLOSE_ON_FREE);
	evutil_make_socket_nonblocking(bufferevent_getfd(p->bev));
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
}

static void
probe_close(struct probe *p)
{
	bufferevent_free(p->bev);
	event_base_free(p->base);
	probe_stop(p);
}

static struct round
probe_round(const struct probe *p, struct run run)
{
	struct clocks was;

	run.base = p->base;
	bufferevent_setcb(p->bev, on_answers, NULL, NULL, &run);
	was = rounds_clocks(&run, p->pid);
	ask_more(&run, p->bev);
	event_base_dispatch(run.base);
	return rounds_end(&run, p->pid, &was);
}

/*
 * Until it has started, or has written what it was asked: the next round of the
 * yardstick would pay for that, the more the better the probe is. Microseconds
 * of processor that it took.
 */
static double
probe_rests(const struct probe *p)
{
	double begin = rounds_used_by(p->pid), was, now = begin;

	do {
		was = now;
		usleep(REST_US);
		now = rounds_used_by(p->pid);
	} while (now - was > REST_US / 100);
	return now - begin;
}

/* --- the table ---------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double of[ROUNDS])
{
	qsort(of, ROUNDS, sizeof of[0], compare);
	return of[ROUNDS / 2];
}

static struct round
median_round(const struct round rounds[ROUNDS])
{
	double rate[ROUNDS], probe[ROUNDS], client[ROUNDS], sink[ROUNDS];
	struct round m;
	size_t i;

	for (i = 0; i < ROUNDS; i++) {
		rate[i] = rounds[i].rate;
		probe[i] = rounds[i].probe_us;
		client[i] = rounds[i].client_us;
		sink[i] = rounds[i].sink_us;
	}
	m.rate = median(rate);
	m.probe_us = median(probe);
	m.client_us = median(client);
	m.sink_us = median(sink);
	return m;
}

static void
print_times(const char *whose, const struct round *r)
{
	printf("    processor, us an address: %-10s %6.1f =", whose,
	    r->probe_us + r->client_us + r->sink_us);
	if (r->probe_us > 0)
		printf(" probe %.1f + driver %.1f", r->probe_us, r->client_us);
	else
		printf(" client %.1f", r->client_us);
	printf(" + sink %.1f\n", r->sink_us);
}

static void
compare_sides(const char *program, struct run run, unsigned each)
{
	struct round bare[ROUNDS], ours[ROUNDS], b, o;
	double ratio[ROUNDS];
	struct probe p;
	size_t i;

	run.addresses = each;
	probe_start(&p, program, &run);
	probe_open(&p);
	probe_rests(&p);
	for (i = 0; i < ROUNDS; i++) {
		bare[i] = bare_smtp_round(run);
		ours[i] = probe_round(&p, run);
		ours[i].probe_us += probe_rests(&p) / each;
		ratio[i] = ours[i].rate / bare[i].rate;
		run.first += each;
	}
	probe_close(&p);
	b = median_round(bare);
	o = median_round(ours);
	printf("%2u a connection, %u side by side %13s %10.0f %10.0f %6.2f\n",
	    run.per_session, run.parallel, "", o.rate, b.rate, median(ratio));
	print_times("ours", &o);
	print_times("yardstick", &b);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct sink sink = { .address = "127.83.7.1" };
	struct run run = { .sink = &sink };
	unsigned sizes[] = { 1, 10 }, all, only;
	size_t i;

	if (argc < 2 || getenv("RCPTGUARD_REPLIES") == NULL)
		errx(64, "usage: RCPTGUARD_REPLIES=FILE bench_probe PROBE "
		    "[ADDRESSES [PARALLEL [RECIPIENTS]]]");
	signal(SIGPIPE, SIG_IGN);
	all = argc > 2 ? (unsigned)atoi(argv[2]) : 20000;
	run.parallel = argc > 3 ? (unsigned)atoi(argv[3]) : 20;
	only = argc > 4 ? (unsigned)atoi(argv[4]) : 0;
	sink_start(&sink);
	printf("%-44s %10s %10s %6s\n", "fresh addresses a second", "ours",
	    "yardstick", "ratio");
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		run.per_session = sizes[i];
		if (only == 0 || only == sizes[i])
			compare_sides(argv[1], run, all / ROUNDS);
	}
	sink_stop(&sink);
	return 0;
}
