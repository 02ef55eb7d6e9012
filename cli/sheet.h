/*
 * sheet: a report as parts with facts, tables and notes, made once and then
 * written as text, as HTML or as JSON, so that the three cannot differ.
 *
 * Whatever text is put in is data: each writer escapes it. No memory is
 * remembered: what follows does nothing, and the writers return NULL.
 *
 * Pure but for allocation; one thread.
 */
#ifndef RCPTGUARD_SHEET_H
#define RCPTGUARD_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jval.h"

enum sheet_kind {
	SHEET_TEXT,
	SHEET_COUNT,
	SHEET_SHARE,			/* thousandths; in JSON 0.0 to 1.0 */
	SHEET_MS,
	SHEET_SECONDS,
	SHEET_TIME,			/* wall ms; 0: none */
	SHEET_BAR			/* a SHARE that is drawn as well */
};
#define SHEET_NONE	INT64_C(-1)	/* a number that is not known */

struct sheet_value {
	enum sheet_kind kind;
	int64_t n;
	char *text;			/* SHEET_TEXT: never NULL */
};

struct sheet_fact {
	const char *name, *label;	/* in JSON; for people; static */
	struct sheet_value value;
	char *remark;			/* for people; "" or more */
};

struct sheet_column {			/* as a fact's */
	const char *name, *title;
	enum sheet_kind kind;
};
#define SHEET_COLUMNS	10

struct sheet_part {
	const char *name, *title;
	struct sheet_fact *facts;
	const struct sheet_column *columns;	/* static */
	struct sheet_value *cells;	/* row by row */
	char **notes;			/* sentences */
	size_t fact_count, column_count, cell_count, note_count;
};

#define SHEET_PARTS	24
struct sheet {
	const char *title;
	char *subtitle;			/* "" or more */
	struct sheet_part parts[SHEET_PARTS];
	size_t part_count;
	bool failed;			/* no memory */
};

void sheet_init(struct sheet *s, const char *title);
void sheet_clear(struct sheet *s);

__attribute__((format(printf, 2, 3)))
void sheet_subtitle(struct sheet *s, const char *fmt, ...);

/* What follows goes into it. In JSON facts are members of its object, rows
 * are in "rows"; a part of rows alone is an array. */
void sheet_part(struct sheet *s, const char *name, const char *title);
__attribute__((format(printf, 6, 7)))
void sheet_number(struct sheet *s, const char *name, const char *label,
    enum sheet_kind kind, int64_t n, const char *fmt, ...);
void sheet_columns(struct sheet *s, const struct sheet_column *columns,
    size_t count);
/* The cells of a row, in their order, of the columns' kinds. */
void sheet_cell_text(struct sheet *s, const char *text);
void sheet_cell(struct sheet *s, int64_t n);
__attribute__((format(printf, 2, 3)))
void sheet_note(struct sheet *s, const char *fmt, ...);

/* How a value reads for people; the caller frees. NULL: no memory. */
char *sheet_value_text(const struct sheet_value *v);
bool sheet_is_number(enum sheet_kind kind);

/* 80 columns, for a terminal or a mail. The caller frees. */
char *sheet_text(const struct sheet *s, bool utf8);
/* One page, without scripts or anything from elsewhere. The caller frees. */
char *sheet_html(const struct sheet *s);
/* One object; the caller frees. */
struct jval *sheet_json(const struct sheet *s);

#endif
