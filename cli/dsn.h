/*
 * dsn: a delivery status notification (RFC 3464, multipart/report).
 *
 * Anybody can write one, so it is only a hint at a message: the queue ids
 * under which our own MTA may have sent it come from the returned header, and
 * the probe counts it only if its log told of that very message.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_DSN_H
#define RCPTGUARD_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/address.h"
#include "common/outcome.h"

#define DSN_RCPTS_MAX	20
#define DSN_QIDS_MAX	20

struct dsn_rcpt {			/* one with Action: failed */
	struct address addr;		/* Original-Recipient, else Final- */
	bool quoted;			/* a host's own words (smtp) */
	unsigned code;
	char enhanced[16];
	char text[OUTCOME_TEXT_MAX + 1];	/* escaped */
	char host[256];			/* Remote-MTA, lower case, or "" */
};

struct dsn {
	struct dsn_rcpt rcpts[DSN_RCPTS_MAX];
	size_t rcpt_count;
	char qids[DSN_QIDS_MAX][OUTCOME_QID_MAX + 1];
	size_t qid_count;
};

/* text as message_load leaves it. False: it is no such report. */
bool dsn_read(const char *text, size_t len, struct dsn *out);

#endif
