#include "milter/reload.h"

#include "common/log.h"
#include "common/notify.h"
#include "common/options.h"

void
reload_log(const struct conf *c)
{
	log_set_debug(c->log.debug);
	if (!log_set_facility(c->log.facility))
		log_warnx("log.facility: \"%s\" is not known; \"mail\" is used",
		    c->log.facility);
}

/* Takes over the count of next. */
static void
take(struct service *svc, const struct conf *next, const char *file)
{
	const struct setting *old = settings_take(svc->settings);
	const char *what;
	bool refuse;

	what = settings_need_restart(old->conf, next, &refuse);
	settings_give(svc->settings, old);
	if (refuse) {
		log_warnx("reload: %s needs a restart; the old settings stay "
		    "in force", what);
		conf_unref(next);
		return;
	}
	reload_log(next);
	scribe_set_clear(svc->scribe, next->log.addresses_clear);
	if (!settings_replace(svc->settings, next)) {
		log_warnx("reload: no memory; the old settings stay in force");
		conf_unref(next);
		return;
	}
	log_info("reload: %s is in force, %zu guards", file, next->guard_count);
	if (what != NULL)
		log_warnx("reload: %s has changed; that takes effect at the "
		    "next restart", what);
}

void
reload(struct service *svc, const char *file)
{
	const struct conf *next;

	notify_state("RELOADING=1");
	next = options_load(file);
	if (next != NULL)
		take(svc, next, file);
	else
		log_warnx("reload: the old settings stay in force");
	notify_state("READY=1");
}
