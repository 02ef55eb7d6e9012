#include "common/net.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <arpa/inet.h>

struct public_row {
	const char *says;
	const char *addr;
	const char *reason;		/* NULL: public */
};

/* Both sides of each net's two borders, then what hides in another form. */
static const struct public_row publics[] = {
	{ "first of 0.0.0.0/8", "0.0.0.0", "this network" },
	{ "last of 0.0.0.0/8", "0.255.255.255", "this network" },
	{ "after 0.0.0.0/8", "1.0.0.0", NULL },
	{ "before 10.0.0.0/8", "9.255.255.255", NULL },
	{ "first of 10.0.0.0/8", "10.0.0.0", "private" },
	{ "last of 10.0.0.0/8", "10.255.255.255", "private" },
	{ "after 10.0.0.0/8", "11.0.0.0", NULL },
	{ "before 100.64.0.0/10", "100.63.255.255", NULL },
	{ "first of 100.64.0.0/10", "100.64.0.0", "shared by carriers" },
	{ "last of 100.64.0.0/10", "100.127.255.255", "shared by carriers" },
	{ "after 100.64.0.0/10", "100.128.0.0", NULL },
	{ "before 127.0.0.0/8", "126.255.255.255", NULL },
	{ "first of 127.0.0.0/8", "127.0.0.0", "loopback" },
	{ "last of 127.0.0.0/8", "127.255.255.255", "loopback" },
	{ "after 127.0.0.0/8", "128.0.0.0", NULL },
	{ "before 169.254.0.0/16", "169.253.255.255", NULL },
	{ "first of 169.254.0.0/16", "169.254.0.0", "link-local" },
	{ "last of 169.254.0.0/16", "169.254.255.255", "link-local" },
	{ "after 169.254.0.0/16", "169.255.0.0", NULL },
	{ "before 172.16.0.0/12", "172.15.255.255", NULL },
	{ "first of 172.16.0.0/12", "172.16.0.0", "private" },
	{ "last of 172.16.0.0/12", "172.31.255.255", "private" },
	{ "after 172.16.0.0/12", "172.32.0.0", NULL },
	{ "before 192.0.0.0/24", "191.255.255.255", NULL },
	{ "first of 192.0.0.0/24", "192.0.0.0", "protocol assignments" },
	{ "last of 192.0.0.0/24", "192.0.0.255", "protocol assignments" },
	{ "after 192.0.0.0/24", "192.0.1.0", NULL },
	{ "before 192.0.2.0/24", "192.0.1.255", NULL },
	{ "first of 192.0.2.0/24", "192.0.2.0", "documentation" },
	{ "last of 192.0.2.0/24", "192.0.2.255", "documentation" },
	{ "after 192.0.2.0/24", "192.0.3.0", NULL },
	{ "before 192.88.99.0/24", "192.88.98.255", NULL },
	{ "first of 192.88.99.0/24", "192.88.99.0", "6to4 relay" },
	{ "last of 192.88.99.0/24", "192.88.99.255", "6to4 relay" },
	{ "after 192.88.99.0/24", "192.88.100.0", NULL },
	{ "before 192.168.0.0/16", "192.167.255.255", NULL },
	{ "first of 192.168.0.0/16", "192.168.0.0", "private" },
	{ "last of 192.168.0.0/16", "192.168.255.255", "private" },
	{ "after 192.168.0.0/16", "192.169.0.0", NULL },
	{ "before 198.18.0.0/15", "198.17.255.255", NULL },
	{ "first of 198.18.0.0/15", "198.18.0.0", "benchmarking" },
	{ "last of 198.18.0.0/15", "198.19.255.255", "benchmarking" },
	{ "after 198.18.0.0/15", "198.20.0.0", NULL },
	{ "before 198.51.100.0/24", "198.51.99.255", NULL },
	{ "first of 198.51.100.0/24", "198.51.100.0", "documentation" },
	{ "last of 198.51.100.0/24", "198.51.100.255", "documentation" },
	{ "after 198.51.100.0/24", "198.51.101.0", NULL },
	{ "before 203.0.113.0/24", "203.0.112.255", NULL },
	{ "first of 203.0.113.0/24", "203.0.113.0", "documentation" },
	{ "last of 203.0.113.0/24", "203.0.113.255", "documentation" },
	{ "after 203.0.113.0/24", "203.0.114.0", NULL },
	{ "before 224.0.0.0/4", "223.255.255.255", NULL },
	{ "first of 224.0.0.0/4", "224.0.0.0", "multicast" },
	{ "last of 224.0.0.0/4", "239.255.255.255", "multicast" },
	{ "after 224.0.0.0/4", "240.0.0.0", "reserved" },
	{ "first of ::/128", "::", "unspecified" },
	{ "after ::/128", "::1", "loopback" },
	{ "after ::1/128", "::2", "IPv4-compatible" },
	{ "last of ::/96", "::ffff:ffff", "IPv4-compatible" },
	{ "after ::/96", "::1:0:0", "not global unicast" },
	{ "before 64:ff9b::/96", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of 64:ff9b::/96", "64:ff9b::", "NAT64" },
	{ "last of 64:ff9b::/96", "64:ff9b::ffff:ffff", "NAT64" },
	{ "after 64:ff9b::/96", "64:ff9b::1:0:0", "not global unicast" },
	{ "before 64:ff9b:1::/48", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of 64:ff9b:1::/48", "64:ff9b:1::", "NAT64" },
	{ "last of 64:ff9b:1::/48", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
	    "NAT64" },
	{ "after 64:ff9b:1::/48", "64:ff9b:2::", "not global unicast" },
	{ "before 100::/64", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of 100::/64", "100::", "discard" },
	{ "last of 100::/64", "100::ffff:ffff:ffff:ffff", "discard" },
	{ "after 100::/64", "100:0:0:1::", "not global unicast" },
	{ "before 2001::/32", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "first of 2001::/32", "2001::", "Teredo" },
	{ "last of 2001::/32", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
	    "Teredo" },
	{ "after 2001::/32", "2001:1::", "protocol assignments" },
	{ "before 2001:2::/48", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff",
	    "protocol assignments" },
	{ "first of 2001:2::/48", "2001:2::", "benchmarking" },
	{ "last of 2001:2::/48", "2001:2:0:ffff:ffff:ffff:ffff:ffff",
	    "benchmarking" },
	{ "after 2001:2::/48", "2001:2:1::", "protocol assignments" },
	{ "last of 2001::/23", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "protocol assignments" },
	{ "after 2001::/23", "2001:200::", NULL },
	{ "before 2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
	    NULL },
	{ "first of 2001:db8::/32", "2001:db8::", "documentation" },
	{ "last of 2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	    "documentation" },
	{ "after 2001:db8::/32", "2001:db9::", NULL },
	{ "before 2002::/16", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "first of 2002::/16", "2002::", "6to4" },
	{ "last of 2002::/16", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "6to4" },
	{ "after 2002::/16", "2003::", NULL },
	{ "before 3fff::/20", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "first of 3fff::/20", "3fff::", "documentation" },
	{ "last of 3fff::/20", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "documentation" },
	{ "after 3fff::/20", "3fff:1000::", NULL },
	{ "before 5f00::/16", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of 5f00::/16", "5f00::", "segment routing" },
	{ "last of 5f00::/16", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "segment routing" },
	{ "after 5f00::/16", "5f01::", "not global unicast" },
	{ "before fc00::/7", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of fc00::/7", "fc00::", "private" },
	{ "last of fc00::/7", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "private" },
	{ "after fc00::/7", "fe00::", "not global unicast" },
	{ "before fe80::/10", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of fe80::/10", "fe80::", "link-local" },
	{ "last of fe80::/10", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "link-local" },
	{ "after fe80::/10", "fec0::", "site-local" },
	{ "last of fec0::/10", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "site-local" },
	{ "after fec0::/10", "ff00::", "multicast" },
	{ "last of ff00::/8", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "multicast" },
	{ "before 2000::/3", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "first of 2000::/3", "2000::", NULL },
	{ "last of 2000::/3", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "after 2000::/3", "4000::", "not global unicast" },
	{ "the address of a public resolver", "8.8.8.8", NULL },
	{ "a public mail host", "17.57.154.33", NULL },
	{ "a public mail host over IPv6", "2a00:1450:400c:c0b::1b", NULL },
	{ "a host between 172.16.0.0/12 and its look-alikes", "172.20.1.2",
	    "private" },
	{ "a cloud's metadata service", "169.254.169.254", "link-local" },
	{ "a second loopback", "127.1.2.3", "loopback" },
	{ "the local broadcast", "255.255.255.255", "broadcast" },
	{ "before the broadcast", "255.255.255.254", "reserved" },
	{ "an anycast service of 192.0.0.0/24", "192.0.0.9",
	    "protocol assignments" },
	{ "AS112, which is reachable", "192.175.48.6", NULL },
	{ "loopback, mapped", "::ffff:127.0.0.1", "loopback" },
	{ "loopback, mapped in hexadecimal", "::ffff:7f00:1", "loopback" },
	{ "loopback, mapped in full", "0:0:0:0:0:ffff:7f00:0001", "loopback" },
	{ "private, mapped", "::ffff:10.0.0.1", "private" },
	{ "metadata, mapped", "::ffff:a9fe:a9fe", "link-local" },
	{ "shared by carriers, mapped", "::ffff:100.64.0.1",
	    "shared by carriers" },
	{ "unspecified, mapped", "::ffff:0:0", "this network" },
	{ "broadcast, mapped", "::ffff:255.255.255.255", "broadcast" },
	{ "multicast, mapped", "::ffff:224.0.0.1", "multicast" },
	{ "a public address, mapped", "::ffff:8.8.8.8", NULL },
	{ "before the mapped net", "::fffe:ffff:ffff", "not global unicast" },
	{ "after the mapped net", "::1:0:0:0", "not global unicast" },
	{ "translated form of RFC 2765", "::ffff:0:7f00:1",
	    "not global unicast" },
	{ "loopback as IPv4-compatible", "::127.0.0.1", "IPv4-compatible" },
	{ "loopback through NAT64", "64:ff9b::127.0.0.1", "NAT64" },
	{ "a public address through NAT64", "64:ff9b::8.8.8.8", "NAT64" },
	{ "loopback through 6to4", "2002:7f00:1::", "6to4" },
	{ "private through 6to4", "2002:a00:1::1", "6to4" },
	{ "public through 6to4", "2002:808:808::1", "6to4" },
	{ "a Teredo client", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo" },
	{ "ORCHIDv2", "2001:20::1", "protocol assignments" },
	{ "the last of ORCHIDv2", "2001:2f:ffff::1", "protocol assignments" },
	{ "a drone's tag", "2001:30::1", "protocol assignments" },
	{ "a dummy prefix (RFC 9780)", "100:0:0:1::", "not global unicast" },
	{ "a dummy prefix's last", "100::1:ffff:ffff:ffff:ffff",
	    "not global unicast" },
	{ "a host of an ULA net", "fd12:3456:789a::1", "private" },
	{ "a router's link-local", "fe80::1", "link-local" },
	{ "all nodes", "ff02::1", "multicast" },
	{ "AS112 over IPv6, which is reachable", "2620:4f:8000::6", NULL },
	{ "a registry's first net", "2001:200::1", NULL },
	{ "a registry's net", "2400:cb00::1", NULL },
	{ "a registry's net", "2606:4700::1111", NULL },
	{ "a registry's net", "2801:80::1", NULL },
	{ "a registry's net", "2c0f:fb50::1", NULL },
};

static void
judge(const struct public_row *row, const char *text)
{
	struct net_addr addr;
	const char *got;

	ck_assert_msg(net_addr_parse(text, &addr), "%s", text);
	got = net_addr_not_public(&addr);
	if (row->reason == NULL || got == NULL)
		ck_assert_msg(got == row->reason, "%s (%s): %s", text,
		    row->says, got == NULL ? "public" : got);
	else
		ck_assert_msg(strcmp(got, row->reason) == 0, "%s (%s): %s",
		    text, row->says, got);
}

START_TEST(not_public)
{
	const struct public_row *row = &publics[_i];
	char mapped[NET_TEXT_SIZE];

	judge(row, row->addr);
	if (strchr(row->addr, ':') != NULL)
		return;
	snprintf(mapped, sizeof(mapped), "::ffff:%s", row->addr);
	judge(row, mapped);
}
END_TEST

/* An address that a caller put together itself is judged as well. */
START_TEST(not_public_raw)
{
	struct net_addr addr = { .family = AF_INET6 };

	addr.octets[10] = addr.octets[11] = 0xff;
	addr.octets[12] = 8;
	ck_assert_str_eq(net_addr_not_public(&addr), "IPv4-mapped");
	memset(&addr, 0, sizeof(addr));
	ck_assert_str_eq(net_addr_not_public(&addr), "no address");
	addr.family = AF_UNIX;
	ck_assert_str_eq(net_addr_not_public(&addr), "no address");
}
END_TEST

struct text_row {
	const char *says;
	const char *in;
	const char *out;		/* NULL: refused */
};

static const struct text_row texts[] = {
	{ "IPv4", "192.0.2.1", "192.0.2.1" },
	{ "IPv6 in its short form", "2001:DB8:0:0::1", "2001:db8::1" },
	{ "mapped IPv6 folds to IPv4", "::ffff:192.0.2.1", "192.0.2.1" },
	{ "mapped in hexadecimal", "::FFFF:C000:201", "192.0.2.1" },
	{ "all zeros stays IPv6", "::", "::" },
	{ "nothing", "", NULL },
	{ "a leading zero (octal to some)", "192.0.2.01", NULL },
	{ "three parts", "192.0.2", NULL },
	{ "one number", "3221225985", NULL },
	{ "hexadecimal", "0x7f.0.0.1", NULL },
	{ "a part over 255", "192.0.2.256", NULL },
	{ "a space after", "192.0.2.1 ", NULL },
	{ "a space before", " 192.0.2.1", NULL },
	{ "a zone", "fe80::1%lo", NULL },
	{ "brackets", "[::1]", NULL },
	{ "two gaps", "1::2::3", NULL },
	{ "nine groups", "1:2:3:4:5:6:7:8:9", NULL },
	{ "five digits", "12345::", NULL },
	{ "a name", "localhost", NULL },
};

START_TEST(addr_text)
{
	const struct text_row *row = &texts[_i];
	char out[NET_TEXT_SIZE];
	struct net_addr addr;
	bool good;

	memset(&addr, 0xff, sizeof(addr));
	good = net_addr_parse(row->in, &addr);
	ck_assert_msg(good == (row->out != NULL), "%s: %s", row->says,
	    row->in);
	net_addr_text(&addr, out);
	ck_assert_str_eq(out, good ? row->out : "");
	ck_assert_int_eq(addr.family == 0, !good);
}
END_TEST

START_TEST(sockaddr_round_trip)
{
	static const char *const in[] = { "192.0.2.1", "2001:db8::1" };
	struct sockaddr_storage ss;
	struct net_addr addr, back;
	size_t i;

	for (i = 0; i < COUNT(in); i++) {
		ck_assert(net_addr_parse(in[i], &addr));
		ck_assert_uint_eq(net_addr_to_sockaddr(&addr, 25, &ss),
		    i == 0 ? sizeof(struct sockaddr_in) :
		    sizeof(struct sockaddr_in6));
		ck_assert_int_eq(ss.ss_family, addr.family);
		ck_assert(net_addr_from_sockaddr((struct sockaddr *)&ss,
		    &back));
		ck_assert(net_addr_equal(&addr, &back));
	}
	ck_assert_uint_eq(((struct sockaddr_in6 *)&ss)->sin6_port, htons(25));
	ck_assert(!net_addr_equal(&addr, &(struct net_addr){ 0 }));
}
END_TEST

START_TEST(sockaddr_folds)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage ss;
	struct net_addr addr;
	char out[NET_TEXT_SIZE];

	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:10.1.2.3",
	    &in6.sin6_addr), 1);
	ck_assert(net_addr_from_sockaddr((struct sockaddr *)&in6, &addr));
	net_addr_text(&addr, out);
	ck_assert_str_eq(out, "10.1.2.3");
	ck_assert(!net_addr_from_sockaddr((struct sockaddr *)&un, &addr));
	ck_assert_int_eq(addr.family, 0);
	ck_assert(!net_addr_from_sockaddr(NULL, &addr));
	ck_assert_uint_eq(net_addr_to_sockaddr(&addr, 25, &ss), 0);
}
END_TEST

struct cidr_row {
	const char *says;
	const char *net;
	bool good;
	const char *in;			/* one address within, or NULL */
	const char *out;		/* one outside, or NULL */
};

static const struct cidr_row cidrs[] = {
	{ "an IPv4 net", "192.0.2.0/24", true, "192.0.2.255", "192.0.3.0" },
	{ "a net within an octet", "10.32.0.0/11", true, "10.63.255.255",
	    "10.64.0.0" },
	{ "one host", "192.0.2.7", true, "192.0.2.7", "192.0.2.6" },
	{ "one host with its prefix", "192.0.2.7/32", true, "192.0.2.7",
	    "192.0.2.6" },
	{ "all of IPv4, but no IPv6", "0.0.0.0/0", true, "255.1.2.3", "::1" },
	{ "all of IPv6, but no IPv4", "::/0", true, "2001:db8::1",
	    "192.0.2.1" },
	{ "an IPv6 net", "2001:db8::/33", true, "2001:db8:7fff::1",
	    "2001:db8:8000::1" },
	{ "one IPv6 host", "::1", true, "::1", "::2" },
	{ "a mapped net is its IPv4 net", "::ffff:10.0.0.0/104", true,
	    "10.255.0.1", "11.0.0.1" },
	{ "all mapped is all of IPv4", "::ffff:0:0/96", true, "192.0.2.1",
	    "::1" },
	{ "a mapped host", "::ffff:10.0.0.1", true, "::ffff:10.0.0.1",
	    "10.0.0.2" },
	{ "IPv4 host bits", "192.0.2.1/24", false, NULL, NULL },
	{ "IPv4 host bits by one", "10.0.0.1/31", false, NULL, NULL },
	{ "IPv6 host bits", "2001:db8::1/64", false, NULL, NULL },
	{ "a mapped net wider than 96", "::ffff:0:0/95", false, NULL, NULL },
	{ "prefix 33", "10.0.0.0/33", false, NULL, NULL },
	{ "prefix 129", "::/129", false, NULL, NULL },
	{ "an empty prefix", "10.0.0.0/", false, NULL, NULL },
	{ "a signed prefix", "10.0.0.0/+8", false, NULL, NULL },
	{ "a zero before the prefix", "10.0.0.0/08", false, NULL, NULL },
	{ "a prefix that wraps", "10.0.0.0/4294967304", false, NULL, NULL },
	{ "a netmask", "10.0.0.0/255.0.0.0", false, NULL, NULL },
	{ "a space", "10.0.0.0/8 ", false, NULL, NULL },
	{ "two prefixes", "10.0.0.0/8/8", false, NULL, NULL },
	{ "a short net", "10/8", false, NULL, NULL },
	{ "nothing", "", false, NULL, NULL },
	{ "a prefix alone", "/8", false, NULL, NULL },
	{ "a text longer than any address",
	    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8", false,
	    NULL, NULL },
};

START_TEST(cidr)
{
	const struct cidr_row *row = &cidrs[_i];
	struct net_addr addr;
	struct net_cidr net;

	ck_assert_msg(net_cidr_parse(row->net, &net) == row->good, "%s: %s",
	    row->says, row->net);
	ck_assert_int_eq(net.addr.family == 0, !row->good);
	if (!row->good)
		return;
	ck_assert(net_addr_parse(row->in, &addr));
	ck_assert_msg(net_cidr_contains(&net, &addr), "%s", row->says);
	ck_assert(net_addr_parse(row->out, &addr));
	ck_assert_msg(!net_cidr_contains(&net, &addr), "%s", row->says);
}
END_TEST

struct endpoint_row {
	const char *says;
	const char *in;
	const char *addr;		/* NULL: refused */
	uint16_t port;
};

static const struct endpoint_row endpoints[] = {
	{ "IPv4 alone", "192.0.2.1", "192.0.2.1", 53 },
	{ "IPv4 with a port", "192.0.2.1:5353", "192.0.2.1", 5353 },
	{ "IPv6 alone", "2001:db8::1", "2001:db8::1", 53 },
	{ "IPv6 whose end looks like a port", "2001:db8::25",
	    "2001:db8::25", 53 },
	{ "IPv6 in brackets", "[::1]", "::1", 53 },
	{ "IPv6 with a port", "[::1]:25", "::1", 25 },
	{ "mapped IPv6 with a port", "[::ffff:127.0.0.1]:25", "127.0.0.1",
	    25 },
	{ "the highest port", "127.0.0.1:65535", "127.0.0.1", 65535 },
	{ "a port too high", "127.0.0.1:65536", NULL, 0 },
	{ "a port that wraps", "127.0.0.1:4294967321", NULL, 0 },
	{ "port zero", "127.0.0.1:0", NULL, 0 },
	{ "an empty port", "127.0.0.1:", NULL, 0 },
	{ "a port in words", "127.0.0.1:smtp", NULL, 0 },
	{ "a negative port", "127.0.0.1:-1", NULL, 0 },
	{ "a zero before the port", "127.0.0.1:025", NULL, 0 },
	{ "IPv4 in brackets", "[127.0.0.1]:25", NULL, 0 },
	{ "an open bracket", "[::1", NULL, 0 },
	{ "text after the bracket", "[::1]25", NULL, 0 },
	{ "an empty port after the bracket", "[::1]:", NULL, 0 },
	{ "empty brackets", "[]:25", NULL, 0 },
	{ "a port alone", ":25", NULL, 0 },
	{ "nothing", "", NULL, 0 },
	{ "a name", "localhost:25", NULL, 0 },
};

START_TEST(endpoint)
{
	const struct endpoint_row *row = &endpoints[_i];
	char out[NET_TEXT_SIZE];
	struct net_addr addr;
	uint16_t port = 7;
	bool good = net_endpoint_parse(row->in, 53, &addr, &port);

	ck_assert_msg(good == (row->addr != NULL), "%s: %s", row->says,
	    row->in);
	net_addr_text(&addr, out);
	ck_assert_str_eq(out, good ? row->addr : "");
	ck_assert_uint_eq(port, good ? row->port : 7);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net");
	TCase *tc = tcase_create("net");

	tcase_add_loop_test(tc, not_public, 0, (int)COUNT(publics));
	tcase_add_test(tc, not_public_raw);
	tcase_add_loop_test(tc, addr_text, 0, (int)COUNT(texts));
	tcase_add_test(tc, sockaddr_round_trip);
	tcase_add_test(tc, sockaddr_folds);
	tcase_add_loop_test(tc, cidr, 0, (int)COUNT(cidrs));
	tcase_add_loop_test(tc, endpoint, 0, (int)COUNT(endpoints));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
