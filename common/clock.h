/*
 * clock: the two clocks, apart.
 *
 * Deadlines and durations use the monotonic clock in milliseconds; what is
 * stored or shown uses the wall clock. Any thread.
 */
#ifndef RCPTGUARD_CLOCK_H
#define RCPTGUARD_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_s(void);
int64_t clock_wall_ms(void);

/* RFC 3339 in UTC with milliseconds: "2026-11-21T17:11:53.042Z". */
#define CLOCK_TEXT_SIZE	32
void clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);

#endif
