/*
 * judge: from what the MTA says of a session to what it is answered. Between
 * the callbacks, which know libmilter, and the pure parts, which know neither.
 *
 * One thread at a time per session.
 */
#ifndef RCPTGUARD_JUDGE_H
#define RCPTGUARD_JUDGE_H

#include <stdbool.h>

#include "milter/answer.h"
#include "milter/service.h"
#include "milter/session.h"

struct judge_reply {
	const struct answer *answer;	/* NULL: continue */
	char text[ANSWER_TEXT_MAX];
};

/*
 * MAIL FROM: begins the message, finds its guard, and judges the sender if the
 * guard says so. arg: the first argument as the client wrote it. auth:
 * {auth_authen}; qid: i; each may be NULL.
 */
void judge_mail(struct service *svc, struct session *s, const char *arg,
    const char *auth, const char *qid, struct judge_reply *reply);

/* RCPT TO. mailer: {rcpt_mailer}, or NULL. */
void judge_rcpt(struct service *svc, struct session *s, const char *arg,
    const char *mailer, const char *qid, struct judge_reply *reply);

/* End of message: a refusal that had to wait for it, or none. */
void judge_end(struct service *svc, struct session *s, const char *qid,
    struct judge_reply *reply);

#endif
