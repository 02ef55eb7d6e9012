/*
 * out: what reaches the admin's terminal.
 *
 * Text from the store, the wire and the log is foreign: every line passes
 * here, and no control octet of it reaches the terminal or starts a line of
 * its own. Colour is only for a terminal, and never without a word that says
 * the same. What could not be written is remembered, and out_finish tells.
 *
 * Main thread only.
 */
#ifndef RCPTGUARD_OUT_H
#define RCPTGUARD_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/jval.h"
#include "common/verdict.h"

/* First of all: looks at the standard descriptors, locale and terminal. */
void out_init(void);

/* Flushes. status, or EX_IOERR with a message if anything was not written. */
int out_finish(int status);
bool out_flush(void);			/* false: output is broken */
/* Flushes and waits. False once output is broken, or nobody reads it. */
bool out_pause(int ms);

/* A line, or a part of one, on standard output. */
void out_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_part(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "  label       text": a fact in a list of facts. */
void out_fact(const char *label, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A state's word, coloured on a terminal. */
void out_state(enum verdict_state state);
/* JSON on a line; what a terminal would obey is written as \uNNNN. */
void out_json(const char *json);
/*
 * v as JSON on a line, with its times as everywhere: what the store and the
 * wire have as wall seconds in a member named at, began, since, time, until or
 * ..._at is written as in the verdict log (clock_text), and left out if it is
 * 0, that is none. NULL, for no memory, counts as output that was not written.
 */
void out_value(const struct jval *v);
/* A finished line from table_line. */
void out_raw(const char *line);
bool out_utf8(void);

/* "rcptguard: text" on standard error; and the same without the name. */
void out_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_warn_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Says that there is no memory, and returns EX_OSERR. */
int out_no_memory(void);

/*
 * The pure parts. Each returns a string that the caller frees, or NULL.
 *
 * out_safe: text for one line. Backslashes stay, since most of such text is
 * escaped already; without utf8 only ASCII is left.
 */
char *out_safe(const char *text, bool utf8);
char *out_safe_json(const char *json, bool utf8);
/* v as out_value writes it. */
char *out_value_text(const struct jval *v);

struct table_column {
	const char *title;
	unsigned width;			/* the last one's does not matter */
};

/*
 * Cells of one line, each at its column's place, or two blanks behind the
 * cell before it if that was longer. paint: "", or the escape sequence to put
 * around cell number painted.
 */
char *table_line(const struct table_column *columns, size_t count,
    const char *const *cells, bool utf8, size_t painted, const char *paint);

/* The escape sequence for a state; "" without colours. */
const char *out_paint(enum verdict_state state);

#endif
