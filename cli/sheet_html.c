/*
 * sheet_html: one page, its style within; no script, nothing from elsewhere.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sheet.h"
#include "common/html.h"

/* A browser holds us to it: not even a name that got through would load. */
static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n<title>";
static const char style[] = "</title>\n<style>\n"
    ":root { color-scheme: light dark; --line: #c4c4c4; --bar: #2f6fab; "
    "--soft: #555; }\n"
    "@media (prefers-color-scheme: dark) { :root { --line: #555; --bar: "
    "#7ab0e0; --soft: #b0b0b0; } }\n"
    "body { max-width: 62em; margin: 2em auto; padding: 0 1em; "
    "font: 1em/1.45 sans-serif; }\n"
    "h2 { margin: 2em 0 .5em; border-bottom: 1px solid var(--line); }\n"
    ".wide { overflow-x: auto; }\n"
    "table { border-collapse: collapse; }\n"
    "th, td { padding: .2em 1.2em .2em 0; text-align: left; "
    "vertical-align: top; overflow-wrap: anywhere; }\n"
    "tbody tr { border-top: 1px solid var(--line); }\n"
    "thead th, .remark, .note { color: var(--soft); }\n"
    ".n { text-align: right; white-space: nowrap; "
    "font-variant-numeric: tabular-nums; }\n"
    ".bar { width: 14em; }\n"
    ".bar span { display: block; height: 1em; background: var(--bar); "
    "print-color-adjust: exact; }\n"
    "@media print { body { max-width: none; margin: 0; } tr { "
    "break-inside: avoid; } }\n"
    "</style>\n</head>\n<body>\n";

static bool
put_value(FILE *f, const struct sheet_value *v)
{
	char *text;

	if (v->kind == SHEET_BAR) {
		(void)fprintf(f, "<td class=\"bar\"><span style=\"width: "
		    "%d%%\"></span></td>", (int)((v->n + 9) / 10));
		return true;
	}
	if ((text = sheet_value_text(v)) == NULL)
		return false;
	(void)fputs(sheet_is_number(v->kind) ? "<td class=\"n\">" : "<td>",
	    f);
	html_put(f, text);
	(void)fputs("</td>", f);
	free(text);
	return true;
}

static bool
put_facts(FILE *f, const struct sheet_part *p)
{
	bool ok = true;
	size_t i;

	(void)fputs("<div class=\"wide\"><table>\n<tbody>\n", f);
	for (i = 0; i < p->fact_count; i++) {
		(void)fputs("<tr><th scope=\"row\">", f);
		html_put(f, p->facts[i].label);
		(void)fputs("</th>", f);
		ok = put_value(f, &p->facts[i].value) && ok;
		(void)fputs("<td class=\"remark\">", f);
		html_put(f, p->facts[i].remark);
		(void)fputs("</td></tr>\n", f);
	}
	(void)fputs("</tbody>\n</table></div>\n", f);
	return ok;
}

static void
put_titles(FILE *f, const struct sheet_part *p)
{
	size_t i;

	(void)fputs("<thead><tr>", f);
	for (i = 0; i < p->column_count; i++) {
		(void)fprintf(f, "<th scope=\"col\"%s>",
		    sheet_is_number(p->columns[i].kind) ? " class=\"n\"" : "");
		html_put(f, p->columns[i].title);
		(void)fputs("</th>", f);
	}
	(void)fputs("</tr></thead>\n", f);
}

static bool
put_table(FILE *f, const struct sheet_part *p)
{
	bool ok = true;
	size_t i;

	(void)fputs("<div class=\"wide\"><table>\n", f);
	put_titles(f, p);
	(void)fputs("<tbody>\n", f);
	for (i = 0; i < p->cell_count; i++) {
		if (i % p->column_count == 0)
			(void)fputs("<tr>", f);
		ok = put_value(f, &p->cells[i]) && ok;
		if (i % p->column_count == p->column_count - 1)
			(void)fputs("</tr>\n", f);
	}
	(void)fputs("</tbody>\n</table></div>\n", f);
	return ok;
}

static bool
put_part(FILE *f, const struct sheet_part *p)
{
	bool ok = true;
	size_t i;

	(void)fprintf(f, "<section id=\"%s\">\n<h2>", p->name);
	html_put(f, p->title);
	(void)fputs("</h2>\n", f);
	if (p->fact_count > 0)
		ok = put_facts(f, p);
	if (p->cell_count > 0)
		ok = put_table(f, p) && ok;
	for (i = 0; i < p->note_count; i++) {
		(void)fputs("<p class=\"note\">", f);
		html_put(f, p->notes[i]);
		(void)fputs("</p>\n", f);
	}
	(void)fputs("</section>\n", f);
	return ok;
}

static bool
put_page(FILE *f, const struct sheet *s)
{
	bool ok = true;
	size_t i;

	(void)fputs(head, f);
	html_put(f, s->title);
	(void)fputs(style, f);
	(void)fputs("<h1>", f);
	html_put(f, s->title);
	(void)fputs("</h1>\n<p>", f);
	html_put(f, s->subtitle);
	(void)fputs("</p>\n", f);
	for (i = 0; i < s->part_count; i++)
		ok = put_part(f, &s->parts[i]) && ok;
	(void)fprintf(f, "<hr>\n<p class=\"note\">Made by rcptguard %s.</p>\n"
	    "</body>\n</html>\n", PACKAGE_VERSION);
	return ok && ferror(f) == 0;
}

char *
sheet_html(const struct sheet *s)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	bool ok;

	if (s->failed || (f = open_memstream(&text, &size)) == NULL)
		return NULL;
	ok = put_page(f, s);
	if (fclose(f) == 0 && ok)
		return text;
	free(text);
	return NULL;
}
