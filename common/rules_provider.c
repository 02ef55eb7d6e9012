/*
 * rules_provider: which hosts and domains a provider of providers.conf stands
 * for, and by which method it is asked.
 */
#include <stdlib.h>
#include <string.h>

#include "common/conf_units.h"
#include "common/http_url.h"
#include "common/rules_internal.h"

#define HTTP_TIMEOUT_MS		5000
#define HTTP_TIMEOUT_LEAST_MS	100
#define HTTP_TIMEOUT_MOST_MS	30000

/* --- names --------------------------------------------------------------- */

static bool
name_is_good(const char *p)
{
	size_t i;

	for (i = 0; p[i] != '\0'; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.*?",
		    p[i]) == NULL)
			return false;
	return i > 0 && i <= 255 && strchr(p, '.') != NULL && p[i - 1] != '.';
}

bool
name_list_read(struct rules_loader *l, const struct conf_node *group,
    const char *key, struct name_list *out)
{
	const struct conf_node *n = conf_node_child(group, key), *item;
	size_t i, count;

	if (n == NULL)
		return true;
	count = conf_node_type(n) == CONF_ARRAY ? conf_node_count(n) : 0;
	if (count == 0)
		return rules_complain(l, n, "%s must be an array of names",
		    key);
	out->items = calloc(count, sizeof(out->items[0]));
	if (out->items == NULL)
		return rules_complain(l, n, "no memory");
	for (i = 0; i < count; i++) {
		item = conf_node_at(n, i);
		if (conf_node_type(item) != CONF_STRING)
			return rules_complain(l, n, "%s must hold strings",
			    key);
		if (!name_is_good(conf_node_string(item)))
			return rules_complain(l, n, "%s: \"%s\": a name has "
			    "lower case letters, digits, \"-\", \".\", \"*\" "
			    "and \"?\", a dot within and none at its end; "
			    "write other letters as \"xn--\"", key,
			    conf_node_string(item));
		out->items[i] = strdup(conf_node_string(item));
		if (out->items[i] == NULL)
			return rules_complain(l, n, "no memory");
		out->count++;
	}
	return true;
}

bool
name_list_has(const struct name_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (rule_mx_matches(list->items[i], name))
			return true;
	return false;
}

void
name_list_clear(struct name_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* The first provider that fits is taken, so a name must not be before it. */
static bool
is_reached(struct rules_loader *l, const struct conf_node *group,
    const char *key, const struct name_list *names,
    const struct name_list *before, const char *provider)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (name_list_has(before, names->items[i]))
			return rules_complain(l, conf_node_child(group, key),
			    "%s: \"%s\" never counts: the provider \"%s\", "
			    "which stands before, has it; move this one up or "
			    "take the name away", key, names->items[i],
			    provider);
	return true;
}

static bool
are_reached(struct rules_loader *l, const struct conf_node *group,
    const struct family *f)
{
	const struct family *before;

	for (before = l->set->families; before < f; before++)
		if (before->pub.name != NULL &&
		    (!is_reached(l, group, "mx", &f->mx, &before->mx,
		    before->pub.name) ||
		    !is_reached(l, group, "domains", &f->domains,
		    &before->domains, before->pub.name)))
			return false;
	return true;
}

bool
family_read_hosts(struct rules_loader *l, const struct conf_node *group,
    struct family *out)
{
	if (!name_list_read(l, group, "mx", &out->mx) ||
	    !name_list_read(l, group, "domains", &out->domains))
		return false;
	if (out->mx.count == 0 && out->domains.count == 0)
		return rules_complain(l, group, "a provider needs mx (host "
		    "names) or domains");
	return are_reached(l, group, out);
}

/* --- the endpoint -------------------------------------------------------- */

static bool
url_read(const char *url, struct provider_http *h)
{
	struct http_url u;

	if (!http_url_read(url, &u))
		return false;
	h->tls = u.tls;
	h->port = u.port;
	h->host = strdup(u.host);
	h->target = strdup(u.target);
	return h->host != NULL && h->target != NULL;
}

static bool
read_path(struct rules_loader *l, const struct conf_node *group,
    const char *key, char **out)
{
	const char *path;
	bool ok = true;

	path = rules_string(l, group, key, &ok);
	if (!ok || path == NULL)
		return ok;
	if (path[0] != '/')
		return rules_complain(l, group, "%s must be a whole path, "
		    "from \"/\"", key);
	*out = strdup(path);
	return *out != NULL || rules_complain(l, group, "no memory");
}

static bool
read_timeout(struct rules_loader *l, const struct conf_node *group,
    int64_t *out)
{
	const char *text, *fault;
	bool ok = true;

	*out = HTTP_TIMEOUT_MS;
	text = rules_string(l, group, "http_timeout", &ok);
	if (!ok || text == NULL)
		return ok;
	fault = conf_read_duration(text, out);
	if (fault != NULL)
		return rules_complain(l, group, "http_timeout: %s", fault);
	if (*out < HTTP_TIMEOUT_LEAST_MS || *out > HTTP_TIMEOUT_MOST_MS)
		return rules_complain(l, group, "http_timeout must be 100ms "
		    "to 30s");
	return true;
}

static bool
read_endpoint(struct rules_loader *l, const struct conf_node *group,
    const char *url, struct provider_http *h)
{
	h->url = strdup(url);
	if (h->url == NULL)
		return rules_complain(l, group, "no memory");
	if (!url_read(url, h))
		return rules_complain(l, group, "http must be an address such "
		    "as https://api.example/verify, without user, password "
		    "and fragment (a key belongs to http_header_file)");
	if (!read_path(l, group, "http_header_file", &h->header_file) ||
	    !read_path(l, group, "http_ca_file", &h->ca_file) ||
	    !read_timeout(l, group, &h->timeout_ms))
		return false;
	return h->ca_file == NULL || h->tls || rules_complain(l, group,
	    "http_ca_file is for https only");
}

void
http_endpoint_clear(struct provider_http *h)
{
	free(h->url);
	free(h->host);
	free(h->target);
	free(h->header_file);
	free(h->ca_file);
	memset(h, 0, sizeof(*h));
}

/* --- the method ---------------------------------------------------------- */

static bool
lone_http_keys(struct rules_loader *l, const struct conf_node *group)
{
	static const char *const keys[] = { "http", "http_header_file",
	    "http_ca_file", "http_timeout" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (conf_node_child(group, keys[i]) != NULL)
			return !rules_complain(l, group, "%s and method = "
			    "\"http\" go together", keys[i]);
	return false;
}

bool
family_read_method(struct rules_loader *l, const struct conf_node *group,
    struct family *out)
{
	static const char *const words[] = { "smtp", "rules", "http", "none" };
	const char *word, *url;
	bool ok = true;
	unsigned i;

	word = rules_string(l, group, "method", &ok);
	url = rules_string(l, group, "http", &ok);
	if (!ok)
		return false;
	for (i = 0; i < 4 && word != NULL && strcmp(word, words[i]) != 0; i++)
		;
	if (word == NULL || i == 4)
		return rules_complain(l, group, "method must be smtp, rules, "
		    "http or none");
	out->pub.method = (enum provider_method)i;
	if (out->pub.method == METHOD_SMTP && out->domains.count > 0)
		return rules_complain(l, group, "domains go with the methods "
		    "rules, http and none; who is asked by SMTP is named by mx");
	if (out->pub.method != METHOD_HTTP)
		return !lone_http_keys(l, group);
	if (url == NULL)
		return rules_complain(l, group, "http (an address) and method "
		    "= \"http\" go together");
	out->pub.http = &out->http;
	return read_endpoint(l, group, url, &out->http);
}
