/*
 * wire_client: one blocking connection to the probe, with deadlines.
 *
 * A client is used by one thread at a time. Nothing here blocks longer than
 * the deadline given, on the monotonic clock; connect does not block at all
 * (a full backlog is CLIENT_BUSY).
 */
#ifndef RCPTGUARD_WIRE_CLIENT_H
#define RCPTGUARD_WIRE_CLIENT_H

#include <stdint.h>

#include "common/wire.h"

struct wire_client;

enum client_status {
	CLIENT_OK,
	CLIENT_DEAD,			/* no socket, refused, or closed by peer */
	CLIENT_BUSY,			/* its backlog is full */
	CLIENT_TIMEOUT,			/* nothing by the deadline: it hangs */
	CLIENT_STOPPED,			/* stop_fd became readable */
	CLIENT_GARBAGE,			/* an answer that breaks the syntax */
	CLIENT_NO_MEMORY,
	CLIENT_DENIED,			/* no permission on the socket */
	CLIENT_STATUS_COUNT
};

/* For a person, without a full stop. Static; never NULL. */
const char *client_status_text(enum client_status status);

/* *out is NULL unless CLIENT_OK. path: a UNIX stream socket. */
enum client_status wire_client_open(const char *path,
    struct wire_client **out);
void wire_client_close(struct wire_client *c);	/* NULL is fine */

/* 1, 2, 3 ...: a value for "id" that this connection has not used. */
uint64_t wire_client_next_id(struct wire_client *c);

/*
 * Sends a finished message (from wire_end) and, if answer is not NULL, waits
 * for the next whole answer. The answer points into the client and lives until
 * its next call. stop_fd: -1, or a descriptor that ends the wait when it
 * becomes readable or is closed at its other end (it is not read). An answer
 * that is already there is taken even past the deadline. With len 0 nothing is
 * sent: that waits for a further answer. The id of the answer is for the
 * caller to compare. A signal does not end the wait, and no SIGPIPE comes.
 * After anything but CLIENT_OK the client can only be closed.
 */
enum client_status wire_client_call(struct wire_client *c, const char *msg,
    size_t len, int64_t deadline_ms, int stop_fd, struct wire_message *answer);

#endif
