/*
 * reply: an SMTP reply, gathered from bytes as they come (RFC 5321, 4.2).
 *
 *   reply = *( code "-" [text] CRLF ) code [SP text] CRLF
 *
 * Strict where trust hangs on it: three digits, 2-5 first; one code on all
 * lines; "-", SP or the end after it; no NUL. Lenient where servers are: a
 * bare LF ends a line, CRs before it are dropped, the second digit may be any
 * (577 has been seen), and empty lines before the first code are passed over
 * (seen before banners), though they count as lines. Limits (rule R2):
 * REPLY_LINE_MAX octets a line, its end included; REPLY_LINES_MAX lines a
 * reply. Over a limit the reply is an error, never cut and read on.
 *
 * How the bytes are cut into pieces changes nothing: neither the result nor
 * the octet at which it is known.
 *
 * Pure; one owner. The buffer is inside, so its size is part of the memory of
 * a probe: text past REPLY_TEXT_MAX is dropped, though still checked.
 */
#ifndef RCPTGUARD_REPLY_H
#define RCPTGUARD_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_LINE_MAX	2048
#define REPLY_LINES_MAX	100
#define REPLY_TEXT_MAX	2048

enum reply_status {
	REPLY_MORE,			/* all input used, no whole reply yet */
	REPLY_DONE,			/* one whole reply; input may be left */
	REPLY_LINE_TOO_LONG,
	REPLY_TOO_MANY_LINES,
	REPLY_BAD_CODE,
	REPLY_MIXED_CODES,
	REPLY_BAD_OCTET,
	REPLY_STATUS_COUNT
};

struct reply {
	unsigned code;
	char enhanced[16];		/* the first that a line has, or "" */
	char text[REPLY_TEXT_MAX + 1];	/* after the codes, joined by LF */
	size_t text_len;
	unsigned lines;
	/* the parser's own */
	enum reply_status status;
	char line[REPLY_LINE_MAX];
	size_t line_len;
};

void reply_reset(struct reply *r);

/*
 * Takes octets from in; *used says how many. After REPLY_DONE the fields are
 * whole; an error is final. After either, every call takes nothing and says
 * the same again, until reply_reset.
 *
 * enhanced is as the server wrote it, and its class may contradict the code:
 * which one to believe is the classification's question. A "#" before it (as
 * one family of gateways writes) is passed over.
 */
enum reply_status reply_feed(struct reply *r, const char *in, size_t len,
    size_t *used);

/* A whole reply that waits: what reply_feed made of it, and no more. */
struct reply_kept {
	unsigned code, lines;
	char enhanced[16];
	size_t text_len;
	char text[];			/* and a NUL */
};
/* The caller frees it; NULL: no memory. */
struct reply_kept *reply_keep(const struct reply *r);
void reply_restore(struct reply *r, const struct reply_kept *kept);

/*
 * What whole replies to one command have in common, as a number that is not 0
 * but by chance: of the enhanced code, or else of those words that have no
 * digit, and so are no name or time of this one.
 */
uint32_t reply_mark(const struct reply *r);

/* What is wrong with the reply, in words, without a full stop. Static. */
const char *reply_status_text(enum reply_status status);

#endif
