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
#include <stdint.h>

#define TEXT_FIELD_MAX	512		/* cap of one field in a log line */

/*
 * Copies len octets of in to out as printable ASCII: every other octet, and
 * the backslash, becomes \xNN (upper case). Cuts at a whole octet and ends
 * with "..." when size does not hold all. Always ends in NUL (size > 4).
 * Returns the length.
 */
size_t text_escape(const char *in, size_t len, char *out, size_t size);

/*
 * The same, but valid UTF-8 above U+009F stays: for JSON and UTF-8 terminals.
 * Characters that break or reorder a line (U+2028, U+2029, the bidirectional
 * controls, U+FEFF) and noncharacters are escaped octet by octet.
 */
size_t text_escape_utf8(const char *in, size_t len, char *out, size_t size);

/*
 * For who refuses foreign text: writes what is wrong with it, and as much of
 * word, escaped and in quotes, as can be shown. Returns false.
 */
bool text_refuse(char *why, size_t size, const char *what, const char *word);

/* How many octets at the start of in both leave as they are, being ASCII. */
size_t text_plain(const char *in, size_t len);

/*
 * Whether text_escape_utf8 would leave it as it is: no control characters, no
 * backslash, all UTF-8. For notes that people write; longer than
 * TEXT_PLAIN_MAX octets is not plain.
 */
#define TEXT_PLAIN_MAX	1024
bool text_is_plain(const char *text);

/*
 * One character of UTF-8 (RFC 3629) at the start of in: its value goes to *cp.
 * Returns its octets (1 to 4), or 0 when len is 0 or in is ill-formed, cut
 * off, overlong, a surrogate or above U+10FFFF; *cp is then untouched.
 */
size_t text_utf8_next(const char *in, size_t len, uint32_t *cp);

/* RFC 3629, whole buffer: no overlong forms, surrogates, or above U+10FFFF. */
bool text_is_utf8(const char *in, size_t len);

/* ASCII only; octets above 127 stay as they are. In place. */
void text_lower(char *s);

/*
 * RFC 952 with RFC 1123, 2.1: labels of 1 to 63 letters, digits and hyphens,
 * no hyphen at a label's end, one dot between labels and none after the last;
 * at most 253 octets. A single label will do.
 */
bool text_is_hostname(const char *s);

/*
 * strlcpy's contract: copies what fits, ends in NUL, returns strlen(src);
 * a result >= size says that it was cut.
 */
size_t text_copy(char *dst, const char *src, size_t size);

/*
 * The parts up to NULL, one behind the other; what does not fit is cut off.
 * Returns the octets in dst, a NUL follows; size is at least 1. For what is
 * said of every address: printf takes several times as long.
 */
size_t text_join(char *dst, size_t size, const char *first, ...)
    __attribute__((sentinel));

/* Decimal; returns its octets, a NUL follows. */
#define TEXT_NUMBER	21
size_t text_number(uint64_t n, char out[TEXT_NUMBER]);

#endif
