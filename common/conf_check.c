#include "common/conf_check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "common/address.h"
#include "common/consent.h"
#include "common/http_url.h"
#include "common/net.h"
#include "common/rate.h"
#include "common/text.h"

#define SOCKET_PATH_MAX	(sizeof ((struct sockaddr_un *)0)->sun_path - 1)

static bool
no(char *why, size_t size, const char *reason)
{
	text_copy(why, reason, size);
	return false;
}

bool
conf_check_path(const char *value, char *why, size_t size)
{
	if (value[0] != '/')
		return no(why, size, "is a relative path; begin it with /");
	return true;
}

bool
conf_check_any_path(const char *value, char *why, size_t size)
{
	if (value[strlen(value) - 1] == '/')
		return no(why, size, "is a directory; name a file in it");
	return true;
}

/* Reserved for this host itself: nobody else can answer to it (RFC 6761). */
static bool
is_localhost(const char *domain)
{
	const char *dot = strrchr(domain, '.');
	const char *last = dot == NULL ? domain : dot + 1;

	return strcasecmp(last, "localhost") == 0 ||
	    strcasecmp(last, "localdomain") == 0;
}

static bool
is_fqdn(const char *name)
{
	const char *dot = strrchr(name, '.');

	/* an all-digit last label is an address, or part of one */
	return text_is_hostname(name) && dot != NULL &&
	    dot[1 + strspn(dot + 1, "0123456789")] != '\0' &&
	    !is_localhost(name);
}

bool
conf_check_helo(const char *value, char *why, size_t size)
{
	if (!is_fqdn(value))
		return no(why, size, "is not a fully qualified host name; "
		    "give one such as \"verify.example.com\"");
	return true;
}

static bool
parse_mailbox(const char *value, struct address *a, char *why, size_t size)
{
	enum address_status status;

	status = address_parse(value, strlen(value), a);
	if (status != ADDRESS_OK) {
		snprintf(why, size, "is not an address (%s); give one such as "
		    "\"postmaster@example.com\"", address_status_text(status));
		return false;
	}
	if (a->literal || is_localhost(a->domain) ||
	    strchr(a->domain, '.') == NULL)
		return no(why, size, "is not in a domain that others can "
		    "reach; give one such as \"postmaster@example.com\"");
	return true;
}

bool
conf_check_mailbox(const char *value, char *why, size_t size)
{
	struct address a;

	return parse_mailbox(value, &a, why, size);
}

bool
conf_check_sender(const char *value, char *why, size_t size)
{
	struct address a;

	if (!parse_mailbox(value, &a, why, size))
		return false;
	if (a.utf8_local)
		return no(why, size, "has a local part that is not ASCII; "
		    "most mail hosts would refuse it");
	return true;
}

bool
conf_check_url(const char *value, char *why, size_t size)
{
	const char *rest = NULL;

	if (strncmp(value, "https://", 8) == 0)
		rest = value + 8;
	else if (strncmp(value, "http://", 7) == 0)
		rest = value + 7;
	if (rest == NULL || !isalnum((unsigned char)rest[0]) ||
	    value[strcspn(value, " \"<>\\^`{|}")] != '\0')
		return no(why, size, "is not a web address; give one such as "
		    "\"https://verify.example.com/\"");
	return true;
}

bool
conf_check_rdap(const char *value, char *why, size_t size)
{
	struct http_url u;

	if (!http_url_read(value, &u) || strchr(u.target, '?') != NULL ||
	    u.target[strlen(u.target) - 1] != '/')
		return no(why, size, "is no address to put a domain behind; "
		    "give one such as \"https://rdap.example/domain/\"");
	return true;
}

