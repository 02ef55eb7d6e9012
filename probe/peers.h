/*
 * peers: the mail hosts that are being asked, and the sessions to them.
 *
 * A question (one recipient, one host address) waits at its peer until a
 * session takes it: an idle one, or a new one while the limits allow. Sessions
 * are shared: after an answer a session takes the next question, or several in
 * one group where the host has PIPELINING, lingers a moment, and says QUIT.
 * What a session leaves unanswered waits for another. Limits: sessions to one
 * peer, questions on one session, sessions in all.
 *
 * A question is asked once more, on a new session, where its own was dropped
 * or refused after others had been answered on it, or where the reply is to
 * its being one too many. A host that does so twice, or says so, is asked no
 * more recipients a session than it answered, for a day.
 *
 * A host that refuses one session while another stands does not say that of
 * the recipient: the question waits for the one that stands, and for an hour
 * there is but one at a time.
 *
 * The loop's thread only. Answers come from the loop, never from within
 * peers_ask or ask_cancel.
 */
#ifndef RCPTGUARD_PEERS_H
#define RCPTGUARD_PEERS_H

#include <event2/event.h>

#include "common/address.h"
#include "common/classify.h"
#include "common/conf.h"
#include "common/evidence.h"
#include "probe/exclusion.h"
#include "probe/hostmem.h"
#include "probe/reply.h"
#include "probe/session.h"
#include "probe/target.h"

#define PEER_ASKS_PER_SESSION	10	/* where no provider rule says otherwise */

struct peers;
struct ask;

struct ask_result {
	enum fault fault;		/* FAULT_NONE: reply is set */
	enum stage stage;
	unsigned code;
	char enhanced[16];
	const char *text;		/* lives during the call */
	const char *tls;		/* version, or "" */
	struct net_addr addr;		/* that was asked */
	struct net_addr other;		/* dialled too, and slower or in vain;
					   family 0: none was */
	struct session_use use;		/* of its sessions while they asked it */
	int64_t session_ms;		/* and how long they did */
};

typedef void ask_done_fn(void *arg, const struct ask_result *result);

struct ask_params {
	const char *host;		/* name from the MX; copied */
	struct net_addr addr;
	const struct net_addr *other;	/* of host, dialled too if addr is
					   slow to connect; copied; or NULL */
	const struct provider *provider;	/* the host's: its limits, and
					 * it sticks to one source; NULL: no
					 * limits but our own, and the machine
					 * does; read during the call */
	const char *machine;		/* mx_host_machine; copied */
	bool own_session;		/* shared with no other question */
	const struct address *rcpt;	/* borrowed until done */
	struct evidence *story;		/* borrowed until done; NULL: no story */
	int64_t story_began_ms;		/* monotonic */
	ask_done_fn *done;
	void *arg;
};

/*
 * All are borrowed; peers_configure changes conf and rules. Sessions dialled
 * and recipients asked are counted in counters.
 */
struct source_pool;
struct counters;
struct peers *peers_create(struct event_base *base, const struct conf *conf,
    const struct target_rules *rules, const struct source_pool *sources,
    struct counters *counters);
void peers_configure(struct peers *p, const struct conf *conf,
    const struct target_rules *rules);
void peers_destroy(struct peers *p);	/* nothing is called any more */

/* What is remembered of mail hosts; forgotten by peers_configure. */
struct hostmem *peers_memory(const struct peers *p);

/* NULL: no memory. */
struct ask *peers_ask(struct peers *p, const struct ask_params *params);

/* It waits since all sessions (probe.parallel) are in use. NULL: false. */
bool ask_is_crowded_out(const struct ask *a);

/* done is not called; the handle is gone. */
void ask_cancel(struct ask *a);

/* A way through all hosts, one at a time. A member of who walks. */
struct peers_walk {
	struct peer *peer;		/* to be visited; NULL: all were */
	struct peers_walk *prev, *next;
};
void peers_walk_begin(struct peers *p, struct peers_walk *w);
void peers_walk_end(struct peers *p, struct peers_walk *w);

/*
 * Ends every session to the next host that e forbids, by its host or by the
 * domain of the question that it asks: an idle one with QUIT, another at once.
 * The same for questions that wait. Those that were not cancelled are answered
 * as closed. Adds to *looked how much was looked at, and to *closed how many
 * sessions stood. False: no host is left.
 */
bool peers_walk_close(struct peers_walk *w, const struct exclusion *e,
    unsigned *looked, unsigned *closed);

struct peers_stats {
	size_t peers, sessions, waiting;
	uint64_t opened, asked;
};
void peers_stats(const struct peers *p, struct peers_stats *out);

#endif
