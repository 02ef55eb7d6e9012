/*
 * start: what both daemons do before their first thread, so that neither a
 * closed descriptor, a hostile environment nor the caller's directory can
 * change what they do.
 *
 * Main thread only, once, before threads.
 */
#ifndef RCPTGUARD_START_H
#define RCPTGUARD_START_H

#include <stdint.h>

/*
 * Opens descriptors 0 to 2 on /dev/null where the caller closed them, so that
 * no socket or map becomes "standard error". Returns 0, or -1 with errno.
 */
int start_std_fds(void);

/*
 * Keeps of the environment what we read (NOTIFY_SOCKET, WATCHDOG_USEC,
 * WATCHDOG_PID, JOURNAL_STREAM, TZ, RCPTGUARD_LOG) and sets PATH; the rest
 * (OPENSSL_CONF, RES_OPTIONS, LOCALDOMAIN, HOSTALIASES, ...) would steer
 * libraries. Returns 0, or -1 with errno.
 */
int start_environment(void);

/*
 * Raises the soft limit of open files to the hard one, but to no more than
 * most. Returns the limit in force.
 */
uint64_t start_open_files(uint64_t most);

/*
 * Has the kernel make room for so many of them now. Its table of a process
 * that has threads grows while whoever opened one too many waits, for ten
 * milliseconds and more each time. Where it cannot, nothing is lost but that.
 */
void start_room_for_files(uint64_t files);

#endif
