/*
 * cache: what is remembered; one address, the whole, and how to forget.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/known.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/stats.h"
#include "cli/talk.h"
#include "common/clock.h"

#define NOT_KNOWN	1		/* exit status */
#define PURGE_MS	60000

enum { JSON, YES };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON object (get, stats)" },
	[YES] = { "yes", 'y', NULL, "really purge a whole domain" },
	{ NULL, 0, NULL, NULL }
};

static void
print_object(struct jval *o)
{
	out_value(o);
	jval_free(o);
}

/* --- get ---------------------------------------------------------------- */

static int
tell_known(const struct args *a, const struct known *k)
{
	int64_t now = clock_wall_s();

	if (!k->have) {
		out_warn("nothing is remembered of %s; rcptguard check %s asks",
		    k->address, k->address);
		return NOT_KNOWN;
	}
	if (a->values[JSON] != NULL) {
		print_object(known_json(k, now));
	} else {
		known_tell_verdict(k->address, k->verdict.reason);
		known_tell_times(&k->verdict, now);
	}
	return verdict_is_expired(&k->verdict, now) ? NOT_KNOWN : EX_OK;
}

static int
get(const struct args *a, const struct conf *conf, const char *word)
{
	enum address_status syntax;
	enum store_status status;
	struct address addr;
	struct store *store;
	struct known k;
	int exit_status;

	syntax = address_parse(word, strlen(word), &addr);
	if (syntax != ADDRESS_OK)
		return options_wrong(&cmd_cache, "\"%s\" is no address: %s",
		    word, address_status_text(syntax));
	memset(&k, 0, sizeof k);
	status = talk_store(conf, &store);
	if (status == STORE_OK)
		status = known_read(store, &addr, &k);
	if (status != STORE_OK)
		exit_status = talk_store_error(conf, status);
	else
		exit_status = tell_known(a, &k);
	known_clear(&k);
	store_close(store);
	return exit_status;
}

/* --- purge -------------------------------------------------------------- */

static int
tell_purged(const struct wire_message *answer, const char *what)
{
	const char *result = wire_get(answer, "result");
	const char *text = wire_get(answer, "text");
	uint64_t n = 0;

	if (result == NULL || strcmp(result, "ok") != 0) {
		out_warn("%s was not purged: %s", what,
		    text != NULL ? text : "the probe does not say why");
		return EX_UNAVAILABLE;
	}
	(void)wire_get_u64(answer, "count", INT64_MAX, &n);
	out_line("%s: %llu verdict%s forgotten", what, (unsigned long long)n,
	    n == 1 ? "" : "s");
	return EX_OK;
}

/* The probe would say the same, but not how it should be. */
static bool
can_be_purged(const char *word)
{
	char whole[ADDRESS_DOMAIN_MAX + 8];
	struct address addr;

	if (word[0] != '@')
		return address_parse(word, strlen(word), &addr) == ADDRESS_OK;
	if (strlen(word) >= sizeof whole - 1)
		return false;
	(void)snprintf(whole, sizeof whole, "x%s", word);
	return address_parse(whole, strlen(whole), &addr) == ADDRESS_OK;
}

static int
purge(const struct args *a, const struct conf *conf, const char *word)
{
	bool domain = word[0] == '@';
	char buf[WIRE_REQUEST_MAX], id[TALK_ID_SIZE];
	struct wire_message answer;
	struct wire_client *client;
	struct wire_writer w;
	int error;

	if (!can_be_purged(word))
		return options_wrong(&cmd_cache, "\"%s\" is neither an address "
		    "nor @DOMAIN", word);
	if (domain && a->values[YES] == NULL)
		return options_wrong(&cmd_cache, "this forgets every verdict "
		    "on \"%s\"; say --yes if that is meant", word);
	if ((error = talk_open(conf, &client)) != EX_OK)
		return error;
	(void)snprintf(id, sizeof id, "%llu",
	    (unsigned long long)wire_client_next_id(client));
	talk_begin(&w, buf, sizeof buf, "purge", id);
	wire_put(&w, domain ? "domain" : "address", domain ? word + 1 : word);
	error = talk_call(client, &w, id, PURGE_MS, &answer);
	if (error == EX_OK)
		error = tell_purged(&answer, word);
	wire_client_close(client);
	return error;
}

/* --- stats -------------------------------------------------------------- */

static int
stats(const struct args *a, const struct conf *conf, const char *word)
{
	struct stats s;
	int error = stats_read(conf, true, &s);

	(void)word;
	if (a->values[JSON] != NULL)
		print_object(stats_json(&s));
	else
		stats_tell(conf, &s);
	return error;
}

static const struct {
	const char *name;
	int words;			/* behind the name */
	int (*run)(const struct args *, const struct conf *, const char *);
} parts[] = {
	{ "get", 1, get },
	{ "purge", 1, purge },
	{ "stats", 0, stats },
};

static int
run(const struct args *a)
{
	const struct conf *conf;
	size_t i;
	int status;

	for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strcmp(parts[i].name, a->words[0]) == 0)
			break;
	if (i == sizeof parts / sizeof parts[0])
		return options_wrong(&cmd_cache, "there is no \"%s\"",
		    a->words[0]);
	if (a->count != parts[i].words + 1)
		return options_wrong(&cmd_cache, parts[i].words == 0 ?
		    "%s takes no word" : "%s takes one word", parts[i].name);
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	status = parts[i].run(a, conf, a->words[1]);
	conf_unref(conf);
	return status;
}

const struct command cmd_cache = {
	.name = "cache",
	.synopsis = "get ADDRESS | purge [--yes] ADDRESS|@DOMAIN | stats "
	    "[--json]",
	.help = "what is remembered, and how to forget it",
	.more = "get exits 1 if nothing that still counts is remembered. Only "
	    "root and the user of\nrcptguard-probe may purge (else 77).",
	.options = rows,
	.least = 1,
	.most = 2,
	.run = run,
};
