/*
 * entry_file: exclusions and overrides as text, one a line, to take them out
 * and in again.
 *
 *   # a comment
 *   ENTRY [TAB state=STATE] [TAB until=TIME] [TAB ticket=TEXT] [TAB note=TEXT]
 *
 * TIME as --until takes it (times_parse_end). An override has a state and no
 * ticket, an exclusion the other way round. Blank lines count for nothing.
 */
#ifndef RCPTGUARD_ENTRY_FILE_H
#define RCPTGUARD_ENTRY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/options.h"

enum entry_kind { ENTRY_EXCLUSION, ENTRY_OVERRIDE };

struct entry_line {			/* strings point into the line */
	const char *what;		/* NULL: nothing on this line */
	const char *state;		/* of an override, else "" */
	const char *note, *ticket;	/* "" if not given */
	int64_t until;			/* wall seconds; 0: for good */
};

/*
 * Changes line, which ends in NUL or LF. NULL, or what is wrong with it, in
 * words; static. Pure.
 */
const char *entry_line_read(char *line, enum entry_kind kind, int64_t now_ms,
    struct entry_line *out);

/*
 * The value of c's --until, in wall seconds; 0 if text is NULL, which is for
 * good. EX_OK, or EX_USAGE after a message if it is no time to come.
 */
int entry_until(const struct command *c, const char *text, int64_t *until);

/* False: not written. */
bool entry_line_write(FILE *f, const struct entry_line *line);

/*
 * Reads path ("-": standard input) and calls add for each entry, which returns
 * an exit status and says what is wrong. What is wrong stops it, with what came
 * before in force. Says how many there were; the exit status.
 */
typedef int entry_add_fn(void *arg, const struct entry_line *line);
int entry_import(const char *path, enum entry_kind kind, entry_add_fn *add,
    void *arg);

/*
 * Opens path ("-": standard output), writes a head line and has each write the
 * entries; its exit status, or that of a file that cannot be written.
 */
typedef int entry_each_fn(void *arg, FILE *f);
int entry_export(const char *path, enum entry_kind kind, entry_each_fn *each,
    void *arg);

#endif
