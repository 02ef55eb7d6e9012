/*
 * log: six verbs.
 *
 * fatal and fatalx are for start-up and broken invariants; after start
 * nothing exits because of input, a peer or full memory. The x verbs do not
 * append strerror(errno). errno is preserved. Foreign text must have gone
 * through text_escape before it comes here.
 *
 * Under systemd (JOURNAL_STREAM) or on a terminal lines go to stderr with a
 * <level> prefix or the level's word; otherwise to syslog.
 *
 * Any thread after log_init. A line is one write.
 */
#ifndef RCPTGUARD_LOG_H
#define RCPTGUARD_LOG_H

#include <stdarg.h>
#include <stdbool.h>

/* ident must live for the life of the process. Call once, before threads. */
void log_init(const char *ident);

/*
 * facility: a syslog name ("mail", "daemon", "local0" to "local7"). Returns
 * false for another. May be called again on reload.
 */
bool log_set_facility(const char *facility);
void log_set_debug(bool on);

void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void fatalx(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
