/*
 * override: the admin's own word on addresses and domains.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/entry_file.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/override_tell.h"
#include "cli/talk.h"

enum { STATE, NOTE, UNTIL, JSON };
static const struct option_row rows[] = {
	[STATE] = { "state", 's', "STATE", "deliverable, risky or "
	    "undeliverable (add)" },
	[NOTE] = { "note", 'n', "TEXT", "why (add)" },
	[UNTIL] = { "until", 'u', "TIME", "30d, or 2027-01-31; for good "
	    "without (add)" },
	[JSON] = { "json", 'j', NULL, "one JSON object a line (list)" },
	{ NULL, 0, NULL, NULL }
};

/* --- changing ------------------------------------------------------------ */

static int
add(void *arg, const struct entry_line *line)
{
	char until[24];
	const char *const attrs[] = { "do", "add", "what", line->what,
	    "state", line->state, "note", line->note,
	    "until", line->until != 0 ? until : NULL, NULL };

	(void)snprintf(until, sizeof until, "%" PRId64, line->until);
	return talk_change(arg, "override", attrs, line->what);
}

static int
add_words(const struct args *a, struct wire_client *c, int64_t until)
{
	struct entry_line line = {
		.state = a->values[STATE],
		.note = a->values[NOTE] != NULL ? a->values[NOTE] : "",
		.until = until,
	};
	int i, error = EX_OK;

	for (i = 1; i < a->count && error == EX_OK; i++) {
		line.what = a->words[i];
		if ((error = add(c, &line)) == EX_OK)
			out_line("%s: %s from now on", line.what, line.state);
	}
	return error;
}

static int
remove_words(const struct args *a, struct wire_client *c)
{
	int i, error = EX_OK;

	for (i = 1; i < a->count && error == EX_OK; i++) {
		const char *const attrs[] = { "do", "remove", "what",
		    a->words[i], NULL };

		error = talk_change(c, "override", attrs, a->words[i]);
		if (error == EX_OK)
			out_line("%s: no longer overridden", a->words[i]);
	}
	return error;
}

/* --- reading: in this process, without the probe ------------------------- */

struct walk {
	struct store *store;
	bool (*each)(struct walk *w, const struct override *o);
	FILE *file;
	unsigned count, bad;
};

static bool
walk_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct walk *w = arg;
	struct override o;

	(void)key;
	(void)key_len;
	if (!override_unseal(w->store, data, len, &o)) {
		w->bad++;
		return true;
	}
	w->count++;
	return w->each(w, &o);
}

static int
walk(const struct conf *conf, struct walk *w)
{
	enum store_status status = talk_store(conf, &w->store);
	int error = EX_OK;

	if (status == STORE_OK)
		status = store_walk_items(w->store, STORE_OVERRIDES, walk_one,
		    w);
	if (status != STORE_OK)
		error = talk_store_error(conf, status);
	if (w->bad > 0)
		out_warn("%u overrides in the store cannot be read", w->bad);
	store_close(w->store);
	return error;
}

static bool
tell_one(struct walk *w, const struct override *o)
{
	(void)w;
	override_tell(o);
	return true;
}

static bool
print_one(struct walk *w, const struct override *o)
{
	struct jval *v = override_value(o);

	(void)w;
	out_value(v);
	jval_free(v);
	return v != NULL;
}

static int
list(const struct conf *conf, bool json)
{
	struct walk w = { .each = json ? print_one : tell_one };
	int error = walk(conf, &w);

	if (error == EX_OK && !json && w.count == 0)
		out_line("nothing is overridden");
	return error;
}

static bool
write_one(struct walk *w, const struct override *o)
{
	const struct entry_line line = {
		.what = o->what,
		.state = verdict_state_word(o->state),
		.note = o->note,
		.ticket = "",
		.until = o->until,
	};

	return entry_line_write(w->file, &line);
}

static int
write_all(void *arg, FILE *f)
{
	const struct conf *const *conf = arg;
	struct walk w = { .each = write_one, .file = f };

	return walk(*conf, &w);
}

/* --- the command --------------------------------------------------------- */

enum verb { ADD, REMOVE, LIST, EXPORT, IMPORT, VERBS };

static const struct {
	const char *word;
	int least, most;		/* words behind it; -1: any */
	const char *takes;
} verbs[VERBS] = {
	[ADD] = { "add", 1, -1, "what to override" },
	[REMOVE] = { "remove", 1, -1, "what is overridden" },
	[LIST] = { "list", 0, 0, "no word" },
	[EXPORT] = { "export", 1, 1, "one FILE" },
	[IMPORT] = { "import", 1, 1, "one FILE" },
};

static int
to_probe(const struct args *a, const struct conf *conf, enum verb verb,
    int64_t until)
{
	struct wire_client *c;
	int error = talk_open(conf, &c);

	if (error != EX_OK)
		return error;
	if (verb == ADD)
		error = add_words(a, c, until);
	else if (verb == REMOVE)
		error = remove_words(a, c);
	else
		error = entry_import(a->words[1], ENTRY_OVERRIDE, add, c);
	wire_client_close(c);
	return error;
}

static int
act(const struct args *a, const struct conf *conf, enum verb verb,
    int64_t until)
{
	switch (verb) {
	case LIST:
		return list(conf, a->values[JSON] != NULL);
	case EXPORT:
		return entry_export(a->words[1], ENTRY_OVERRIDE, write_all,
		    &conf);
	case ADD:
	case REMOVE:
	case IMPORT:
	case VERBS:
		break;
	}
	return to_probe(a, conf, verb, until);
}

static int
run(const struct args *a)
{
	const struct conf *conf;
	int64_t until;
	int words = a->count - 1, error;
	unsigned verb = 0;

	while (verb < VERBS && strcmp(verbs[verb].word, a->words[0]) != 0)
		verb++;
	if (verb == VERBS)
		return options_wrong(&cmd_override, "there is no \"%s\"",
		    a->words[0]);
	if (words < verbs[verb].least || (verbs[verb].most != -1 &&
	    words > verbs[verb].most))
		return options_wrong(&cmd_override, "%s takes %s",
		    verbs[verb].word, verbs[verb].takes);
	if (verb == ADD && a->values[STATE] == NULL)
		return options_wrong(&cmd_override, "add needs --state "
		    "deliverable, risky or undeliverable");
	error = entry_until(&cmd_override, a->values[UNTIL], &until);
	if (error != EX_OK)
		return error;
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	error = act(a, conf, (enum verb)verb, until);
	conf_unref(conf);
	return error;
}

const struct command cmd_override = {
	.name = "override",
	.synopsis = "add --state STATE [--note TEXT] [--until TIME] "
	    "ADDRESS|DOMAIN ... |\n       rcptguard override remove "
	    "ADDRESS|DOMAIN ... | list [--json] | export FILE | import FILE",
	.help = "the admin's own word on addresses and domains",
	.more = "It stands before all else, in force at once and without a "
	    "probe; an address goes\nbefore its domain. undeliverable may be "
	    "refused, as the guard says. FILE \"-\" is here.\nOnly root and "
	    "the user of rcptguard-probe may change it (else 77).",
	.options = rows,
	.least = 1,
	.most = -1,
	.run = run,
};
