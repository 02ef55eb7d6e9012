/*
 * session: what is known of one SMTP connection, and, apart from it, of the
 * message under way.
 *
 * The message is emptied at MAIL, at abort and at end of message, so nothing
 * of one reaches the next. libmilter never runs two callbacks of a session at
 * once, but may run them on different threads: all of it is in here.
 */
#ifndef RCPTGUARD_SESSION_H
#define RCPTGUARD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/net.h"
#include "milter/answer.h"
#include "milter/flood.h"
#include "milter/ring.h"
#include "milter/service.h"

/* One address of the message is to be tagged, or the message to be held. */
struct session_mark {
	bool set;
	enum verdict_reason reason;
	char id[VERDICT_ID_SIZE];
};

struct session_message {
	const struct setting *set;	/* NULL: no message */
	const struct conf_guard *guard;	/* lives with set; NULL: unguarded */
	char auth[RING_AUTH_SIZE];
	char sender[ADDRESS_MAX + 1];	/* as written, without < and > */
	int64_t held_ms;		/* by all its recipients */
	unsigned recipients;
	struct flood_client from;	/* if the guard has flood limits */
	struct flood_mail mail;		/* those who count for a mailbox */
	char unqueued[VERDICT_ID_SIZE];	/* last one passed without queue id */
	struct session_mark tag, hold;
	/* a refusal that Postfix can take at end of message only */
	const struct answer *late;
	char late_id[VERDICT_ID_SIZE];
	unsigned foreign_tags;		/* copies of our header that came in */
};

struct session {
	struct net_addr client;		/* family 0: none */
	char client_text[NET_TEXT_SIZE];
	char listener[RING_GUARD_SIZE];	/* {daemon_name}, or "" */
	bool xtext_login;	/* {auth_authen} is xtext */
	/*
	 * Looks like Postfix's cleanup(8) playing a session for mail from
	 * sendmail(1): localhost, loopback, port 0.
	 */
	bool local_port_0;
	struct verdict_ids ids;
	struct session_message message;
};

/* NULL: no memory. */
struct session *session_new(void);
void session_free(struct session *s, struct service *svc);

/* Empties the message; what it held of svc is given back. */
void session_reset(struct session *s, struct service *svc);

#endif
