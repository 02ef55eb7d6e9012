/*
 * flood: what a guard sees beyond single verdicts: a client whose fresh
 * recipients are mostly undeliverable (bounce attack), and a mailbox that is
 * signed up again and again under its names (mail bomb).
 *
 * The tables (suspects.h, mailboxes.h) have fixed sizes and outlive a reload;
 * a lock is held for a few hundred nanoseconds and never over I/O. now is
 * clock_mono_ms. Attacks
 * that begin, go on or end are put into the scribe's ring: it logs them and
 * tells the probe, which keeps them over a restart of the milter.
 */
#ifndef RCPTGUARD_FLOOD_H
#define RCPTGUARD_FLOOD_H

#include "common/address.h"
#include "milter/guard.h"
#include "milter/lookup.h"
#include "milter/scribe.h"

struct flood;

/*
 * scribe is borrowed. Attacks that the store holds go on. NULL: no memory.
 */
struct flood *flood_new(struct scribe *scribe, struct lookup *lookup);
void flood_free(struct flood *f);		/* NULL is fine */

/* Who brings recipients, for one message; made by flood_client_of. */
struct flood_client {
	const struct conf_guard *guard;	/* this and the next two: borrowed */
	const char *auth;		/* SASL login, or ""; foreign */
	const struct net_addr *addr;	/* family 0: none */
	uint64_t key;
};
struct flood_client flood_client_of(const struct flood *f,
    const struct conf_guard *guard, const char *auth,
    const struct net_addr *addr);

/*
 * Any thread. Counts a recipient, and says whether the client is under attack
 * now (with this one).
 *
 * The probe asks less when it meets many unknown users (breakers, budgets, no
 * lists), so a flood at one domain soon is not_checked. Such a recipient is
 * counted as the domain's others were: as undeliverable if FLOOD_SAMPLE of
 * this client's were judged and enough of them were. While an attack is on, so
 * is each one that the probe does not ask because it is of a list.
 */
#define FLOOD_SAMPLE	5
bool flood_count(struct flood *f, const struct flood_client *client,
    const struct address *rcpt, enum verdict_reason reason, int64_t age_s,
    int64_t now);
/* A recipient was, or in mode observe would have been, deferred for it. */
void flood_put_off(struct flood *f, const struct flood_client *client);

/* The recipients of one message that count for their mailboxes. */
struct flood_mail {
	struct flood_rcpt *rcpts;	/* all zero: none */
	size_t count, size;
};

/*
 * Any thread. Whether the mailbox has had as much mail as the guard allows.
 * If not, or with anyway (the message goes on all the same), the recipient is
 * noted in mail, which ends with flood_end.
 */
bool flood_mailbox(struct flood *f, const struct conf_guard *guard,
    const struct address *rcpt, bool anyway, int64_t now,
    struct flood_mail *mail);
/* sent: the message went on, and counts. Empties mail. */
void flood_end(struct flood *f, struct flood_mail *mail, bool sent);

/* Now and then, one thread: says which attacks are over. */
void flood_tend(struct flood *f);

#endif
