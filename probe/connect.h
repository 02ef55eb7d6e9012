/*
 * connect: a TCP connection to a mail host, at the first of two addresses
 * that answers (RFC 8305 in spirit, but polite).
 *
 * The second is dialled only if the first has not answered within
 * CONNECT_OTHER_MS; there are never more than two. Who is slower is closed
 * before a word of SMTP. A first that refuses is not followed by the second:
 * that is another question, and the walk's to ask.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_CONNECT_H
#define RCPTGUARD_CONNECT_H

#include <event2/event.h>

#include "probe/dial.h"

#define CONNECT_OTHER_MS	300

struct connect;

struct connect_params {
	struct event_base *base;
	struct net_addr addr, other;	/* other.family 0: there is none */
	const struct net_addr *source, *other_source;	/* or NULL */
	uint16_t port;
	const struct target_rules *rules;
	int64_t timeout_ms;		/* for both together */
};

/*
 * Once, from the loop; the handle is gone then. fd: the receiver's, or -1 and
 * err is an errno (ETIMEDOUT when the time was up).
 */
typedef void connect_done_fn(void *arg, int fd, const struct net_addr *addr,
    int err);

/* The second address is being dialled. */
typedef void connect_other_fn(void *arg, const struct net_addr *other);

/* params' pointers are borrowed till done. NULL with errno. */
struct connect *connect_start(const struct connect_params *params,
    connect_done_fn *done, connect_other_fn *other, void *arg);

/* done is not called; NULL is fine. */
void connect_cancel(struct connect *c);

#endif
