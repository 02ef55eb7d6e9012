#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/notify.h"
#include "common/options.h"
#include "common/policy.h"
#include "probe/ages.h"
#include "probe/daemon_internal.h"
#include "probe/daemon_load.h"

static void
apply(struct daemon *d, const struct conf *conf, struct rules *rules,
    struct lists *lists, struct http_endpoints *endpoints)
{
	struct resolver_params rp = daemon_resolver_params(conf);
	const struct conf *old = d->conf;
	struct rules *old_rules = d->rules;
	struct lists *old_lists = d->lists;

	d->conf = conf;
	d->rules = rules;
	d->lists = lists;
	d->tools.conf = conf;
	d->tools.lists = lists;
	d->tools.rules = rules;
	(void)policy_version(conf, d->tools.policy);
	http_endpoints_unref(d->tools.endpoints);
	d->tools.endpoints = endpoints;
	daemon_find_targets(d);
	ages_configure(d->tools.ages, conf);
	peers_configure(d->tools.peers, conf, &d->tools.targets);
	verifier_reconfigured(d->verifier);
	canaries_reconfigured(d->canaries);
	gate_reconfigured(d->tools.gate, conf);
	daemon_load_sources(d->conf, &d->retired, &d->pool);
	notices_reconfigured(d->notices, conf);
	web_commit(d->web, conf);
	watch_again(d->watch);
	preflight_run_again(d->preflight);
	if (!resolver_reconfigure(d->resolver, &rp))
		log_warnx("reload: the old resolver stays in use");
	routes_clear(d->tools.routes);
	clerk_reopen(d->clerk, conf);
	log_set_facility(conf->log.facility);
	log_set_debug(conf->log.debug);
	rules_free(old_rules);
	lists_free(old_lists);
	conf_unref(old);
}

/* False, with a log line and an error: nothing listens where conf says. */
static bool
prepare_web(struct daemon *d, const struct conf *conf,
    struct conf_errors *errors)
{
	char why[WEB_WHY_SIZE];

	if (web_prepare(d->web, conf, why))
		return true;
	log_warnx("%s", why);
	conf_errors_add(errors, d->file, 0, "%s", why);
	return false;
}

static char *
first_error(const struct conf_errors *errors)
{
	return strdup(errors->count > 0 ? errors->lines[0] :
	    "the rules or lists are not usable; the log says why");
}

static bool
read_again(struct daemon *d, char **text)
{
	struct conf_errors errors;
	const struct conf *conf;
	struct rules *rules = NULL;
	struct lists *lists = NULL;
	struct http_endpoints *endpoints = NULL;
	const char *restart;

	conf_errors_init(&errors);
	conf = conf_load(d->file, &errors);
	options_log_errors(&errors);
	if (conf != NULL)
		rules = daemon_load_rules(conf);
	if (rules != NULL)
		lists = daemon_load_lists(conf);
	if (lists != NULL)
		endpoints = daemon_load_endpoints(rules);
	if (endpoints == NULL || !daemon_check_zones(conf, &errors) ||
	    !prepare_web(d, conf, &errors)) {
		log_warnx("reload refused: the old settings stay in force");
		*text = first_error(&errors);
		conf_errors_clear(&errors);
		http_endpoints_unref(endpoints);
		lists_free(lists);
		rules_free(rules);
		conf_unref(conf);
		return false;
	}
	conf_errors_clear(&errors);
	restart = daemon_needs_restart(d->conf, conf);
	apply(d, conf, rules, lists, endpoints);
	if (restart != NULL)
		log_warnx("reload: a change of %s needs a restart", restart);
	log_info("settings and rules reloaded");
	if (restart != NULL && asprintf(text, "reloaded; a change of %s needs "
	    "a restart", restart) == -1)
		*text = NULL;
	return true;
}

/*
 * The log is opened anew in any case: it may have been rotated, and what
 * rotation has put aside is compressed and removed one day.
 */
bool
daemon_reload(void *arg, char **text)
{
	struct daemon *d = arg;
	bool done;

	notify_state("RELOADING=1");
	done = read_again(d, text);
	if (!done)
		clerk_reopen(d->clerk, d->conf);
	notify_state("READY=1");
	return done;
}
