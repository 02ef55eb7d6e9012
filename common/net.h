/*
 * net: IP addresses and networks as data, and which of them the public
 * Internet routes.
 *
 * Pure; any thread. IPv4-mapped IPv6 (::ffff:0:0/96) is folded to IPv4 on
 * entry, so one rule cannot be passed by in the other family.
 */
#ifndef RCPTGUARD_NET_H
#define RCPTGUARD_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct net_addr {
	int family;			/* AF_INET, AF_INET6; 0: none */
	uint8_t octets[16];		/* network order; 4 or 16 in use */
};

struct net_cidr {
	struct net_addr addr;		/* host bits zero */
	unsigned prefix;
};

#define NET_TEXT_SIZE	INET6_ADDRSTRLEN

/*
 * Dotted quad without leading zeros, or RFC 4291 text without a zone.
 * Whatever returns false here leaves *out zero: no address.
 */
bool net_addr_parse(const char *text, struct net_addr *out);
/* RFC 5952; the empty string for no address. */
void net_addr_text(const struct net_addr *addr, char out[NET_TEXT_SIZE]);
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);
bool net_addr_from_sockaddr(const struct sockaddr *sa, struct net_addr *out);
/* The length for connect() or bind(); 0 for no address. */
socklen_t net_addr_to_sockaddr(const struct net_addr *addr, uint16_t port,
    struct sockaddr_storage *out);

/*
 * "192.0.2.0/24", "2001:db8::/32", or one address. Host bits must be zero.
 * A net within ::ffff:0:0/96 becomes its IPv4 net.
 */
bool net_cidr_parse(const char *text, struct net_cidr *out);
bool net_cidr_contains(const struct net_cidr *net, const struct net_addr *addr);

/*
 * NULL if addr may be dialled as a public mail host, else the reason in a few
 * words ("loopback", "private", ...), static. The table is RFC 6890's
 * registries and their updates; besides, what tunnels or translates to IPv4
 * is refused whatever it leads to, and IPv6 outside 2000::/3.
 */
const char *net_addr_not_public(const struct net_addr *addr);

/*
 * "address", "address:port", "[v6]:port", "[v6]"; default_port if none is
 * given. A given port is 1 to 65535. Bare IPv6 is all address: "::1:25" has
 * no port. False leaves *addr zero and *port untouched.
 */
bool net_endpoint_parse(const char *text, uint16_t default_port,
    struct net_addr *addr, uint16_t *port);

#endif
