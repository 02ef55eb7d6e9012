/*
 * exclude: who asked not to be probed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/cmd_exclude_mail.h"
#include "cli/entry_file.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "cli/val.h"
#include "common/clock.h"
#include "common/jval.h"

#define STORED_MS	60000

enum { LIST, REMOVE, EXPORT, IMPORT, NOTE, TICKET, UNTIL, MAIL,
    JSON };
static const struct option_row rows[] = {
	[LIST] = { "list", 'l', NULL, "list what is excluded" },
	[REMOVE] = { "remove", 'r', "ENTRY", "take an exclusion back" },
	[EXPORT] = { "export", 0, "FILE", "write all as text, \"-\": here" },
	[IMPORT] = { "import", 0, "FILE", "add those of such a text" },
	[NOTE] = { "note", 'n', "TEXT", "why, or who asked" },
	[TICKET] = { "ticket", 't', "TEXT", "where that is written down" },
	[UNTIL] = { "until", 'u', "TIME", "30d, or 2027-01-31; for good "
	    "without this" },
	[MAIL] = { "mail", 'm', NULL, "a message on standard input asks" },
	[JSON] = { "json", 'j', NULL, "one JSON object a line (--list)" },
	{ NULL, 0, NULL, NULL }
};

/* --- one request --------------------------------------------------------- */

static void
begin(struct wire_client *c, struct wire_writer *w, char *buf, size_t size,
    char id[TALK_ID_SIZE], const char *what)
{
	(void)snprintf(id, TALK_ID_SIZE, "%llu",
	    (unsigned long long)wire_client_next_id(c));
	talk_begin(w, buf, size, "exclude", id);
	wire_put(w, "do", what);
}

static int
add(void *arg, const struct entry_line *line)
{
	char until[24];
	const char *const attrs[] = { "do", "add", "what", line->what,
	    "note", line->note, "ticket", line->ticket,
	    "until", line->until != 0 ? until : NULL, NULL };

	(void)snprintf(until, sizeof until, "%" PRId64, line->until);
	return talk_change(arg, "exclude", attrs, line->what);
}

static int
take_back(struct wire_client *c, const char *what)
{
	const char *const attrs[] = { "do", "remove", "what", what, NULL };
	int error = talk_change(c, "exclude", attrs, what);

	if (error == EX_OK)
		out_line("%s: no longer excluded", what);
	return error;
}

/* --- all of them --------------------------------------------------------- */

typedef bool entry_fn(void *arg, const struct jval *entry);

static bool
each_of(const char *list, entry_fn *each, void *arg)
{
	struct jval *entries = list != NULL ? jval_parse(list, strlen(list)) :
	    NULL;
	bool good = jval_is_array(entries);
	size_t i;

	for (i = 0; good && i < jval_count(entries); i++)
		good = each(arg, jval_at(entries, i));
	jval_free(entries);
	return good;
}

static int
each_page(struct wire_client *c, entry_fn *each, void *arg)
{
	char buf[WIRE_REQUEST_MAX], id[TALK_ID_SIZE], after[512] = "";
	struct wire_message answer;
	struct wire_writer w;
	const char *more;
	int error;

	do {
		begin(c, &w, buf, sizeof buf, id, "list");
		if (after[0] != '\0')
			wire_put(&w, "after", after);
		error = talk_call(c, &w, id, STORED_MS, &answer);
		if (error != EX_OK)
			return error;
		if (!each_of(wire_get(&answer, "list"), each, arg)) {
			out_warn("the list cannot be read or written");
			return EX_IOERR;
		}
		more = wire_get(&answer, "more");
		(void)snprintf(after, sizeof after, "%s",
		    more != NULL ? more : "");
	} while (after[0] != '\0');
	return EX_OK;
}

static bool
print_json(void *arg, const struct jval *entry)
{
	(void)arg;
	out_value(entry);
	return true;
}

static bool
print_entry(void *arg, const struct jval *entry)
{
	char since[TIMES_LOCAL_SIZE], until[TIMES_LOCAL_SIZE];
	int64_t end = val_int(entry, "until");
	bool over = end != 0 && end <= clock_wall_s();
	unsigned *n = arg;

	(*n)++;
	times_local(val_int(entry, "since"), since);
	if (end != 0)
		times_local(end, until);
	out_part("%-32s since %s", val_text(entry, "text"), since);
	if (end != 0)
		out_part(over ? ", over since %s" : " until %s", until);
	if (val_text(entry, "ticket")[0] != '\0')
		out_part(", ticket %s", val_text(entry, "ticket"));
	if (val_text(entry, "note")[0] != '\0')
		out_part(": %s", val_text(entry, "note"));
	out_line("%s", "");
	return true;
}

