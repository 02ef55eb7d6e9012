/*
 * session_internal: what session.c (connection, time, the owner's calls),
 * session_tls.c, session_input.c (what they say) and session_output.c (what we
 * say) share.
 */
#ifndef RCPTGUARD_SESSION_INTERNAL_H
#define RCPTGUARD_SESSION_INTERNAL_H

#include "probe/session.h"

#define SESSION_READ_MAX	(2 * REPLY_LINE_MAX)

struct session {
	struct session_params p;
	const struct session_events *ev;
	void *arg;
	struct connect *connect;	/* under way */
	struct bufferevent *bev;
	struct event *step_timer;	/* one reply, QUIT */
	int64_t more_ms;		/* of that reply's time, once parked */
	struct parked parked;
	struct tls_shake *shake;	/* under way; bev is NULL then */
	struct event *shake_event;	/* its next step */
	struct parked answered;		/* till the host goes on with it */
	struct event *limit_timer;	/* session_timeout */
	struct event *turn;		/* idle, said in a turn of its own */
	struct smtp_params sp;
	struct smtp smtp;
	struct reply *reply;		/* begun in an earlier turn, or NULL */
	struct reply_kept *held;	/* an answer, not yet told, or NULL */
	struct session_cork *corked;	/* what is held back, or NULL */
	size_t bytes;			/* since the last answer */
	size_t uncounted;		/* of reply, to be use.received */
	struct session_use use;
	struct net_addr addr, other;	/* as session_addresses has them */
	bool connected;
	bool ending;			/* only QUIT's answer is waited for */
	enum fault unasked;		/* to be told in the next turn */
	char host[256];
};

/* session.c: what they say is heard at once again, if it was not. */
void session_unpark(struct session *s);
/* The time for the next of several recipients begins. */
void session_wait_on(struct session *s);
/* Tells the answer that is held, if one is. What is read behind it is no cost
 * of that one. */
void session_tell_held(struct session *s);
/* session.c: does what step->act says. */
void session_act(struct session *s, const struct smtp_step *step);
/* The polite end, by step; over follows. */
void session_end(struct session *s, const struct smtp_step *step);
/* What is due next is late after so long. */
void session_step_within(struct session *s, int64_t ms);
/* Hears and speaks over bev, which is its own from now on. False: it cannot,
 * which it says of a NULL, too. */
bool session_attach(struct session *s, struct bufferevent *bev);
/* Ends it, and says why; the last thing in its turn. */
void session_fail(struct session *s, enum fault fault);
void session_tell(struct session *s, enum story_kind kind, const char *text);

/* session_output.c: sends what step says, and counts it. */
void session_send(struct session *s, const struct smtp_step *step);
/* Each CRLF- or LF-ended line of text as a step; code 0: it has none. */
void session_tell_lines(struct session *s, enum story_kind kind,
    const char *text, unsigned code);

/* session_tls.c: begins the handshake; ends it, if one is under way. */
void session_start_tls(struct session *s);
void session_stop_tls(struct session *s);
void session_on_tls_answer(void *session);
/* One that is under way has failed. */
void session_tls_is_late(struct session *s);

/* session_input.c */
void session_on_read(struct bufferevent *bev, void *arg);

#endif
