#include "common/http_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/net.h"
#include "common/text.h"

/* The visible octets that a URI is made of (RFC 3986, 2). */
static bool
is_visible(const char *url)
{
	size_t i;

	for (i = 0; url[i] != '\0'; i++)
		if (url[i] <= ' ' || url[i] > '~' ||
		    strchr("\"<>\\^`{|}#", url[i]) != NULL)
			return false;
	return i <= HTTP_URL_MAX;
}

static bool
read_port(const char *at, const char *end, uint16_t *out)
{
	char *rest;
	long port;

	if (at >= end || *at < '0' || *at > '9')
		return false;
	port = strtol(at, &rest, 10);
	if (rest != end || port < 1 || port > 65535)
		return false;
	*out = (uint16_t)port;
	return true;
}

/* "host", "host:port" or "[address]:port", from at up to end. */
static bool
read_authority(const char *at, const char *end, struct http_url *u)
{
	const char *close = *at == '[' ?
	    memchr(at, ']', (size_t)(end - at)) : NULL;
	const char *from = close != NULL ? at + 1 : at, *stop;
	struct net_addr addr;
	size_t len;

	if (*at == '[' && close == NULL)
		return false;
	stop = close != NULL ? close + 1 : memchr(at, ':', (size_t)(end - at));
	if (stop == NULL)
		stop = end;
	len = (size_t)((close != NULL ? close : stop) - from);
	if (len >= sizeof u->host)
		return false;
	memcpy(u->host, from, len);
	u->host[len] = '\0';
	if (stop < end && (*stop != ':' ||
	    !read_port(stop + 1, end, &u->port)))
		return false;
	if (net_addr_parse(u->host, &addr))
		return (addr.family == AF_INET6) == (close != NULL);
	return close == NULL && text_is_hostname(u->host);
}

bool
http_url_read(const char *url, struct http_url *u)
{
	const char *at, *end;

	if (!is_visible(url))
		return false;
	u->tls = strncmp(url, "https://", 8) == 0;
	if (!u->tls && strncmp(url, "http://", 7) != 0)
		return false;
	u->port = u->tls ? 443 : 80;
	at = url + (u->tls ? 8 : 7);
	end = at + strcspn(at, "/?");
	if (*end == '?' || memchr(at, '@', (size_t)(end - at)) != NULL ||
	    !read_authority(at, end, u))
		return false;
	text_copy(u->target, *end != '\0' ? end : "/", sizeof u->target);
	return true;
}

const char *
http_url_follow(const struct http_url *from, const char *location,
    struct http_url *to)
{
	const char *scheme = from->tls ? "https:" : "http:";
	char url[sizeof "https:" + HTTP_URL_MAX];
	struct http_url at;
	int len = (int)strcspn(location, "#");	/* for who shows it */
	bool host = strncmp(location, "//", 2) == 0;
	bool path = location[0] == '/' && !host;

	if (len == 0)
		return "names no place";
	if (len > HTTP_URL_MAX)
		return "names too long a place";
	/* Of a path the host is not read, but any will do. */
	(void)snprintf(url, sizeof url, "%s%.*s", path ? "https://h" :
	    host ? scheme : "", len, location);
	if (strncasecmp(url, "https://", 8) == 0)
		memcpy(url, "https", 5);
	if (strlen(url) > HTTP_URL_MAX || !http_url_read(url, &at))
		return "names no https URL";
	if (path) {
		*to = *from;
		text_copy(to->target, at.target, sizeof to->target);
	} else {
		*to = at;
	}
	return to->tls ? NULL : "is not https";
}
