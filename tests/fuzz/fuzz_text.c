/*
 * Escaped text is printable, fits, and tells what it was: undoing the escapes
 * gives the octets back. The hostname check agrees with a slower one.
 */
#include <string.h>

#include "common/text.h"
#include "tests/fuzz/fuzz.h"

typedef size_t escape_fn(const char *, size_t, char *, size_t);

static unsigned
hex_value(char c)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *p = c == '\0' ? NULL : strchr(hex, c);

	PROPERTY(p != NULL);
	return (unsigned)(p - hex);
}

/* True if out is in whole; false if it is a beginning of in and "...". */
static bool
undo(const char *out, const char *in, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (strcmp(out, "...") == 0 &&
		    (len - i < 3 || memcmp(in + i, "...", 3) != 0 ||
		    len - i > 3))
			return false;
		if (*out != '\\') {
			PROPERTY(*out++ == in[i]);
			continue;
		}
		PROPERTY(out[1] == 'x');
		PROPERTY((char)(hex_value(out[2]) << 4 | hex_value(out[3])) ==
		    in[i]);
		out += 4;
	}
	PROPERTY(*out == '\0');
	return true;
}

static void
check_escape(escape_fn *fn, bool ascii, const char *in, size_t len,
    size_t size)
{
	char *out = malloc(size);
	size_t i, n;
	bool whole;

	PROPERTY(out != NULL);
	n = fn(in, len, out, size);
	PROPERTY(n < size && strlen(out) == n);
	for (i = 0; i < n; i++)
		PROPERTY((unsigned char)out[i] >= 0x20 && out[i] != 0x7f &&
		    (!ascii || (unsigned char)out[i] < 0x7f));
	PROPERTY(text_is_utf8(out, n));
	whole = undo(out, in, len);
	PROPERTY(whole || size <= 4 * len + 3);
	free(out);
}

static void
check_hostname(const char *s)
{
	size_t i, len = strlen(s);
	bool good = len > 0 && len <= 253;

	for (i = 0; good && i < len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789-.", s[i]) == NULL)
			good = false;
	if (good && (strstr(s, "..") != NULL || strstr(s, ".-") != NULL ||
	    strstr(s, "-.") != NULL || s[0] == '.' || s[0] == '-' ||
	    s[len - 1] == '.' || s[len - 1] == '-'))
		good = false;
	for (i = 0; good && i < len; i += strcspn(s + i, ".") + 1)
		if (strcspn(s + i, ".") > 63)
			good = false;
	PROPERTY(text_is_hostname(s) == good);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *in = malloc(len + 1);
	size_t size;

	PROPERTY(in != NULL);
	if (len > 0)
		memcpy(in, data, len);
	in[len] = '\0';
	size = len > 0 ? 5 + (size_t)data[0] : 5;
	check_escape(text_escape, true, in, len, size);
	check_escape(text_escape_utf8, false, in, len, size);
	check_escape(text_escape, true, in, len, 4 * len + 5);
	check_escape(text_escape_utf8, false, in, len, 4 * len + 5);
	check_hostname(in);
	free(in);
	return 0;
}
