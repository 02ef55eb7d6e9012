#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/http_url.h"
#include "common/text.h"
#include "probe/http_endpoints.h"

#define TOKEN \
	"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

struct http_endpoints {
	unsigned refs;
	struct http_endpoint *items;
	size_t count;
};

static bool
complain(struct conf_errors *e, const char *path, const char *what)
{
	conf_errors_add(e, path, 0, "%s", what);
	return false;
}

/* --- the header of the admin's ------------------------------------------- */

/* Octets of the file in text, ended by NUL; -1 after a message. */
static ssize_t
read_secret(const char *path, char text[HTTP_HEADER_MAX + 1],
    struct conf_errors *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;

	if (fd == -1) {
		complain(e, path, strerror(errno));
		return -1;
	}
	if (!conf_file_trusted(fd, S_IFREG, path, e))
		goto out;
	if (fstat(fd, &st) == -1 || (st.st_mode & S_IROTH) != 0) {
		complain(e, path, "others may read it; it is a secret: "
		    "chmod o-r");
		goto out;
	}
	n = read(fd, text, HTTP_HEADER_MAX + 1);
	if (n == -1 || n > HTTP_HEADER_MAX) {
		complain(e, path, n == -1 ? strerror(errno) :
		    "over 4096 octets; it holds one header line");
		n = -1;
		goto out;
	}
	text[n] = '\0';
out:
	close(fd);
	return n;
}

/* What evhttp and this module write themselves. */
static bool
is_ours(const char *name)
{
	static const char *const ours[] = { "Host", "Connection",
	    "Content-Type", "Content-Length", "Transfer-Encoding", "Accept",
	    "User-Agent", "Expect", "Upgrade" };
	size_t i;

	for (i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (strcasecmp(ours[i], name) == 0)
			return true;
	return false;
}

/* "Name: value" (RFC 9110, 5.1 and 5.5), in place. */
static bool
split_header(char *line, size_t len, char **value)
{
	size_t name = strspn(line, TOKEN), i;
	char *at = line + name;

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' ||
	    line[len - 1] == ' '))
		line[--len] = '\0';
	if (name == 0 || strlen(line) != len || *at != ':')
		return false;
	*at++ = '\0';
	at += strspn(at, " \t");
	for (i = 0; at[i] != '\0'; i++)
		if (at[i] < ' ' || at[i] > '~')
			return false;
	*value = at;
	return i > 0;
}

static bool
load_header(struct http_endpoint *ep, const char *path, struct conf_errors *e)
{
	char text[HTTP_HEADER_MAX + 1], *value;
	ssize_t len;

	if (path == NULL)
		return true;
	len = read_secret(path, text, e);
	if (len == -1)
		return false;
	if (!split_header(text, (size_t)len, &value) || is_ours(text))
		return complain(e, path, "it must hold one line such as "
		    "\"Authorization: Bearer KEY\"");
	ep->header = strdup(text);
	ep->value = strdup(value);
	return (ep->header != NULL && ep->value != NULL) ||
	    complain(e, path, "no memory");
}

/* --- the set ------------------------------------------------------------- */

static void
endpoint_clear(struct http_endpoint *ep)
{
	free(ep->provider);
	free(ep->host);
	free(ep->authority);
	free(ep->target);
	free(ep->header);
	free(ep->value);
	tls_destroy(ep->tls);
}

/* RFC 6761, 6.3: localhost is this machine, whatever DNS says. */
static void
know_addresses(struct http_endpoint *ep)
{
	static const char *const local[] = { "127.0.0.1", "::1" };
	size_t i;

	if (net_addr_parse(ep->host, &ep->addrs[0])) {
		ep->addr_count = 1;
	} else if (strcasecmp(ep->host, "localhost") == 0) {
		for (i = 0; i < 2; i++)
			net_addr_parse(local[i], &ep->addrs[i]);
		ep->addr_count = 2;
	}
	if (ep->addr_count > 0)
		ep->known_until_ms = INT64_MAX;
}

/* False: no memory. */
static bool
endpoint_place(struct http_endpoint *ep, const char *name, const char *host,
    uint16_t port, const char *target)
{
	bool v6 = strchr(host, ':') != NULL;

	ep->provider = strdup(name);
	ep->host = strdup(host);
	ep->target = strdup(target);
	if (asprintf(&ep->authority, "%s%s%s:%u", v6 ? "[" : "", host,
	    v6 ? "]" : "", port) == -1)
		ep->authority = NULL;
	if (ep->provider == NULL || ep->host == NULL || ep->target == NULL ||
	    ep->authority == NULL)
		return false;
	ep->port = port;
	know_addresses(ep);
	return true;
}

