#include "common/net.h"

#include <string.h>
#include <arpa/inet.h>

#include "common/text.h"

struct special_net {
	struct net_cidr net;
	const char *reason;
};

#define V4(prefix, ...) \
	{ { .family = AF_INET, .octets = { __VA_ARGS__ } }, (prefix) }
#define V6(prefix, ...) \
	{ { .family = AF_INET6, .octets = { __VA_ARGS__ } }, (prefix) }

/*
 * The first row that holds the address names the reason, so a narrow net
 * stands before the wide one around it. Nets that the registries call globally
 * reachable are here only where a connection ends at some other address than
 * the one checked (NAT64, 6to4, Teredo), or at no host (192.0.0.0/24 with its
 * anycast services, the overlay identifiers within 2001::/23).
 */
static const struct special_net special_nets[] = {
	{ V4(8, 0), "this network" },			/* RFC 791, 1122 */
	{ V4(8, 10), "private" },			/* RFC 1918 */
	{ V4(10, 100, 64), "shared by carriers" },	/* RFC 6598 */
	{ V4(8, 127), "loopback" },			/* RFC 1122 */
	{ V4(16, 169, 254), "link-local" },		/* RFC 3927 */
	{ V4(12, 172, 16), "private" },			/* RFC 1918 */
	{ V4(24, 192, 0, 0), "protocol assignments" },	/* RFC 6890 */
	{ V4(24, 192, 0, 2), "documentation" },		/* RFC 5737 */
	{ V4(24, 192, 88, 99), "6to4 relay" },		/* RFC 7526 */
	{ V4(16, 192, 168), "private" },		/* RFC 1918 */
	{ V4(15, 198, 18), "benchmarking" },		/* RFC 2544 */
	{ V4(24, 198, 51, 100), "documentation" },	/* RFC 5737 */
	{ V4(24, 203, 0, 113), "documentation" },	/* RFC 5737 */
	{ V4(4, 224), "multicast" },			/* RFC 5771 */
	{ V4(32, 255, 255, 255, 255), "broadcast" },	/* RFC 919 */
	{ V4(4, 240), "reserved" },			/* RFC 1112 */

	{ V6(128, 0), "unspecified" },			/* RFC 4291 */
	{ V6(128, [15] = 1), "loopback" },		/* RFC 4291 */
	{ V6(96, 0), "IPv4-compatible" },		/* RFC 4291 */
	{ V6(96, [10] = 0xff, [11] = 0xff), "IPv4-mapped" },	/* RFC 4291 */
	{ V6(96, 0, 0x64, 0xff, 0x9b), "NAT64" },	/* RFC 6052 */
	{ V6(48, 0, 0x64, 0xff, 0x9b, 0, 1), "NAT64" },	/* RFC 8215 */
	{ V6(64, 1), "discard" },			/* RFC 6666 */
	{ V6(32, 0x20, 1), "Teredo" },			/* RFC 4380 */
	{ V6(48, 0x20, 1, 0, 2), "benchmarking" },	/* RFC 5180 */
	{ V6(23, 0x20, 1), "protocol assignments" },	/* RFC 2928 */
	{ V6(32, 0x20, 1, 0x0d, 0xb8), "documentation" },	/* RFC 3849 */
	{ V6(16, 0x20, 2), "6to4" },			/* RFC 3056 */
	{ V6(20, 0x3f, 0xff), "documentation" },	/* RFC 9637 */
	{ V6(16, 0x5f), "segment routing" },		/* RFC 9602 */
	{ V6(7, 0xfc), "private" },			/* RFC 4193 */
	{ V6(10, 0xfe, 0x80), "link-local" },		/* RFC 4291 */
	{ V6(10, 0xfe, 0xc0), "site-local" },		/* RFC 3879 */
	{ V6(8, 0xff), "multicast" },			/* RFC 4291 */
};

static const struct net_cidr global_unicast = V6(3, 0x20);
static const struct net_cidr ipv4_mapped = V6(96, [10] = 0xff, [11] = 0xff);

static unsigned
bits_of(int family)
{
	switch (family) {
	case AF_INET:
		return 32;
	case AF_INET6:
		return 128;
	default:
		return 0;
	}
}

static bool
parse_as_written(const char *text, struct net_addr *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, out->octets) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, text, out->octets) == 1)
		out->family = AF_INET6;
	else
		memset(out, 0, sizeof(*out));
	return out->family != 0;
}

static void
fold_mapped(struct net_addr *addr)
{
	struct net_addr v4 = { .family = AF_INET };

	if (!net_cidr_contains(&ipv4_mapped, addr))
		return;
	memcpy(v4.octets, addr->octets + 12, 4);
	*addr = v4;
}

bool
net_addr_parse(const char *text, struct net_addr *out)
{
	if (!parse_as_written(text, out))
		return false;
	fold_mapped(out);
	return true;
}

/* inet_ntop goes through printf, and this is done for every address asked. */
static void
text_of_ipv4(const uint8_t *octets, char *out)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		out += text_number(octets[i], out);
		*out++ = '.';
	}
	out[-1] = '\0';
}

