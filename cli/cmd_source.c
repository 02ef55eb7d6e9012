/*
 * source: the addresses that probes come from, and which of them rest.
 */
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/sources.h"
#include "cli/talk.h"
#include "common/jval.h"

#define SOURCE_MS	5000
#define ID		"source"

enum { CAUSE, BY, JSON };
static const struct option_row rows[] = {
	[CAUSE] = { "cause", 0, "TEXT", "what was wrong and what was done" },
	[BY] = { "by", 0, "ADDRESS", "what replaces it (retire)" },
	[JSON] = { "json", 'j', NULL, "one JSON array (list)" },
	{ NULL, 0, NULL, NULL }
};

static const struct {
	const char *word;
	bool address, cause;		/* needed */
} orders[] = {
	{ "list", false, false },
	{ "rest", true, false },
	{ "resume", true, true },
	{ "retire", true, true },
	{ "unretire", true, true },
};
#define ORDERS	(sizeof orders / sizeof orders[0])

static struct jval *
value_of(const struct wire_message *answer, const char *name)
{
	const char *json = wire_get(answer, name);

	return json != NULL ? jval_parse(json, strlen(json)) : NULL;
}

static int
tell(const struct args *a, const struct wire_message *answer)
{
	struct jval *sources = value_of(answer, "sources");
	struct jval *retired = value_of(answer, "retired");
	const char *note = wire_get(answer, "note");
	int status = EX_OK;

	if (sources == NULL || retired == NULL) {
		out_warn("%s", client_status_text(CLIENT_GARBAGE));
		status = EX_UNAVAILABLE;
	} else if (a->values[JSON] != NULL) {
		out_value(sources);
	} else {
		sources_tell(sources);
		retired_tell(retired);
	}
	if (note != NULL)
		out_warn("%s", note);
	jval_free(sources);
	jval_free(retired);
	return status;
}

static int
ask(struct wire_client *client, const struct args *a)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_message answer;
	struct wire_writer w;
	int status;

	talk_begin(&w, buf, sizeof buf, "source", ID);
	wire_put(&w, "do", a->words[0]);
	if (a->count > 1)
		wire_put(&w, "address", a->words[1]);
	if (a->values[CAUSE] != NULL)
		wire_put(&w, "cause", a->values[CAUSE]);
	if (a->values[BY] != NULL)
		wire_put(&w, "by", a->values[BY]);
	status = talk_call(client, &w, ID, SOURCE_MS, &answer);
	if (status == EX_OK)
		status = talk_answer_error(&answer);
	return status == EX_OK ? tell(a, &answer) : status;
}

/* EX_OK, or what is wrong has been said. */
static int
check(const struct args *a)
{
	const char *word = a->words[0];
	size_t i;

	for (i = 0; i < ORDERS && strcmp(orders[i].word, word) != 0; i++)
		continue;
	if (i == ORDERS)
		return options_wrong(&cmd_source, "\"%s\" is not list, rest, "
		    "resume, retire or unretire", word);
	if (a->count != (orders[i].address ? 2 : 1))
		return options_wrong(&cmd_source, orders[i].address ?
		    "%s: which address?" : "%s takes no address", word);
	if (orders[i].cause && a->values[CAUSE] == NULL)
		return options_wrong(&cmd_source, "%s needs --cause TEXT: "
		    "what was wrong, and what was done about it", word);
	if (!orders[i].address && a->values[CAUSE] != NULL)
		return options_wrong(&cmd_source, "%s takes no cause", word);
	if (a->values[BY] != NULL && strcmp(word, "retire") != 0)
		return options_wrong(&cmd_source, "--by goes with retire");
	return EX_OK;
}

static int
run(const struct args *a)
{
	struct wire_client *client;
	int status = check(a);

	if (status == EX_OK)
		status = talk_open_by(a->config, &client);
	if (status != EX_OK)
		return status;
	status = ask(client, a);
	wire_client_close(client);
	return status;
}

const struct command cmd_source = {
	.name = "source",
	.synopsis = "list [--json] | rest ADDRESS [--cause TEXT] |\n"
	    "       rcptguard source resume ADDRESS --cause TEXT |\n"
	    "       rcptguard source retire ADDRESS [--by ADDRESS] "
	    "--cause TEXT |\n"
	    "       rcptguard source unretire ADDRESS --cause TEXT",
	.help = "the addresses that probes come from",
	.more = "No probe leaves from an address that rests. resume also ends "
	    "the rest of\none that is on a list or that several providers "
	    "refused; carrying on\nunchanged leads back there. \"any\" is "
	    "what the system chooses.\nretire is for good; what replaces it "
	    "begins at the lowest step, after preflight.",
	.options = rows,
	.least = 1,
	.most = 2,
	.run = run,
};