static int
list(struct wire_client *c, bool json)
{
	unsigned n = 0;
	int error = each_page(c, json ? print_json : print_entry, &n);

	if (error == EX_OK && !json && n == 0)
		out_line("nobody is excluded");
	return error;
}

static bool
write_entry(void *arg, const struct jval *entry)
{
	const struct entry_line line = {
		.what = val_text(entry, "text"),
		.state = "",
		.note = val_text(entry, "note"),
		.ticket = val_text(entry, "ticket"),
		.until = val_int(entry, "until"),
	};

	return entry_line_write(arg, &line);
}

static int
write_all(void *arg, FILE *f)
{
	return each_page(arg, write_entry, f);
}

/* --- the command --------------------------------------------------------- */

static int
add_words(const struct args *a, struct wire_client *c, int64_t until)
{
	struct entry_line line = {
		.note = a->values[NOTE] != NULL ? a->values[NOTE] : "",
		.ticket = a->values[TICKET] != NULL ? a->values[TICKET] : "",
		.until = until,
	};
	int i, error = EX_OK;

	for (i = 0; i < a->count && error == EX_OK; i++) {
		line.what = a->words[i];
		if ((error = add(c, &line)) == EX_OK)
			out_line("%s: excluded from now on", line.what);
	}
	return error;
}

static int
act(const struct args *a, struct wire_client *c, int64_t until)
{
	if (a->values[LIST] != NULL)
		return list(c, a->values[JSON] != NULL);
	if (a->values[REMOVE] != NULL)
		return take_back(c, a->values[REMOVE]);
	if (a->values[EXPORT] != NULL)
		return entry_export(a->values[EXPORT], ENTRY_EXCLUSION,
		    write_all, c);
	if (a->values[IMPORT] != NULL)
		return entry_import(a->values[IMPORT], ENTRY_EXCLUSION, add,
		    c);
	return add_words(a, c, until);
}

static int
run(const struct args *a)
{
	const struct conf *conf;
	struct wire_client *client;
	int64_t until;
	int what = (a->values[MAIL] != NULL) + (a->values[LIST] != NULL) +
	    (a->values[REMOVE] != NULL) + (a->values[EXPORT] != NULL) +
	    (a->values[IMPORT] != NULL) + (a->count > 0);
	int error;

	if (what != 1)
		return options_wrong(&cmd_exclude, "say one of: what to "
		    "exclude, --list, --remove, --export, --import, --mail");
	error = entry_until(&cmd_exclude, a->values[UNTIL], &until);
	if (error != EX_OK)
		return error;
	/* The mail server must keep what cannot be read now. */
	if ((conf = talk_conf(a->config)) == NULL)
		return a->values[MAIL] != NULL ? EX_TEMPFAIL : EX_CONFIG;
	if (a->values[MAIL] != NULL)
		error = exclude_mail(conf);
	else if ((error = talk_open(conf, &client)) == EX_OK) {
		error = act(a, client, until);
		wire_client_close(client);
	}
	conf_unref(conf);
	return error;
}

const struct command cmd_exclude = {
	.name = "exclude",
	.synopsis = "[--note TEXT] [--ticket TEXT] [--until TIME] "
	    "DOMAIN|.DOMAIN|mx:PATTERN|ADDRESS|NETWORK ...\n"
	    "       rcptguard exclude --list [--json] | --remove ENTRY | "
	    "--export FILE | --import FILE |\n"
	    "       rcptguard exclude --mail",
	.help = "never probe who asked not to be",
	.more = "DOMAIN is that one alone, .DOMAIN what is below it as well; "
	    "mx:PATTERN names mail\nhosts (\"*\", \"?\"), ADDRESS and NETWORK "
	    "(IPv4, IPv6) are theirs. In force at once, also\nfor probes under "
	    "way, and after a restart. Only root and the user of\n"
	    "rcptguard-probe may do this (else 77).",
	.options = rows,
	.least = 0,
	.most = -1,
	.run = run,
};
