#include "common/address.h"

#include <stdint.h>
#include <string.h>

#include "common/address_domain.h"
#include "common/address_local.h"
#include "common/text.h"

/* Controls of ASCII and of Unicode, its line ends, and noncharacters. */
static bool
is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) ||
	    cp == 0x2028 || cp == 0x2029 || (cp & 0xfffe) == 0xfffe ||
	    (cp >= 0xfdd0 && cp <= 0xfdef);
}

/* The one place where UTF-8 is judged; what follows may trust it. */
static enum address_status
check_text(const char *text, size_t len)
{
	uint32_t cp;
	size_t n, pos;

	/* Nearly all of it is ASCII, of which many octets are seen at once. */
	for (pos = text_plain(text, len); pos < len;
	    pos += n + text_plain(text + pos + n, len - pos - n)) {
		n = text_utf8_next(text + pos, len - pos, &cp);
		if (n == 0)
			return ADDRESS_NOT_UTF8;
		if (is_control(cp))
			return ADDRESS_CONTROL;
	}
	return ADDRESS_OK;
}

static enum address_status
check_route_host(const char *text, size_t len)
{
	char scratch[ADDRESS_DOMAIN_SIZE];
	enum address_status status;

	if (len == 0 || text[0] != '@')
		return ADDRESS_ROUTE_SYNTAX;
	status = address_domain_parse(text + 1, len - 1, scratch);
	if (status == ADDRESS_OK)
		return ADDRESS_OK;
	return status == ADDRESS_NO_MEMORY ? status : ADDRESS_ROUTE_SYNTAX;
}

/* A-d-l ":" at the start of a path's inside; *used is 0 if there is none. */
static enum address_status
parse_route(const char *text, size_t len, size_t *used)
{
	enum address_status status;
	const char *colon, *comma, *end;

	*used = 0;
	if (len == 0 || text[0] != '@')
		return ADDRESS_OK;
	colon = memchr(text, ':', len);
	if (colon == NULL)
		return ADDRESS_OK;	/* not a route: no local part */
	if (len > ADDRESS_MAX)
		return ADDRESS_TOO_LONG;
	*used = (size_t)(colon - text) + 1;
	do {
		comma = memchr(text, ',', (size_t)(colon - text));
		end = comma == NULL ? colon : comma;
		status = check_route_host(text, (size_t)(end - text));
		if (status != ADDRESS_OK)
			return status;
		text = end + 1;
	} while (comma != NULL);
	return ADDRESS_OK;
}

/*
 * Until 2009 these Japanese carriers gave out names with dots next to each
 * other or at the end, and they are in use. The carriers take them in quotes,
 * as Postfix sends them.
 */
static bool
has_odd_dots(const char *domain)
{
	return strcmp(domain, "docomo.ne.jp") == 0 ||
	    strcmp(domain, "ezweb.ne.jp") == 0 || strcmp(domain, "au.com") == 0;
}

static enum address_status
parse_odd_dots(const char *text, size_t len, struct address *out)
{
	enum address_status status;
	size_t used;

	status = address_local_parse_dots(text, len, &used, out->local);
	if (status == ADDRESS_OK)
		status = address_domain_parse(text + used + 1, len - used - 1,
		    out->domain);
	if (status != ADDRESS_OK || !has_odd_dots(out->domain))
		return ADDRESS_LOCAL_SYNTAX;
	for (; used > 0; used--)
		if ((unsigned char)text[used - 1] > 127)
			return ADDRESS_LOCAL_SYNTAX;
	return ADDRESS_OK;
}

static enum address_status
parse_mailbox(const char *text, size_t len, struct address *out)
{
	enum address_status status;
	const char *domain;
	size_t domain_len, local_len;

	status = address_local_parse(text, len, &local_len);
	if (status == ADDRESS_LOCAL_SYNTAX)
		return parse_odd_dots(text, len, out);
	if (status != ADDRESS_OK)
		return status;
	domain = text + local_len + 1;
	domain_len = len - local_len - 1;
	out->literal = domain_len > 0 && domain[0] == '[';
	if (out->literal)
		status = address_literal_parse(domain, domain_len, out->domain);
	else
		status = address_domain_parse(domain, domain_len, out->domain);
	if (status != ADDRESS_OK)
		return status;
	if (local_len + 1 + strlen(out->domain) > ADDRESS_MAX)
		return ADDRESS_TOO_LONG;
	memcpy(out->local, text, local_len);
	out->utf8_local = false;
	for (; local_len > 0; local_len--)
		if ((unsigned char)text[local_len - 1] > 127)
			out->utf8_local = true;
	return ADDRESS_OK;
}

