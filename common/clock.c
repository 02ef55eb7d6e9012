#include "common/clock.h"

#include <time.h>

#define TEXT_FIRST_S	(-62167219200)	/* 0000-01-01T00:00:00Z */

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	/* Both clocks always exist on Linux; no error can come. */
	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t
clock_wall_s(void)
{
	return read_ms(CLOCK_REALTIME) / 1000;
}

/* As many digits as there are to say; then c, and where it goes on. */
static char *
put_digits(char *out, int value, int count, char c)
{
	int i;

	for (i = count; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	out[count] = c;
	return out + count + 1;
}

void
clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE])
{
	struct tm tm;
	time_t s;
	int ms;

	ms = (int)(wall_ms % 1000);
	s = wall_ms / 1000;
	if (ms < 0) {
		ms += 1000;
		s--;
	}
	if (s < TEXT_FIRST_S) {
		s = TEXT_FIRST_S;
		ms = 0;
	} else if (s > CLOCK_TEXT_LAST_S) {
		s = CLOCK_TEXT_LAST_S;
		ms = 999;
	}
	gmtime_r(&s, &tm);
	/* By hand: each note and each line of a log has one. */
	out = put_digits(out, tm.tm_year + 1900, 4, '-');
	out = put_digits(out, tm.tm_mon + 1, 2, '-');
	out = put_digits(out, tm.tm_mday, 2, 'T');
	out = put_digits(out, tm.tm_hour, 2, ':');
	out = put_digits(out, tm.tm_min, 2, ':');
	out = put_digits(out, tm.tm_sec, 2, '.');
	out = put_digits(out, ms, 3, 'Z');
	*out = '\0';
}

/* Reads exactly n digits at *s, then steps over them. */
static bool
digits(const char **s, unsigned n, int *out)
{
	int value = 0;

	while (n-- > 0) {
		if (**s < '0' || **s > '9')
			return false;
		value = value * 10 + (**s - '0');
		(*s)++;
	}
	*out = value;
	return true;
}

static bool
mark(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* ".042" and the like; nothing at all is fine too. */
static bool
fraction(const char **s, int *ms)
{
	int place = 100, n = 0;

	*ms = 0;
	if (!mark(s, '.'))
		return true;
	for (; **s >= '0' && **s <= '9'; (*s)++, n++) {
		*ms += (**s - '0') * place;
		place /= 10;
	}
	return n >= 1 && n <= 9;
}

/* timegm makes 3 March of 31 February; a date that it changed is none. */
static bool
midnight(int year, int month, int day, int64_t *at)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day
	};

	*at = (int64_t)timegm(&tm);
	return tm.tm_mon == month - 1 && tm.tm_mday == day;
}

bool
clock_parse(const char *text, int64_t *wall_ms)
{
	const char *s = text;
	int year, month, day, hour, min, sec, ms;
	int64_t at;

	if (!digits(&s, 4, &year) || !mark(&s, '-') ||
	    !digits(&s, 2, &month) || !mark(&s, '-') ||
	    !digits(&s, 2, &day) || !mark(&s, 'T') ||
	    !digits(&s, 2, &hour) || !mark(&s, ':') ||
	    !digits(&s, 2, &min) || !mark(&s, ':') ||
	    !digits(&s, 2, &sec) || !fraction(&s, &ms) ||
	    !mark(&s, 'Z') || *s != '\0')
		return false;
	if (hour > 23 || min > 59 || sec > 60 ||
	    !midnight(year, month, day, &at))
		return false;
	*wall_ms = (at + hour * 3600 + min * 60 + sec) * 1000 + ms;
	return true;
}

int64_t
clock_day(const char *text)
{
	int year, month, day;
	int64_t at;

	if (!digits(&text, 4, &year) || !mark(&text, '-') ||
	    !digits(&text, 2, &month) || !mark(&text, '-') ||
	    !digits(&text, 2, &day) || *text != '\0' ||
	    !midnight(year, month, day, &at))
		return 0;
	return at > 0 ? at : 0;
}
