#include "cli/times.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/conf.h"

#define MINUTE	60
#define HOUR	3600
#define DAY	86400

/*
 * What is to end is told as local time and read back: a day of space at both
 * ends of the calendar lets that be so in every zone.
 */
#define END_FIRST_MS	INT64_C(86400000)	/* 1970-01-02T00:00:00Z */
#define END_LAST_MS	INT64_C(253402214400000) /* 9999-12-31T00:00:00Z */

/* Exactly n digits at *at, which moves behind them. */
static bool
digits(const char **at, int n, int least, int most, int *out)
{
	int value = 0;

	for (; n > 0; n--, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return false;
		value = value * 10 + (**at - '0');
	}
	*out = value;
	return value >= least && value <= most;
}

static bool
skip(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
date(const char **at, struct tm *tm)
{
	int year, month, day;

	if (!digits(at, 4, 1970, 9999, &year) || !skip(at, '-') ||
	    !digits(at, 2, 1, 12, &month) || !skip(at, '-') ||
	    !digits(at, 2, 1, days_in(year, month), &day))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* Milliseconds; further digits are passed over. */
static bool
fraction(const char **at, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!skip(at, '.'))
		return true;
	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++, scale /= 10)
		*ms += (**at - '0') * scale;
	return true;
}

static bool
time_of_day(const char **at, struct tm *tm, int *ms)
{
	*ms = 0;
	if (!digits(at, 2, 0, 23, &tm->tm_hour) || !skip(at, ':') ||
	    !digits(at, 2, 0, 59, &tm->tm_min))
		return false;
	if (!skip(at, ':'))
		return true;
	return digits(at, 2, 0, 59, &tm->tm_sec) && fraction(at, ms);
}

enum zone { ZONE_LOCAL, ZONE_OFFSET, ZONE_WRONG };

static enum zone
zone(const char *at, int *offset_s)
{
	int sign, hours, minutes;

	*offset_s = 0;
	if (*at == '\0')
		return ZONE_LOCAL;
	if (strcmp(at, "Z") == 0)
		return ZONE_OFFSET;
	skip(&at, ' ');
	sign = *at == '-' ? -1 : 1;
	if (!skip(&at, '-') && !skip(&at, '+'))
		return ZONE_WRONG;
	if (!digits(&at, 2, 0, 23, &hours))
		return ZONE_WRONG;
	skip(&at, ':');
	if (!digits(&at, 2, 0, 59, &minutes) || *at != '\0')
		return ZONE_WRONG;
	*offset_s = sign * (hours * HOUR + minutes * MINUTE);
	return ZONE_OFFSET;
}

/* A date, a time of day or not, a zone or not. */
static bool
moment(const char *text, int64_t *ms)
{
	struct tm tm = { .tm_isdst = -1 };
	int offset, milli = 0;
	time_t t = 0;

	if (!date(&text, &tm))
		return false;
	if ((*text == ' ' || *text == 'T') && isdigit((unsigned char)text[1])) {
		text++;
		if (!time_of_day(&text, &tm, &milli))
			return false;
	}
	switch (zone(text, &offset)) {
	case ZONE_LOCAL:
		t = mktime(&tm);
		break;
	case ZONE_OFFSET:
		t = timegm(&tm) - offset;
		break;
	case ZONE_WRONG:
		return false;
	}
	*ms = (int64_t)t * 1000 + milli;
	return true;
}

bool
times_parse(const char *text, int64_t now_ms, int64_t *ms)
{
	int64_t span;

	if (!conf_parse_duration_ms(text, &span) || span < 0)
		return moment(text, ms);
	*ms = span < now_ms ? now_ms - span : 0;
	return true;
}

bool
times_parse_end(const char *text, int64_t now_ms, int64_t *ms)
{
	int64_t span, end;

	if (conf_parse_duration_ms(text, &span) && span >= 0)
		end = span < INT64_MAX - now_ms ? now_ms + span : INT64_MAX;
	else if (!moment(text, &end))
		return false;
	if (end < END_FIRST_MS || end > END_LAST_MS)
		return false;
	*ms = end;
	return true;
}

void
times_local(int64_t s, char out[TIMES_LOCAL_SIZE])
{
	time_t t = (time_t)s;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || tm.tm_year > 9999 - 1900 ||
	    strftime(out, TIMES_LOCAL_SIZE, "%Y-%m-%d %H:%M:%S %z", &tm) == 0)
		(void)snprintf(out, TIMES_LOCAL_SIZE, "beyond the calendar");
}

static void
two(char *out, int64_t big, const char *big_unit, int64_t small,
    const char *small_unit)
{
	if (small == 0)
		(void)snprintf(out, TIMES_SPAN_SIZE, "%lld %s",
		    (long long)big, big_unit);
	else
		(void)snprintf(out, TIMES_SPAN_SIZE, "%lld %s %lld %s",
		    (long long)big, big_unit, (long long)small, small_unit);
}

void
times_span(int64_t s, char out[TIMES_SPAN_SIZE])
{
	if (s < 0)
		s = 0;
	if (s < MINUTE)
		two(out, s, "s", 0, "");
	else if (s < HOUR)
		two(out, s / MINUTE, "min", 0, "");
	else if (s < DAY)
		two(out, s / HOUR, "h", s % HOUR / MINUTE, "min");
	else
		two(out, s / DAY, "d", s < 10 * DAY ? s % DAY / HOUR : 0, "h");
}

void
times_octets(uint64_t octets, char out[TIMES_OCTETS_SIZE])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)octets / 1024;
	size_t i = 0;

	if (octets < 1024) {
		(void)snprintf(out, TIMES_OCTETS_SIZE, "%u B",
		    (unsigned)octets);
		return;
	}
	for (; value >= 1024 && i + 1 < sizeof units / sizeof units[0]; i++)
		value /= 1024;
	(void)snprintf(out, TIMES_OCTETS_SIZE, value < 10 ? "%.1f %s" :
	    "%.0f %s", value, units[i]);
}
