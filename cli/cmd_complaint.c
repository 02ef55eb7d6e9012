/*
 * complaint: what others wrote to us about our probes, and what became of it.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/logread.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "common/complaint.h"

#define LINES_MAX	10		/* verdicts shown with a complaint */

enum { FROM, ABOUT, TEXT, EXCLUDE, JSON };
static const struct option_row rows[] = {
	[FROM] = { "from", 0, "ADDRESS", "who complains, or unknown (add)" },
	[ABOUT] = { "about", 0, "DOMAIN|ADDRESS", "whose it is (add)" },
	[TEXT] = { "text", 0, "TEXT", "what it says, in short (add)" },
	[EXCLUDE] = { "exclude", 'x', NULL, "and exclude it (add)" },
	[JSON] = { "json", 'j', NULL, "one JSON object a line (list)" },
	{ NULL, 0, NULL, NULL }
};

/* --- telling the probe ---------------------------------------------------- */

static int
add(const struct args *a, const struct conf *conf, struct wire_client *c)
{
	char key[VERDICT_ID_SIZE], note[64];
	const char *about = a->values[ABOUT];
	bool exclude = a->values[EXCLUDE] != NULL ||
	    conf->identity.complaints == COMPLAINTS_EXCLUDE;
	const char *const wish[] = { "do", "add", "what", about, "ticket", key,
	    "note", note, NULL };
	const char *const own[] = { "do", "add", "what", key, "from",
	    a->values[FROM], "about", about, "text", a->values[TEXT],
	    "exclusion", exclude ? about : "", NULL };
	int error;

	verdict_id_make(key);
	(void)snprintf(note, sizeof note, "complaint %s", key);
	if (exclude && (error = talk_change(c, "exclude", wish, about)) != EX_OK)
		return error;
	if ((error = talk_change(c, "complaint", own, "complaint")) ==
	    EX_OK)
		out_line("complaint %s about %s is open%s", key, about,
		    exclude ? "; it is excluded from now on" : "");
	return error;
}

static int
change(struct wire_client *c, const char *key, const char *state)
{
	const char *const own[] = { "do", "change", "what", key, "state",
	    state, NULL };
	int error = talk_change(c, "complaint", own, key);

	if (error == EX_OK)
		out_line("complaint %s is %s", key, state);
	return error;
}

/* --- the list -------------------------------------------------------------- */

struct listing {
	struct store *store;
	const struct conf *conf;
	bool json;
	unsigned count, bad;
};

struct finding {
	struct logfilter filter;
	char ids[LINES_MAX][VERDICT_ID_SIZE];	/* the oldest first */
	size_t count;
};

static bool
read_line(const struct finding *f, const struct logfile_line *text,
    struct logline *line)
{
	if (!logfilter_may_match(&f->filter, text->text, text->len) ||
	    !logline_read(text->text, text->len, line))
		return false;
	if (logfilter_match(&f->filter, &line->verdict) &&
	    line->verdict.id != NULL && verdict_id_is(line->verdict.id))
		return true;
	logline_clear(line);
	return false;
}

static bool
fits(void *arg, const struct logfile_line *text)
{
	struct logline line;
	bool ok = read_line(arg, text, &line);

	if (ok)
		logline_clear(&line);
	return ok;
}

static bool
take_line(void *arg, const struct logfile_line *text)
{
	struct finding *f = arg;
	struct logline line;

	if (read_line(f, text, &line)) {
		(void)snprintf(f->ids[f->count++], VERDICT_ID_SIZE, "%s",
		    line.verdict.id);
		logline_clear(&line);
	}
	return f->count < LINES_MAX;
}

/* The newest verdicts on the domain, by their ids, the newest first. */
static struct jval *
verdicts_on(const struct conf *conf, const char *about)
{
	struct jval *ids = jval_array();
	struct finding f = { .count = 0 };
	char what[COMPLAINT_SHORT_MAX + 4];
	struct logread r;

	(void)snprintf(what, sizeof what, "@%s", about + (about[0] == '.'));
	if (ids == NULL || conf->log.verdicts[0] == '\0' ||
	    !logfilter_address(&f.filter, what))
		return ids;
	(void)logread_open(&r, conf->log.verdicts, 0);
	(void)logread_last(&r, LINES_MAX, fits, take_line, &f);
	logread_close(&r);
	while (f.count > 0) {
		struct jval *o = jval_object();

		if (jval_put_text(o, "id", f.ids[--f.count]))
			(void)jval_add(ids, o);
		else
			jval_free(o);
	}
	return ids;
}

