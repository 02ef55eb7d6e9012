/*
 * sheet_text: for a terminal or a mail, 80 columns wide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/sheet.h"

#define WIDTH		79		/* some terminals wrap at the 80th */
#define GAP		2
#define TEXT_LEAST	8
#define BAR_WIDTH	20
#define LABEL_WIDTH	19
#define NUMBER_WIDTH	10

struct writer {
	FILE *f;
	bool utf8, failed;
};

/* Characters: octets that begin one. */
static size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* The octets of the first n characters. */
static size_t
octets_of(const char *text, size_t n)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

static void
rule(struct writer *w, const char *text, char octet)
{
	size_t n = width_of(text);

	while (n-- > 0)
		(void)fputc(octet, w->f);
	(void)fputc('\n', w->f);
}

/* Words, at most WIDTH in a line; further lines are indented. A word that is
 * longer than a line is cut into lines. */
static void
wrap(struct writer *w, const char *text, size_t at, size_t indent)
{
	size_t len, width, start = at;
	char *safe = out_safe(text, w->utf8);
	const char *p = safe;

	w->failed = w->failed || safe == NULL;
	while (p != NULL && *(p += strspn(p, " ")) != '\0') {
		len = octets_of(p, WIDTH - indent);
		if (strcspn(p, " ") < len)
			len = strcspn(p, " ");
		width = width_of(p) - width_of(p + len);
		if (at > start && at + 1 + width > WIDTH) {
			(void)fprintf(w->f, "\n%*s", (int)indent, "");
			at = start = indent;
		} else if (at > start) {
			(void)fputc(' ', w->f);
			at++;
		}
		(void)fwrite(p, 1, len, w->f);
		at += width;
		p += len;
	}
	(void)fputc('\n', w->f);
	free(safe);
}

/* --- facts ---------------------------------------------------------------- */

static void
put_fact(struct writer *w, const struct sheet_fact *f)
{
	char *value = sheet_value_text(&f->value);
	size_t at = 2 + LABEL_WIDTH + 1 + NUMBER_WIDTH;
	bool has_remark = f->remark[0] != '\0';

	if (value == NULL) {
		w->failed = true;
		return;
	}
	(void)fprintf(w->f, "  %-*s %*s%s", LABEL_WIDTH, f->label,
	    NUMBER_WIDTH, value, has_remark ? "  " : "\n");
	if (strlen(value) > NUMBER_WIDTH)
		at += strlen(value) - NUMBER_WIDTH;
	if (has_remark)
		wrap(w, f->remark, at + 2, 2 + LABEL_WIDTH + 1 +
		    NUMBER_WIDTH + 2);
	free(value);
}

/* --- tables --------------------------------------------------------------- */

struct layout {
	size_t width[SHEET_COLUMNS];
	char **cells;			/* as they are written, but for cuts */
};

static char *
bar(int64_t share)
{
	char text[BAR_WIDTH + 1] = "";
	size_t n = share > 0 ? ((size_t)share * BAR_WIDTH + 999) / 1000 : 0;

	memset(text, '#', n < BAR_WIDTH ? n : BAR_WIDTH);
	return strdup(text);
}

static char *
cell_of(const struct writer *w, const struct sheet_value *v)
{
	char *text, *safe;

	if (v->kind == SHEET_BAR)
		return bar(v->n);
	if ((text = sheet_value_text(v)) == NULL)
		return NULL;
	safe = out_safe(text, w->utf8);
	free(text);
	return safe;
}

/* What is too wide is taken from the widest text, again and again. */
static void
fit(const struct sheet_part *p, struct layout *l)
{
	size_t total = 0, i, widest;

	for (i = 0; i < p->column_count; i++)
		total += l->width[i] + GAP;
	while (total > WIDTH) {
		widest = p->column_count;
		for (i = 0; i < p->column_count; i++)
			if (p->columns[i].kind == SHEET_TEXT &&
			    l->width[i] > TEXT_LEAST && (widest ==
			    p->column_count || l->width[i] >
			    l->width[widest]))
				widest = i;
		if (widest == p->column_count)
			return;
		l->width[widest]--;
		total--;
	}
}

