/*
 * target: which addresses a probe may dial.
 *
 * An MX record is written by a stranger. Without this check it could make the
 * probe knock on the site's own network (SSRF), or on itself. Pure; the very
 * address that goes to connect() is checked, never a name.
 */
#ifndef RCPTGUARD_TARGET_H
#define RCPTGUARD_TARGET_H

#include "common/conf.h"
#include "common/net.h"

enum target {
	TARGET_OK,
	TARGET_NOT_PUBLIC,		/* loopback, private, reserved, multicast */
	TARGET_OURSELVES		/* an address of this machine or site */
};

struct target_rules {
	const struct conf_networks *allow;	/* smtp.allow_networks */
	const struct net_addr *own;
	size_t own_count;
};

/* *why: a few words, static. allow wins over both refusals. */
enum target target_check(const struct target_rules *rules,
    const struct net_addr *addr, const char **why);

#endif