static bool
endpoint_load(struct http_endpoint *ep, const char *name,
    const struct provider_http *h, unsigned parallel, struct conf_errors *e)
{
	if (!endpoint_place(ep, name, h->host, h->port, h->target))
		return complain(e, h->url, "no memory");
	ep->timeout_ms = h->timeout_ms;
	ep->parallel = parallel;
	if (!load_header(ep, h->header_file, e))
		return false;
	if (!h->tls)
		return true;
	ep->tls = tls_create_verifying(h->ca_file);
	return ep->tls != NULL || complain(e, h->ca_file != NULL ?
	    h->ca_file : h->url, "no certificates could be read to verify "
	    "the endpoint with");
}

static struct http_endpoints *
set_new(size_t room)
{
	struct http_endpoints *set = calloc(1, sizeof *set);

	if (set != NULL)
		set->items = calloc(room + 1, sizeof *set->items);
	if (set == NULL || set->items == NULL) {
		free(set);
		return NULL;
	}
	set->refs = 1;
	return set;
}

struct http_endpoints *
http_endpoints_load(const struct rules *rules, struct conf_errors *e)
{
	struct http_endpoints *set;
	const struct provider *p;
	size_t i, count = 0;
	bool ok = true;

	for (i = 0; rules_provider_at(rules, i) != NULL; i++)
		count += rules_provider_at(rules, i)->http != NULL;
	if ((set = set_new(count)) == NULL) {
		complain(e, "endpoints", "no memory");
		return NULL;
	}
	for (i = 0; (p = rules_provider_at(rules, i)) != NULL; i++)
		if (p->http != NULL)
			ok = endpoint_load(&set->items[set->count++], p->name,
			    p->http, p->connections > 0 ? p->connections :
			    HTTP_PARALLEL, e) && ok;
	if (ok)
		return set;
	http_endpoints_unref(set);
	return NULL;
}

struct http_endpoints *
http_endpoints_of_url(const char *url, int64_t timeout_ms, unsigned parallel,
    struct conf_errors *e)
{
	struct http_endpoints *set;
	struct http_url u;
	struct provider_http h = { .host = u.host, .target = u.target,
	    .timeout_ms = timeout_ms };
	char shown[HTTP_URL_MAX + 1];

	text_copy(shown, url, sizeof shown);
	h.url = shown;
	if (!http_url_read(url, &u)) {
		complain(e, url, "is no address of an endpoint");
		return NULL;
	}
	h.tls = u.tls;
	h.port = u.port;
	if ((set = set_new(1)) == NULL) {
		complain(e, url, "no memory");
		return NULL;
	}
	set->count = 1;
	if (endpoint_load(&set->items[0], "", &h, parallel, e))
		return set;
	http_endpoints_unref(set);
	return NULL;
}

struct http_endpoints *
http_endpoints_follow(const struct http_endpoint *from, const char *location,
    int64_t timeout_ms, struct tls *tls, const char **why)
{
	struct http_url at = { .tls = from->tls != NULL, .port = from->port };
	struct http_endpoints *set;
	struct http_url to;

	text_copy(at.host, from->host, sizeof at.host);
	if ((*why = http_url_follow(&at, location, &to)) != NULL)
		return NULL;
	*why = "there is no memory for";
	if ((set = set_new(1)) == NULL)
		return NULL;
	set->count = 1;
	if (!endpoint_place(&set->items[0], "", to.host, to.port, to.target)) {
		http_endpoints_unref(set);
		return NULL;
	}
	set->items[0].timeout_ms = timeout_ms;
	set->items[0].parallel = 1;
	set->items[0].tls = tls_ref(tls);
	return set;
}

struct http_endpoints *
http_endpoints_ref(struct http_endpoints *set)
{
	set->refs++;
	return set;
}

void
http_endpoints_unref(struct http_endpoints *set)
{
	size_t i;

	if (set == NULL || --set->refs > 0)
		return;
	for (i = 0; i < set->count; i++)
		endpoint_clear(&set->items[i]);
	free(set->items);
	free(set);
}

struct http_endpoint *
http_endpoints_find(struct http_endpoints *set, const char *provider)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (strcmp(set->items[i].provider, provider) == 0)
			return &set->items[i];
	return NULL;
}
