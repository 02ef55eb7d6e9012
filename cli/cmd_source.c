/*
 * source: the addresses that probes come from, and which of them rest.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "common/jval.h"

#define SOURCE_MS	5000
#define ID		"source"

enum { JSON };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON array" },
	{ NULL, 0, NULL, NULL }
};

static const char *
text_of(const struct jval *o, const char *name)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL ? text : "";
}

static void
tell(const struct jval *sources)
{
	size_t i, k;

	for (i = 0; i < jval_count(sources); i++) {
		const struct jval *s = jval_at(sources, i);
		const struct jval *rests = jval_get(s, "rests");

		out_line("%s as %s: %s", text_of(s, "address"),
		    text_of(s, "helo"), text_of(s, "state"));
		for (k = 0; k < jval_count(rests); k++) {
			const struct jval *r = jval_at(rests, k);

			out_line("  by %s%s%s", text_of(r, "by"),
			    text_of(r, "why")[0] != '\0' ? ": " : "",
			    text_of(r, "why"));
		}
	}
}

static int
ask(struct wire_client *client, const struct args *a)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_message answer;
	struct wire_writer w;
	struct jval *sources = NULL;
	const char *json;
	int status;

	talk_begin(&w, buf, sizeof buf, "source", ID);
	wire_put(&w, "do", a->words[0]);
	if (a->count > 1)
		wire_put(&w, "address", a->words[1]);
	status = talk_call(client, &w, ID, SOURCE_MS, &answer);
	if (status == EX_OK)
		status = talk_answer_error(&answer);
	if (status != EX_OK)
		return status;
	if ((json = wire_get(&answer, "sources")) != NULL)
		sources = jval_parse(json, strlen(json));
	if (sources == NULL) {
		out_warn("%s", client_status_text(CLIENT_GARBAGE));
		return EX_UNAVAILABLE;
	}
	if (a->values[JSON] != NULL)
		out_json(json);
	else
		tell(sources);
	jval_free(sources);
	return EX_OK;
}

static int
run(const struct args *a)
{
	bool list = strcmp(a->words[0], "list") == 0;
	const struct conf *conf;
	struct wire_client *client;
	int status;

	if (!list && strcmp(a->words[0], "rest") != 0 &&
	    strcmp(a->words[0], "resume") != 0)
		return options_wrong(&cmd_source, "\"%s\" is not list, rest "
		    "or resume", a->words[0]);
	if (a->count != (list ? 1 : 2))
		return options_wrong(&cmd_source, list ?
		    "list takes no address" : "which address?");
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	status = talk_open(conf, &client);
	conf_unref(conf);
	if (status != EX_OK)
		return status;
	status = ask(client, a);
	wire_client_close(client);
	return status;
}

const struct command cmd_source = {
	.name = "source",
	.synopsis = "list | rest ADDRESS | resume ADDRESS [--json]",
	.help = "the addresses that probes come from",
	.more = "No probe leaves from an address that rests. resume also ends "
	    "the rest of\none that is on a list, once its cause is removed.",
	.options = rows,
	.least = 1,
	.most = 2,
	.run = run,
};
