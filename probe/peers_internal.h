/*
 * peers_internal: what peers.c (questions and hosts), peers_fail.c and
 * peers_close.c (hosts that refuse all, or must not be asked) and line*.c
 * (sessions) share.
 */
#ifndef RCPTGUARD_PEERS_INTERNAL_H
#define RCPTGUARD_PEERS_INTERNAL_H

#include "common/table.h"
#include "probe/counters.h"
#include "probe/peers.h"
#include "probe/session.h"
#include "probe/turns.h"

struct line;
struct peer;

struct ask {
	struct ask_params params;
	struct address rcpt;
	struct net_addr other;		/* family 0: none */
	struct peer *peer;
	struct line *line;		/* the session that asks it, or NULL */
	bool waits;			/* in a list of its peer */
	bool again;			/* its session died under it once already */
	bool ahead;			/* of those that wait in order */
	uint64_t serial;		/* since when it waits */
	uint64_t nr;			/* in the order of asking */
	struct ask_result result;
	char *text;			/* the reply's; NULL: none, or no memory */
	struct ask *prev, *next;	/* of a peer's list, line->behind or
					   peers->done */
};

/* One session of a peer. ("Line" as in telephone line.) */
struct line {
	struct peer *peer;
	struct session *session;
	const struct conf *conf;	/* the session borrows from it */
	char helo[256];			/* of its source */
	char source[NET_TEXT_SIZE];	/* or "": the system's choice */
	struct session_use charged;	/* to its questions so far */
	int64_t charged_ms;		/* monotonic; up to then */
	struct ask *ask;		/* under way, its reply the next */
	struct ask *behind;		/* asked behind it, in one group */
	struct ask *saying;		/* whose commands are said; NULL: ask */
	struct event *linger;
	unsigned answered;
	int64_t opened_ms;
	bool idle, leaving;
	bool grouped;			/* it was asked several at once */
	bool single;			/* for one question only */
	struct line *prev, *next;
};

/* What all that waited up to then are to be told. */
struct failure {
	uint64_t serial;
	enum fault fault;
	enum stage stage;
	bool has_reply;
	struct reply reply;
};

struct peer {
	struct net_addr addr;		/* the key */
	char host[256];
	char stick[256];		/* what one source is chosen for */
	char provider[COUNTERS_NAME];	/* or "" */
	struct peers *peers;
	struct ask *waiting;		/* those asked again go first, by nr */
	struct ask *alone;		/* wait for a session each of their own */
	struct failure *failure;	/* it waits in peers->failing; or NULL */
	struct turn failing;
	struct line *lines;		/* idle ones first */
	unsigned line_count;
	unsigned sessions_max, asks_max;
	bool wary;			/* refused one session beside another */
	bool in_queue;			/* waits for a free session in all */
	struct peer *prev, *next;	/* of peers->queue */
	UT_hash_handle hh;
};

struct peers {
	struct event_base *base;
	const struct conf *conf;
	struct target_rules rules;
	const struct source_pool *sources;
	struct counters *counters;
	struct tls *tls;
	struct parking *parking;
	struct hostmem *memory;
	struct peer *table;
	struct peer *queue;		/* fair: one session each, in turn */
	struct peers_walk *walks;
	struct turns *failing;		/* a question each */
	struct ask *done;
	uint64_t serial;
	struct event *deliver;
	struct event *run;
	struct event *sweep;
	struct peers_stats stats;
};

/* peers.c */
void ask_tell(struct ask *a, enum story_kind kind, const char *text);
/* The answer is delivered in a turn of its own; a is not the caller's then. */
void ask_finish(struct ask *a, enum fault fault, enum stage stage,
    const struct reply *reply);
/* It waits again, ahead of those that came after it. */
void ask_requeue(struct ask *a);
/* A session gives it up unanswered: it waits again, if anybody does for it. */
void ask_release(struct ask *a);
void ask_unqueue(struct ask *a);
/* The question that a new session is for; NULL: none waits. */
struct ask *peer_first(const struct peer *peer);

/*
 * peers_fail.c. No session stands, so what one was told of the host is true for
 * all that wait. They are told a piece at a time, and no session is opened
 * meanwhile.
 */
void peer_fail_all(struct peer *peer, enum fault fault, enum stage stage,
    const struct reply *reply);

/* peers_close.c: peer is to be freed. */
void peers_walks_pass(struct peers *p, const struct peer *peer);

/* peers.c */
/* How many sessions there may be to it at one time. */
unsigned peer_sessions_max(const struct peer *peer);
/* A peer waits for a session, and there may be no more of them in all. */
bool peers_are_crowded(const struct peers *p);
/* Gives what waits to idle sessions and new ones. peer may be freed. */
void peer_run(struct peer *peer);

/* line_open.c: opens a session for the first question that waits. False: it
 * could not be, and all that wait are told so. */
bool line_open(struct peer *peer);
/* line.c: an idle line takes the next questions, or lingers. */
void line_next(struct line *line);
void line_leave(struct line *line);
/* What the session has cost since the last time is this question's, or NULL. */
void line_charge(struct line *line, struct ask *a);
void line_free(struct line *line);

#endif
