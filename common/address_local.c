#include "common/address_local.h"

#include <string.h>

/* atext, as RFC 5322 has it, and UTF8-non-ascii. */
static bool
is_atext(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (unsigned char)c > 127)
		return true;
	return c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

static bool
is_dot_string(const char *s, size_t len)
{
	bool in_atom = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] != '.' && !is_atext(s[i]))
			return false;
		if (s[i] == '.' && !in_atom)
			return false;
		in_atom = s[i] != '.';
	}
	return in_atom;
}

static bool
is_ascii_print(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

/*
 * The octets of the Quoted-string at the start of s; 0 if there is none.
 * An empty one is one: the grammar asks for no content.
 */
static size_t
quoted_string_len(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || s[0] != '"')
		return 0;
	for (i = 1; i < len; i++) {
		if (s[i] == '"')
			return i + 1;
		/* Only ASCII can be quoted by a backslash (RFC 6531, 3.3). */
		if (s[i] == '\\' && (++i == len || !is_ascii_print(s[i])))
			return 0;
	}
	return 0;
}

static enum address_status
parse_quoted(const char *text, size_t len, size_t *used)
{
	size_t n = quoted_string_len(text, len);

	if (n == 0)
		return ADDRESS_QUOTE_SYNTAX;
	if (n == len)
		return ADDRESS_NO_AT;
	if (text[n] != '@')
		return ADDRESS_QUOTE_SYNTAX;
	*used = n;
	return n > ADDRESS_LOCAL_MAX ? ADDRESS_LOCAL_TOO_LONG : ADDRESS_OK;
}

enum address_status
address_local_parse(const char *text, size_t len, size_t *used)
{
	const char *at;

	*used = 0;
	if (len > 0 && text[0] == '"')
		return parse_quoted(text, len, used);
	at = memchr(text, '@', len);
	if (at == NULL)
		return ADDRESS_NO_AT;
	*used = (size_t)(at - text);
	if (*used == 0)
		return ADDRESS_LOCAL_EMPTY;
	if (!is_dot_string(text, *used))
		return ADDRESS_LOCAL_SYNTAX;
	return *used > ADDRESS_LOCAL_MAX ? ADDRESS_LOCAL_TOO_LONG : ADDRESS_OK;
}

size_t
address_local_content(const char *local, char out[ADDRESS_LOCAL_SIZE])
{
	size_t n = 0;
	bool quoted = *local == '"';

	if (quoted)
		local++;
	for (; *local != '\0' && !(quoted && *local == '"'); local++) {
		if (quoted && *local == '\\')
			local++;
		out[n++] = *local;
	}
	out[n] = '\0';
	return n;
}

bool
address_local_write(const char *content, char out[ADDRESS_LOCAL_SIZE])
{
	size_t len = strlen(content);
	size_t n = 0, wants;
	const char *p;

	out[0] = '\0';
	if (is_dot_string(content, len)) {
		if (len > ADDRESS_LOCAL_MAX)
			return false;
		memcpy(out, content, len + 1);
		return true;
	}
	out[n++] = '"';
	for (p = content; *p != '\0'; p++) {
		wants = *p == '"' || *p == '\\' ? 2 : 1;
		if (n + wants + 1 > ADDRESS_LOCAL_MAX) {
			out[0] = '\0';
			return false;
		}
		if (wants == 2)
			out[n++] = '\\';
		out[n++] = *p;
	}
	out[n++] = '"';
	out[n] = '\0';
	return true;
}

enum address_status
address_local_parse_dots(const char *text, size_t len, size_t *used,
    char out[ADDRESS_LOCAL_SIZE])
{
	const char *at = memchr(text, '@', len);
	char content[ADDRESS_LOCAL_SIZE];
	size_t i;

	*used = 0;
	if (at == NULL)
		return ADDRESS_NO_AT;
	for (i = 0; text + i < at; i++)
		if (text[i] != '.' && !is_atext(text[i]))
			return ADDRESS_LOCAL_SYNTAX;
	if (i > ADDRESS_LOCAL_MAX)
		return ADDRESS_LOCAL_TOO_LONG;
	memcpy(content, text, i);
	content[i] = '\0';
	*used = i;
	return address_local_write(content, out) ? ADDRESS_OK :
	    ADDRESS_LOCAL_TOO_LONG;
}
