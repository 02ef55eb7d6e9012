#include "common/address_domain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <arpa/inet.h>

#define LITERAL_MAX	48	/* longer than any literal's content */
#define IPV6_GROUPS	8
#define IPV6_COMP_MAX	6	/* groups beside "::", RFC 5321, 4.1.3 */

/*
 * Snum is one to three digits: unlike inet_pton's, it may have leading zeros,
 * and it is decimal whatever they are.
 */
static bool
parse_ipv4(const char *s, unsigned char out[4])
{
	unsigned i, digits, value;

	for (i = 0; i < 4; i++) {
		value = 0;
		for (digits = 0; *s >= '0' && *s <= '9'; digits++) {
			if (digits == 3)
				return false;
			value = value * 10 + (unsigned)(*s++ - '0');
		}
		if (digits == 0 || value > 255)
			return false;
		if (*s != (i < 3 ? '.' : '\0'))
			return false;
		out[i] = (unsigned char)value;
		s++;
	}
	return true;
}

/* The groups that are written out: runs of what is not a colon. */
static unsigned
count_groups(const char *s)
{
	unsigned n = 0;

	for (s += strspn(s, ":"); *s != '\0'; s += strspn(s, ":")) {
		n++;
		s += strcspn(s, ":");
	}
	return n;
}

/* Puts an IPv4 tail ("::ffff:192.0.2.1") into two groups, in place. */
static bool
unfold_ipv4_tail(char s[LITERAL_MAX])
{
	char *tail = strrchr(s, ':');
	unsigned char v4[4];

	if (tail == NULL || strchr(s, '.') == NULL)
		return tail != NULL;
	tail++;
	/* Two groups may be longer than "0.0.0.0"; then s is no address. */
	if (!parse_ipv4(tail, v4) || tail - s > LITERAL_MAX - 10)
		return false;
	snprintf(tail, 10, "%x:%x", (unsigned)(v4[0] << 8 | v4[1]),
	    (unsigned)(v4[2] << 8 | v4[3]));
	return true;
}

static bool
parse_ipv6(char s[LITERAL_MAX], struct in6_addr *out)
{
	unsigned most = IPV6_GROUPS;

	if (!unfold_ipv4_tail(s))
		return false;
	/* inet_pton lets "::" stand for one group; SMTP wants two or more. */
	if (strstr(s, "::") != NULL)
		most = IPV6_COMP_MAX;
	return count_groups(s) <= most && inet_pton(AF_INET6, s, out) == 1;
}

enum address_status
address_literal_parse(const char *text, size_t len,
    char out[ADDRESS_DOMAIN_SIZE])
{
	static const char tag[] = "IPv6:";
	const size_t tag_len = sizeof(tag) - 1;
	char body[LITERAL_MAX], shown[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	unsigned char v4[4];

	out[0] = '\0';
	if (len < 3 || len - 2 >= sizeof(body) || text[0] != '[' ||
	    text[len - 1] != ']')
		return ADDRESS_LITERAL_SYNTAX;
	memcpy(body, text + 1, len - 2);
	body[len - 2] = '\0';
	if (parse_ipv4(body, v4)) {
		snprintf(out, ADDRESS_DOMAIN_SIZE, "[%u.%u.%u.%u]", v4[0],
		    v4[1], v4[2], v4[3]);
		return ADDRESS_OK;
	}
	if (strncasecmp(body, tag, tag_len) != 0)
		return ADDRESS_LITERAL_SYNTAX;
	memmove(body, body + tag_len, strlen(body) - tag_len + 1);
	if (!parse_ipv6(body, &v6))
		return ADDRESS_LITERAL_SYNTAX;
	inet_ntop(AF_INET6, &v6, shown, sizeof(shown));
	snprintf(out, ADDRESS_DOMAIN_SIZE, "[IPv6:%s]", shown);
	return ADDRESS_OK;
}
