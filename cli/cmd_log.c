/*
 * log: what was decided, out of the verdict log.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/counts.h"
#include "cli/follow.h"
#include "cli/logread.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/clock.h"

#define LAST_MAX	1000000
#define FOLLOW_LAST	10
#define TICK_MS		200

enum { SINCE, UNTIL, GUARD, STATE, REASON, CLIENT, ADDRESS, ACTION, LAST,
    FOLLOW, JSON };
static const struct option_row rows[] = {
	[SINCE] = { "since", 's', "TIME", "1h (ago), or 2026-11-21 [17:11]" },
	[UNTIL] = { "until", 'u', "TIME", "before this" },
	[GUARD] = { "guard", 'g', "NAME", "of this guard" },
	[STATE] = { "state", 0, "WORD",
	    "deliverable, undeliverable, risky ..." },
	[REASON] = { "reason", 'r', "WORD", "no_such_user, greylisted ..." },
	[CLIENT] = { "client", 0, "NETWORK", "an address, or 192.0.2.0/24" },
	[ADDRESS] = { "address", 'a', "ADDRESS", "or @DOMAIN" },
	[ACTION] = { "action", 0, "WORD", "accept, tempfail, reject ..." },
	[LAST] = { "last", 'n', "NUMBER", "the last so many" },
	[FOLLOW] = { "follow", 'f', NULL, "and go on with what comes" },
	[JSON] = { "json", 'j', NULL, "the log's own lines" },
	{ NULL, 0, NULL, NULL }
};

struct logging {
	struct logfilter filter;
	const char *path;
	bool json, titled;
	size_t last;			/* 0: all */
	uintmax_t alien;		/* no lines of ours */
};

/* --- a line ------------------------------------------------------------- */

static const struct table_column columns[] = {
	{ "TIME", 25 }, { "STATE", 13 }, { "REASON", 18 }, { "GUARD", 10 },
	{ "ACTION", 10 }, { "CLIENT", 15 }, { "ID", 16 }, { "ADDRESS", 0 },
};
#define COLUMNS	(sizeof columns / sizeof columns[0])

static void
print_cells(const char *const *cells, const char *paint)
{
	char *line = table_line(columns, COLUMNS, cells, out_utf8(), 1, paint);

	out_raw(line);
	free(line);
}

static void
print_titles(struct logging *lg)
{
	const char *cells[COLUMNS];
	size_t i;

	if (lg->titled)
		return;
	lg->titled = true;
	for (i = 0; i < COLUMNS; i++)
		cells[i] = columns[i].title;
	print_cells(cells, "");
}

static const char *
or_dash(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "-";
}

static void
print_row(struct logging *lg, const struct verdict_line *v)
{
	enum verdict_state state = verdict_state_of(v->reason);
	bool observed = v->mode != NULL && strcmp(v->mode, "observe") == 0;
	char local[TIMES_LOCAL_SIZE], action[64];
	const char *const cells[COLUMNS] = { local, verdict_state_word(state),
	    verdict_reason_word(v->reason), or_dash(v->guard), action,
	    or_dash(v->client), v->id, v->address };

	print_titles(lg);
	times_local(v->time_ms / 1000, local);
	(void)snprintf(action, sizeof action, observed && v->action != NULL ?
	    "(%s)" : "%s", or_dash(v->action));
	print_cells(cells, out_paint(state));
}

/* True if it is one of those that are wanted. */
static bool
wanted(struct logging *lg, const struct logfile_line *line,
    struct logline *out)
{
	if (!logfilter_may_match(&lg->filter, line->text, line->len))
		return false;
	if (!logline_read(line->text, line->len, out)) {
		lg->alien++;
		return false;
	}
	if (logfilter_match(&lg->filter, &out->verdict))
		return true;
	logline_clear(out);
	return false;
}

static bool
is_wanted(void *arg, const struct logfile_line *line)
{
	struct logline l;

	if (!wanted(arg, line, &l))
		return false;
	logline_clear(&l);
	return true;
}

static bool
print_line(void *arg, const struct logfile_line *line)
{
	struct logging *lg = arg;
	struct logline l;

	if (!wanted(lg, line, &l))
		return true;
	if (lg->json)
		out_json(line->text);
	else
		print_row(lg, &l.verdict);
	logline_clear(&l);
	return true;
}

/* --- following ---------------------------------------------------------- */

static bool
on_idle(void *arg)
{
	(void)arg;
	return out_pause(TICK_MS);
}

/* Where r ended. */
static int
go_on(struct logging *lg, struct logread *r)
{
	struct logfile *reader;
	int fd, error;

	if (!logread_go_on(r, &reader, &fd)) {
		if (fd != -1)
			close(fd);
		return out_no_memory();
	}
	logread_close(r);
	error = follow(lg->path, fd, reader, print_line, on_idle, lg);
	return error == 0 ? EX_OK : logread_cannot(lg->path, error);
}

