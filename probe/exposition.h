/*
 * exposition: numbers in the text format that Prometheus and others read
 * (version 0.0.4): for each family its HELP and TYPE, then its samples.
 *
 * A family's samples must follow it at once. Label values are foreign text:
 * they are escaped, and what is no UTF-8 or a control octet becomes "?".
 * Pure but for the stream; any thread.
 */
#ifndef RCPTGUARD_EXPOSITION_H
#define RCPTGUARD_EXPOSITION_H

#include <stdint.h>
#include <stdio.h>

enum expo_type { EXPO_COUNTER, EXPO_GAUGE, EXPO_HISTOGRAM };

struct expo_label {
	const char *name;		/* static */
	const char *value;
};

/* name of a counter ends in "_total"; help is one line. Both static. */
void expo_family(FILE *f, const char *name, enum expo_type type,
    const char *help);

/* name: the family's, with "_bucket" and the like for a histogram. */
void expo_int(FILE *f, const char *name, const struct expo_label *labels,
    size_t count, int64_t value);
void expo_real(FILE *f, const char *name, const struct expo_label *labels,
    size_t count, double value);

#endif