static bool
lay_out(struct writer *w, const struct sheet_part *p, struct layout *l)
{
	size_t i, column, width;

	memset(l, 0, sizeof *l);
	l->cells = calloc(p->cell_count + 1, sizeof *l->cells);
	if (l->cells == NULL)
		return false;
	for (i = 0; i < p->column_count; i++)
		l->width[i] = width_of(p->columns[i].title);
	for (i = 0; i < p->cell_count; i++) {
		if ((l->cells[i] = cell_of(w, &p->cells[i])) == NULL)
			return false;
		column = i % p->column_count;
		width = width_of(l->cells[i]);
		if (width > l->width[column])
			l->width[column] = width;
	}
	fit(p, l);
	return true;
}

static void
put_cell(struct writer *w, const char *text, size_t width, bool right,
    bool last)
{
	size_t n = width_of(text), pad = n < width ? width - n : 0;

	if (n == 0 && last)
		return;
	(void)fprintf(w->f, "%*s", GAP, "");
	if (right)
		(void)fprintf(w->f, "%*s", (int)pad, "");
	if (n > width)
		(void)fprintf(w->f, "%.*s...", (int)octets_of(text,
		    width - 3), text);
	else
		(void)fputs(text, w->f);
	if (!right && !last)
		(void)fprintf(w->f, "%*s", (int)pad, "");
}

/* A text at the end of a row is not cut: it goes on below itself. */
static void
put_row(struct writer *w, const struct sheet_part *p, const struct layout *l,
    char *const *cells)
{
	size_t i, at = GAP, last = p->column_count - 1;
	bool right, wraps = p->columns[last].kind == SHEET_TEXT && cells !=
	    NULL;

	for (i = 0; i < last || (i == last && !wraps); i++) {
		right = sheet_is_number(p->columns[i].kind);
		put_cell(w, cells != NULL ? cells[i] : p->columns[i].title,
		    l->width[i], right, i == last);
		at += l->width[i] + GAP;
	}
	if (wraps) {
		(void)fprintf(w->f, "%*s", GAP, "");
		wrap(w, cells[last], at, at);
	} else {
		(void)fputc('\n', w->f);
	}
}

static void
put_table(struct writer *w, const struct sheet_part *p)
{
	struct layout l;
	size_t i;

	if (!lay_out(w, p, &l)) {
		w->failed = true;
	} else {
		put_row(w, p, &l, NULL);
		for (i = 0; i < p->cell_count; i += p->column_count)
			put_row(w, p, &l, l.cells + i);
	}
	for (i = 0; l.cells != NULL && i < p->cell_count; i++)
		free(l.cells[i]);
	free(l.cells);
}

/* --- all ------------------------------------------------------------------ */

static void
put_part(struct writer *w, const struct sheet_part *p)
{
	size_t i;

	(void)fprintf(w->f, "\n%s\n", p->title);
	rule(w, p->title, '-');
	for (i = 0; i < p->fact_count; i++)
		put_fact(w, &p->facts[i]);
	if (p->fact_count > 0 && p->cell_count > 0)
		(void)fputc('\n', w->f);
	if (p->cell_count > 0)
		put_table(w, p);
	for (i = 0; i < p->note_count; i++) {
		(void)fputs("  ", w->f);
		wrap(w, p->notes[i], 2, 2);
	}
}

char *
sheet_text(const struct sheet *s, bool utf8)
{
	struct writer w = { .utf8 = utf8 };
	char *text = NULL;
	size_t size, i;

	if (s->failed || (w.f = open_memstream(&text, &size)) == NULL)
		return NULL;
	(void)fprintf(w.f, "%s\n", s->title);
	rule(&w, s->title, '=');
	wrap(&w, s->subtitle, 0, 0);
	for (i = 0; i < s->part_count; i++)
		put_part(&w, &s->parts[i]);
	w.failed = ferror(w.f) != 0 || w.failed;
	if (fclose(w.f) == 0 && !w.failed)
		return text;
	free(text);
	return NULL;
}
