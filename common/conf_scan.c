#include "common/conf_scan.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

struct bracket {
	char open;
	int line;
};

struct scan {
	const char *p, *end;
	int line;
	size_t depth;
	struct bracket brackets[CONF_DEPTH_MAX];
	char last;			/* token: itself, '"', 'w'; NUL: none */
	int settings;
	const char *what;
};

static int
peek(const struct scan *s, size_t ahead)
{
	if ((size_t)(s->end - s->p) <= ahead)
		return -1;
	return (unsigned char)s->p[ahead];
}

static bool
fault(struct scan *s, const char *what)
{
	s->what = what;
	return false;
}

static bool
plain(struct scan *s, int c)
{
	if ((c >= ' ' && c != 0x7f) || c == '\t' || c == '\n' || c == '\r')
		return true;
	return fault(s, "a control character; the file must be plain text");
}

static bool
line_comment(struct scan *s)
{
	for (; peek(s, 0) != -1 && peek(s, 0) != '\n'; s->p++)
		if (!plain(s, peek(s, 0)))
			return false;
	return true;
}

static bool
block_comment(struct scan *s)
{
	int start = s->line;

	for (s->p += 2; peek(s, 0) != -1; s->p++) {
		if (peek(s, 0) == '*' && peek(s, 1) == '/') {
			s->p += 2;
			return true;
		}
		if (!plain(s, peek(s, 0)))
			return false;
		if (peek(s, 0) == '\n')
			s->line++;
	}
	s->line = start;
	return fault(s, "this comment is not closed; end it with */");
}

/* May a string stand here? In a list after a bracket or comma, else after =. */
static bool
string_fits(struct scan *s)
{
	char in = s->depth > 0 ? s->brackets[s->depth - 1].open : '{';
	const char *after = in == '{' ? "=:" : "([,";

	if (s->last == '"')
		return fault(s, "two texts side by side; put a comma between "
		    "the items of a list, and ; after a setting");
	if (s->last == '\0' || strchr(after, s->last) == NULL)
		return fault(s, "a text where none can be; write "
		    "name = \"text\";");
	return true;
}

static bool
string(struct scan *s)
{
	if (!string_fits(s))
		return false;
	s->last = '"';
	for (s->p++; peek(s, 0) != '"'; s->p++) {
		if (peek(s, 0) == -1 || peek(s, 0) == '\n')
			return fault(s, "a string is not closed on its line; "
			    "end it with \"");
		if (!plain(s, peek(s, 0)))
			return false;
		if (peek(s, 0) != '\\')
			continue;
		if (tolower(peek(s, 1)) == 'x' && peek(s, 2) == '0' &&
		    peek(s, 3) == '0')
			return fault(s, "\\x00 cannot be part of a string");
		if (peek(s, 1) == '"' || peek(s, 1) == '\\')
			s->p++;
	}
	s->p++;
	return true;
}

/* A name, a word or a number: all that has letters and digits in one piece. */
static bool
word(struct scan *s)
{
	uint64_t n = 0;
	int base = 10, c;

	if (peek(s, 0) == '0' && tolower(peek(s, 1)) == 'x') {
		base = 16;
		s->p += 2;
	}
	for (; (c = peek(s, 0)) != -1; s->p++) {
		if (base == 16 ? !isxdigit(c) : !isdigit(c))
			break;
		n = n * (unsigned)base + (unsigned)(isdigit(c) ? c - '0' :
		    tolower(c) - 'a' + 10);
		if (n > UINT32_MAX)
			n = UINT32_MAX;
	}
	if (n > INT32_MAX && (c == -1 || strchr(".eE", c) == NULL))
		return fault(s, "the number is too large; "
		    "the most is 2147483647");
	while (isalnum(c = peek(s, 0)) || c == '_' || c == '-' || c == '.')
		s->p++;
	s->last = 'w';
	return true;
}

static bool
punctuation(struct scan *s)
{
	int c = peek(s, 0);

	if (c == '@')
		return fault(s, "@include is not taken; put the settings into "
		    "a file of their own in conf.d beside rcptguard.conf");
	if (strchr("{[(", c) != NULL) {
		if (s->depth == CONF_DEPTH_MAX)
			return fault(s, "too many brackets inside brackets");
		s->brackets[s->depth].open = (char)c;
		s->brackets[s->depth++].line = s->line;
	}
	if (strchr("}])", c) != NULL && s->depth > 0)
		s->depth--;
	if (strchr("=:,", c) != NULL && ++s->settings > CONF_SETTINGS_MAX)
		return fault(s, "too many settings in one file");
	s->last = (char)c;
	s->p++;
	return true;
}

static bool
blank(struct scan *s)
{
	if (peek(s, 0) == '\n')
		s->line++;
	s->p++;
	return true;
}

static bool
token(struct scan *s)
{
	int c = peek(s, 0);

	if (!plain(s, c))
		return false;
	if (c == '#' || (c == '/' && peek(s, 1) == '/'))
		return line_comment(s);
	if (c == '/' && peek(s, 1) == '*')
		return block_comment(s);
	if (c == '"')
		return string(s);
	if (c > 127)
		return fault(s, "a character that is not ASCII outside a "
		    "string; put the text into quotes");
	if (isalnum(c))
		return word(s);
	if (isspace(c))
		return blank(s);
	return punctuation(s);
}

static bool
all_closed(struct scan *s)
{
	if (s->depth == 0)
		return true;
	s->line = s->brackets[s->depth - 1].line;
	switch (s->brackets[s->depth - 1].open) {
	case '(':
		return fault(s, "this ( is not closed; end the list with )");
	case '[':
		return fault(s, "this [ is not closed; end the list with ]");
	}
	return fault(s, "this { is not closed; end the group with };");
}

bool
conf_scan(const char *text, size_t len, int *line, const char **what)
{
	struct scan s = { .p = text, .end = text + len, .line = 1 };
	bool ok = true;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		ok = fault(&s, "the file begins with a byte order mark; "
		    "save it as UTF-8 without one");
	while (ok && s.p < s.end)
		ok = token(&s);
	if (ok)
		ok = all_closed(&s);
	*line = s.line;
	*what = s.what;
	return ok;
}
