#include <string.h>

#include "common/conf_schema.h"
#include "common/conf_units.h"
#include "common/conf_value.h"

/*
 * A line that begins with "#" and no space is a setting without the "#"; all
 * other comments have a space there. So an example is switched on with one key.
 */
struct writer {
	FILE *out;
	int depth;
	bool example;
};

static void write_table(struct writer *w, const struct conf_table *t);

static void
indent(const struct writer *w)
{
	for (int i = 0; i < w->depth; i++)
		fputc('\t', w->out);
}

/* The start of a line that holds a setting. */
static void
setting(const struct writer *w, bool off)
{
	if (w->example || off)
		fputc('#', w->out);
	indent(w);
}

static void
comment(const struct writer *w, const char *text)
{
	while (*text != '\0') {
		size_t line = strcspn(text, "\n");

		indent(w);
		fprintf(w->out, "# %.*s\n", (int)line, text);
		text += line + (text[line] == '\n');
	}
}

static void
explain(const struct writer *w, const struct conf_key *k)
{
	char least[CONF_UNIT_TEXT_SIZE], most[CONF_UNIT_TEXT_SIZE], range[128];

	fputc('\n', w->out);
	comment(w, k->help);
	if (k->words != NULL || k->most == 0)
		return;
	conf_value_bound(k, k->least, least, sizeof least);
	conf_value_bound(k, k->most, most, sizeof most);
	snprintf(range, sizeof range, "From %s to %s.", least, most);
	comment(w, range);
}

static void
write_default(FILE *out, const struct conf_key *k)
{
	if (k->required)
		conf_value_print_string(k->example, out);
	else if (k->dflt == NULL)
		fputs("[ ]", out);
	else if (k->kind == KIND_INT || k->kind == KIND_FLOAT ||
	    k->kind == KIND_BOOL)
		fputs(k->dflt, out);
	else
		conf_value_print_string(k->dflt, out);
}

/* A list of groups is empty by default; one group stands as the example. */
static void
write_rows(struct writer *w, const struct conf_key *k, const char *name)
{
	bool example = w->example;

	setting(w, true);
	fprintf(w->out, "%s = ( {\n", name);
	w->example = true;
	w->depth++;
	write_table(w, k->rows);
	w->depth--;
	w->example = example;
	setting(w, true);
	fputs("} );\n", w->out);
}

/* A required key has no default: it waits for the admin. */
static void
write_key(struct writer *w, const struct conf_key *k)
{
	const char *name = conf_key_leaf(k->name);

	explain(w, k);
	if (k->kind == KIND_GROUPS) {
		write_rows(w, k, name);
		return;
	}
	setting(w, k->required);
	fprintf(w->out, "%s = ", name);
	write_default(w->out, k);
	fputs(";\n", w->out);
}

static void
open_group(void *arg, const char *name, size_t len)
{
	struct writer *w = arg;

	fputc('\n', w->out);
	setting(w, false);
	fprintf(w->out, "%.*s: {\n", (int)len, name);
	w->depth++;
}

static void
close_group(void *arg)
{
	struct writer *w = arg;

	w->depth--;
	setting(w, false);
	fputs("};\n", w->out);
}

static void
write_table(struct writer *w, const struct conf_table *t)
{
	static const struct conf_groups groups = { open_group, close_group };

	for (size_t i = 0; i < t->count; i++) {
		conf_groups_step(&groups, t, i, w);
		if (i == 0 || t->keys[i].family == NULL ||
		    t->keys[i - 1].family == NULL)
			write_key(w, &t->keys[i]);
	}
	conf_groups_step(&groups, t, t->count, w);
}

void
conf_print_defaults(FILE *out)
{
	struct writer w = { out, 0, false };

	fputs("# rcptguard.conf: every key at its default. "
	    "See rcptguard.conf(5).\n"
	    "# A line that begins with \"#\" and no space is an example: "
	    "take away the\n# \"#\" and put in your own.\n", out);
	write_table(&w, &conf_schema);
}
