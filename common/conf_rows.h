/*
 * conf_rows: the schema's tables of what there may be several of. For
 * conf_schema.c alone; each is found by its name in conf_schema.
 */
#ifndef RCPTGUARD_CONF_ROWS_H
#define RCPTGUARD_CONF_ROWS_H

#include "common/conf_schema.h"

extern const struct conf_table conf_source_table, conf_submitter_table,
    conf_canary_table, conf_guard_table;

/* signup, import, operator: enum guard_origin; ended by NULL. */
extern const char *const conf_origin_words[];

#endif
