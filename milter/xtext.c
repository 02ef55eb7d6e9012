#include "milter/xtext.h"

#include <ctype.h>

#include "common/text.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The octet that *in begins with, and *in after it; -1: none that may be. */
static int
next_octet(const char **in)
{
	int high, low, octet;

	if (**in != '+') {
		octet = (unsigned char)**in;
		(*in)++;
		return octet;
	}
	high = hex_digit((*in)[1]);
	low = high < 0 ? -1 : hex_digit((*in)[2]);
	if (low < 0)
		return -1;
	*in += 3;
	octet = high * 16 + low;
	return octet < 0x20 || octet == 0x7f ? -1 : octet;
}

bool
xtext_decode(const char *in, char *out, size_t size)
{
	const char *from = in;
	size_t n = 0;
	int octet;

	while (*from != '\0') {
		octet = next_octet(&from);
		if (octet < 0) {
			text_copy(out, in, size);
			return false;
		}
		if (n + 1 < size)
			out[n++] = (char)octet;
	}
	out[n] = '\0';
	return true;
}

/* Sendmail's is a bare number, "8.17.1.9"; Postfix's begins with its name. */
bool
xtext_is_used_by(const char *version)
{
	return version != NULL && isdigit((unsigned char)version[0]);
}
