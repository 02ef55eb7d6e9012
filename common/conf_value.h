/*
 * conf_value: single values: text to field, field to text, and the checks
 * that a value can fail alone.
 *
 * Private to common/conf*.c. Pure but for memory; any thread.
 */
#ifndef RCPTGUARD_CONF_VALUE_H
#define RCPTGUARD_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/conf_schema.h"

#define CONF_STRING_MAX	1024		/* octets of any one string */
#define CONF_WHY_SIZE	256

/*
 * Sets the field of k in record from text. False: *why has the reason, or is
 * "" when memory ran out. A string that the field held is freed.
 */
bool conf_value_set(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE]);
/* Adds text to a list of strings, networks or endpoints. As above. */
bool conf_value_add(const struct conf_key *k, void *record, const char *text,
    char why[CONF_WHY_SIZE]);
/* Frees what the field of k holds, in groups too, and zeroes it. */
void conf_value_free(const struct conf_key *k, void *record);

/*
 * Writes the field as both libconfig and JSON read it. Not for KIND_GROUPS.
 */
void conf_value_print(const struct conf_key *k, const void *record, FILE *out);
void conf_value_print_string(const char *s, FILE *out);

/* least or most as the file would have it: "100ms", "65535". */
void conf_value_bound(const struct conf_key *k, int64_t n, char *out,
    size_t size);

/* A record's list of groups. */
size_t conf_value_count(const struct conf_key *k, const void *record);
void *conf_value_row(const struct conf_key *k, const void *record, size_t i);
/* False without memory. Frees what was there; the rows are zero. */
bool conf_value_make_rows(const struct conf_key *k, void *record, size_t count);

struct conf_origin *conf_origins(const struct conf_table *t,
    const void *record);

#endif
