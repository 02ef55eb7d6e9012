#include <string.h>
#include <strings.h>

#include "common/reply_text_internal.h"

/* The octets that may stand in a mail address beside its "@". */
static bool
is_address(char c)
{
	return is_letter(c) || is_digit(c) || is_high(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/*
 * A mail address at in: a local part, "@", and what follows, which may be
 * empty ("<user@>" stands in replies to an address without a domain).
 */
size_t
reply_address_at(const char *in)
{
	size_t i = 0;

	while (is_address(in[i]))
		i++;
	if (i == 0 || in[i] != '@')
		return 0;
	i++;
	while (is_letter(in[i]) || is_digit(in[i]) || is_high(in[i]) ||
	    in[i] == '-' || in[i] == '.' || in[i] == '_')
		i++;
	while (in[i - 1] == '.')
		i--;
	return i;
}

size_t
reply_link_at(const char *in)
{
	size_t i;

	if (strncmp(in, "http://", 7) != 0 && strncmp(in, "https://", 8) != 0 &&
	    strncmp(in, "www.", 4) != 0 && strncmp(in, "HTTP", 4) != 0)
		return 0;
	for (i = 0; !is_space(in[i]) && in[i] != '>' && in[i] != '"' &&
	    in[i] != ')' && in[i] != ']'; i++)
		;
	return i;
}

static size_t
ipv4_at(const char *in)
{
	size_t i = 0, digits;
	unsigned part;

	for (part = 0; part < 4; part++) {
		for (digits = 0; is_digit(in[i]) && digits < 4; digits++)
			i++;
		if (digits == 0 || digits > 3)
			return 0;
		if (part < 3 && in[i++] != '.')
			return 0;
	}
	return is_letter(in[i]) ? 0 : i;
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Three colons at least: a time of day has two. */
static size_t
ipv6_at(const char *in)
{
	size_t i, colons = 0;

	for (i = 0; is_hex(in[i]) || in[i] == ':'; i++)
		if (in[i] == ':')
			colons++;
	return colons >= 3 && !is_letter(in[i]) ? i : 0;
}

/* A host name of three labels or more, with a letter in its last one. */
static size_t
host_at(const char *in)
{
	size_t i = 0, start = 0, dots = 0;

	for (;;) {
		for (start = i; is_letter(in[i]) || is_digit(in[i]) ||
		    in[i] == '-' || in[i] == '_'; i++)
			;
		if (i == start)
			return 0;
		if (in[i] != '.' || !(is_letter(in[i + 1]) ||
		    is_digit(in[i + 1])))
			break;
		dots++;
		i++;
	}
	return dots >= 2 && is_letter(in[start]) ? i : 0;
}

/* What Postfix tells of the session after its verdict: "helo=<name>". */
static size_t
echo_at(const char *in)
{
	static const char *const keys[] = {
		"from=", "to=", "proto=", "helo=", "client=", "relay="
	};
	size_t i, n = 0;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && n == 0; i++)
		if (strncasecmp(in, keys[i], strlen(keys[i])) == 0)
			n = strlen(keys[i]);
	if (n == 0 || is_space(in[n]))
		return 0;
	while (!is_space(in[n]) && in[n] != ';' && in[n] != ',' &&
	    in[n] != ')')
		n++;
	return n;
}

/* Whether a word for a mailbox ends just before text[i]. */
static bool
follows_box(const char *text, size_t i)
{
	static const char *const nouns[] = {
		"user", "username", "mailbox", "account", "recipient", "alias",
		"address", "part"
	};
	size_t end, n, k;

	while (i > 0 && text[i - 1] == ' ')
		i--;
	for (end = i; i > 0 && is_letter(text[i - 1]); i--)
		;
	n = end - i;
	for (k = 0; k < sizeof(nouns) / sizeof(nouns[0]); k++)
		if (strlen(nouns[k]) == n &&
		    strncasecmp(&text[i], nouns[k], n) == 0)
			return true;
	return false;
}

size_t
reply_quoted_at(const char *text, size_t i)
{
	size_t n = 1;

	if (text[i] != '\'' && text[i] != '"' && text[i] != '`')
		return 0;
	while (is_letter(text[i + n]) || is_digit(text[i + n]) ||
	    (text[i + n] != '\0' && strchr("._+-", text[i + n]) != NULL))
		n++;
	if (n == 1 || (text[i + n] != '\'' && text[i + n] != '"'))
		return 0;
	return follows_box(text, i) ? n + 1 : 0;
}

/* Whether the whole word of n octets is that name. */
static bool
is_name(const char *in, size_t n, const char *name)
{
	return name != NULL && *name != '\0' && strlen(name) == n &&
	    strncasecmp(in, name, n) == 0;
}

/* A word of the form of a host name, of one label or more. */
static size_t
name_at(const char *in)
{
	size_t i = 0;

	while (is_letter(in[i]) || is_digit(in[i]) || in[i] == '-' ||
	    in[i] == '_' || in[i] == '.')
		i++;
	while (i > 0 && in[i - 1] == '.')
		i--;
	return i;
}

static const char *
domain_of(const char *address)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return at != NULL ? at + 1 : NULL;
}

/* A name of the session at in, and who is meant by it. */
static size_t
known_at(const char *in, const struct reply_names *names, const char **mask)
{
	size_t n = reply_address_at(in);

	*mask = "<sender>";
	if (n > 0)
		return is_name(in, n, names->sender) ? n : 0;
	n = name_at(in);
	if (is_name(in, n, names->rcpt_domain))
		*mask = "<rcptdomain>";
	else if (!is_name(in, n, names->helo) &&
	    !is_name(in, n, domain_of(names->sender)))
		return 0;
	return n;
}

size_t
reply_mask_at(const char *in, const struct reply_names *names,
    const char **mask)
{
	size_t n;

	*mask = "<weblink>";
	if ((n = reply_link_at(in)) > 0)
		return n;
	if (names != NULL && (n = known_at(in, names, mask)) > 0)
		return n;
	*mask = "<echo>";
	if ((n = echo_at(in)) > 0)
		return n;
	*mask = "@";
	if ((n = reply_address_at(in)) > 0)
		return n;
	*mask = "<ipaddr>";
	if ((n = ipv4_at(in)) > 0 || (n = ipv6_at(in)) > 0)
		return n;
	*mask = "<fqdn>";
	return host_at(in);
}
