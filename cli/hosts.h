/*
 * hosts: what the probe learned of mail hosts, for people.
 */
#ifndef RCPTGUARD_CLI_HOSTS_H
#define RCPTGUARD_CLI_HOSTS_H

#include "common/jval.h"

/* The probe's object; NULL or another type tells nothing. */
void hosts_tell(const struct jval *hosts);

#endif
