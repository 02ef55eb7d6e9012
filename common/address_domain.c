#include "common/address_domain.h"

#include <string.h>

#include <idn2.h>

#include "common/text.h"

#define LABEL_MAX	63

struct range {
	uint32_t first;
	uint32_t last;
};

/*
 * Letters that come in two cases, in scripts of which labels are registered:
 * Latin, Greek, Cyrillic, Armenian, Latin and Greek with marks. Compatibility
 * forms (wide letters, letters in circles, ligatures) are elsewhere.
 */
static const struct range cased[] = {
	{ 0x00c0, 0x024f }, { 0x0386, 0x0386 }, { 0x0388, 0x03cf },
	{ 0x0400, 0x052f }, { 0x0531, 0x0556 }, { 0x1e00, 0x1fff },
};

static bool
is_cased(uint32_t cp)
{
	size_t i;

	for (i = 0; i < sizeof(cased) / sizeof(cased[0]); i++)
		if (cp >= cased[i].first && cp <= cased[i].last)
			return true;
	return false;
}

static uint32_t
lower_ascii(uint32_t cp)
{
	return cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp;
}

/*
 * UTS 46 maps more than case: it drops zero-width characters and soft hyphens
 * and turns wide letters and circled ones to ASCII. Such a label only looks
 * like the one it maps to, so it is refused (RFC 5891, 4.2.1 wants a U-label);
 * capitals are what people type.
 */
static bool
differs_in_case_only(const char *in, const char *u)
{
	uint32_t a, b;
	size_t na, nb;

	while (*in != '\0' && *u != '\0') {
		na = text_utf8_next(in, strlen(in), &a);
		nb = text_utf8_next(u, strlen(u), &b);
		if (na == 0 || nb == 0)
			return false;
		in += na;
		u += nb;
		if (lower_ascii(a) == b)
			continue;
		/* A letter that folds to ASCII (U+017F) is a look-alike. */
		if (!is_cased(a) || b < 0x80)
			return false;
	}
	return *in == *u;
}

static enum address_status
idn_status(int rc)
{
	return rc == IDN2_MALLOC ? ADDRESS_NO_MEMORY : ADDRESS_DOMAIN_IDN;
}

/* A U-label to its A-label. */
static enum address_status
to_ascii(const char *label, char out[LABEL_MAX + 1])
{
	const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
	char *ascii = NULL, *unicode = NULL;
	enum address_status status = ADDRESS_DOMAIN_IDN;
	int rc;

	rc = idn2_to_ascii_8z(label, &ascii, flags);
	if (rc != IDN2_OK)
		return idn_status(rc);
	rc = idn2_to_unicode_8z8z(ascii, &unicode, IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		status = idn_status(rc);
	} else if (differs_in_case_only(label, unicode) &&
	    text_copy(out, ascii, LABEL_MAX + 1) <= LABEL_MAX) {
		status = ADDRESS_OK;
	}
	idn2_free(unicode);
	idn2_free(ascii);
	return status;
}

static bool
is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

/*
 * sub-domain = Let-dig [Ldh-str], where any octet above 127 may be a letter;
 * *ascii: none is.
 */
static bool
is_sub_domain(const char *s, size_t len, bool *ascii)
{
	size_t i;

	*ascii = true;
	if (len == 0 || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++) {
		if (is_ldh(s[i]))
			continue;
		if ((unsigned char)s[i] <= 127)
			return false;
		*ascii = false;
	}
	return true;
}

/* Appends a label in wire form to out, which holds *n octets. */
static enum address_status
add_label(const char *s, size_t len, char out[ADDRESS_DOMAIN_SIZE], size_t *n)
{
	char label[ADDRESS_DOMAIN_SIZE], wire[LABEL_MAX + 1];
	enum address_status status;
	bool ascii;
	size_t i;

	if (!is_sub_domain(s, len, &ascii))
		return ADDRESS_DOMAIN_SYNTAX;
	if (!ascii) {
		memcpy(label, s, len);
		label[len] = '\0';
		status = to_ascii(label, wire);
		if (status != ADDRESS_OK)
			return status;
		s = wire;
		len = strlen(wire);
	}
	if (len > LABEL_MAX)
		return ADDRESS_DOMAIN_SYNTAX;
	if (*n + 1 + len > ADDRESS_DOMAIN_MAX)
		return ADDRESS_DOMAIN_TOO_LONG;
	if (*n > 0)
		out[(*n)++] = '.';
	for (i = 0; i < len; i++)
		out[(*n)++] = (char)lower_ascii((unsigned char)s[i]);
	out[*n] = '\0';
	return ADDRESS_OK;
}

enum address_status
address_domain_parse(const char *text, size_t len,
    char out[ADDRESS_DOMAIN_SIZE])
{
	enum address_status status;
	const char *dot;
	size_t n = 0, label;

	out[0] = '\0';
	if (len == 0)
		return ADDRESS_DOMAIN_EMPTY;
	if (len > ADDRESS_DOMAIN_MAX)
		return ADDRESS_DOMAIN_TOO_LONG;
	for (;; text += label + 1, len -= label + 1) {
		dot = memchr(text, '.', len);
		label = dot == NULL ? len : (size_t)(dot - text);
		status = add_label(text, label, out, &n);
		if (status != ADDRESS_OK) {
			out[0] = '\0';
			return status;
		}
		if (dot == NULL)
			break;
	}
	/* No letter at the end: numbers alone, perhaps. */
	if (out[n - 1] <= '9' && strspn(out, "0123456789.") == n) {
		out[0] = '\0';
		return ADDRESS_DOMAIN_SYNTAX;
	}
	return ADDRESS_OK;
}