static enum address_status
parse_path(const char *text, size_t len, struct address *out)
{
	enum address_status status;
	bool bracketed = len >= 2 && text[0] == '<' && text[len - 1] == '>';
	size_t path, route;

	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len == 0)
		return ADDRESS_EMPTY;
	path = len;
	status = parse_route(text, len, &route);
	if (status != ADDRESS_OK)
		return status;
	if (route > 0 && !bracketed)
		return ADDRESS_ROUTE_SYNTAX;
	status = parse_mailbox(text + route, len - route, out);
	if (status == ADDRESS_OK && path > ADDRESS_MAX)
		return ADDRESS_TOO_LONG;
	return status;
}

enum address_status
address_parse(const char *text, size_t len, struct address *out)
{
	enum address_status status;

	memset(out, 0, sizeof(*out));
	status = check_text(text, len);
	if (status == ADDRESS_OK)
		status = parse_path(text, len, out);
	if (status != ADDRESS_OK)
		memset(out, 0, sizeof(*out));
	return status;
}

const char *
address_status_text(enum address_status status)
{
	switch (status) {
	case ADDRESS_OK:
		return "the address is well-formed";
	case ADDRESS_EMPTY:
		return "there is no address";
	case ADDRESS_CONTROL:
		return "the address holds a control character";
	case ADDRESS_NOT_UTF8:
		return "the address is not valid UTF-8";
	case ADDRESS_NO_AT:
		return "the address has no \"@\" and domain";
	case ADDRESS_LOCAL_EMPTY:
		return "nothing stands before the \"@\"";
	case ADDRESS_LOCAL_TOO_LONG:
		return "the part before the \"@\" is longer than 64 octets";
	case ADDRESS_LOCAL_SYNTAX:
		return "the part before the \"@\" has a character that is not "
		    "allowed there, or a dot at an end or next to another";
	case ADDRESS_QUOTE_SYNTAX:
		return "the quoted part before the \"@\" is ill-formed";
	case ADDRESS_DOMAIN_EMPTY:
		return "nothing stands after the \"@\"";
	case ADDRESS_DOMAIN_TOO_LONG:
		return "the domain is longer than 255 octets";
	case ADDRESS_DOMAIN_SYNTAX:
		return "the domain is not a host name: a label is empty, too "
		    "long or ill-formed, or all are numbers";
	case ADDRESS_DOMAIN_IDN:
		return "the domain is not a valid internationalized name";
	case ADDRESS_LITERAL_SYNTAX:
		return "the address literal is neither IPv4 nor IPv6";
	case ADDRESS_TOO_LONG:
		return "the address is longer than 254 octets";
	case ADDRESS_ROUTE_SYNTAX:
		return "the source route before the address is ill-formed";
	case ADDRESS_NO_MEMORY:
		return "the address was not judged: out of memory";
	case ADDRESS_STATUS_COUNT:
		break;
	}
	return "unknown status of an address";
}

static size_t
write_mailbox(const char *local, const char *domain, char out[ADDRESS_MAX + 1])
{
	size_t n = strlen(local), len = strlen(domain);

	if (n > ADDRESS_MAX - 1)
		n = ADDRESS_MAX - 1;
	memcpy(out, local, n);
	out[n++] = '@';
	if (len > ADDRESS_MAX - n)
		len = ADDRESS_MAX - n;
	memcpy(out + n, domain, len);
	out[n + len] = '\0';
	return n + len;
}

size_t
address_wire(const struct address *addr, char out[ADDRESS_MAX + 1])
{
	return write_mailbox(addr->local, addr->domain, out);
}

size_t
address_canonical(const struct address *addr, char out[ADDRESS_MAX + 1])
{
	char content[ADDRESS_LOCAL_SIZE], local[ADDRESS_LOCAL_SIZE];
	size_t i, n;

	/* A Dot-string is its own content; each lookup comes by here. */
	if (addr->local[0] != '"') {
		n = write_mailbox(addr->local, addr->domain, out);
		for (i = 0; addr->local[i] != '\0'; i++)
			if (out[i] >= 'A' && out[i] <= 'Z')
				out[i] = (char)(out[i] - 'A' + 'a');
		return n;
	}
	address_local_content(addr->local, content);
	text_lower(content);
	/* Never longer than what was parsed, so it cannot fail for that. */
	if (!address_local_write(content, local))
		text_copy(local, addr->local, sizeof(local));
	return write_mailbox(local, addr->domain, out);
}
