/*
 * maillog: what became of a message, by a line of Postfix's or Sendmail's log.
 *
 *   TIME HOST postfix.../smtp[PID]: QID: to=<ADDR>, [orig_to=<ADDR>, ]
 *       relay=HOST[IP]:PORT, ..., dsn=D, status=sent|deferred|bounced (TEXT)
 *   TIME HOST sendmail|sm-mta[PID]: QID: to=<ADDR>[,<ADDR>...], ...,
 *       mailer=esmtp, ..., relay=HOST. [IP], [reply=REPLY, ]dsn=D, stat=TEXT
 *
 * TIME is RFC 3339 or "Nov  1 20:20:33" (local; the year is the one that puts
 * it in the past). Any other line is none: other services, other mailers
 * (local, virtual, relay ...), other states.
 *
 * Addresses and replies are foreign text within the line. Both could hold
 * what looks like the fields of another recipient; so each field must stand
 * in the line exactly once, whoever wrote it, or the line is none. Nobody can
 * make it tell of another address: he can only have his own line left out.
 *
 * Pure, but for the local time zone; any thread.
 */
#ifndef RCPTGUARD_MAILLOG_H
#define RCPTGUARD_MAILLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/outcome.h"
#include "common/stage.h"

#define MAILLOG_LINE_MAX	8192
#define MAILLOG_RCPTS_MAX	16	/* of one line of Sendmail's */

struct maillog_event {
	int64_t at;			/* wall seconds */
	enum outcome_kind kind;
	struct address addr[MAILLOG_RCPTS_MAX];
	size_t count;			/* of addr; at least 1 */
	char qid[OUTCOME_QID_MAX + 1];	/* letters and digits */
	char relay[256];		/* host name, lower case; "": none */
	char ip[48];			/* or "" */
	/*
	 * The remote host's own words, and in reply to what; quoted false:
	 * they are not in the line, and code and enhanced are the MTA's.
	 */
	bool quoted;
	enum stage stage;		/* RCPT, MAIL ...; NONE: another */
	unsigned code;
	char enhanced[16];		/* "5.1.1", or "" */
	char text[OUTCOME_TEXT_MAX + 1];	/* escaped */
};

/* now: wall seconds. False: no such line; *out is then undefined. */
bool maillog_read(const char *line, size_t len, int64_t now,
    struct maillog_event *out);

#endif
