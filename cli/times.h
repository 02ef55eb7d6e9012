/*
 * times: points in time, spans and sizes as an admin writes and reads them.
 *
 * Pure, but for the local time zone (TZ). Any thread.
 */
#ifndef RCPTGUARD_TIMES_H
#define RCPTGUARD_TIMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "1h", "2d": so long before now. "2026-11-21", "2026-11-21 17:11",
 * "2026-11-21T17:11:53": local time; with "Z", "+0100" or "+01:00" behind it
 * (a blank before an offset is fine), that zone. A date alone is its first
 * moment. Seconds may have a fraction. False, and *ms untouched, for anything
 * else and for days and hours that do not exist.
 */
bool times_parse(const char *text, int64_t now_ms, int64_t *ms);

/*
 * The same for what is to end: "30d" is so long after now. From 1970-01-02 to
 * 9999-12-31, each in UTC, so that times_local's text of it is read back.
 */
bool times_parse_end(const char *text, int64_t now_ms, int64_t *ms);

/* "2026-11-21 18:11:53 +0100": what times_parse takes. */
#define TIMES_LOCAL_SIZE	40
void times_local(int64_t s, char out[TIMES_LOCAL_SIZE]);

/* "45 s", "3 min", "2 h 5 min", "1 d 3 h", "31 d"; below zero is "0 s". */
#define TIMES_SPAN_SIZE		32
void times_span(int64_t s, char out[TIMES_SPAN_SIZE]);

/* "512 B", "1.5 KiB", "64 MiB". */
#define TIMES_OCTETS_SIZE	32
void times_octets(uint64_t octets, char out[TIMES_OCTETS_SIZE]);

#endif
