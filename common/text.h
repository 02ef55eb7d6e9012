/*
 * text: text from outside, made safe to show (rule R3).
 *
 * Everything that a peer, a client or a file sent is foreign text. It reaches
 * a log line, a terminal, JSON or a reply only through text_escape.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_TEXT_H
#define RCPTGUARD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_FIELD_MAX	512		/* cap of one field in a log line */

/*
 * Copies len octets of in to out as printable ASCII: every other octet, and
 * the backslash, becomes \xNN. Cuts at a whole octet and ends with "..." when
 * size does not hold all. Always ends in NUL (size > 4). Returns the length.
 */
size_t text_escape(const char *in, size_t len, char *out, size_t size);

/* The same, but valid UTF-8 above U+009F stays: for JSON and UTF-8 terminals. */
size_t text_escape_utf8(const char *in, size_t len, char *out, size_t size);

/* RFC 3629, whole buffer: no overlong forms, surrogates, or above U+10FFFF. */
bool text_is_utf8(const char *in, size_t len);

/* ASCII only; octets above 127 stay as they are. In place. */
void text_lower(char *s);

/* Letters, digits, hyphen and dots, no empty label, at most 253 octets. */
bool text_is_hostname(const char *s);

/*
 * strlcpy's contract: copies what fits, ends in NUL, returns strlen(src);
 * a result >= size says that it was cut.
 */
size_t text_copy(char *dst, const char *src, size_t size);

#endif
