#include "common/clock.h"
#include "common/jval.h"
#include "probe/daemon_internal.h"
#include "probe/hosts.h"
#include "probe/metrics.h"
#include "probe/status.h"

/* In an answer of the wire. */
#define ROWS_MAX	64		/* of providers */
#define HOSTS_MAX	32

static struct jval *
status_of(struct daemon *d)
{
	struct status_facts f = {
		.started_at = d->started_at,
		.now = clock_wall_s(),
		.conf = d->conf,
		.store = d->store,
		.store_trouble = d->store_trouble,
		.clients = server_clients(d->server),
		.budget = gate_status(d->tools.gate),
		.listings = watch_status(d->watch, false),
		.lists = watch_lists(d->watch),
		.canaries = canaries_status(d->canaries),
		.sources = gate_health(d->tools.gate),
		.retired = retired_json(&d->retired),
		.notices = notices_status(d->notices),
		.providers = counters_json(gate_counters(d->tools.gate),
		    ROWS_MAX),
		.hosts = hosts_json(peers_memory(d->tools.peers), HOSTS_MAX,
		    clock_mono_ms(), clock_wall_s()),
	};

	verifier_stats(d->verifier, &f.verifier);
	peers_stats(d->tools.peers, &f.peers);
	clerk_stats(d->clerk, &f.clerk);
	return status_make(&f);
}

char *
daemon_status(void *arg)
{
	struct jval *status = status_of(arg);
	char *text = status != NULL ? jval_print(status) : NULL;

	jval_free(status);
	return text;
}

char *
daemon_metrics(void *arg)
{
	struct daemon *d = arg;
	struct jval *status = status_of(d);
	char *text = status != NULL ? metrics_text(status,
	    gate_counters(d->tools.gate), &d->tally) : NULL;

	jval_free(status);
	return text;
}
