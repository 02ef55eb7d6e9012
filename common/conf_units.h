/*
 * conf_units: durations and sizes as text. See conf.h for the syntax.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_CONF_UNITS_H
#define RCPTGUARD_CONF_UNITS_H

#include <locale.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_UNIT_TEXT_SIZE	32

/* NULL, or what is wrong with it and the fix: static. */
const char *conf_read_duration(const char *text, int64_t *ms);
const char *conf_read_size(const char *text, int64_t *octets);

/* The largest unit that divides it, of ms s m h d; of B KiB MiB GiB TiB. */
void conf_duration_text(int64_t ms, char out[CONF_UNIT_TEXT_SIZE]);
void conf_size_text(int64_t octets, char out[CONF_UNIT_TEXT_SIZE]);

/*
 * The shortest decimal that reads back as value, with a dot in every locale.
 * value is finite.
 */
void conf_float_text(double value, char out[CONF_UNIT_TEXT_SIZE]);
/* The reverse; 0 for what is no number. */
double conf_float_read(const char *text);

/*
 * Puts the calling thread into the C locale, where decimals have a dot, and
 * back. Without memory for one the thread's own is as good as any.
 */
locale_t conf_c_locale(locale_t *old);
void conf_back_locale(locale_t old, locale_t c);

#endif
