/*
 * http_endpoints: the endpoints of a rule set, made ready to be asked: secrets
 * read, certificates loaded. http_fetch.c asks them.
 *
 * A set never changes but for what it remembers of DNS and who waits in it. It
 * lives on after a reload until the last question on it has ended.
 *
 * The loop's thread only.
 */
#ifndef RCPTGUARD_HTTP_ENDPOINTS_H
#define RCPTGUARD_HTTP_ENDPOINTS_H

#include "common/classify.h"
#include "common/net.h"
#include "probe/mx.h"
#include "probe/tls.h"

#define HTTP_PARALLEL		50	/* to one endpoint, if not connections */
#define HTTP_HEADER_MAX		4096	/* octets of http_header_file */

struct http_fetch;

struct http_endpoint {
	char *provider;			/* its name */
	char *host;
	char *authority;		/* for Host: */
	char *target;
	char *header, *value;		/* from http_header_file, or NULL */
	uint16_t port;
	struct tls *tls;		/* NULL: plain */
	int64_t timeout_ms;
	unsigned parallel;
	unsigned busy;			/* connections at the moment */
	struct http_fetch *waiting;	/* for one of them to end; in order */
	struct net_addr addrs[MX_ADDRS_MAX];
	size_t addr_count;
	int64_t known_until_ms;		/* monotonic */
};

struct http_endpoints;

/*
 * NULL after at least one message in e: a file cannot be read, is not trusted
 * or not what it should be. One reference is the caller's.
 */
struct http_endpoints *http_endpoints_load(const struct rules *rules,
    struct conf_errors *e);
/*
 * A set of one, found by the name "": the URL of a setting, which conf has
 * checked, without a header. timeout_ms: of one question. As above.
 */
struct http_endpoints *http_endpoints_of_url(const char *url,
    int64_t timeout_ms, unsigned parallel, struct conf_errors *e);
/*
 * The same for where a redirect of from leads (http_url_follow), found by "";
 * TLS by tls, of which it becomes an owner. NULL: *why says it, behind "a
 * redirect that".
 */
struct http_endpoints *http_endpoints_follow(const struct http_endpoint *from,
    const char *location, int64_t timeout_ms, struct tls *tls,
    const char **why);
struct http_endpoints *http_endpoints_ref(struct http_endpoints *set);
void http_endpoints_unref(struct http_endpoints *set);	/* NULL is fine */

/* By the provider's name; NULL: it has none. */
struct http_endpoint *http_endpoints_find(struct http_endpoints *set,
    const char *provider);

#endif
