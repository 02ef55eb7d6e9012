#include "probe/reply.h"

#include <stdlib.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void
reply_reset(struct reply *r)
{
	r->code = 0;
	r->enhanced[0] = '\0';
	r->text[0] = '\0';
	r->text_len = 0;
	r->lines = 0;
	r->status = REPLY_MORE;
	r->line_len = 0;
}

/* "200" to "599", or 0. len is that of the whole line. */
static unsigned
code_of(const char *line, size_t len)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' ||
	    !is_digit(line[1]) || !is_digit(line[2]))
		return 0;
	if (len > 3 && line[3] != '-' && line[3] != ' ')
		return 0;
	return (unsigned)(line[0] - '0') * 100 +
	    (unsigned)(line[1] - '0') * 10 + (unsigned)(line[2] - '0');
}

/* Octets of a number of one to three digits at s, or 0. */
static size_t
number_len(const char *s, size_t len)
{
	size_t n;

	for (n = 0; n < len && is_digit(s[n]); n++)
		if (n == 3)
			return 0;
	return n;
}

/*
 * Octets of an RFC 3463 status code at s, or 0:
 *
 *   ("2" / "4" / "5") "." 1*3DIGIT "." 1*3DIGIT
 *
 * What follows must not go on like a word or a version number: an address in
 * the text ("5.1.1.2 is listed") is no status code.
 */
static size_t
enhanced_len(const char *s, size_t len)
{
	size_t at, n;

	if (len < 5 || (s[0] != '2' && s[0] != '4' && s[0] != '5') ||
	    s[1] != '.')
		return 0;
	n = number_len(s + 2, len - 2);
	at = 2 + n;
	if (n == 0 || at == len || s[at] != '.')
		return 0;
	at++;
	n = number_len(s + at, len - at);
	at += n;
	if (n == 0)
		return 0;
	if (at < len && (is_alnum(s[at]) || s[at] == '.' || s[at] == '-'))
		return 0;
	return at;
}

static void
enhanced_keep(struct reply *r, const char *text, size_t len)
{
	size_t n;

	if (len > 0 && text[0] == '#') {
		text++;
		len--;
	}
	n = enhanced_len(text, len);
	if (n == 0 || n >= sizeof(r->enhanced))
		return;
	memcpy(r->enhanced, text, n);
	r->enhanced[n] = '\0';
}

static void
text_keep(struct reply *r, bool first, const char *text, size_t len)
{
	if (!first && r->text_len < REPLY_TEXT_MAX)
		r->text[r->text_len++] = '\n';
	if (len > REPLY_TEXT_MAX - r->text_len)
		len = REPLY_TEXT_MAX - r->text_len;
	memcpy(r->text + r->text_len, text, len);
	r->text_len += len;
	r->text[r->text_len] = '\0';
}

/* The line buffer holds a whole line, with its LF. */
static enum reply_status
line_end(struct reply *r)
{
	size_t len, skip;
	unsigned code;
	bool first, last;

	len = r->line_len - 1;
	while (len > 0 && r->line[len - 1] == '\r')
		len--;
	r->line_len = 0;
	if (r->lines == REPLY_LINES_MAX)
		return REPLY_TOO_MANY_LINES;
	r->lines++;
	first = r->code == 0;
	if (first && len == 0)
		return REPLY_MORE;
	code = code_of(r->line, len);
	if (code == 0)
		return REPLY_BAD_CODE;
	if (!first && code != r->code)
		return REPLY_MIXED_CODES;
	r->code = code;
	last = len == 3 || r->line[3] == ' ';
	skip = len == 3 ? 3 : 4;
	text_keep(r, first, r->line + skip, len - skip);
	if (r->enhanced[0] == '\0')
		enhanced_keep(r, r->line + skip, len - skip);
	return last ? REPLY_DONE : REPLY_MORE;
}

/* Takes octets to the end of the line, of the input, or of what is allowed. */
static enum reply_status
line_take(struct reply *r, const char *in, size_t len, size_t *used)
{
	const char *lf, *nul;
	size_t room, n;

	room = REPLY_LINE_MAX - r->line_len;
	n = len < room ? len : room;
	lf = memchr(in, '\n', n);
	if (lf != NULL)
		n = (size_t)(lf - in) + 1;
	nul = memchr(in, '\0', n);
	if (nul != NULL) {
		*used = (size_t)(nul - in) + 1;
		return REPLY_BAD_OCTET;
	}
	memcpy(r->line + r->line_len, in, n);
	r->line_len += n;
	*used = n;
	if (lf != NULL)
		return line_end(r);
	return r->line_len == REPLY_LINE_MAX ? REPLY_LINE_TOO_LONG : REPLY_MORE;
}

enum reply_status
reply_feed(struct reply *r, const char *in, size_t len, size_t *used)
{
	size_t n;

	*used = 0;
	while (r->status == REPLY_MORE && *used < len) {
		r->status = line_take(r, in + *used, len - *used, &n);
		*used += n;
	}
	return r->status;
}

const char *
reply_status_text(enum reply_status status)
{
	switch (status) {
	case REPLY_MORE:
		return "the reply is not yet whole";
	case REPLY_DONE:
		return "a whole reply";
	case REPLY_LINE_TOO_LONG:
		return "a line of the reply is too long";
	case REPLY_TOO_MANY_LINES:
		return "the reply has too many lines";
	case REPLY_BAD_CODE:
		return "a line does not begin with a reply code";
	case REPLY_MIXED_CODES:
		return "the lines of the reply have different codes";
	case REPLY_BAD_OCTET:
		return "the reply holds a NUL octet";
	case REPLY_STATUS_COUNT:
		break;
	}
	return "unknown status";
}

struct reply_kept *
reply_keep(const struct reply *r)
{
	struct reply_kept *kept = malloc(sizeof(*kept) + r->text_len + 1);

	if (kept == NULL)
		return NULL;
	kept->code = r->code;
	kept->lines = r->lines;
	memcpy(kept->enhanced, r->enhanced, sizeof(kept->enhanced));
	kept->text_len = r->text_len;
	memcpy(kept->text, r->text, r->text_len + 1);
	return kept;
}

void
reply_restore(struct reply *r, const struct reply_kept *kept)
{
	reply_reset(r);
	r->status = REPLY_DONE;
	r->code = kept->code;
	r->lines = kept->lines;
	memcpy(r->enhanced, kept->enhanced, sizeof(r->enhanced));
	r->text_len = kept->text_len;
	memcpy(r->text, kept->text, kept->text_len + 1);
}

static uint32_t
mark_add(uint32_t mark, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		mark = (mark ^ (unsigned char)s[i]) * 16777619u;
	return mark;
}

uint32_t
reply_mark(const struct reply *r)
{
	uint32_t mark = 2166136261u;		/* FNV-1a */
	const char *p;
	size_t len;

	if (r->enhanced[0] != '\0')
		return mark_add(mark, r->enhanced, strlen(r->enhanced));
	for (p = r->text; *p != '\0'; p += len + strspn(p + len, " \n")) {
		len = strcspn(p, " \n");
		if (strcspn(p, "0123456789") >= len)
			mark = mark_add(mark, p, len);
	}
	return mark;
}
