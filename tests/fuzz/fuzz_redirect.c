/*
 * A redirect leads to a URL that could be written and read again, over https,
 * and to no other host than it names; from anywhere, and the same each time.
 */
#include "config.h"

#include <string.h>

#include "common/http_url.h"
#include "common/net.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

#define LOCATION_MAX	4096

static void
check_place(const struct http_url *to)
{
	struct net_addr addr;
	size_t i;

	PROPERTY(to->tls && to->port > 0);
	PROPERTY(text_is_hostname(to->host) ||
	    net_addr_parse(to->host, &addr));
	PROPERTY(to->target[0] == '/');
	for (i = 0; to->target[i] != '\0'; i++)
		PROPERTY(to->target[i] > ' ' && to->target[i] <= '~' &&
		    to->target[i] != '#');
	PROPERTY(i <= HTTP_URL_MAX);
}

static void
follow(const char *from, const char *location)
{
	struct http_url at, to, again;
	const char *why;

	PROPERTY(http_url_read(from, &at));
	why = http_url_follow(&at, location, &to);
	PROPERTY(http_url_follow(&at, location, &again) == why);
	if (why != NULL) {
		PROPERTY(why[0] != '\0');
		return;
	}
	check_place(&to);
	PROPERTY(strcmp(to.host, again.host) == 0 && to.port == again.port &&
	    strcmp(to.target, again.target) == 0);
	if (location[0] == '/' && location[1] != '/')
		PROPERTY(at.tls && strcmp(to.host, at.host) == 0 &&
		    to.port == at.port);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char location[LOCATION_MAX + 1];

	if (size > LOCATION_MAX)
		return 0;
	memcpy(location, data, size);
	location[size] = '\0';
	follow("https://a.example:8443/domain/", location);
	follow("http://192.0.2.1/", location);
	return 0;
}
