#include "cli/sheet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/times.h"
#include "common/clock.h"

void
sheet_init(struct sheet *s, const char *title)
{
	*s = (struct sheet){ .title = title };
	s->subtitle = strdup("");
	s->failed = s->subtitle == NULL;
}

static void
part_clear(struct sheet_part *p)
{
	size_t i;

	for (i = 0; i < p->fact_count; i++) {
		free(p->facts[i].value.text);
		free(p->facts[i].remark);
	}
	for (i = 0; i < p->cell_count; i++)
		free(p->cells[i].text);
	for (i = 0; i < p->note_count; i++)
		free(p->notes[i]);
	free(p->facts);
	free(p->cells);
	free(p->notes);
}

void
sheet_clear(struct sheet *s)
{
	while (s->part_count > 0)
		part_clear(&s->parts[--s->part_count]);
	free(s->subtitle);
	s->subtitle = NULL;
}

static char *format(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

/* What cannot stand in a line is escaped; backslashes are of the log's own. */
static char *
format(const char *fmt, va_list ap)
{
	char *text, *safe;

	if (vasprintf(&text, fmt, ap) == -1)
		return NULL;
	safe = out_safe(text, true);
	free(text);
	return safe;
}

void
sheet_subtitle(struct sheet *s, const char *fmt, ...)
{
	va_list ap;

	free(s->subtitle);
	va_start(ap, fmt);
	s->subtitle = format(fmt, ap);
	va_end(ap);
	s->failed = s->failed || s->subtitle == NULL;
}

void
sheet_part(struct sheet *s, const char *name, const char *title)
{
	if (s->part_count == SHEET_PARTS)
		s->failed = true;
	if (s->failed)
		return;
	s->parts[s->part_count++] = (struct sheet_part){ .name = name,
	    .title = title };
}

/* Room for one more in an array of count; doubles at each power of two. */
static bool
room(struct sheet *s, void *array, size_t count, size_t size)
{
	void **at = array, *grown;

	if (s->failed)
		return false;
	if ((count & (count - 1)) != 0)
		return true;
	grown = reallocarray(*at, count == 0 ? 1 : 2 * count, size);
	if (grown == NULL) {
		s->failed = true;
		return false;
	}
	*at = grown;
	return true;
}

static struct sheet_part *
last_part(struct sheet *s)
{
	return &s->parts[s->part_count > 0 ? s->part_count - 1 : 0];
}

void
sheet_number(struct sheet *s, const char *name, const char *label,
    enum sheet_kind kind, int64_t n, const char *fmt, ...)
{
	struct sheet_part *p = last_part(s);
	struct sheet_fact f = { name, label, { kind, n, NULL }, NULL };
	va_list ap;

	if (!room(s, &p->facts, p->fact_count, sizeof *p->facts))
		return;
	va_start(ap, fmt);
	f.remark = format(fmt, ap);
	va_end(ap);
	s->failed = f.remark == NULL;
	if (!s->failed)
		p->facts[p->fact_count++] = f;
}

void
sheet_columns(struct sheet *s, const struct sheet_column *columns,
    size_t count)
{
	if (s->failed)
		return;
	last_part(s)->columns = columns;
	last_part(s)->column_count = count;
}

static void
add_cell(struct sheet *s, int64_t n, const char *text)
{
	struct sheet_part *p = last_part(s);
	struct sheet_value v = { .n = n };

	if (!room(s, &p->cells, p->cell_count, sizeof *p->cells))
		return;
	v.kind = p->columns[p->cell_count % p->column_count].kind;
	if (text != NULL && (v.text = out_safe(text, true)) == NULL)
		s->failed = true;
	else
		p->cells[p->cell_count++] = v;
}

void
sheet_cell_text(struct sheet *s, const char *text)
{
	add_cell(s, 0, text);
}

void
sheet_cell(struct sheet *s, int64_t n)
{
	add_cell(s, n, NULL);
}

void
sheet_note(struct sheet *s, const char *fmt, ...)
{
	struct sheet_part *p = last_part(s);
	va_list ap;
	char *text;

	if (!room(s, &p->notes, p->note_count, sizeof *p->notes))
		return;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (text != NULL)
		p->notes[p->note_count++] = text;
	else
		s->failed = true;
}

/* --- values --------------------------------------------------------------- */

bool
sheet_is_number(enum sheet_kind kind)
{
	return kind != SHEET_TEXT && kind != SHEET_TIME && kind != SHEET_BAR;
}

static void
share_text(int64_t n, char out[TIMES_LOCAL_SIZE])
{
	(void)snprintf(out, TIMES_LOCAL_SIZE, "%" PRId64 ".%" PRId64 "%%",
	    n / 10, n % 10);
}

static void
ms_text(int64_t n, char out[TIMES_LOCAL_SIZE])
{
	if (n == 0)
		(void)snprintf(out, TIMES_LOCAL_SIZE, "under 1 ms");
	else if (n < 10000)
		(void)snprintf(out, TIMES_LOCAL_SIZE, "%" PRId64 " ms", n);
	else
		times_span(n / 1000, out);
}

/* Without seconds and zone: the head of the report names the zone. */
static void
time_text(int64_t ms, char out[TIMES_LOCAL_SIZE])
{
	times_local(ms / 1000, out);
	if (strlen(out) > 16)
		out[16] = '\0';
}

char *
sheet_value_text(const struct sheet_value *v)
{
	char text[TIMES_LOCAL_SIZE] = "-";

	if (v->kind == SHEET_TEXT)
		return strdup(v->text[0] != '\0' ? v->text : "-");
	if (v->n == SHEET_NONE || (v->kind == SHEET_TIME && v->n == 0))
		return strdup(text);
	switch (v->kind) {
	case SHEET_TEXT:
		break;
	case SHEET_COUNT:
		(void)snprintf(text, sizeof text, "%" PRId64, v->n);
		break;
	case SHEET_SHARE:
	case SHEET_BAR:
		share_text(v->n, text);
		break;
	case SHEET_MS:
		ms_text(v->n, text);
		break;
	case SHEET_SECONDS:
		times_span(v->n, text);
		break;
	case SHEET_TIME:
		time_text(v->n, text);
		break;
	}
	return strdup(text);
}

/* --- JSON ----------------------------------------------------------------- */

/* Numbers that are not known are left out, and so is what is only drawn. */
static bool
put_value(struct jval *o, const char *name, const struct sheet_value *v)
{
	char time[CLOCK_TEXT_SIZE];

	if (v->kind != SHEET_TEXT && v->n == SHEET_NONE)
		return true;
	switch (v->kind) {
	case SHEET_TEXT:
		return jval_put_text(o, name, v->text);
	case SHEET_SHARE:
		return jval_put_real(o, name, (double)v->n / 1000);
	case SHEET_COUNT:
	case SHEET_MS:
	case SHEET_SECONDS:
		return jval_put_int(o, name, v->n);
	case SHEET_TIME:
		if (v->n == 0)
			return true;
		clock_text(v->n, time);
		return jval_put_text(o, name, time);
	case SHEET_BAR:
		break;
	}
	return true;
}

static struct jval *
row_json(const struct sheet_part *p, size_t row)
{
	struct jval *o = jval_object();
	bool ok = true;
	size_t i;

	for (i = 0; i < p->column_count; i++)
		ok = put_value(o, p->columns[i].name,
		    &p->cells[row * p->column_count + i]) && ok;
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

static struct jval *
rows_json(const struct sheet_part *p)
{
	struct jval *list = jval_array();
	bool ok = list != NULL;
	size_t i, rows = p->column_count > 0 ? p->cell_count /
	    p->column_count : 0;

	for (i = 0; i < rows; i++)
		ok = jval_add(list, row_json(p, i)) && ok;
	if (ok)
		return list;
	jval_free(list);
	return NULL;
}

static struct jval *
part_json(const struct sheet_part *p)
{
	struct jval *o;
	bool ok = true;
	size_t i;

	if (p->fact_count == 0 && p->column_count > 0)
		return rows_json(p);
	o = jval_object();
	for (i = 0; i < p->fact_count; i++)
		ok = put_value(o, p->facts[i].name, &p->facts[i].value) && ok;
	if (p->column_count > 0)
		ok = jval_put(o, "rows", rows_json(p)) && ok;
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}

struct jval *
sheet_json(const struct sheet *s)
{
	struct jval *o = s->failed ? NULL : jval_object();
	bool ok = o != NULL;
	size_t i;

	for (i = 0; i < s->part_count && ok; i++)
		ok = jval_put(o, s->parts[i].name, part_json(&s->parts[i]));
	if (ok)
		return o;
	jval_free(o);
	return NULL;
}
