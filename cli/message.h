/*
 * message: an RFC 5322 message with its MIME parts (RFC 2045, 2046), as far as
 * is needed to read what somebody wrote to us.
 *
 * Everything in it is foreign. All of it lies in one bounded buffer; what is
 * handed out are pieces of that buffer, or copies into the caller's. Nothing
 * that is ill-formed is an error: it is not there, or it is what it looks
 * like. Pure but for message_load; any thread.
 */
#ifndef RCPTGUARD_MESSAGE_H
#define RCPTGUARD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MESSAGE_MAX		(256 * 1024)	/* octets looked at */
#define MESSAGE_FIELD_MAX	4096		/* one field, unfolded */
#define MESSAGE_PARTS_MAX	50
#define MESSAGE_BOUNDARY_MAX	200

struct message_part {			/* into the buffer */
	const char *head, *body;
	size_t head_len, body_len;
};

/*
 * Reads to the end of the file and keeps the first MESSAGE_MAX octets, as
 * message_normal makes them. The caller frees. NULL: no memory, or errno says
 * what went wrong.
 */
char *message_load(FILE *f, size_t *len);

/*
 * In place: CRLF becomes LF, NUL a blank, and an mbox "From " line before the
 * header goes. Returns the new length.
 */
size_t message_normal(char *text, size_t len);

/* Header and body; either may be empty. */
void message_split(const char *text, size_t len, struct message_part *out);

/*
 * The index-th field of this name, unfolded, without blanks at its ends.
 * False: there is none, or it does not fit size.
 */
bool message_field(const struct message_part *p, const char *name,
    unsigned index, char *out, size_t size);

/*
 * Content-Type as "type/subtype" in lower case; "text/plain" where it is
 * missing or ill-formed. boundary: of a multipart, else "".
 */
void message_type(const struct message_part *p, char type[64],
    char boundary[MESSAGE_BOUNDARY_MAX + 1]);

/*
 * The next part of a multipart; *at begins as 0. False: there is no more.
 */
bool message_next_part(const struct message_part *whole,
    const char *boundary, size_t *at, struct message_part *out);

/*
 * The body, decoded as its Content-Transfer-Encoding says; cut at size - 1.
 * Ends in NUL; its length.
 */
size_t message_body(const struct message_part *p, char *out, size_t size);

#endif
