/*
 * preflight: are we who we say we are, as those whom we ask will see it?
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/val.h"
#include "common/jval.h"

#define PREFLIGHT_MS	120000

enum { JSON };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON object" },
	{ NULL, 0, NULL, NULL }
};

static const struct table_column columns[] = {
	{ "", 8 }, { "", 13 }, { "", 0 }
};

static void
tell_check(const struct jval *c)
{
	const char *cells[3] = {
		val_text(c, "result"), val_text(c, "name"), val_text(c, "text")
	};
	char *line = table_line(columns, 3, cells, out_utf8(), 3, "");

	out_raw(line);
	free(line);
}

static void
tell_fixes(const struct jval *checks)
{
	bool told[16] = { false };
	int64_t point;
	size_t i;

	for (i = 0; i < jval_count(checks); i++) {
		const struct jval *c = jval_at(checks, i);

		if (val_text(c, "fix")[0] == '\0' ||
		    !jval_int(jval_get(c, "point"), &point) || point < 0 ||
		    point > 15 || told[point])
			continue;
		told[point] = true;
		out_line("- %s: %s", val_text(c, "name"), val_text(c, "fix"));
	}
}

static void
tell(const struct jval *report)
{
	const struct jval *checks = jval_get(report, "checks");
	int64_t score = 0;
	size_t i;

	for (i = 0; i < jval_count(checks); i++)
		tell_check(jval_at(checks, i));
	(void)jval_int(jval_get(report, "score"), &score);
	out_line("score: %lld of 10", (long long)score);
	tell_fixes(checks);
	if (!val_true(report, "passes"))
		out_line(val_true(report, "enforced") ?
		    "Hard checks fail: no probe leaves from those sources." :
		    "Hard checks fail; identity.preflight does not stop "
		    "probes.");
}

static int
run(const struct args *a)
{
	struct wire_client *client;
	struct wire_message answer;
	struct jval *report = NULL;
	const char *json = NULL;
	int status = talk_open_by(a->config, &client);

	if (status != EX_OK)
		return status;
	status = talk_ask(client, "preflight", PREFLIGHT_MS, &answer);
	if (status == EX_OK && (json = wire_get(&answer, "preflight")) != NULL)
		report = jval_parse(json, strlen(json));
	if (status == EX_OK && report == NULL) {
		out_warn("%s", client_status_text(CLIENT_GARBAGE));
		status = EX_UNAVAILABLE;
	} else if (status == EX_OK) {
		if (a->values[JSON] != NULL)
			out_value(report);
		else
			tell(report);
		status = val_true(report, "passes") ? EX_OK : 1;
	}
	jval_free(report);
	wire_client_close(client);
	return status;
}

const struct command cmd_preflight = {
	.name = "preflight",
	.synopsis = "[--json]",
	.help = "who we are, as those whom we ask see it",
	.more = "Exit status: 0 all hard checks pass, 1 one does not, "
	    "69 the probe does not answer.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
