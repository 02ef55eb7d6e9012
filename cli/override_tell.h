/*
 * override_tell: an override, as an admin reads it.
 */
#ifndef RCPTGUARD_OVERRIDE_TELL_H
#define RCPTGUARD_OVERRIDE_TELL_H

#include "common/override.h"

/* What it is about and what it says; then by whom, since when, how long, why. */
void override_tell(const struct override *o);

#endif
