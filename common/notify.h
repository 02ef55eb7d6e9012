/*
 * notify: sd_notify(3)'s datagram, without libsystemd.
 *
 * Any thread, as long as nobody changes the environment.
 */
#ifndef RCPTGUARD_NOTIFY_H
#define RCPTGUARD_NOTIFY_H

#include <stdint.h>

/*
 * Sends state ("READY=1", "STATUS=...", several joined by LF) to the service
 * manager. Does nothing when there is none (NOTIFY_SOCKET is not set); never
 * blocks; a failure is ignored, as nothing depends on it but the manager.
 */
void notify_state(const char *state);

/*
 * How often "WATCHDOG=1" must be sent at least, in milliseconds (half of
 * WATCHDOG_USEC, as sd_watchdog_enabled(3) advises); 0: no watchdog waits.
 */
int64_t notify_watchdog_ms(void);

#endif
