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
#include "cli/logfile.h"
#include "cli/logline.h"
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

/* True if it was one of those that are wanted. */
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

static void
print_line(struct logging *lg, const struct logfile_line *line)
{
	struct logline l;

	if (!wanted(lg, line, &l))
		return;
	if (lg->json)
		out_json(line->text);
	else
		print_row(lg, &l.verdict);
	logline_clear(&l);
}

/* --- from the start, or the last ---------------------------------------- */

static int
read_error(const struct logging *lg, int error)
{
	if (error == 0)
		return EX_OK;
	out_warn("verdict log %s: %s%s", lg->path, strerror(error),
	    error == EACCES ? "; run this as root" : "");
	return error == EACCES ? EX_NOPERM : EX_IOERR;
}

/* Its end is where a reader that follows goes on. */
static int
print_all(struct logging *lg, struct logfile *reader)
{
	struct logfile_line line;

	while (logfile_next(reader, &line))
		print_line(lg, &line);
	logfile_tell_too_long(reader, lg->path);
	return read_error(lg, logfile_error(reader));
}

struct places {
	off_t *at;
	size_t count, size;
};

static bool
keep_place(struct places *p, off_t at)
{
	size_t size = p->size == 0 ? 64 : 2 * p->size;
	off_t *grown;

	if (p->count == p->size) {
		grown = reallocarray(p->at, size, sizeof *grown);
		if (grown == NULL)
			return false;
		p->at = grown;
		p->size = size;
	}
	p->at[p->count++] = at;
	return true;
}

/* Where the last lines are that are wanted, newest first; and the end. */
static int
find_last(struct logging *lg, int fd, size_t most, struct places *p,
    off_t *end)
{
	struct logfile *reader = logfile_new(fd);
	struct logfile_line line;
	struct logline l;
	bool ok = reader != NULL;
	int status = EX_OK;

	*end = 0;
	while (ok && p->count < most && logfile_previous(reader, &line)) {
		if (*end == 0)
			*end = line.at + (off_t)line.len + 1;
		if (!wanted(lg, &line, &l))
			continue;
		logline_clear(&l);
		ok = keep_place(p, line.at);
	}
	if (ok)
		logfile_tell_too_long(reader, lg->path);
	if (!ok)
		status = out_no_memory();
	else
		status = read_error(lg, logfile_error(reader));
	logfile_free(reader);
	return status;
}

static int
print_places(struct logging *lg, int fd, const struct places *p)
{
	struct logfile *reader = logfile_new(fd);
	struct logfile_line line;
	size_t i;

	if (reader == NULL)
		return out_no_memory();
	for (i = p->count; i > 0; i--) {
		logfile_seek(reader, p->at[i - 1]);
		if (logfile_next(reader, &line))
			print_line(lg, &line);
	}
	logfile_free(reader);
	return EX_OK;
}

/* *end: of the newest file, where following begins. */
static int
print_last(struct logging *lg, const struct logfiles *files, off_t *end)
{
	struct places found[LOGFILES_MAX] = { { NULL, 0, 0 } };
	size_t left = lg->last, i;
	int status = EX_OK;
	off_t at;

	for (i = 0; i < files->count && status == EX_OK && left > 0; i++) {
		status = find_last(lg, files->fds[i], left, &found[i], &at);
		left -= found[i].count;
		if (i == 0)
			*end = at;
	}
	for (i = files->count; i-- > 0 && status == EX_OK;)
		status = print_places(lg, files->fds[i], &found[i]);
	for (i = 0; i < LOGFILES_MAX; i++)
		free(found[i].at);
	return status;
}

/*
 * Prints what is there. *reader, if it is not NULL, stands behind it in the
 * newest file.
 */
static int
print_present(struct logging *lg, const struct logfiles *files,
    struct logfile **reader)
{
	int status = EX_OK;
	off_t end = 0;
	size_t i;

	*reader = NULL;
	if (lg->last > 0)
		status = print_last(lg, files, &end);
	for (i = files->count; i-- > 0 && status == EX_OK;) {
		if (lg->last > 0 && i > 0)
			continue;
		logfile_free(*reader);
		if ((*reader = logfile_new(files->fds[i])) == NULL)
			return out_no_memory();
		if (lg->last > 0)
			logfile_seek(*reader, end);
		else
			status = print_all(lg, *reader);
	}
	return status;
}

/* --- following ---------------------------------------------------------- */

static bool
on_line(void *arg, const struct logfile_line *line)
{
	print_line(arg, line);
	return true;
}

static bool
on_idle(void *arg)
{
	(void)arg;
	return out_pause(TICK_MS);
}

static int
go_on(struct logging *lg, struct logfiles *files, struct logfile *reader)
{
	int fd = -1, i;

	if (files->count > 0)
		fd = files->fds[0];
	for (i = 1; i < (int)files->count; i++)
		close(files->fds[i]);
	files->count = 0;
	return read_error(lg, follow(lg->path, fd, reader, on_line, on_idle,
	    lg));
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
	struct logfiles files;
	struct logfile *reader = NULL;
	int status = read_error(lg, logfiles_open(&files, lg->path));

	if (status == EX_OK && files.count == 0 && !follows) {
		out_warn("there is no verdict log %s yet; rcptguard-probe "
		    "writes it", lg->path);
		status = EX_NOINPUT;
	}
	if (status == EX_OK)
		status = print_present(lg, &files, &reader);
	if (status == EX_OK && follows)
		status = go_on(lg, &files, reader);
	else
		logfile_free(reader);
	logfiles_close(&files);
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
	.help = "what was decided, out of the verdict log and its FILE.1",
	.more = "An action in parentheses was only observed.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
