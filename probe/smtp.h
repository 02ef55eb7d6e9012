/*
 * smtp: the client's side of the dialogue, as a pure state machine.
 *
 * It is told of replies and says what to do next; it knows no socket, clock,
 * or memory. Legal paths:
 *
 *   BANNER -> EHLO [-> HELO] -> READY
 *   EHLO -> STARTTLS -> TLS -> EHLO -> READY
 *   READY -> MAIL -> RCPT -> ANSWERED
 *   ANSWERED -> RSET -> MAIL -> RCPT -> ANSWERED
 *   any -> QUIT -> CLOSED
 *
 * With PIPELINING, MAIL and RCPT (and the RSET before them) go out together.
 * There is no DATA and no BDAT in here (rule R5).
 */
#ifndef RCPTGUARD_SMTP_H
#define RCPTGUARD_SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/address.h"
#include "common/stage.h"
#include "probe/reply.h"

/* RSET, MAIL FROM:<256> SMTPUTF8, RCPT TO:<256>, each with CRLF. */
#define SMTP_SEND_MAX	(32 + 2 * (ADDRESS_PATH_MAX + 32))

enum smtp_state {
	SMTP_BANNER,
	SMTP_EHLO,
	SMTP_HELO,
	SMTP_STARTTLS,
	SMTP_TLS,			/* handshake under way */
	SMTP_READY,			/* no transaction yet */
	SMTP_RSET,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_ANSWERED,			/* a transaction is open */
	SMTP_QUIT,
	SMTP_CLOSED,
	SMTP_STATE_COUNT
};

struct smtp_params {			/* borrowed for the life of the dialogue */
	const char *helo;
	const char *sender;		/* MAIL FROM, without brackets; "" = <> */
	bool tls;			/* use STARTTLS if offered */
};

struct smtp {
	const struct smtp_params *params;
	enum smtp_state state;
	bool encrypted;
	bool esmtp, pipelining, starttls, smtputf8;
	bool mail_refused;		/* RCPT's reply is still to come */
	bool rcpt_sent;
	struct address rcpt;		/* the recipient under way */
};

enum smtp_do {
	SMTP_DO_READ,			/* wait for a reply */
	SMTP_DO_SEND,			/* send, then wait for a reply */
	SMTP_DO_TLS,			/* input must be empty; then handshake */
	SMTP_DO_IDLE,			/* nothing is owed; give it a recipient or quit */
	SMTP_DO_CLOSE
};

enum smtp_outcome {
	SMTP_NOTHING,			/* the dialogue goes on */
	SMTP_IS_READY,			/* may be given its first recipient */
	SMTP_ANSWER,			/* this reply answers the recipient */
	SMTP_REFUSED,			/* this reply refuses us, at stage */
	SMTP_NO_SMTPUTF8,		/* the recipient needs what they lack */
	SMTP_SAID_TOO_MUCH		/* input where none may be: protocol error */
};

struct smtp_step {
	enum smtp_do act;
	enum smtp_outcome outcome;
	enum stage stage;		/* what the reply was to */
	char send[SMTP_SEND_MAX];	/* with CRLFs */
	size_t send_len;
};

/* Begins at BANNER. */
void smtp_begin(struct smtp *s, const struct smtp_params *params);

/* A whole reply has come. */
void smtp_reply(struct smtp *s, const struct reply *r, struct smtp_step *step);

/* The handshake ended well. (If it failed, the session is over.) */
void smtp_encrypted(struct smtp *s, struct smtp_step *step);

/* The next recipient; in READY or ANSWERED only. */
void smtp_recipient(struct smtp *s, const struct address *rcpt,
    struct smtp_step *step);

/* QUIT, from any state in which no reply is owed; else CLOSE. */
void smtp_quit(struct smtp *s, struct smtp_step *step);

/* The stage that a silence or a fault in this state belongs to. */
enum stage smtp_stage(const struct smtp *s);

const char *smtp_state_word(enum smtp_state state);

#endif
