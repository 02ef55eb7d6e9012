#include "common/text.h"

#include <stdio.h>
#include <stdarg.h>
#include <string.h>

#define WORD_SHOWN	64		/* of a word that is refused */
#define HOSTNAME_MAX	253
#define LABEL_MAX	63

static const char cut_mark[] = "...";

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e && c != '\\';
}

/* The same for eight at a time, each in an octet of word. */
static bool
are_plain(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = ones << 7;
	uint64_t slash = word ^ ones * '\\';

	/* A top bit says: below 0x20, from 0x7f on, or no difference. */
	return (((word - ones * 0x20) | (word + ones) | word |
	    (slash - ones)) & tops) == 0;
}

size_t
text_plain(const char *in, size_t len)
{
	uint64_t word;
	size_t n;

	for (n = 0; len - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, in + n, sizeof(word));
		if (!are_plain(word))
			break;
	}
	while (n < len && is_plain((unsigned char)in[n]))
		n++;
	return n;
}

size_t
text_utf8_next(const char *in, size_t len, uint32_t *cp)
{
	/* The lowest value that needs a sequence of that many octets. */
	static const uint32_t lowest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)in;
	uint32_t value;
	size_t i, n;

	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;
	value = s[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3fU);
	}
	if (value < lowest[n] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*cp = value;
	return n;
}

bool
text_is_utf8(const char *in, size_t len)
{
	uint32_t cp;
	size_t n, pos;

	for (pos = 0; pos < len; pos += n) {
		n = text_utf8_next(in + pos, len - pos, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

/*
 * A character that a terminal or a log viewer can be trusted to draw in its
 * place. Bidirectional controls are not (they can make a line read as another
 * one), nor are Unicode's own line ends.
 */
static bool
is_shown(uint32_t cp)
{
	if (cp < 0xa0 || cp == 0x61c || cp == 0x200e || cp == 0x200f)
		return false;
	if ((cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069))
		return false;
	if (cp == 0xfeff || (cp >= 0xfdd0 && cp <= 0xfdef))
		return false;
	return (cp & 0xfffe) != 0xfffe;
}

/*
 * Octets at the start of in that may be copied as they are: one character, or
 * plain ones up to room. 0: escape one.
 */
static size_t
plain_run(const char *in, size_t len, size_t room, bool utf8)
{
	uint32_t cp;
	size_t n = text_plain(in, len < room ? len : room);

	if (n > 0)
		return n;
	if (is_plain((unsigned char)*in))
		return 1;
	if (!utf8)
		return 0;
	n = text_utf8_next(in, len, &cp);
	return n > 1 && is_shown(cp) ? n : 0;
}

static size_t
escape(const char *in, size_t len, char *out, size_t size, bool utf8)
{
	static const char hex[] = "0123456789ABCDEF";
	const size_t mark = sizeof(cut_mark) - 1;
	char piece[4] = { '\\', 'x', 0, 0 };
	const char *from;
	size_t fits, n, pos, put, room, take;

	/*
	 * fits: the last end of a piece that leaves room for the mark. A run
	 * ends there, so that what follows goes octet by octet.
	 */
	for (fits = n = pos = 0; pos < len; pos += take) {
		from = in + pos;
		room = n + mark + 1 < size ? size - mark - 1 - n : 0;
		put = take = plain_run(from, len - pos, room, utf8);
		if (take == 0) {
			piece[2] = hex[(unsigned char)*from >> 4];
			piece[3] = hex[(unsigned char)*from & 15];
			from = piece;
			put = sizeof(piece);
			take = 1;
		}
		if (put >= size - n) {
			memcpy(out + fits, cut_mark, mark);
			n = fits + mark;
			break;
		}
		memcpy(out + n, from, put);
		n += put;
		if (n + mark < size)
			fits = n;
	}
	out[n] = '\0';
	return n;
}

size_t
text_escape(const char *in, size_t len, char *out, size_t size)
{
	return escape(in, len, out, size, false);
}

size_t
text_escape_utf8(const char *in, size_t len, char *out, size_t size)
{
	return escape(in, len, out, size, true);
}

void
text_lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static bool
is_letter_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

bool
text_is_hostname(const char *s)
{
	const char *label = s;
	const char *p;

	for (p = s;; p++) {
		if (is_letter_digit(*p) || *p == '-')
			continue;
		if (*p != '.' && *p != '\0')
			return false;
		if (p == label || p - label > LABEL_MAX)
			return false;
		if (*label == '-' || p[-1] == '-')
			return false;
		if (*p == '\0')
			return p - s <= HOSTNAME_MAX;
		label = p + 1;
	}
}

size_t
text_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t n;

	if (size == 0)
		return len;
	n = len < size ? len : size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return len;
}

size_t
text_join(char *dst, size_t size, const char *first, ...)
{
	const char *part;
	size_t len = 0;
	va_list ap;

	va_start(ap, first);
	for (part = first; part != NULL && len < size;
	    part = va_arg(ap, const char *))
		len += text_copy(dst + len, part, size - len);
	va_end(ap);
	if (first == NULL)
		dst[0] = '\0';
	return len < size ? len : size - 1;
}

size_t
text_number(uint64_t n, char out[TEXT_NUMBER])
{
	char digits[TEXT_NUMBER];
	size_t at = sizeof(digits), len;

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	len = sizeof(digits) - at;
	memcpy(out, digits + at, len);
	out[len] = '\0';
	return len;
}

bool
text_is_plain(const char *text)
{
	char escaped[4 * TEXT_PLAIN_MAX + 8];
	size_t len = strlen(text);

	if (len > TEXT_PLAIN_MAX)
		return false;
	text_escape_utf8(text, len, escaped, sizeof(escaped));
	return strcmp(text, escaped) == 0;
}

bool
text_refuse(char *why, size_t size, const char *what, const char *word)
{
	char shown[WORD_SHOWN];

	text_escape(word, strlen(word), shown, sizeof shown);
	snprintf(why, size, "%s \"%s\"", what, shown);
	return false;
}
