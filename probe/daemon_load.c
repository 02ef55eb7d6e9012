#include <string.h>

#include "common/clock.h"
#include "common/dnsbl_file.h"
#include "common/log.h"
#include "common/options.h"
#include "probe/daemon.h"
#include "probe/daemon_load.h"
#include "probe/listen.h"

#define DNS_DEADLINE_TRIES	2	/* MX, then addresses */

static const char *
or_installed(const char *path)
{
	return path[0] != '\0' ? path : NULL;
}

/* What has been added since before. */
static void
log_since(const struct conf_errors *before, const struct conf_errors *errors)
{
	size_t i;

	for (i = before->count; i < errors->count; i++)
		log_warnx("%s", errors->lines[i]);
	if (errors->left_out > before->left_out)
		log_warnx("and %zu more", errors->left_out - before->left_out);
}

struct rules *
daemon_load_rules(const struct conf *c, struct conf_errors *errors)
{
	struct conf_errors warnings;
	const struct conf_errors before = *errors;
	struct rules *r;

	r = rules_load(or_installed(c->probe.replies),
	    or_installed(c->probe.providers), errors);
	log_since(&before, errors);
	if (r == NULL)
		return NULL;
	conf_errors_init(&warnings);
	rules_check_canaries(r, c, &warnings);
	options_log_errors(&warnings);
	conf_errors_clear(&warnings);
	return r;
}

struct http_endpoints *
daemon_load_endpoints(const struct rules *rules, struct conf_errors *errors)
{
	const struct conf_errors before = *errors;
	struct http_endpoints *set = http_endpoints_load(rules, errors);

	log_since(&before, errors);
	return set;
}

struct lists *
daemon_load_lists(const struct conf *c, struct conf_errors *errors)
{
	struct conf_errors warnings;
	const struct conf_errors before = *errors;
	struct lists *s;

	conf_errors_init(&warnings);
	s = lists_load(c, clock_wall_s(), errors, &warnings);
	if (s != NULL && !lists_check_identity(s, c, errors, &warnings)) {
		lists_free(s);
		s = NULL;
	}
	log_since(&before, errors);
	options_log_errors(&warnings);
	conf_errors_clear(&warnings);
	return s;
}

void
daemon_load_sources(const struct conf *c, struct retired *retired,
    struct source_pool *pool)
{
	char text[NET_TEXT_SIZE];
	size_t i;

	source_pool_configure(pool, c);
	retired_apply(retired, pool);
	for (i = 0; i < pool->count; i++) {
		const struct source *s = &pool->items[i];

		source_text(s, text);
		if (s->rests & REST_RETIRED)
			log_warnx("source %s is retired: no probe leaves from "
			    "it, take it out of identity.sources", text);
		else if (s->proving)
			log_info("source %s replaces a retired one: it rests "
			    "until preflight has found it good", text);
	}
}

struct store_params
daemon_store_params(const struct conf *c)
{
	struct store_params p = {
		.state_dir = c->state_dir,
		.path = c->store.path,
		.max_size = (uint64_t)c->store.max_size,
	};

	return p;
}

struct resolver_params
daemon_resolver_params(const struct conf *c)
{
	struct resolver_params p = {
		.servers = c->dns.servers,
		.server_count = c->dns.server_count,
		.timeout_ms = c->dns.timeout_ms,
		.tries = (int)c->dns.tries,
		.deadline_ms = c->dns.timeout_ms * c->dns.tries *
		    DNS_DEADLINE_TRIES,
	};

	return p;
}

const char *
daemon_needs_restart(const struct conf *old, const struct conf *new)
{
	if (strcmp(old->state_dir, new->state_dir) != 0)
		return "state_dir";
	if (strcmp(old->run_dir, new->run_dir) != 0)
		return "run_dir";
	if (strcmp(old->store.path, new->store.path) != 0 ||
	    old->store.max_size != new->store.max_size)
		return "store";
	if (strcmp(old->probe.socket, new->probe.socket) != 0 ||
	    strcmp(old->probe.group, new->probe.group) != 0)
		return "probe.socket";
	return NULL;
}

bool
daemon_check_zones(const struct conf *c, struct conf_errors *errors)
{
	const struct conf_errors before = *errors;
	bool good = dnsbl_check(c->identity.blocklists, errors);

	log_since(&before, errors);
	return good;
}

static bool
files_are_good(const struct conf *conf)
{
	struct conf_errors errors;
	struct rules *rules;
	struct lists *lists;
	struct http_endpoints *endpoints = NULL;
	bool good;

	conf_errors_init(&errors);
	rules = daemon_load_rules(conf, &errors);
	lists = daemon_load_lists(conf, &errors);
	if (rules != NULL)
		endpoints = daemon_load_endpoints(rules, &errors);
	good = daemon_check_zones(conf, &errors) && lists != NULL &&
	    endpoints != NULL;
	http_endpoints_unref(endpoints);
	lists_free(lists);
	rules_free(rules);
	conf_errors_clear(&errors);
	return good;
}

bool
daemon_check(const struct conf *conf)
{
	struct store_params p = daemon_store_params(conf);
	bool good = files_are_good(conf);
	enum store_status status = store_check(&p);

	good = listen_group_known(conf->probe.group) && good;
	if (status != STORE_OK && status != STORE_ABSENT)
		log_warnx("store %s in %s: %s", p.path, p.state_dir,
		    store_status_text(status));
	return good &&
	    (status == STORE_OK || status == STORE_ABSENT);
}
