#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/entry_file.h"
#include "cli/out.h"
#include "cli/times.h"
#include "common/clock.h"

static const char *
take_field(char *field, enum entry_kind kind, int64_t now_ms,
    struct entry_line *out)
{
	int64_t ms;

	if (strncmp(field, "until=", 6) == 0) {
		if (!times_parse_end(field + 6, now_ms, &ms) || ms < 1000)
			return "its until= is no time; write one as in "
			    "\"30d\" or \"2027-01-31 12:00\"";
		out->until = ms / 1000;
	} else if (kind == ENTRY_OVERRIDE && strncmp(field, "state=", 6) == 0) {
		out->state = field + 6;
	} else if (kind == ENTRY_EXCLUSION &&
	    strncmp(field, "ticket=", 7) == 0) {
		out->ticket = field + 7;
	} else if (strncmp(field, "note=", 5) == 0) {
		out->note = field + 5;
	} else {
		return kind == ENTRY_OVERRIDE ? "a field behind a tab begins "
		    "with state=, until= or note=" : "a field behind a tab "
		    "begins with until=, ticket= or note=";
	}
	return NULL;
}

const char *
entry_line_read(char *line, enum entry_kind kind, int64_t now_ms,
    struct entry_line *out)
{
	const char *wrong = NULL;
	char *field, *rest;

	memset(out, 0, sizeof *out);
	out->note = out->ticket = out->state = "";
	line[strcspn(line, "\r\n")] = '\0';
	line += strspn(line, " \t");
	if (line[0] == '\0' || line[0] == '#')
		return NULL;
	rest = line;
	field = strsep(&rest, "\t");
	while (field[0] != '\0' && field[strlen(field) - 1] == ' ')
		field[strlen(field) - 1] = '\0';
	out->what = field;
	while (wrong == NULL && (field = strsep(&rest, "\t")) != NULL)
		if (field[0] != '\0')
			wrong = take_field(field, kind, now_ms, out);
	return wrong;
}

int
entry_until(const struct command *c, const char *text, int64_t *until)
{
	int64_t ms = 0, now = clock_wall_ms();

	*until = 0;
	if (text != NULL && (!times_parse_end(text, now, &ms) || ms <= now))
		return options_wrong(c, "--until \"%s\" is no time to come; "
		    "write one as in \"30d\" or \"2027-01-31\"", text);
	*until = ms / 1000;
	return EX_OK;
}

bool
entry_line_write(FILE *f, const struct entry_line *line)
{
	char until[TIMES_LOCAL_SIZE];

	if (fputs(line->what, f) == EOF)
		return false;
	if (line->state[0] != '\0' && fprintf(f, "\tstate=%s",
	    line->state) < 0)
		return false;
	if (line->until != 0) {
		times_local(line->until, until);
		if (fprintf(f, "\tuntil=%s", until) < 0)
			return false;
	}
	if (line->ticket[0] != '\0' && fprintf(f, "\tticket=%s",
	    line->ticket) < 0)
		return false;
	if (line->note[0] != '\0' && fprintf(f, "\tnote=%s", line->note) < 0)
		return false;
	return fputc('\n', f) != EOF;
}

/* --- files --------------------------------------------------------------- */

static const struct {
	const char *one, *command;
} kinds[] = {
	[ENTRY_EXCLUSION] = { "exclusion", "exclude --import" },
	[ENTRY_OVERRIDE] = { "override", "override import" },
};

static int
import_lines(FILE *f, const char *path, enum entry_kind kind,
    entry_add_fn *add, void *arg, unsigned *n)
{
	char *text = NULL;
	size_t size = 0;
	unsigned number = 0;
	struct entry_line line;
	const char *wrong;
	int error = EX_OK;

	while (error == EX_OK && getline(&text, &size, f) != -1) {
		number++;
		wrong = entry_line_read(text, kind, clock_wall_ms(), &line);
		if (wrong != NULL) {
			out_warn("%s:%u: %s", path, number, wrong);
			error = EX_DATAERR;
		} else if (line.what != NULL) {
			if ((error = add(arg, &line)) == EX_OK)
				(*n)++;
			else
				out_warn("%s:%u: not added", path, number);
		}
	}
	if (error == EX_OK && ferror(f)) {
		out_warn("%s: %s", path, strerror(errno));
		error = EX_IOERR;
	}
	free(text);
	return error;
}

int
entry_import(const char *path, enum entry_kind kind, entry_add_fn *add,
    void *arg)
{
	bool here = strcmp(path, "-") == 0;
	FILE *f = here ? stdin : fopen(path, "re");
	unsigned n = 0;
	int error;

	if (f == NULL) {
		out_warn("%s: %s", path, strerror(errno));
		return EX_NOINPUT;
	}
	error = import_lines(f, path, kind, add, arg, &n);
	if (!here)
		(void)fclose(f);
	out_line("%u %s%s in force", n, kinds[kind].one, n == 1 ? "" : "s");
	return error;
}

int
entry_export(const char *path, enum entry_kind kind, entry_each_fn *each,
    void *arg)
{
	bool here = strcmp(path, "-") == 0;
	FILE *f = here ? stdout : fopen(path, "we");
	int error;

	if (f == NULL) {
		out_warn("%s: %s", path, strerror(errno));
		return EX_CANTCREAT;
	}
	(void)fprintf(f, "# %ss of rcptguard; rcptguard %s reads this\n",
	    kinds[kind].one, kinds[kind].command);
	error = each(arg, f);
	if ((here ? fflush(f) : fclose(f)) != 0 && error == EX_OK) {
		out_warn("%s: %s", path, strerror(errno));
		error = EX_IOERR;
	}
	return error;
}
