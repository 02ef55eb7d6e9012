/*
 * report: what the guards did, from the verdict log and the store.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "cli/learned.h"
#include "cli/logread.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/report_sheet.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/clock.h"

#define DAYS_DEFAULT	7
#define DAY_MS		INT64_C(86400000)
#define TOP_DEFAULT	10
#define HTML_MODE	0640		/* it names clients and logins */

enum { SINCE, UNTIL, GUARD, TOP, JSON, HTML };
static const struct option_row rows[] = {
	[SINCE] = { "since", 's', "TIME", "1h (ago), or 2026-11-21 [17:11]; "
	    "7d" },
	[UNTIL] = { "until", 'u', "TIME", "before this; now" },
	[GUARD] = { "guard", 'g', "NAME", "of this guard" },
	[TOP] = { "top", 'n', "NUMBER", "rows of each table of names; 10" },
	[JSON] = { "json", 'j', NULL, "one JSON object" },
	[HTML] = { "html", 0, "FILE", "write a page there; - is here" },
	{ NULL, 0, NULL, NULL }
};

struct wish {
	int64_t since_ms, until_ms;
	const char *guard, *html;	/* NULL: all; no page */
	size_t top;
	bool json;
};

/* --- the verdict log ------------------------------------------------------ */

static bool
take_verdict(void *arg, const struct verdict_line *v,
    const struct jval *evidence)
{
	return report_add(arg, v, evidence);
}

static int
read_log(struct report *report, const char *path)
{
	struct logread_span span = { .from_ms = report->from_ms,
	    .take = take_verdict, .arg = report };
	struct report_reading *g = &report->reading;
	struct logread r;
	int status = logread_open(&r, path, report->from_ms);

	if (status == EX_OK && logread_empty(&r))
		status = logread_none(path);
	if (status == EX_OK)
		status = logread_verdicts(&r, &span);
	g->files = r.files;
	g->too_long = r.too_long;
	g->broken = r.broken;
	g->alien = span.alien;
	g->oldest_ms = span.oldest_ms;
	logread_close(&r);
	return status;
}

/* --- the store ------------------------------------------------------------ */

static bool
take_notice(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	(void)key;
	(void)key_len;
	report_alarm(arg, data, len);
	return true;
}

/* Without the store the log alone is told of. */
static int
read_store(struct report *r, const struct conf *conf)
{
	struct outcome_tally *t = calloc(1, sizeof *t);
	enum store_status status;
	struct store *store;
	unsigned bad = 0;

	if (t == NULL)
		return out_no_memory();
	status = talk_store(conf, &store);
	if (status == STORE_OK)
		status = learned_sum(store, r->from_ms / 1000,
		    r->until_ms / 1000, t, &bad);
	if (status == STORE_OK)
		status = store_walk_items(store, STORE_NOTICES, take_notice,
		    r);
	r->have_outcomes = status == STORE_OK;
	r->outcomes = t->all;
	if (status != STORE_OK)
		(void)talk_store_error(conf, status);
	if (bad > 0)
		out_warn("%u outcomes cannot be read", bad);
	store_close(store);
	free(t);
	return EX_OK;
}

/* --- to show -------------------------------------------------------------- */

static int
cannot_write(const char *path)
{
	out_warn("%s: %s", path, strerror(errno));
	return EX_CANTCREAT;
}

static int
write_page(const char *page, const char *path)
{
	mode_t before;
	bool good;
	FILE *f;

	if (page == NULL)
		return out_no_memory();
	if (strcmp(path, "-") == 0) {
		out_raw(page);
		return EX_OK;
	}
	before = umask((mode_t)(0777 & ~HTML_MODE));
	f = fopen(path, "we");
	(void)umask(before);
	if (f == NULL)
		return cannot_write(path);
	good = fputs(page, f) != EOF && fflush(f) == 0;
	if (fclose(f) != 0 || !good)
		return cannot_write(path);
	return EX_OK;
}

