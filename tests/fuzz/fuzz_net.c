/*
 * What is read as an address, a network or an endpoint is written and read
 * again as the same; what is not leaves no address. A network holds its own
 * first address.
 */
#include <string.h>

#include "common/net.h"
#include "tests/fuzz/fuzz.h"

static void
check_addr(const struct net_addr *addr)
{
	char text[NET_TEXT_SIZE];
	struct sockaddr_storage ss;
	struct net_addr back;

	net_addr_text(addr, text);
	PROPERTY(net_addr_parse(text, &back));
	PROPERTY(net_addr_equal(addr, &back));
	PROPERTY(net_addr_to_sockaddr(addr, 25, &ss) > 0);
	PROPERTY(net_addr_from_sockaddr((struct sockaddr *)&ss, &back));
	PROPERTY(net_addr_equal(addr, &back));
	/* Nothing mapped is left that would pass a rule for IPv4 by. */
	PROPERTY(strncmp(text, "::ffff:", 7) != 0 ||
	    strchr(text, '.') == NULL);
	if (net_addr_not_public(addr) != NULL)
		PROPERTY(net_addr_not_public(addr)[0] != '\0');
}

static void
check_cidr(const struct net_cidr *net)
{
	char text[NET_TEXT_SIZE], whole[NET_TEXT_SIZE + 8];
	struct net_cidr back;

	check_addr(&net->addr);
	PROPERTY(net_cidr_contains(net, &net->addr));
	net_addr_text(&net->addr, text);
	snprintf(whole, sizeof(whole), "%s/%u", text, net->prefix);
	PROPERTY(net_cidr_parse(whole, &back));
	PROPERTY(net_addr_equal(&net->addr, &back.addr));
	PROPERTY(net->prefix == back.prefix);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct net_addr addr;
	struct net_cidr net;
	uint16_t port = 0;

	PROPERTY(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (net_addr_parse(text, &addr))
		check_addr(&addr);
	else
		PROPERTY(addr.family == 0);
	if (net_cidr_parse(text, &net))
		check_cidr(&net);
	else
		PROPERTY(net.addr.family == 0);
	if (net_endpoint_parse(text, 25, &addr, &port)) {
		check_addr(&addr);
		PROPERTY(port != 0);
	} else {
		PROPERTY(addr.family == 0 && port == 0);
	}
	free(text);
	return 0;
}
