/*
 * clock: the two clocks, apart.
 *
 * Deadlines and durations use the monotonic clock in milliseconds; what is
 * stored or shown uses the wall clock. Any thread.
 */
#ifndef RCPTGUARD_CLOCK_H
#define RCPTGUARD_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_s(void);
int64_t clock_wall_ms(void);

/*
 * RFC 3339 in UTC with milliseconds: "2026-11-21T17:11:53.042Z". RFC 3339 knows
 * the years 0000 to 9999; a time outside is shown as the nearest inside.
 */
#define CLOCK_TEXT_SIZE	32
#define CLOCK_TEXT_LAST_S	INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
void clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);

/*
 * The way back: a date, "T", a time with or without a fraction of one to nine
 * digits (cut to milliseconds), "Z". Upper case only; no other offset. False,
 * and *wall_ms untouched, for anything else and for a day that does not exist.
 * A leap second (":60") counts as the second after it.
 */
bool clock_parse(const char *text, int64_t *wall_ms);

/*
 * The first second of a day, "YYYY-MM-DD" in UTC; 0 for what is no day, or
 * none later than 1970-01-01.
 */
int64_t clock_day(const char *text);

#endif