/* --- options ------------------------------------------------------------ */

static int
wrong(const char *option, const char *value, const char *advice)
{
	return options_wrong(&cmd_log, "--%s %s: %s", option, value, advice);
}

static int
read_times(struct logfilter *f, const struct args *a)
{
	int64_t now = clock_wall_ms();
	const char *since = a->values[SINCE], *until = a->values[UNTIL];
	static const char advice[] = "write 1h, 2d (ago), 2026-11-21 or "
	    "\"2026-11-21 17:11\"";

	if (since != NULL && !times_parse(since, now, &f->since_ms))
		return wrong("since", since, advice);
	if (until != NULL && !times_parse(until, now, &f->until_ms))
		return wrong("until", until, advice);
	if (until != NULL && a->values[FOLLOW] != NULL)
		return options_wrong(&cmd_log,
		    "--until and --follow exclude each other");
	return EX_OK;
}

static int
read_filter(struct logfilter *f, const struct args *a)
{
	const char *state = a->values[STATE], *reason = a->values[REASON];
	const char *client = a->values[CLIENT], *action = a->values[ACTION];
	const char *address = a->values[ADDRESS];
	enum guard_action known;

	f->guard = a->values[GUARD];
	f->action = action;
	f->by_state = state != NULL;
	f->by_reason = reason != NULL;
	f->by_client = client != NULL;
	if (state != NULL && !verdict_state_from_word(state, &f->state))
		return wrong("state", state, "deliverable, undeliverable, "
		    "risky, unknown, not_checked or pending");
	if (reason != NULL && !verdict_reason_from_word(reason, &f->reason))
		return wrong("reason", reason, "rcptguard(8) lists them");
	if (client != NULL && !net_cidr_parse(client, &f->client))
		return wrong("client", client, "write an IP address or "
		    "network, such as 192.0.2.0/24");
	if (address != NULL && !logfilter_address(f, address))
		return wrong("address", address, "write an address or @DOMAIN");
	if (action != NULL && !counts_action(action, &known))
		return wrong("action", action, "accept, tempfail, reject, hold "
		    "or tag");
	return read_times(f, a);
}

static int
read_last(struct logging *lg, const struct args *a)
{
	const char *text = a->values[LAST];
	char *end;
	unsigned long n;

	if (text == NULL) {
		if (a->values[FOLLOW] != NULL && a->values[SINCE] == NULL)
			lg->last = FOLLOW_LAST;
		return EX_OK;
	}
	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n == 0 || n > LAST_MAX)
		return wrong("last", text, "write a number from 1 to 1000000");
	lg->last = n;
	return EX_OK;
}

static int
show(struct logging *lg, bool follows)
{
	struct logread r;
	int status = logread_open(&r, lg->path, lg->filter.since_ms);

	if (status == EX_OK && logread_empty(&r) && !follows)
		status = logread_none(lg->path);
	if (status == EX_OK)
		status = lg->last > 0 ? logread_last(&r, lg->last, is_wanted,
		    print_line, lg) : logread_all(&r, print_line, lg);
	logfile_tell_too_long(r.too_long, lg->path);
	if (status == EX_OK && follows)
		status = go_on(lg, &r);
	logread_close(&r);
	if (lg->alien > 0)
		out_warn("%ju lines of %s are no verdicts and were passed over",
		    lg->alien, lg->path);
	return status;
}

static int
run(const struct args *a)
{
	struct logging lg = { .json = a->values[JSON] != NULL };
	const struct conf *conf;
	int status = read_filter(&lg.filter, a);

	if (status == EX_OK)
		status = read_last(&lg, a);
	if (status != EX_OK)
		return status;
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	lg.path = conf->log.verdicts;
	if (lg.path[0] == '\0') {
		out_warn("no verdict log is kept; set log.verdicts in %s",
		    a->config);
		status = EX_NOINPUT;
	} else {
		status = show(&lg, a->values[FOLLOW] != NULL);
	}
	conf_unref(conf);
	return status;
}

const struct command cmd_log = {
	.name = "log",
	.synopsis = "[--since TIME] [--until TIME] [--guard NAME] "
	    "[--state WORD] [--reason WORD]\n           [--client NETWORK] "
	    "[--address ADDRESS|@DOMAIN] [--action WORD]\n           "
	    "[--last NUMBER] [--follow] [--json]",
	.help = "what was decided, out of the verdict log",
	.more = "All its rotated files are read too, also those of gzip. An "
	    "action in parentheses\nwas only observed.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
