/*
 * logfmt: one decision as one line (name=value, a value with
 * blanks in double quotes), for syslog and the journal:
 *
 *   id= qid= state= reason= action= mode= code= rcpt= client= auth= sender=
 *   guard= source= age= ms=
 *
 * Names are never renamed; readers must ignore names they do not know. A
 * value that is not known is "-". Every foreign octet is escaped.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_LOGFMT_H
#define RCPTGUARD_LOGFMT_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/ring.h"

#define LOGFMT_SIZE	1900		/* under LOG_LINE_MAX with its NUL */

/*
 * clear: addresses in full; else their domain alone ("*@example.org").
 * Returns the length; out always ends in NUL.
 */
size_t logfmt_line(const struct ring_entry *e, bool clear,
    char out[LOGFMT_SIZE]);

#endif
