/*
 * canary: what the providers last said of their canaries.
 */
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "cli/val.h"
#include "common/clock.h"
#include "common/jval.h"

#define STATUS_MS	3000

enum { JSON };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON object a line" },
	{ NULL, 0, NULL, NULL }
};

static const char *
text_of(const struct jval *o, const char *name)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL ? text : "not asked yet";
}

static bool
is_lowered(const struct jval *o)
{
	return strcmp(text_of(o, "state"), "signals_only") == 0;
}

static void
tell_plain(const struct jval *o)
{
	int64_t asked = val_int(o, "asked_at");
	char age[TIMES_SPAN_SIZE], every[TIMES_SPAN_SIZE];

	times_span(clock_wall_s() - asked, age);
	times_span(val_int(o, "every_s"), every);
	out_line("%s: %s", text_of(o, "provider"), is_lowered(o) ?
	    "not asked, its answers mean nothing" : "asked as usual");
	out_fact("good", "%s: %s", text_of(o, "good"),
	    text_of(o, "good_reason"));
	out_fact("bad", "%s: %s", text_of(o, "bad"),
	    text_of(o, "bad_reason"));
	out_fact("drift", "%s; rounds in a row: %lld wrong, %lld right",
	    text_of(o, "drift"), (long long)val_int(o, "wrong"),
	    (long long)val_int(o, "right"));
	if (asked != 0)
		out_fact("asked", "%s ago, every %s", age, every);
}

static int
tell(const struct jval *list, bool json)
{
	size_t i;
	int status = EX_OK;

	for (i = 0; i < jval_count(list); i++) {
		if (json)
			out_value(jval_at(list, i));
		else
			tell_plain(jval_at(list, i));
		if (is_lowered(jval_at(list, i)))
			status = 1;
	}
	if (i == 0 && !json)
		out_line("there are no canaries; see canaries in "
		    "rcptguard.conf(5)");
	return status;
}

static int
canary(struct wire_client *client, bool json)
{
	struct wire_message answer;
	struct jval *status;
	const char *text;
	int error = talk_ask(client, "status", STATUS_MS, &answer);

	if (error != EX_OK)
		return error;
	text = wire_get(&answer, "status");
	status = text != NULL ? jval_parse(text, strlen(text)) : NULL;
	if (!jval_is_array(jval_get(status, "canaries"))) {
		out_warn("rcptguard-probe says nothing of canaries; is it of "
		    "this version?");
		error = EX_UNAVAILABLE;
	} else {
		error = tell(jval_get(status, "canaries"), json);
	}
	jval_free(status);
	return error;
}

static int
run(const struct args *a)
{
	struct wire_client *client;
	int status = talk_open_by(a->config, &client);

	if (status != EX_OK)
		return status;
	status = canary(client, a->values[JSON] != NULL);
	wire_client_close(client);
	return status;
}

const struct command cmd_canary = {
	.name = "canary",
	.synopsis = "[--json]",
	.help = "what providers say of addresses that we know",
	.more = "1: the addresses of a provider are not probed, because its "
	    "answers mean nothing.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
