#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/policy.h"
#include "probe/ages.h"
#include "probe/daemon_internal.h"
#include "probe/daemon_load.h"
#include "probe/dial.h"
#include "probe/dormant.h"
#include "probe/loop.h"
#include "probe/saved.h"
#include "probe/source_keep.h"

/* --- parts --------------------------------------------------------------- */

/* Without a store verdicts are only not remembered: mail goes on. */
static void
open_store(struct daemon *d)
{
	struct store_params p = daemon_store_params(d->conf);
	char aside[256];
	enum store_status status = store_open_writer(&p, &d->store, aside);

	d->store_trouble = "";
	if (status != STORE_OK) {
		d->store_trouble = store_status_text(status);
		d->ledgers_lost = true;
		log_warn("store %s in %s: %s; verdicts will not be remembered",
		    p.path, p.state_dir, d->store_trouble);
	} else if (aside[0] != '\0') {
		d->ledgers_lost = !saved_tell(store_salvaged(d->store), aside);
	}
}

/* If they cannot be listed now, those of the last time stay in force. */
void
daemon_find_targets(struct daemon *d)
{
	size_t n, i;

	dial_own_addresses(d->own, INTERFACES_MAX, &d->interfaces);
	n = d->interfaces;
	for (i = 0; i < d->conf->identity.source_count &&
	    n < OWN_ADDRESSES_MAX; i++)
		d->own[n++] = d->conf->identity.sources[i].address;
	d->tools.targets.allow = &d->conf->smtp.allow_networks;
	d->tools.targets.own = d->own;
	d->tools.targets.own_count = n;
}

/* --- what runs across the parts ------------------------------------------ */

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	log_info("signal %d: ending", (int)sig);
	notify_state("STOPPING=1");
	event_base_loopbreak(d->base);
}

static void
on_reload(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	daemon_reload(arg, NULL);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify_state("WATCHDOG=1");
}

static bool
watch_signals(struct daemon *d)
{
	static const struct {
		int number;
		void (*run)(evutil_socket_t, short, void *);
	} watched[] = {
		{ SIGTERM, on_stop },
		{ SIGINT, on_stop },
		{ SIGUSR1, on_reload },
		{ SIGHUP, on_reload },
	};
	size_t i;

	for (i = 0; i < sizeof watched / sizeof watched[0]; i++) {
		d->signals[i] = evsignal_new(d->base, watched[i].number,
		    watched[i].run, d);
		if (d->signals[i] == NULL ||
		    event_add(d->signals[i], NULL) == -1)
			return false;
	}
	return true;
}

static bool
start_watchdog(struct daemon *d)
{
	int64_t ms = notify_watchdog_ms();
	struct timeval tv = { .tv_sec = ms / 1000,
	    .tv_usec = ms % 1000 * 1000 };

	if (ms == 0)
		return true;
	d->watchdog = event_new(d->base, -1, EV_PERSIST, on_watchdog, d);
	return d->watchdog != NULL && event_add(d->watchdog, &tv) == 0;
}

/* --- birth and death ----------------------------------------------------- */

/* One instance for one source address, whatever its state directory. */
static bool
take_sources(struct daemon *d)
{
	char text[NET_TEXT_SIZE];
	size_t index;

	retired_recall(d->store, &d->retired);
	daemon_load_sources(d->conf, &d->retired, &d->pool);
	source_recall(d->store, &d->pool);
	if (source_pool_claim(&d->pool, &index))
		return true;
	source_text(&d->pool.items[index], text);
	if (errno == EADDRINUSE)
		log_warnx("another rcptguard-probe of this host uses the "
		    "source %s; stop it, or give each its own", text);
	else
		log_warn("source %s cannot be claimed", text);
	return false;
}

static void
on_proven(void *arg, struct source *s)
{
	struct daemon *d = arg;
	const struct retirement *r = retired_proves(&d->retired, s);
	char text[NET_TEXT_SIZE];

	if (r == NULL)
		return;
	retired_keep(d->clerk, r);
	source_text(s, text);
	log_info("source %s, which replaces a retired one, has passed "
	    "preflight and begins at the lowest step", text);
}

static struct preflight_run *
start_preflight(struct daemon *d)
{
	struct preflight_run_params p = { .tools = &d->tools,
	    .pool = &d->pool, .proven = on_proven, .arg = d };

	d->watch = watch_create(&d->tools, &d->pool, d->store, d->clerk);
	if (d->watch == NULL)
		return NULL;
	p.listings = watch_listings;
	p.listings_arg = d->watch;
	return preflight_run_create(&p);
}

/* The store forks to look at its file: before the first thread. */
static bool
build_memory(struct daemon *d)
{
	open_store(d);
	d->clerk = clerk_create(d->store, d->conf);
	d->base = loop_create();
	d->tools.base = d->base;
	d->tools.conf = d->conf;
	d->tools.rules = d->rules;
	d->tools.lists = d->lists;
	(void)policy_version(d->conf, d->tools.policy);
	if (d->base != NULL)
		d->reader = settings_reader_create(d->base, d->file,
		    daemon_settings_read, d);
	if (d->clerk != NULL)
		d->notices = notices_create(d->store, d->clerk, d->conf);
	d->tools.notices = d->notices;
	return d->notices != NULL && d->reader != NULL;
}

static bool
build_gate(struct daemon *d)
{
	struct gate_params gp = { .base = d->base, .conf = d->conf,
	    .sources = &d->pool, .store = d->store, .clerk = d->clerk,
	    .notices = d->notices, .distrust = d->ledgers_lost };

	d->wishes = wishes_create(d->store, d->clerk);
	if (d->wishes == NULL || !take_sources(d))
		return false;
	gp.exclusions = d->tools.exclusions = wishes_exclusions(d->wishes);
	d->tools.gate = gate_create(&gp);
	return d->tools.gate != NULL;
}

