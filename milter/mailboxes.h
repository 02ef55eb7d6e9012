/*
 * mailboxes: how much mail went to each mailbox lately.
 *
 * A table of fixed size, in sets of MAILBOXES_WAYS, by a keyed hash, so that
 * nobody can aim at a set. Each entry counts the messages of a rolling window
 * and those of transactions under way (open), which count as well: who bombs
 * over many connections at once must not pass them all before the first ends.
 *
 * When a set is full an entry of one message at most makes room, and only for
 * one to which mail really went: RCPT and RSET alone drive nobody out, and
 * open transactions without a message hold at most half of a set. So a victim
 * with two messages stays until they are old; to have a single one forgotten,
 * about as many messages as the table has entries must be delivered elsewhere.
 * What finds no room is not counted, and passes.
 *
 * Pure but for allocation; the owner locks. Times are milliseconds of the
 * monotonic clock.
 */
#ifndef RCPTGUARD_MAILBOXES_H
#define RCPTGUARD_MAILBOXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILBOXES_WAYS	8
#define MAILBOXES_SETS	8192		/* with the ways: 65536 mailboxes */

struct mailboxes;

struct mailboxes *mailboxes_create(void);	/* NULL: no memory */
void mailboxes_destroy(struct mailboxes *m);	/* NULL is fine */

/* Messages and open transactions; key is never 0. */
uint64_t mailboxes_count(struct mailboxes *m, uint64_t key, int64_t window_ms,
    int64_t now);

/* A transaction begins. True: mailboxes_close must follow, once. */
bool mailboxes_open(struct mailboxes *m, uint64_t key, int64_t window_ms,
    int64_t now);
void mailboxes_close(struct mailboxes *m, uint64_t key);

/* A message went on. */
void mailboxes_sent(struct mailboxes *m, uint64_t key, int64_t window_ms,
    int64_t now);

#endif