void
net_addr_text(const struct net_addr *addr, char out[NET_TEXT_SIZE])
{
	if (addr->family == AF_INET)
		text_of_ipv4(addr->octets, out);
	else if (bits_of(addr->family) == 0 ||
	    inet_ntop(addr->family, addr->octets, out, NET_TEXT_SIZE) == NULL)
		out[0] = '\0';
}

bool
net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return a->family == b->family &&
	    memcmp(a->octets, b->octets, bits_of(a->family) / 8) == 0;
}

bool
net_addr_from_sockaddr(const struct sockaddr *sa, struct net_addr *out)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memset(out, 0, sizeof(*out));
	if (sa == NULL)
		return false;
	/* By copy: the caller's buffer may be one of octets, not aligned. */
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(out->octets, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(out->octets, &in6.sin6_addr, 16);
	} else {
		return false;
	}
	out->family = sa->sa_family;
	fold_mapped(out);
	return true;
}

socklen_t
net_addr_to_sockaddr(const struct net_addr *addr, uint16_t port,
    struct sockaddr_storage *out)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	memset(out, 0, sizeof(*out));
	if (addr->family == AF_INET) {
		in.sin_port = htons(port);
		memcpy(&in.sin_addr, addr->octets, 4);
		memcpy(out, &in, sizeof(in));
		return sizeof(in);
	}
	if (addr->family == AF_INET6) {
		in6.sin6_port = htons(port);
		memcpy(&in6.sin6_addr, addr->octets, 16);
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

/* Decimal without sign, space or leading zero; at most max (below 10^6). */
static bool
parse_number(const char *text, unsigned max, unsigned *out)
{
	unsigned n = 0;
	const char *p;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || p - text >= 6)
			return false;
		n = n * 10 + (unsigned)(*p - '0');
	}
	*out = n;
	return n <= max;
}

static bool
host_bits_zero(const struct net_addr *addr, unsigned prefix)
{
	unsigned bit, bits = bits_of(addr->family);

	for (bit = prefix; bit < bits; bit++)
		if ((addr->octets[bit / 8] & (0x80U >> bit % 8)) != 0)
			return false;
	return true;
}

bool
net_cidr_parse(const char *text, struct net_cidr *out)
{
	const char *slash = strchr(text, '/');
	char addr[NET_TEXT_SIZE];
	struct net_cidr net;
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);

	memset(out, 0, sizeof(*out));
	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (!parse_as_written(addr, &net.addr))
		return false;
	net.prefix = bits_of(net.addr.family);
	if (slash != NULL &&
	    !parse_number(slash + 1, net.prefix, &net.prefix))
		return false;
	if (!host_bits_zero(&net.addr, net.prefix))
		return false;
	/* The bits of "ffff" are set, so a mapped net has 96 or more here. */
	if (net_cidr_contains(&ipv4_mapped, &net.addr)) {
		fold_mapped(&net.addr);
		net.prefix -= ipv4_mapped.prefix;
	}
	*out = net;
	return true;
}

bool
net_cidr_contains(const struct net_cidr *net, const struct net_addr *addr)
{
	size_t whole = net->prefix / 8;
	unsigned rest = net->prefix % 8;
	unsigned differ;

	if (net->addr.family != addr->family || addr->family == 0 ||
	    net->prefix > bits_of(addr->family))
		return false;
	if (memcmp(net->addr.octets, addr->octets, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	differ = (unsigned)(net->addr.octets[whole] ^ addr->octets[whole]);
	return differ >> (8 - rest) == 0;
}

const char *
net_addr_not_public(const struct net_addr *addr)
{
	size_t i;

	if (bits_of(addr->family) == 0)
		return "no address";
	for (i = 0; i < sizeof(special_nets) / sizeof(special_nets[0]); i++)
		if (net_cidr_contains(&special_nets[i].net, addr))
			return special_nets[i].reason;
	if (addr->family == AF_INET6 &&
	    !net_cidr_contains(&global_unicast, addr))
		return "not global unicast";
	return NULL;
}

/* Splits "host:port" or "[host]:port"; *port is NULL when none is written. */
static bool
split_endpoint(const char *text, char host[NET_TEXT_SIZE], const char **port)
{
	const char *end;
	bool bracket = *text == '[';

	*port = NULL;
	if (bracket) {
		end = strchr(++text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		if (end[1] == ':')
			*port = end + 2;
	} else {
		end = strchr(text, ':');
		if (end == NULL || strchr(end + 1, ':') != NULL)
			end = text + strlen(text);
		else
			*port = end + 1;
	}
	if (end - text >= NET_TEXT_SIZE)
		return false;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	/* Brackets are IPv6's alone (RFC 3986, 3.2.2). */
	return !bracket || strchr(host, ':') != NULL;
}

bool
net_endpoint_parse(const char *text, uint16_t default_port,
    struct net_addr *addr, uint16_t *port)
{
	char host[NET_TEXT_SIZE];
	const char *digits;
	unsigned number = default_port;

	memset(addr, 0, sizeof(*addr));
	if (!split_endpoint(text, host, &digits))
		return false;
	if (digits != NULL &&
	    (!parse_number(digits, UINT16_MAX, &number) || number == 0))
		return false;
	if (!net_addr_parse(host, addr))
		return false;
	*port = (uint16_t)number;
	return true;
}
