#include "cli/message.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

/* --- the buffer ------------------------------------------------------------ */

size_t
message_normal(char *text, size_t len)
{
	size_t from = 0, to = 0;
	const char *nl;

	if (len >= 5 && memcmp(text, "From ", 5) == 0) {
		nl = memchr(text, '\n', len);
		from = nl != NULL ? (size_t)(nl - text) + 1 : len;
	}
	for (; from < len; from++) {
		if (text[from] == '\r' && from + 1 < len &&
		    text[from + 1] == '\n')
			continue;
		text[to++] = text[from] == '\0' ? ' ' : text[from];
	}
	return to;
}

char *
message_load(FILE *f, size_t *len)
{
	char *text = malloc(MESSAGE_MAX), rest[4096];
	size_t n;

	if (text == NULL)
		return NULL;
	n = fread(text, 1, MESSAGE_MAX, f);
	/* A pipe that is not read to its end breaks in the MTA's hands. */
	while (fread(rest, 1, sizeof rest, f) > 0)
		continue;
	if (ferror(f)) {
		free(text);
		return NULL;
	}
	*len = message_normal(text, n);
	return text;
}

void
message_split(const char *text, size_t len, struct message_part *out)
{
	const char *p = text, *end = text + len, *nl;

	while (p < end && *p != '\n') {
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl != NULL ? nl + 1 : end;
	}
	out->head = text;
	out->head_len = (size_t)(p - text);
	out->body = p < end ? p + 1 : end;
	out->body_len = (size_t)(end - out->body);
}

/* --- fields ---------------------------------------------------------------- */

/* The end of the field that begins at p: before a line that does not go on. */
static const char *
field_end(const char *p, const char *end)
{
	const char *nl;

	do {
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl != NULL ? nl + 1 : end;
	} while (p < end && (*p == ' ' || *p == '\t'));
	return p;
}

/* False: it does not fit. */
static bool
unfold(const char *p, size_t len, char *out, size_t size)
{
	size_t n = 0, i;

	while (len > 0 && isspace((unsigned char)p[len - 1]))
		len--;
	for (i = 0; i < len && isspace((unsigned char)p[i]); i++)
		continue;
	for (; i < len; i++) {
		if (p[i] == '\n')
			continue;
		if (n + 1 >= size)
			return false;
		out[n++] = p[i];
	}
	out[n] = '\0';
	return true;
}

bool
message_field(const struct message_part *p, const char *name, unsigned index,
    char *out, size_t size)
{
	const char *at = p->head, *end = p->head + p->head_len, *next;
	size_t n = strlen(name), k;

	for (; at < end; at = next) {
		next = field_end(at, end);
		if ((size_t)(next - at) <= n || strncasecmp(at, name, n) != 0)
			continue;
		/* RFC 5322, 4.5.3: blanks may stand before the colon */
		for (k = n; at + k < next && (at[k] == ' ' || at[k] == '\t');
		    k++)
			continue;
		if (at + k < next && at[k] == ':' && index-- == 0)
			return unfold(at + k + 1, (size_t)(next - at) - k - 1,
			    out, size);
	}
	return false;
}

/* "; boundary=x" or "; boundary="x"" of a field. */
static void
read_boundary(const char *field, char out[MESSAGE_BOUNDARY_MAX + 1])
{
	const char *p = field;
	size_t n = 0;
	bool quoted;

	out[0] = '\0';
	while ((p = strchr(p, ';')) != NULL) {
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, "boundary=", 9) == 0)
			break;
	}
	if (p == NULL)
		return;
	p += 9;
	quoted = *p == '"';
	p += quoted;
	while (*p != '\0' && (quoted ? *p != '"' : strchr("; \t", *p) == NULL)) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		if (n == MESSAGE_BOUNDARY_MAX) {
			n = 0;
			break;
		}
		out[n++] = *p++;
	}
	out[n] = '\0';
}

