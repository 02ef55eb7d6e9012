#include "common/conf_units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"

struct unit {
	const char *name;
	int64_t times;
};

static const struct unit durations[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 3600 * 1000 },
	{ "d", 86400 * 1000 },
	{ "w", INT64_C(7) * 86400 * 1000 },
};

static const struct unit sizes[] = {
	{ "B", 1 },
	{ "KiB", INT64_C(1) << 10 },
	{ "MiB", INT64_C(1) << 20 },
	{ "GiB", INT64_C(1) << 30 },
	{ "TiB", INT64_C(1) << 40 },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum fault { FINE, NO_NUMBER, NO_UNIT, BAD_UNIT, TOO_LARGE };

/* Digits, then one unit; no sign, space, fraction or second unit. */
static enum fault
read_units(const char *text, const struct unit *units, size_t count,
    int64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	int64_t n = 0;

	if (digits == 0)
		return NO_NUMBER;
	if (text[digits] == '\0')
		return NO_UNIT;
	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, text[i] - '0', &n))
			return TOO_LARGE;
	for (size_t i = 0; i < count; i++)
		if (strcmp(text + digits, units[i].name) == 0)
			return __builtin_mul_overflow(n, units[i].times, out) ?
			    TOO_LARGE : FINE;
	return BAD_UNIT;
}

const char *
conf_read_duration(const char *text, int64_t *ms)
{
	switch (read_units(text, durations, COUNT(durations), ms)) {
	case FINE:
		return NULL;
	case NO_NUMBER:
		return "is not a duration; write a whole number and a unit, "
		    "such as \"5s\"";
	case NO_UNIT:
		return "has no unit; add one of ms, s, m, h, d, w";
	case BAD_UNIT:
		return "has an unknown unit; write one number and one of "
		    "ms, s, m, h, d, w";
	case TOO_LARGE:
		return "is too large";
	}
	return "is not a duration";
}

const char *
conf_read_size(const char *text, int64_t *octets)
{
	switch (read_units(text, sizes, COUNT(sizes), octets)) {
	case FINE:
		return NULL;
	case NO_NUMBER:
		return "is not a size; write a whole number and a unit, "
		    "such as \"64MiB\"";
	case NO_UNIT:
		return "has no unit; add one of B, KiB, MiB, GiB, TiB";
	case BAD_UNIT:
		return "has an unknown unit; write one number and one of "
		    "B, KiB, MiB, GiB, TiB";
	case TOO_LARGE:
		return "is too large";
	}
	return "is not a size";
}

bool
conf_parse_duration_ms(const char *text, int64_t *ms)
{
	int64_t n;

	if (conf_read_duration(text, &n) != NULL)
		return false;
	*ms = n;
	return true;
}

static void
write_units(int64_t n, const struct unit *units, size_t count, const char *zero,
    char *out)
{
	size_t best = 0;

	for (size_t i = 0; i < count; i++)
		if (n % units[i].times == 0)
			best = i;
	if (n == 0)
		snprintf(out, CONF_UNIT_TEXT_SIZE, "%s", zero);
	else
		snprintf(out, CONF_UNIT_TEXT_SIZE, "%" PRId64 "%s",
		    n / units[best].times, units[best].name);
}

/* Not weeks: "7d" is what people write. */
void
conf_duration_text(int64_t ms, char out[CONF_UNIT_TEXT_SIZE])
{
	write_units(ms, durations, COUNT(durations) - 1, "0s", out);
}

void
conf_size_text(int64_t octets, char out[CONF_UNIT_TEXT_SIZE])
{
	write_units(octets, sizes, COUNT(sizes), "0B", out);
}

locale_t
conf_c_locale(locale_t *old)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	*old = c == (locale_t)0 ? c : uselocale(c);
	return c;
}

void
conf_back_locale(locale_t old, locale_t c)
{
	if (c == (locale_t)0)
		return;
	uselocale(old);
	freelocale(c);
}

void
conf_float_text(double value, char out[CONF_UNIT_TEXT_SIZE])
{
	locale_t old, c = conf_c_locale(&old);

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, CONF_UNIT_TEXT_SIZE, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			break;
	}
	conf_back_locale(old, c);
}

double
conf_float_read(const char *text)
{
	locale_t old, c = conf_c_locale(&old);
	double n = strtod(text, NULL);

	conf_back_locale(old, c);
	return n;
}
