/*
 * logfmt: one decision as one line (name=value, a value with
 * blanks in double quotes), for syslog and the journal:
 *
 *   id= qid= state= reason= action= mode= code= rcpt= client= auth= sender=
 *   guard= source= age= ms= [flood=]
 *
 * and of a bounce attack, when it begins and when it is over:
 *
 *   id= flood=bounce_attack phase= guard= [mode=] client= auth= judged=
 *   undeliverable= put_off= for=
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
 * Returns the length, 0 if there is nothing to tell; out always ends
 * in NUL.
 */
size_t logfmt_line(const struct ring_entry *e, bool clear,
    char out[LOGFMT_SIZE]);

#endif
