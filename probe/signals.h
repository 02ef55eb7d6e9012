/*
 * signals: what lists say of an address before anybody is asked, and of its
 * mail hosts. It costs nobody anything.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_SIGNALS_H
#define RCPTGUARD_SIGNALS_H

#include "common/conf.h"
#include "common/lists.h"
#include "probe/mx.h"

struct signal {
	enum verdict_reason reason;
	char rule[64];			/* "list.typo" */
	char text[160];			/* for people; names no mailbox */
	char story[512];		/* list, file, line, entry */
};

/*
 * True: the address is not to be probed; *out has the verdict, which is risky.
 * The allow list speaks first; a role is no reason not to probe.
 */
bool signals_of_address(const struct conf *conf, const struct lists *lists,
    const struct address *addr, struct signal *out);

/* The same once DNS has named the mail hosts, or name servers. */
bool signals_of_hosts(const struct conf *conf, const struct lists *lists,
    const struct address *addr, const struct mx_route *route,
    struct signal *out);

/* The same for a domain that was dead for months and takes mail again. */
bool signals_of_risen(const struct conf *conf, const struct lists *lists,
    const struct address *addr, struct signal *out);

/*
 * True: the address was accepted, and is a role. Only then: that there is no
 * such user must not be hidden.
 */
bool signals_of_accepted(const struct conf *conf, const struct lists *lists,
    const struct address *addr, struct signal *out);

/* "name@domain" that may be meant, in out; false if none is known. */
bool signals_suggestion(const struct lists *lists, const struct address *addr,
    char out[ADDRESS_MAX + 1]);

#endif
