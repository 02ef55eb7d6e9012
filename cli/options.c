#include "cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <sysexits.h>

#include "cli/out.h"
#include "common/conf.h"

/* What every command takes, behind its own rows. */
static const struct option_row common_rows[] = {
	{ "config", 'c', "FILE", "settings (default " CONF_DEFAULT_FILE ")" },
	{ "help", 'h', NULL, "print this" },
	{ NULL, 0, NULL, NULL }
};
#define COMMON_COUNT	2
#define CONFIG		0
#define CODES		256		/* above letters, for getopt_long */

struct tables {
	struct option longs[OPTIONS_MAX + COMMON_COUNT + 1];
	char shorts[2 * (OPTIONS_MAX + COMMON_COUNT) + 2];
	const struct option_row *rows[OPTIONS_MAX + COMMON_COUNT];
	size_t count, own;
};

static void
add(struct tables *t, const struct option_row *r, char **shorts)
{
	struct option *o = &t->longs[t->count];

	o->name = r->name;
	o->has_arg = r->value != NULL ? required_argument : no_argument;
	o->val = CODES + (int)t->count;
	if (r->letter != 0) {
		*(*shorts)++ = r->letter;
		if (r->value != NULL)
			*(*shorts)++ = ':';
	}
	t->rows[t->count++] = r;
}

static void
build(const struct command *c, struct tables *t)
{
	const struct option_row *r;
	char *shorts = t->shorts;

	memset(t, 0, sizeof *t);
	*shorts++ = ':';
	for (r = c->options; r->name != NULL && t->count < OPTIONS_MAX; r++)
		add(t, r, &shorts);
	t->own = t->count;
	for (r = common_rows; r->name != NULL; r++)
		add(t, r, &shorts);
}

/* The row's number; t->count if there is none. */
static size_t
row_of(const struct tables *t, int code)
{
	size_t i;

	if (code >= CODES)
		return (size_t)(code - CODES);
	for (i = 0; i < t->count; i++)
		if (t->rows[i]->letter == (char)code)
			return i;
	return t->count;
}

static void
wrong_option(const struct command *c, const struct tables *t, int code,
    int before, char **argv)
{
	size_t row = row_of(t, optopt);

	/* optopt: a letter, also one of several in a word; 0: a long name. */
	if (optopt > 0 && optopt < CODES)
		options_wrong(c, code == ':' ? "the option \"-%c\" lacks its "
		    "value" : "there is no option \"-%c\"", optopt);
	else if (code == '?' && optopt >= CODES && row < t->count)
		options_wrong(c, "the option \"--%s\" takes no value",
		    t->rows[row]->name);
	else
		options_wrong(c, code == ':' ? "the option \"%s\" lacks its "
		    "value" : "there is no option \"%s\"",
		    argv[optind > before ? optind - 1 : before]);
}

static enum options_status
read_all(const struct command *c, const struct tables *t, int argc,
    char **argv, struct args *args)
{
	size_t row;
	int before = 1, code;

	optind = 0;			/* glibc: begin anew */
	opterr = 0;
	for (; (code = getopt_long(argc, argv, t->shorts, t->longs,
	    NULL)) != -1; before = optind) {
		if (code == '?' || code == ':') {
			wrong_option(c, t, code, before, argv);
			return OPTIONS_WRONG;
		}
		row = row_of(t, code);
		if (row < t->own)
			args->values[row] = optarg != NULL ? optarg : "";
		else if (row == t->own + CONFIG)
			args->config = optarg;
		else
			return OPTIONS_HELP;
	}
	args->words = argv + optind;
	args->count = argc - optind;
	return OPTIONS_RUN;
}

enum options_status
options_read(const struct command *c, int argc, char **argv,
    struct args *args)
{
	struct tables t;
	enum options_status status;

	build(c, &t);
	status = read_all(c, &t, argc, argv, args);
	if (status != OPTIONS_RUN)
		return status;
	if (args->count < c->least) {
		options_wrong(c, "a word is missing");
		return OPTIONS_WRONG;
	}
	if (c->most >= 0 && args->count > c->most) {
		options_wrong(c, "\"%s\" is one word too many",
		    args->words[c->most]);
		return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}

static void
help_row(const struct option_row *r, FILE *f)
{
	char left[64];

	(void)snprintf(left, sizeof left, "--%s%s%s", r->name,
	    r->value != NULL ? " " : "", r->value != NULL ? r->value : "");
	if (r->letter != 0)
		(void)fprintf(f, "  -%c, %-20s %s\n", r->letter, left, r->help);
	else
		(void)fprintf(f, "      %-20s %s\n", left, r->help);
}

void
options_help(const struct command *c, FILE *f)
{
	const struct option_row *r;

	(void)fprintf(f, "usage: rcptguard %s%s%s\n%s\n\n", c->name,
	    c->synopsis[0] != '\0' ? " " : "", c->synopsis, c->help);
	if (c->more != NULL)
		(void)fprintf(f, "%s\n\n", c->more);
	for (r = c->options; r->name != NULL; r++)
		help_row(r, f);
	for (r = common_rows; r->name != NULL; r++)
		help_row(r, f);
}

static void
usage(const struct command *c)
{
	(void)fprintf(stderr, "usage: rcptguard %s%s%s\n", c->name,
	    c->synopsis[0] != '\0' ? " " : "", c->synopsis);
}

int
options_wrong(const struct command *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	out_warn("%s: %s", c->name, text);
	usage(c);
	return EX_USAGE;
}
