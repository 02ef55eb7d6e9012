#include <string.h>

#include "cli/exclude_file.h"
#include "cli/times.h"

static const char *
take_field(char *field, int64_t now_ms, struct exclude_line *out)
{
	int64_t ms;

	if (strncmp(field, "until=", 6) == 0) {
		if (!times_parse(field + 6, now_ms, &ms) || ms < 1000)
			return "its until= is no time; write one as in "
			    "\"2027-01-31 12:00\"";
		out->until = ms / 1000;
	} else if (strncmp(field, "ticket=", 7) == 0) {
		out->ticket = field + 7;
	} else if (strncmp(field, "note=", 5) == 0) {
		out->note = field + 5;
	} else {
		return "a field behind a tab begins with until=, ticket= or "
		    "note=";
	}
	return NULL;
}

const char *
exclude_line_read(char *line, int64_t now_ms, struct exclude_line *out)
{
	const char *wrong = NULL;
	char *field, *rest;

	memset(out, 0, sizeof *out);
	out->note = out->ticket = "";
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
			wrong = take_field(field, now_ms, out);
	return wrong;
}

bool
exclude_line_write(FILE *f, const struct exclude_line *line)
{
	char until[TIMES_LOCAL_SIZE];

	if (fputs(line->what, f) == EOF)
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
