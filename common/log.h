/*
 * log: six verbs.
 *
 * fatal and fatalx are for start-up and broken invariants; after start
 * nothing exits because of input, a peer or full memory. The x verbs do not
 * append strerror(errno). errno is preserved. Foreign text must have gone
 * through text_escape before it comes here.
 *
 * Where lines go, in this order:
 *   RCPTGUARD_LOG=stderr  (environment) stderr, "ident: warning: text"; for
 *                         tests and for the foreground without a terminal
 *   JOURNAL_STREAM        stderr is the journal's socket: stderr, "<4>text"
 *   stderr is a terminal  stderr, "ident: warning: text"
 *   else                  syslog
 * JOURNAL_STREAM names the device and inode of the socket; a program that
 * inherits the variable but not the socket does not count as under systemd.
 *
 * A line is one write. A control octet in it becomes "?", so nothing can
 * forge a second line; a line over LOG_LINE_MAX is cut and ends in "...".
 *
 * Any thread after log_init. But both syslog() and a write to the journal's
 * socket block for good while their receiver is stopped and its queue is full.
 * So: never under a mutex that a callback or the loop waits for; never once
 * for each message or probe (that is what the verdict log is for); in a
 * milter callback only where the line tells of a change of condition, at a
 * limited rate. The watchdog, which must not hang, never logs from its thread.
 */
#ifndef RCPTGUARD_LOG_H
#define RCPTGUARD_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define LOG_LINE_MAX	2048		/* octets of text */

/* ident must live for the life of the process. Call once, before threads. */
void log_init(const char *ident);

/* For --check, whose user waits: stderr in place of syslog. Before threads. */
void log_to_stderr(void);

/*
 * facility: a syslog name ("mail", "daemon", "local0" to "local7"). Returns
 * false for another. May be called again on reload.
 */
bool log_set_facility(const char *facility);
void log_set_debug(bool on);
/* Whether log_debug says anything; spares the making of its text. */
bool log_is_debugging(void);

void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Each as log_info("%s") writes it, with fewer writes. */
void log_info_lines(const char *const *lines, size_t count);
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
