/*
 * conf_scan: what libconfig 1.5 lets through in silence, found before it reads.
 *
 * It wraps a number over 31 bits, takes the rest of the file for a comment
 * that is never closed, drops \x00 from a string, joins two strings where a
 * comma was forgotten, opens any file that @include names, loses the memory of
 * a string that stands where none may, and compares each name with all others
 * of its group, so that a megabyte of settings takes minutes. All of these are
 * refused here.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_CONF_SCAN_H
#define RCPTGUARD_CONF_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_DEPTH_MAX		8	/* brackets inside brackets */
#define CONF_SETTINGS_MAX	10000	/* '=', ':' and ',' outside strings */

/*
 * True if text may go to the parser. Else *line and *what (static, with the
 * fix) name the first fault.
 */
bool conf_scan(const char *text, size_t len, int *line, const char **what);

#endif
