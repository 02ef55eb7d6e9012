/*
 * reload: the configuration read again and put in force, or the old one kept.
 */
#ifndef RCPTGUARD_RELOAD_H
#define RCPTGUARD_RELOAD_H

#include "milter/service.h"

/*
 * One thread. Says in the log what happened; messages under way keep what they
 * began with.
 */
void reload(struct service *svc, const char *file);

/* Log level and facility of c. */
void reload_log(const struct conf *c);

#endif
