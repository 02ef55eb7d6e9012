/*
 * listing: which lists name our addresses and names, and how far we are in
 * getting off each.
 */
#include <string.h>
#include <sysexits.h>

#include "cli/options.h"
#include "cli/out.h"
#include "cli/sources.h"
#include "cli/talk.h"
#include "common/jval.h"

#define LISTING_MS	5000
#define ID		"listing"

enum { NOTE, JSON };
static const struct option_row rows[] = {
	[NOTE] = { "note", 0, "TEXT", "a ticket number, what was written" },
	[JSON] = { "json", 'j', NULL, "one JSON array (list)" },
	{ NULL, 0, NULL, NULL }
};

static const struct {
	const char *word;
	const char *state;		/* for the probe; NULL: as it was */
} orders[] = {
	{ "list", NULL },
	{ "requested", "requested" },
	{ "closed", "closed" },
	{ "open", "none" },
	{ "note", NULL },
};
#define ORDERS	(sizeof orders / sizeof orders[0])

static int
tell(const struct args *a, const struct wire_message *answer)
{
	const char *json = wire_get(answer, "listings");
	struct jval *list = json != NULL ? jval_parse(json, strlen(json)) :
	    NULL;

	if (list == NULL) {
		out_warn("%s", client_status_text(CLIENT_GARBAGE));
		return EX_UNAVAILABLE;
	}
	if (a->values[JSON] != NULL)
		out_value(list);
	else if (jval_count(list) == 0)
		out_line("no list names us, nor has of late");
	else
		listings_tell(list);
	jval_free(list);
	return EX_OK;
}

static int
ask(struct wire_client *client, const struct args *a, const char *state)
{
	char buf[WIRE_REQUEST_MAX];
	struct wire_message answer;
	struct wire_writer w;
	int status;

	talk_begin(&w, buf, sizeof buf, "listing", ID);
	wire_put(&w, "do", a->count == 1 ? "list" : "ticket");
	if (a->count == 3) {
		wire_put(&w, "what", a->words[1]);
		wire_put(&w, "zone", a->words[2]);
	}
	if (state != NULL)
		wire_put(&w, "state", state);
	if (a->values[NOTE] != NULL)
		wire_put(&w, "note", a->values[NOTE]);
	status = talk_call(client, &w, ID, LISTING_MS, &answer);
	if (status == EX_OK)
		status = talk_answer_error(&answer);
	return status == EX_OK ? tell(a, &answer) : status;
}

static int
run(const struct args *a)
{
	const char *word = a->words[0];
	bool list = strcmp(word, "list") == 0;
	struct wire_client *client;
	int status;
	size_t i;

	for (i = 0; i < ORDERS && strcmp(orders[i].word, word) != 0; i++)
		continue;
	if (i == ORDERS)
		return options_wrong(&cmd_listing, "\"%s\" is not list, "
		    "requested, closed, open or note", word);
	if (a->count != (list ? 1 : 3))
		return options_wrong(&cmd_listing, list ? "%s takes no word" :
		    "%s takes two words: what is listed, and the list", word);
	if (list && a->values[NOTE] != NULL)
		return options_wrong(&cmd_listing, "list takes no note");
	if (strcmp(word, "note") == 0 && a->values[NOTE] == NULL)
		return options_wrong(&cmd_listing, "note needs --note TEXT");
	if ((status = talk_open_by(a->config, &client)) != EX_OK)
		return status;
	status = ask(client, a, orders[i].state);
	wire_client_close(client);
	return status;
}

const struct command cmd_listing = {
	.name = "listing",
	.synopsis = "list [--json] |\n"
	    "       rcptguard listing requested ADDRESS|NAME LIST "
	    "[--note TEXT] |\n"
	    "       rcptguard listing closed ADDRESS|NAME LIST "
	    "[--note TEXT] |\n"
	    "       rcptguard listing open ADDRESS|NAME LIST [--note TEXT] |\n"
	    "       rcptguard listing note ADDRESS|NAME LIST --note TEXT",
	.help = "lists that name us, and what was done to get off them",
	.more = "Ask for removal at the link that list shows, once the cause "
	    "is removed, and\nsay so: requested has the lists asked again "
	    "half an hour later, then hourly.\nNothing is filled in or sent "
	    "for you.",
	.options = rows,
	.least = 1,
	.most = 3,
	.run = run,
};
