/*
 * conf_read: a tree of settings into a record of the schema.
 *
 * Private to common/conf*.c.
 */
#ifndef RCPTGUARD_CONF_READ_H
#define RCPTGUARD_CONF_READ_H

#include <stdbool.h>

#include "common/conf_schema.h"

/* Every default. False without memory. */
bool conf_read_defaults(const struct conf_table *t, void *record);

/*
 * Puts what the tree sets over what c holds; file is the origin's name and
 * lives as long as c. Adds a message for each fault, in order of place.
 */
void conf_read_tree(const struct conf_tree *tree, const char *file,
    struct conf *c, struct conf_errors *e);

#endif
