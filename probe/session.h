/*
 * session: one SMTP connection. It knows connecting, TLS, bytes and time; what
 * is said it is told by smtp.h. It is given one recipient after another, or
 * several at once.
 *
 * Each callback but answer is the last thing the session does in that turn of
 * the loop, so the owner may free it, give it a recipient, or send it away in
 * there.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_SESSION_H
#define RCPTGUARD_SESSION_H

#include <event2/event.h>

#include "common/evidence.h"
#include "probe/connect.h"
#include "probe/fault.h"
#include "probe/parking.h"
#include "probe/reply.h"
#include "probe/smtp.h"
#include "probe/tls.h"

#define SESSION_BYTES_MAX	65536	/* read up to each answer (rule R2) */

struct session;

/* What a session has cost so far. */
struct session_use {
	uint64_t sent, received;	/* octets of SMTP, within TLS */
	uint32_t round_trips;		/* waits for the other side: connecting,
					   the banner, a handshake, commands
					   that went out in one write */
	uint32_t rcpts;			/* RCPT commands sent */
};

struct session_params {
	struct event_base *base;
	struct parking *parking;	/* for slow ones, and for handshakes;
					   NULL, where tls is: not used */
	struct tls *tls;		/* NULL: never STARTTLS */
	const char *host;		/* the MX name, for SNI; copied */
	struct net_addr addr;
	struct net_addr other;		/* dialled too if addr is slow;
					   family 0: there is none */
	uint16_t port;
	const struct net_addr *source;	/* for addr; NULL: by the system */
	const struct net_addr *other_source;
	const struct target_rules *rules;
	const char *helo, *sender;	/* borrowed for the session's life */
	int64_t connect_timeout_ms, reply_timeout_ms;
	/* From the start, or from each recipient, to its answer; of one that
	   was asked behind others, from theirs. */
	int64_t session_timeout_ms;
};

/*
 * After refused or failed nothing can be asked any more; the session ends by
 * itself, politely if it can, and over follows in a later turn.
 */
struct session_events {
	/* Nothing is owed: session_ask or session_leave, now or later. */
	void (*idle)(void *arg);
	/* The recipient's reply; the next one's follows, or idle, or over.
	   Nothing may be asked of the session in there. A success with others
	   asked behind it is told with the reply to the RSET that follows. */
	void (*answer)(void *arg, const struct reply *reply);
	/* The recipient was not asked (NO_SMTPUTF8, LOCAL); idle follows. */
	void (*unasked)(void *arg, enum fault fault);
	/* A reply refuses us, at stage. */
	void (*refused)(void *arg, enum stage stage, const struct reply *reply);
	void (*failed)(void *arg, enum stage stage, enum fault fault);
	/* The connection is gone: session_free. */
	void (*over)(void *arg);
	/* The dialogue, for the story. */
	void (*tell)(void *arg, enum story_kind kind, const char *text);
};

/*
 * Dials. NULL with errno when that fails at once; nothing has been called
 * then.
 */
struct session *session_open(const struct session_params *p,
    const struct session_events *events, void *arg);

/* In idle only. Nothing is called from within. */
void session_ask(struct session *s, const struct address *rcpt);

/*
 * In idle, after session_ask. False: this one is to be asked when the session
 * is idle again (smtp_behind).
 */
bool session_ask_behind(struct session *s, const struct address *rcpt);

/*
 * What is asked between the two, up to SMTP_GROUP_MAX, goes out in one write.
 * cork is the caller's, and in use until the second.
 */
struct session_cork {
	size_t len;
	char text[SMTP_GROUP_MAX * SMTP_SEND_MAX];
};
void session_cork(struct session *s, struct session_cork *cork);
void session_uncork(struct session *s);

/* In idle only. QUIT, and a moment for its answer; over follows. */
void session_leave(struct session *s);

void session_free(struct session *s);	/* NULL is fine */

/*
 * After the answer to a second recipient. False: they say the same to RSET and
 * to MAIL, so that in a group no answer would be sure to be its recipient's.
 */
bool session_is_countable(const struct session *s);

/* "TLSv1.3", "TLSv1.3 resumed", or "". */
const char *session_tls(const struct session *s);

void session_use(const struct session *s, struct session_use *out);

/*
 * addr: the address that is connected to, or was to be. other: the one that
 * was dialled beside it; family 0: none was.
 */
void session_addresses(const struct session *s, struct net_addr *addr,
    struct net_addr *other);

#endif