bool
conf_check_date(const char *value, char *why, size_t size)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int y, m, d, used = 0, leap;

	if (strlen(value) == 10 &&
	    strspn(value, "0123456789-") == 10 &&
	    sscanf(value, "%4d-%2d-%2d%n", &y, &m, &d, &used) == 3 &&
	    used == 10 && y >= 1970 && m >= 1 && m <= 12 && d >= 1) {
		leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
		if (d <= days[m - 1] + (m == 2 && leap))
			return true;
	}
	return no(why, size, "is not a day; write it as \"2026-01-15\"");
}

bool
conf_check_rates(const char *value, char *why, size_t size)
{
	struct rates r;

	return rates_parse(value, &r, why, size);
}

bool
conf_check_steps(const char *value, char *why, size_t size)
{
	struct rates r;

	return rates_parse_steps(value, &r, why, size);
}

bool
conf_check_address(const char *value, char *why, size_t size)
{
	struct net_addr a;

	if (!net_addr_parse(value, &a))
		return no(why, size, "is not an IP address; give one such as "
		    "\"192.0.2.10\"");
	return true;
}

bool
conf_check_label(const char *value, char *why, size_t size)
{
	if (strlen(value) > 63 || value[strspn(value, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] != '\0' ||
	    value[0] == '.' || value[strlen(value) - 1] == '.')
		return no(why, size, "is no selector; give one such as "
		    "\"mail2026\"");
	return true;
}

bool
conf_check_host(const char *value, char *why, size_t size)
{
	struct net_addr a;

	if (!net_addr_parse(value, &a) && !is_fqdn(value))
		return no(why, size, "is no host; give a full name or an IP "
		    "address");
	return true;
}

bool
conf_check_facility(const char *value, char *why, size_t size)
{
	bool local = strncmp(value, "local", 5) == 0 && value[5] >= '0' &&
	    value[5] <= '7' && value[6] == '\0';

	if (!local && strcmp(value, "mail") != 0 &&
	    strcmp(value, "daemon") != 0)
		return no(why, size, "is not a known facility; write mail, "
		    "daemon, or local0 to local7");
	return true;
}

static bool
all_of(const char *value, const char *extra, size_t most)
{
	size_t n = 0;

	for (; value[n] != '\0'; n++)
		if (!isalnum((unsigned char)value[n]) &&
		    strchr(extra, value[n]) == NULL)
			return false;
	return n >= 1 && n <= most;
}

bool
conf_check_group(const char *value, char *why, size_t size)
{
	if (!all_of(value, "_-.", 32) || value[0] == '-')
		return no(why, size, "is not the name of a group");
	return true;
}

bool
conf_check_word(const char *value, char *why, size_t size)
{
	if (!all_of(value, "_-", 32))
		return no(why, size, "is not one word; write up to 32 letters, "
		    "digits, - and _");
	return true;
}

bool
conf_check_version(const char *value, char *why, size_t size)
{
	if (!all_of(value, "_-.", 32))
		return no(why, size, "is no version; write up to 32 letters, "
		    "digits, dots, - and _");
	return true;
}

bool
conf_check_consent(const char *value, char *why, size_t size)
{
	struct consent c;

	if (!consent_parse(value, &c))
		return no(why, size, "is no consent; write the day and the "
		    "version of the terms, as \"2026-01-15 v1\" or "
		    "\"2026-01-15 v1 by Jo Doe\"");
	return true;
}

bool
conf_check_authserv_id(const char *value, char *why, size_t size)
{
	if (!all_of(value, "_-.", 255))
		return no(why, size, "is no authserv-id; write the first word "
		    "of your own server's Authentication-Results");
	return true;
}

bool
conf_check_login(const char *value, char *why, size_t size)
{
	if (strlen(value) > 255)
		return no(why, size, "is longer than 255 octets");
	return true;
}

bool
conf_check_not_shared(const char *value, char *why, size_t size)
{
	(void)value;
	return no(why, size, "cannot be used: this version has no shared "
	    "store; leave it empty");
}

bool
conf_check_sender_pattern(const char *value, char *why, size_t size)
{
	bool domain = value[0] == '@' || value[0] == '.';
	char text[ADDRESS_MAX + 1];
	struct address a;
	int n;

	n = domain ? snprintf(text, sizeof text, "x@%s", value + 1) :
	    snprintf(text, sizeof text, "%s", value);
	if ((size_t)n >= sizeof text ||
	    address_parse(text, (size_t)n, &a) != ADDRESS_OK)
		return no(why, size, "is no sender; write an address, "
		    "\"@domain\" or \".domain\"");
	return true;
}

/* Rule R1: a doubt or a fault of ours may cost a delay, never the mail. */
bool
conf_check_mild_action(const char *value, char *why, size_t size)
{
	if (strcmp(value, "reject") == 0)
		return no(why, size, "would refuse addresses that may be "
		    "good: only undeliverable may be rejected; write "
		    "\"tempfail\", \"hold\", \"tag\" or \"accept\"");
	return true;
}

static bool
port_number(const char *s, size_t len, long *port)
{
	char digits[6];

	if (len == 0 || len >= sizeof digits || strspn(s, "0123456789") < len)
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	*port = strtol(digits, NULL, 10);
	return *port >= 1 && *port <= 65535;
}

/*
 * Writes libmilter's form of one TCP socket. A numeric IPv6 host goes into
 * brackets, which libmilter reads without asking a resolver.
 */
static bool
inet_socket(const char *scheme, bool v6, const char *host, size_t hlen,
    long port, char *out, size_t size)
{
	struct net_addr a;
	char name[256];
	int n;

	if (hlen >= 2 && host[0] == '[' && host[hlen - 1] == ']') {
		host++;
		hlen -= 2;
	}
	if (hlen == 0 || hlen >= sizeof name)
		return false;
	memcpy(name, host, hlen);
	name[hlen] = '\0';
	if (net_addr_parse(name, &a)) {
		if ((a.family == AF_INET6) != v6)
			return false;
	} else if (!text_is_hostname(name)) {
		return false;
	}
	n = snprintf(out, size, a.family == AF_INET6 ? "%s:%ld@[%s]" :
	    "%s:%ld@%s", scheme, port, name);
	return n > 0 && (size_t)n < size;
}

static bool
inet_normal(const char *text, char *out, size_t size)
{
	bool v6 = strncmp(text, "inet6:", 6) == 0;
	const char *rest = text + (v6 ? 6 : 5);
	const char *at = strchr(rest, '@'), *colon = strrchr(rest, ':');
	const char *scheme = v6 ? "inet6" : "inet";
	long port;

	if (at != NULL)
		return port_number(rest, (size_t)(at - rest), &port) &&
		    inet_socket(scheme, v6, at + 1, strlen(at + 1), port, out,
		    size);
	return colon != NULL &&
	    port_number(colon + 1, strlen(colon + 1), &port) &&
	    inet_socket(scheme, v6, rest, (size_t)(colon - rest), port, out,
	    size);
}

bool
conf_milter_socket_normal(const char *text, char *out, size_t size)
{
	if (strncmp(text, "unix:/", 6) == 0)
		return strlen(text + 5) <= SOCKET_PATH_MAX &&
		    text_copy(out, text, size) < size;
	if (strncmp(text, "local:/", 7) == 0)
		return strlen(text + 6) <= SOCKET_PATH_MAX &&
		    text_copy(out, text, size) < size;
	if (strncmp(text, "inet:", 5) == 0 || strncmp(text, "inet6:", 6) == 0)
		return inet_normal(text, out, size);
	return false;
}

bool
conf_check_milter_socket(const char *value, char *why, size_t size)
{
	char normal[512];

	if (!conf_milter_socket_normal(value, normal, sizeof normal))
		return no(why, size, "is not a socket; write \"unix:/path\" "
		    "(at most 107 octets), \"inet:port@host\" or "
		    "\"inet6:port@host\"");
	return true;
}
