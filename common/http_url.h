/*
 * http_url: the address of an endpoint that an admin writes (RFC 3986,
 * RFC 9110, 4.2): http or https, a host, maybe a port, a path, maybe a query.
 * No user, no password, no fragment. And where a redirect leads from there.
 *
 * Pure; any thread.
 */
#ifndef RCPTGUARD_HTTP_URL_H
#define RCPTGUARD_HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

#define HTTP_URL_MAX	1000

struct http_url {
	bool tls;			/* https */
	char host[256];			/* name, or address without brackets */
	uint16_t port;
	char target[HTTP_URL_MAX + 1];	/* path and query */
};

/* False for anything else, and *out is then of no use. */
bool http_url_read(const char *url, struct http_url *out);

/*
 * Where a redirect from *from leads (RFC 9110, 10.2.2 and 15.4): location is
 * what the field Location says, foreign. NULL and *to: an https URL, a path at
 * the same host, or a host and path with the scheme of *from, if that is https.
 * Otherwise what is wrong with it, static words behind "a redirect that".
 */
const char *http_url_follow(const struct http_url *from, const char *location,
    struct http_url *to);

#endif