void
message_type(const struct message_part *p, char type[64],
    char boundary[MESSAGE_BOUNDARY_MAX + 1])
{
	char field[MESSAGE_FIELD_MAX];
	size_t n;

	boundary[0] = '\0';
	text_copy(type, "text/plain", 64);
	if (!message_field(p, "Content-Type", 0, field, sizeof field))
		return;
	n = strcspn(field, "; \t");
	if (n >= 64 || memchr(field, '/', n) == NULL)
		return;
	memcpy(type, field, n);
	type[n] = '\0';
	text_lower(type);
	if (strncmp(type, "multipart/", 10) == 0)
		read_boundary(field, boundary);
}

/* --- parts ----------------------------------------------------------------- */

/*
 * The next delimiter line from at on: where it begins and what is behind it.
 * NULL: none.
 */
static const char *
find_delimiter(const char *at, const char *end, const char *boundary,
    const char **behind, bool *last)
{
	size_t n = strlen(boundary);
	const char *nl, *p;

	for (; at < end; at = nl) {
		nl = memchr(at, '\n', (size_t)(end - at));
		nl = nl != NULL ? nl + 1 : end;
		if ((size_t)(nl - at) < n + 2 || at[0] != '-' ||
		    at[1] != '-' || memcmp(at + 2, boundary, n) != 0)
			continue;
		p = at + 2 + n;
		*last = nl - p >= 2 && p[0] == '-' && p[1] == '-';
		p += *last ? 2 : 0;
		while (p < nl && isspace((unsigned char)*p))
			p++;
		if (p != nl)
			continue;	/* a longer boundary */
		*behind = nl;
		return at;
	}
	return NULL;
}

bool
message_next_part(const struct message_part *whole, const char *boundary,
    size_t *at, struct message_part *out)
{
	const char *end = whole->body + whole->body_len, *from, *to, *next;
	bool last;

	if (boundary[0] == '\0' || *at > whole->body_len ||
	    find_delimiter(whole->body + *at, end, boundary, &from, &last) ==
	    NULL || last)
		return false;
	to = find_delimiter(from, end, boundary, &next, &last);
	if (to == NULL)
		to = end;		/* cut off, or never closed */
	*at = (size_t)(to - whole->body);
	message_split(from, (size_t)(to - from), out);
	return true;
}

/* --- bodies ---------------------------------------------------------------- */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)toupper((unsigned char)c);
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static size_t
from_quoted(const char *p, size_t len, char *out, size_t size)
{
	size_t n = 0, i;

	for (i = 0; i < len && n + 1 < size; i++) {
		if (p[i] != '=') {
			out[n++] = p[i];
		} else if (i + 1 < len && p[i + 1] == '\n') {
			i++;
		} else if (i + 2 < len && hex(p[i + 1]) >= 0 &&
		    hex(p[i + 2]) >= 0) {
			out[n++] = (char)(hex(p[i + 1]) * 16 + hex(p[i + 2]));
			i += 2;
		} else {
			out[n++] = '=';
		}
	}
	return n;
}

static int
digit64(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

static size_t
from_base64(const char *p, size_t len, char *out, size_t size)
{
	unsigned bits = 0, have = 0;
	size_t n = 0, i;

	for (i = 0; i < len && p[i] != '=' && n + 1 < size; i++) {
		if (digit64(p[i]) < 0)
			continue;
		bits = (bits << 6 | (unsigned)digit64(p[i])) & 0xffffff;
		if ((have += 6) < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have & 0xff);
	}
	return n;
}

size_t
message_body(const struct message_part *p, char *out, size_t size)
{
	char encoding[64] = "";
	size_t n;

	(void)message_field(p, "Content-Transfer-Encoding", 0, encoding,
	    sizeof encoding);
	if (strcasecmp(encoding, "quoted-printable") == 0) {
		n = from_quoted(p->body, p->body_len, out, size);
	} else if (strcasecmp(encoding, "base64") == 0) {
		n = from_base64(p->body, p->body_len, out, size);
	} else {
		n = p->body_len < size ? p->body_len : size - 1;
		memcpy(out, p->body, n);
	}
	/* decoded text may bring CRs and NULs of its own */
	n = message_normal(out, n);
	out[n] = '\0';
	return n;
}