static void
tell(const struct complaint *c, const struct jval *ids)
{
	char at[TIMES_LOCAL_SIZE];
	size_t i;

	times_local(c->at, at);
	out_line("%s  %s, %s", c->id, complaint_state_word(c->state), at);
	out_fact("from", "%s", c->from);
	out_fact("about", "%s%s", c->about, c->exclusion[0] != '\0' ?
	    ", excluded for it" : "");
	if (c->names[0] != '\0')
		out_fact("names", "%s", c->names);
	out_fact("text", "%s", c->text);
	if (c->message_id[0] != '\0')
		out_fact("message", "%s", c->message_id);
	for (i = 0; i < jval_count(ids); i++)
		out_fact(i == 0 ? "verdicts" : "", "%s",
		    jval_text(jval_get(jval_at(ids, i), "id")));
}

static bool
list_one(void *arg, const void *key, size_t key_len, const void *data,
    size_t len)
{
	struct listing *l = arg;
	struct complaint c;
	struct jval *ids, *o;

	(void)key;
	(void)key_len;
	if (!complaint_unseal(l->store, data, len, &c)) {
		l->bad++;
		return true;
	}
	l->count++;
	ids = verdicts_on(l->conf, c.about);
	if (!l->json) {
		tell(&c, ids);
		jval_free(ids);
		return true;
	}
	o = complaint_value(&c);
	out_value(jval_put(o, "verdicts", ids) ? o : NULL);
	jval_free(o);
	return true;
}

static int
list(const struct conf *conf, bool json)
{
	struct listing l = { .conf = conf, .json = json };
	enum store_status status = talk_store(conf, &l.store);
	int error = EX_OK;

	if (status == STORE_OK)
		status = store_walk_items(l.store, STORE_COMPLAINTS, list_one,
		    &l);
	if (status != STORE_OK)
		error = talk_store_error(conf, status);
	else if (l.count == 0 && !json)
		out_line("there are no complaints");
	if (l.bad > 0)
		out_warn("%u complaints cannot be read", l.bad);
	store_close(l.store);
	return error;
}

/* --- the command ----------------------------------------------------------- */

static int
to_probe(const struct args *a, const struct conf *conf, const char *what)
{
	struct wire_client *client;
	int error = talk_open(conf, &client);

	if (error != EX_OK)
		return error;
	if (strcmp(what, "add") == 0)
		error = add(a, conf, client);
	else
		error = change(client, a->words[1], strcmp(what, "close") ==
		    0 ? "closed" : "answered");
	wire_client_close(client);
	return error;
}

static int
run(const struct args *a)
{
	const char *what = a->words[0];
	bool adds = strcmp(what, "add") == 0;
	bool lists = strcmp(what, "list") == 0;
	const struct conf *conf;
	int error;

	if (!adds && !lists && strcmp(what, "close") != 0 &&
	    strcmp(what, "answer") != 0)
		return options_wrong(&cmd_complaint, "there is no \"%s\"",
		    what);
	if (a->count != (adds || lists ? 1 : 2))
		return options_wrong(&cmd_complaint, "%s takes %s", what,
		    adds || lists ? "no word" : "one ID");
	if (adds && (a->values[FROM] == NULL || a->values[ABOUT] == NULL ||
	    a->values[TEXT] == NULL))
		return options_wrong(&cmd_complaint, "add needs --from, "
		    "--about and --text");
	if (adds && !complaint_from_is(a->values[FROM]))
		return options_wrong(&cmd_complaint, "--from \"%s\" is no "
		    "address; write one such as bob@example.com, or unknown",
		    a->values[FROM]);
	if ((conf = talk_conf(a->config)) == NULL)
		return EX_CONFIG;
	error = lists ? list(conf, a->values[JSON] != NULL) :
	    to_probe(a, conf, what);
	conf_unref(conf);
	return error;
}

const struct command cmd_complaint = {
	.name = "complaint",
	.synopsis = "add --from ADDRESS --about DOMAIN|ADDRESS --text TEXT "
	    "[--exclude] |\n       rcptguard complaint list [--json] | "
	    "answer ID | close ID",
	.help = "what others wrote to us about our probes",
	.more = "list shows the newest verdicts on the domain as well, for "
	    "rcptguard explain ID.",
	.options = rows,
	.least = 1,
	.most = 2,
	.run = run,
};
