/*
 * smtp: the client's side of the dialogue, as a pure state machine.
 *
 * It is told of replies and says what to do next; it knows no socket, clock,
 * or memory. Legal paths:
 *
 *   BANNER -> EHLO [-> HELO] -> READY
 *   EHLO -> STARTTLS -> TLS -> EHLO [-> HELO] -> READY
 *   EHLO -> STARTTLS, refused -> READY
 *   READY -> MAIL -> RCPT -> ANSWERED
 *   ANSWERED -> RSET -> MAIL -> RCPT -> ANSWERED
 *   RCPT, with another transaction sent behind it -> RSET
 *   MAIL, refused, with RCPT sent -> DRAIN -> QUIT
 *   any -> QUIT -> CLOSED
 *
 * With PIPELINING, MAIL and RCPT (and the RSET before them) go out together,
 * and so may the transactions of recipients that wait behind; nothing else is
 * ever sent while a reply is owed. A reply too many, or too few, falls on RSET
 * or MAIL before it can fall on another recipient; without PIPELINING one too
 * many does that comes late. There only success is believed: to MAIL, which is
 * the same each time, none that is not like the first, and in a group to RSET
 * none that is. A host that says the same to both cannot be asked in groups
 * (alike). There is no DATA and no BDAT in here (rule R5).
 *
 * How a session drives it: while smtp_owed, input goes to reply_feed, each
 * whole reply to smtp_reply, and what step->act says is done; with READ the
 * input that is left is read on first. While nothing is owed, input goes to
 * smtp_early. What step->outcome tells goes to the owner. After
 * SMTP_DO_CLOSE nothing more is to be said.
 */
#ifndef RCPTGUARD_SMTP_H
#define RCPTGUARD_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/stage.h"
#include "probe/reply.h"

/* RSET, MAIL FROM:<254> SMTPUTF8, RCPT TO:<254>, each with CRLF; a NUL. */
#define SMTP_SEND_MAX	(32 + 2 * (ADDRESS_PATH_MAX + 32))

#define SMTP_HELO_MAX	255		/* octets, as a domain */
/*
 * Transactions under way at once: 5 KiB of commands at worst, which a socket
 * takes while the peer still talks (RFC 2920, 3.1).
 */
#define SMTP_GROUP_MAX	10
#define SMTP_EHLO_LINES	REPLY_LINES_MAX	/* of EHLO's that are looked at */

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
	SMTP_DRAIN,			/* MAIL refused, others to come */
	SMTP_ANSWERED,			/* a transaction is open */
	SMTP_QUIT,
	SMTP_CLOSED,
	SMTP_STATE_COUNT
};

struct smtp_params {			/* borrowed while the dialogue lasts */
	const char *helo;
	const char *sender;		/* without brackets; "" is <> */
	bool tls;			/* use STARTTLS if offered */
};

struct smtp {
	const struct smtp_params *params;
	enum smtp_state state;
	bool encrypted;
	bool pipelining, starttls, smtputf8;
	bool ehlo_cut;			/* EHLO's reply was too long to keep */
	unsigned behind;		/* transactions sent, not yet begun */
	bool group;			/* others were sent behind one */
	uint32_t mail_mark;		/* of MAIL's first reply; 0: none */
	bool alike;			/* RSET was answered as MAIL was */
	unsigned drain;			/* replies to come in DRAIN */
	struct address rcpt;		/* the last one that was given */
};

enum smtp_do {
	SMTP_DO_READ,			/* wait for a reply */
	SMTP_DO_SEND,			/* send, then wait for a reply */
	SMTP_DO_TLS,			/* handshake, then smtp_encrypted */
	SMTP_DO_IDLE,			/* nothing is owed: recipient or quit */
	SMTP_DO_CLOSE
};

/*
 * Of an outcome that ends the dialogue, step->act is the polite end: QUIT
 * where one may be sent, else CLOSE.
 */
enum smtp_outcome {
	SMTP_NOTHING,			/* the dialogue goes on */
	SMTP_IS_READY,			/* may be given its first recipient */
	SMTP_ANSWER,			/* this reply answers the recipient;
					   READ: that of the next follows */
	SMTP_NO_SMTPUTF8,		/* not asked: they lack it; IDLE */
	SMTP_UNSENDABLE,		/* not asked: unfit to send, or EHLO too
					   long to know of SMTPUTF8; IDLE */
	SMTP_REFUSED,			/* this reply refuses us; ends */
	SMTP_SESSION_OVER,		/* they hang up or cannot RSET; ends. A
					   recipient not yet answered is to be
					   asked in a new session */
	SMTP_BAD_REPLY,			/* its code cannot answer stage; ends */
	SMTP_SAID_TOO_MUCH		/* input where none may be, or replies
					   out of count; ends */
};

struct smtp_step {
	enum smtp_do act;
	enum smtp_outcome outcome;
	enum stage stage;		/* what the reply was to */
	char send[SMTP_SEND_MAX];	/* with CRLFs; ends in NUL */
	size_t send_len;
};

/*
 * Begins at BANNER: waits for a reply. False, and nothing may be done with s,
 * if helo is empty or too long, sender is too long, or either has an octet
 * that is not printable ASCII.
 */
bool smtp_begin(struct smtp *s, const struct smtp_params *params);

/* Whether a reply is owed to us. */
bool smtp_owed(const struct smtp *s);

/*
 * A whole reply has come, and rest_len octets of input are left behind it.
 * They are foreign to the dialogue unless another reply is owed: a reply that
 * came early would be taken for that to the next command, and after STARTTLS
 * plain text would be read as if it came under TLS (RFC 3207, 6). The step is
 * then SMTP_SAID_TOO_MUCH, also in place of an answer, since the count of
 * replies is off and the answer may be another command's. Only a 421 may
 * stand behind an answer.
 */
void smtp_reply(struct smtp *s, const struct reply *r, const char *rest,
    size_t rest_len, struct smtp_step *step);

/* Input while no reply is owed: SMTP_SESSION_OVER for a 421, else too much. */
void smtp_early(struct smtp *s, const char *in, size_t len,
    struct smtp_step *step);

/* The handshake ended well. (If it failed, the session is over.) */
void smtp_encrypted(struct smtp *s, struct smtp_step *step);

/* The next recipient (copied); in READY or ANSWERED, else SESSION_OVER. */
void smtp_recipient(struct smtp *s, const struct address *rcpt,
    struct smtp_step *step);

/*
 * Whether a recipient (copied) may be asked behind those under way; the step
 * is then SEND. False, and nothing has changed: they have no PIPELINING, the
 * group is full or not begun, or this one is to be asked by smtp_recipient,
 * which tells what is in its way.
 */
bool smtp_behind(struct smtp *s, const struct address *rcpt,
    struct smtp_step *step);

/* QUIT, in READY and ANSWERED; else CLOSE. */
void smtp_quit(struct smtp *s, struct smtp_step *step);

/* The stage that a silence or a fault in this state belongs to. */
enum stage smtp_stage(const struct smtp *s);

#endif
