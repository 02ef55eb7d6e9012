/*
 * exclude_file: exclusions as text, one a line, for --export and --import.
 *
 *   # a comment
 *   ENTRY [TAB until=TIME] [TAB ticket=TEXT] [TAB note=TEXT]
 *
 * TIME as `rcptguard log --since` takes it. Blank lines count for nothing.
 *
 * Pure.
 */
#ifndef RCPTGUARD_EXCLUDE_FILE_H
#define RCPTGUARD_EXCLUDE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct exclude_line {			/* strings point into the line */
	const char *what;		/* NULL: nothing on this line */
	const char *note, *ticket;	/* "" if not given */
	int64_t until;			/* wall seconds; 0: for good */
};

/*
 * Changes line, which ends in NUL or LF. NULL, or what is wrong with it, in
 * words; static.
 */
const char *exclude_line_read(char *line, int64_t now_ms,
    struct exclude_line *out);

/* False: not written. */
bool exclude_line_write(FILE *f, const struct exclude_line *line);

#endif
