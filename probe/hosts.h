/*
 * hosts: what was learned of mail hosts, for the admin.
 */
#ifndef RCPTGUARD_HOSTS_H
#define RCPTGUARD_HOSTS_H

#include "common/jval.h"
#include "probe/hostmem.h"

/*
 * {"limited": how many hosts have limits now, "hosts": the max of them of
 * which something was learned last}. A host has ip, host (its name, or ""),
 * and what there is of
 *
 *   rests_until, stage, reason, fault (words), or rule, code, enhanced,
 *     text
 *   recipients (a session), recipients_until
 *   one_session_until, no_groups_until, no_tls_until
 *
 * Times are wall seconds; now_ms is of the monotonic clock. The caller owns
 * it. NULL: no memory.
 */
struct jval *hosts_json(const struct hostmem *m, size_t max, int64_t now_ms,
    int64_t now);

#endif