static int
show(const struct report *r, const struct wish *w)
{
	struct sheet sheet;
	struct jval *o;
	char *text = NULL;
	int status = EX_OK;

	report_sheet(r, w->top, &sheet);
	if (w->html != NULL) {
		text = sheet_html(&sheet);
		status = write_page(text, w->html);
	} else if (w->json) {
		o = sheet_json(&sheet);
		out_value(o);
		jval_free(o);
	} else {
		text = sheet_text(&sheet, out_utf8());
		out_raw(text);
	}
	free(text);
	sheet_clear(&sheet);
	return status;
}

static int
report(const struct conf *conf, const struct wish *w)
{
	struct report *r;
	int status;

	if (conf->log.verdicts[0] == '\0') {
		out_warn("no verdict log is kept; set log.verdicts");
		return EX_NOINPUT;
	}
	r = report_new(w->since_ms, w->until_ms, w->guard);
	if (r == NULL)
		return out_no_memory();
	status = read_log(r, conf->log.verdicts);
	if (status == EX_OK)
		status = read_store(r, conf);
	if (status == EX_OK) {
		report_end(r, clock_wall_ms());
		status = show(r, w);
	}
	report_free(r);
	return status;
}

/* --- the command ---------------------------------------------------------- */

static int
wrong_time(const char *option, const char *value)
{
	return options_wrong(&cmd_report, "--%s %s: write 1h, 2d (ago), "
	    "2026-11-21 or \"2026-11-21 17:11\"", option, value);
}

static int
read_times(const struct args *a, struct wish *w)
{
	const char *since = a->values[SINCE], *until = a->values[UNTIL];
	int64_t now = clock_wall_ms();

	/* Up to now, this moment included. */
	w->until_ms = now + 1;
	if (until != NULL && !times_parse(until, now, &w->until_ms))
		return wrong_time("until", until);
	w->since_ms = w->until_ms > DAYS_DEFAULT * DAY_MS ? w->until_ms -
	    DAYS_DEFAULT * DAY_MS : 0;
	if (since != NULL && !times_parse(since, now, &w->since_ms))
		return wrong_time("since", since);
	if (w->since_ms < w->until_ms)
		return EX_OK;
	return options_wrong(&cmd_report, "--since is not before --until");
}

static int
read_top(const char *text, size_t *out)
{
	unsigned long n;
	char *end;

	if (text == NULL)
		return EX_OK;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n == 0 || n > REPORT_TOP_MAX)
		return options_wrong(&cmd_report, "--top %s: write a number "
		    "from 1 to %d", text, REPORT_TOP_MAX);
	*out = n;
	return EX_OK;
}

static bool
has_guard(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->guard_count; i++)
		if (strcmp(c->guards[i].name, name) == 0)
			return true;
	return false;
}

static int
run(const struct args *a)
{
	struct wish w = { .top = TOP_DEFAULT, .guard = a->values[GUARD],
	    .html = a->values[HTML], .json = a->values[JSON] != NULL };
	const struct conf *conf;
	int status = read_times(a, &w);

	if (status == EX_OK)
		status = read_top(a->values[TOP], &w.top);
	if (status == EX_OK && w.json && w.html != NULL)
		status = options_wrong(&cmd_report,
		    "--json and --html exclude each other");
	if (status != EX_OK)
		return status;
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	if (w.guard != NULL && !has_guard(conf, w.guard))
		out_warn("there is no guard \"%s\" in %s now", w.guard,
		    a->config);
	status = report(conf, &w);
	conf_unref(conf);
	return status;
}

const struct command cmd_report = {
	.name = "report",
	.synopsis = "[--since TIME] [--until TIME] [--guard NAME]\n"
	    "              [--top NUMBER] [--json | --html FILE]",
	.help = "what the guards did, and how well",
	.more = "Counted from the verdict log and all its rotated files, also "
	    "those of gzip; by\ndefault of the last 7 days. The store is "
	    "read for mistakes and alarms. No daemon\nis needed.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
