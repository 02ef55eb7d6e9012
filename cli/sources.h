/*
 * sources: source addresses and listings, as the probe tells them, for people.
 */
#ifndef RCPTGUARD_SOURCES_H
#define RCPTGUARD_SOURCES_H

#include "common/jval.h"

/* The probe's arrays; NULL or another type tells nothing. */
void sources_tell(const struct jval *sources);
/* What was done from each source at each provider. */
void providers_tell(const struct jval *providers);
void retired_tell(const struct jval *retired);
void listings_tell(const struct jval *listings);

#endif
