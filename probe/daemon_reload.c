#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/log.h"
#include "common/notify.h"
#include "common/policy.h"
#include "probe/ages.h"
#include "probe/daemon_internal.h"
#include "probe/daemon_load.h"

static void
apply(struct daemon *d, struct settings *s)
{
	const struct conf *conf = s->conf;
	struct resolver_params rp = daemon_resolver_params(conf);
	struct settings old = { .conf = d->conf, .rules = d->rules,
	    .lists = d->lists, .endpoints = d->tools.endpoints };

	d->conf = conf;
	d->rules = s->rules;
	d->lists = s->lists;
	d->tools.conf = conf;
	d->tools.lists = s->lists;
	d->tools.rules = s->rules;
	d->tools.endpoints = s->endpoints;
	(void)policy_version(conf, d->tools.policy);
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
	/* The reader clears them. */
	s->conf = old.conf;
	s->rules = old.rules;
	s->lists = old.lists;
	s->endpoints = old.endpoints;
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
	    "no memory, as the log says");
}

/* False: the old settings stay in force. *text: for who ordered it, or NULL. */
static bool
take(struct daemon *d, struct settings *s, char **text)
{
	const char *restart;

	if (s->conf == NULL || !prepare_web(d, s->conf, &s->errors)) {
		log_warnx("reload refused: the old settings stay in force");
		*text = first_error(&s->errors);
		return false;
	}
	restart = daemon_needs_restart(d->conf, s->conf);
	apply(d, s);
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
 * rotation has put aside is compressed and removed one day. Who has ordered a
 * reload since these settings were begun waits for the next ones.
 */
void
daemon_settings_read(void *arg, struct settings *s)
{
	struct daemon *d = arg;
	struct reload_wait *w, *next, *told = d->reload_told;
	char *text = NULL;
	bool done = take(d, s, &text);

	if (!done)
		clerk_reopen(d->clerk, d->conf);
	notify_state("READY=1");
	d->reload_told = d->reload_next;
	d->reload_next = NULL;
	DL_FOREACH_SAFE(told, w, next)
		w->done(w->arg, done, text != NULL ? text : "");
	free(text);
}

void
daemon_reload(void *arg, struct reload_wait *w)
{
	struct daemon *d = arg;
	bool under_way = settings_are_read(d->reader);

	if (w != NULL && under_way)
		DL_APPEND(d->reload_next, w);
	else if (w != NULL)
		DL_APPEND(d->reload_told, w);
	notify_state("RELOADING=1");
	settings_read(d->reader);
}