static bool
build_network(struct daemon *d)
{
	struct resolver_params rp = daemon_resolver_params(d->conf);
	struct rdap_params ap = { .base = d->base, .store = d->store,
	    .clerk = d->clerk, .targets = &d->tools.targets };

	daemon_find_targets(d);
	d->resolver = resolver_create(d->base, &rp);
	d->tools.resolver = ap.resolver = d->resolver;
	if (d->resolver != NULL)
		d->tools.routes = routes_create(d->base, d->resolver);
	d->tools.peers = peers_create(d->base, d->conf, &d->tools.targets,
	    &d->pool, gate_counters(d->tools.gate));
	if (d->tools.routes != NULL && d->tools.peers != NULL)
		d->tools.catchall = catchall_create(d->base, d->tools.peers,
		    d->tools.gate, &d->tools.rules, d->store, d->clerk);
	if (d->resolver != NULL)
		d->tools.ages = ages_create(&ap, d->conf);
	d->tools.dormant = dormant_create(d->store, d->clerk);
	return d->tools.catchall != NULL && d->tools.ages != NULL &&
	    d->tools.dormant != NULL;
}

static bool
build_judges(struct daemon *d)
{
	d->verifier = verifier_create(&d->tools, d->store, d->clerk);
	if (d->verifier != NULL)
		d->canaries = canaries_create(&d->tools, d->verifier, d->store,
		    d->clerk);
	d->tools.canaries = d->canaries;
	d->preflight = start_preflight(d);
	return d->canaries != NULL && d->preflight != NULL;
}

static bool
build_server(struct daemon *d)
{
	char *path = conf_probe_socket(d->conf);
	struct server_params sp = {
		.base = d->base,
		.path = path,
		.group = d->conf->probe.group,
		.verifier = d->verifier,
		.clerk = d->clerk,
		.routes = d->tools.routes,
		.catchall = d->tools.catchall,
		.dormant = d->tools.dormant,
		.wishes = d->wishes,
		.preflight = d->preflight,
		.pool = &d->pool,
		.retired = &d->retired,
		.watch = d->watch,
		.gate = d->tools.gate,
		.notices = d->notices,
		.status = daemon_status,
		.tally = &d->tally,
		.reload = daemon_reload,
		.arg = d,
	};

	if (path != NULL)
		d->server = server_create(&sp);
	free(path);
	return d->server != NULL;
}

static bool
build_web(struct daemon *d)
{
	struct web_params wp = { .base = d->base, .metrics = daemon_metrics,
	    .arg = d };
	char why[WEB_WHY_SIZE];

	if ((d->web = web_create(&wp)) == NULL)
		return false;
	if (!web_prepare(d->web, d->conf, why)) {
		log_warnx("%s", why);
		return false;
	}
	web_commit(d->web, d->conf);
	return true;
}

/* One that cannot be used leaves what comes after it NULL. */
static void
load_files(struct daemon *d)
{
	struct conf_errors errors;

	conf_errors_init(&errors);
	d->rules = daemon_load_rules(d->conf, &errors);
	if (d->rules != NULL)
		d->lists = daemon_load_lists(d->conf, &errors);
	if (d->lists != NULL)
		d->tools.endpoints = daemon_load_endpoints(d->rules, &errors);
	conf_errors_clear(&errors);
}

/* Who has found our socket may already send a signal to end us in order. */
struct daemon *
daemon_create(const char *file, const struct conf *conf)
{
	struct daemon *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->file = file;
	d->conf = conf;
	d->started_at = clock_wall_s();
	load_files(d);
	if (d->tools.endpoints == NULL || !build_memory(d) || !build_gate(d) ||
	    !build_network(d) || !build_judges(d) || !watch_signals(d) ||
	    !build_server(d) || !build_web(d) || !start_watchdog(d)) {
		daemon_destroy(d);
		return NULL;
	}
	return d;
}

void
daemon_run(struct daemon *d)
{
	notify_state("READY=1");
	event_base_dispatch(d->base);
}

/* The clerk first: it finishes what is held and then calls nobody any more. */
void
daemon_destroy(struct daemon *d)
{
	size_t i;

	if (d == NULL)
		return;
	settings_reader_destroy(d->reader);
	if (d->tools.gate != NULL)
		gate_flush(d->tools.gate);
	notices_end(d->notices);
	clerk_destroy(d->clerk);
	preflight_run_destroy(d->preflight);
	watch_destroy(d->watch);
	web_destroy(d->web);
	server_destroy(d->server);
	canaries_destroy(d->canaries);
	verifier_destroy(d->verifier);
	catchall_destroy(d->tools.catchall);
	ages_destroy(d->tools.ages);
	dormant_destroy(d->tools.dormant);
	gate_destroy(d->tools.gate);
	wishes_destroy(d->wishes);
	peers_destroy(d->tools.peers);
	routes_destroy(d->tools.routes);
	resolver_destroy(d->resolver);
	for (i = 0; i < sizeof d->signals / sizeof d->signals[0]; i++)
		if (d->signals[i] != NULL)
			event_free(d->signals[i]);
	if (d->watchdog != NULL)
		event_free(d->watchdog);
	if (d->base != NULL) {
		/* A bufferevent whose callback was due is freed in a turn. */
		event_base_loop(d->base, EVLOOP_NONBLOCK);
		event_base_free(d->base);
	}
	notices_destroy(d->notices);
	store_close(d->store);
	http_endpoints_unref(d->tools.endpoints);
	lists_free(d->lists);
	rules_free(d->rules);
	conf_unref(d->conf);
	free(d);
}
