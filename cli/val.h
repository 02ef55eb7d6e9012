/*
 * val: members of the objects that the store holds and the probe answers with.
 *
 * What is absent, as another version may not tell it, is shown as nothing and
 * not as an error. Pure; any thread.
 */
#ifndef RCPTGUARD_VAL_H
#define RCPTGUARD_VAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/jval.h"

/* Lives as long as o; "" if it is absent, or no text. */
const char *val_text(const struct jval *o, const char *name);
/* 0 if it is absent, or no integer. */
int64_t val_int(const struct jval *o, const char *name);
/* False too if it is absent, or neither. */
bool val_true(const struct jval *o, const char *name);

#endif
