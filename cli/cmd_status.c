/*
 * status: how the two daemons and the store are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/hosts.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/sources.h"
#include "cli/stats.h"
#include "cli/talk.h"
#include "cli/times.h"
#include "cli/val.h"
#include "common/attack.h"
#include "common/clock.h"
#include "common/jval.h"
#include "common/lock.h"

#define STATUS_MS	3000

enum { JSON };
static const struct option_row rows[] = {
	[JSON] = { "json", 'j', NULL, "one JSON object" },
	{ NULL, 0, NULL, NULL }
};

/* --- the probe ---------------------------------------------------------- */

static const char *
text_of(const struct jval *o, const char *name)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL ? text : "?";
}

static void
tell_probes(const struct jval *p)
{
	out_fact("probes", "%lld under way with %lld waiting; %lld made "
	    "since the start, %lld answers from the store",
	    (long long)val_int(p, "in_flight"),
	    (long long)val_int(p, "waiters"),
	    (long long)val_int(p, "started"),
	    (long long)val_int(p, "from_store"));
	out_fact("ended as", "%lld deliverable, %lld undeliverable, "
	    "%lld risky, %lld unknown, %lld not checked",
	    (long long)val_int(p, "deliverable"),
	    (long long)val_int(p, "undeliverable"),
	    (long long)val_int(p, "risky"),
	    (long long)val_int(p, "unknown"),
	    (long long)val_int(p, "not_checked"));
	if (val_int(p, "refused_queue_full") > 0)
		out_fact("refused", "%lld, because probe.queue was full",
		    (long long)val_int(p, "refused_queue_full"));
}

static void
tell_budget(const struct jval *b)
{
	const struct jval *refused = jval_get(b, "refused"), *all;
	bool enabled = true, blocked = false;
	size_t i;

	(void)jval_bool(jval_get(b, "enabled"), &enabled);
	(void)jval_bool(jval_get(b, "port25_blocked"), &blocked);
	if (!enabled)
		out_fact("budget", "switched off; %lld probes made",
		    (long long)val_int(b, "admitted"));
	else
		out_fact("budget", "%lld probes made; not made: %lld by "
		    "budgets, %lld by the warm-up, %lld by rests, %lld by "
		    "breakers, %lld open now", (long long)val_int(b, "admitted"),
		    (long long)val_int(refused, "budget"),
		    (long long)val_int(refused, "warmup"),
		    (long long)val_int(refused, "rest"),
		    (long long)val_int(refused, "breaker"),
		    (long long)val_int(b, "breakers_open"));
	all = jval_get(b, "all");
	for (i = 0; enabled && i < jval_count(all); i++)
		out_fact("in all", "%lld of %lld per %s used",
		    (long long)val_int(jval_at(all, i), "used"),
		    (long long)val_int(jval_at(all, i), "limit"),
		    text_of(jval_at(all, i), "span"));
	if (blocked)
		out_fact("port 25", "no connection gets out to any host; ask "
		    "your hosting provider to open it");
}

static void
tell_work(const struct jval *status)
{
	const struct jval *s = jval_get(status, "sessions");
	const struct jval *st = jval_get(status, "store");
	const struct jval *log = jval_get(status, "verdict_log");
	const char *file = text_of(log, "file");

	out_fact("sessions", "%lld open to %lld mail hosts, %lld opened, "
	    "%lld questions waiting", (long long)val_int(s, "open"),
	    (long long)val_int(s, "hosts"),
	    (long long)val_int(s, "opened"),
	    (long long)val_int(s, "waiting"));
	if (jval_get(st, "trouble") != NULL)
		out_fact("store", "not in use: %s", text_of(st, "trouble"));
	if (jval_get(st, "exclusions_lost") != NULL)
		out_fact("exclusions", "some may be lost with a damaged store; "
		    "compare exclude --list with your own list, then remove %s",
		    text_of(st, "exclusions_lost"));
	out_fact("to be stored", "%lld held, %lld stored, %lld times the disk "
	    "refused", (long long)val_int(st, "held"),
	    (long long)val_int(st, "committed"),
	    (long long)val_int(st, "failed_commits"));
	out_fact("verdict log", "%s, %lld lines, %lld lost",
	    file[0] != '\0' ? file : "none", (long long)val_int(log, "lines"),
	    (long long)val_int(log, "dropped"));
}

static void
tell_lists(const struct jval *lists)
{
	const struct jval *all = jval_get(lists, "lists");
	bool broken;
	size_t i;

	for (i = 0; i < jval_count(all); i++) {
		broken = false;
		(void)jval_bool(jval_get(jval_at(all, i), "broken"), &broken);
		if (broken)
			out_fact("lists", "%s gives no usable answer; it is "
			    "dead, or refuses your resolver",
			    text_of(jval_at(all, i), "zone"));
	}
}

/* What is as it should be is not told. */
static void
tell_standing(const struct jval *status)
{
	const struct jval *notices = jval_get(status, "notices");

	listings_tell(jval_get(status, "listings"));
	tell_lists(jval_get(status, "lists"));
	retired_tell(jval_get(status, "retired"));
	if (val_int(notices, "refused") > 0)
		out_fact("notices", "%lld alarms could not be put into %s; "
		    "see why nobody takes them",
		    (long long)val_int(notices, "refused"),
		    text_of(notices, "dir"));
}

static void
tell_consent(const struct jval *status)
{
	const struct jval *list = jval_get(status, "no_consent");
	size_t i;

	if (jval_get(status, "terms") != NULL)
		out_fact("terms", "version %s%s", text_of(status, "terms"),
		    jval_count(list) == 0 ? ", all have agreed" : "");
	for (i = 0; i < jval_count(list); i++)
		out_fact("no consent", "%s",
		    text_of(jval_at(list, i), "text"));
}

static void
tell_probe(const struct jval *status)
{
	char up[TIMES_SPAN_SIZE];

	times_span(val_int(status, "uptime_s"), up);
	out_line("rcptguard-probe: running for %s, version %s", up,
	    text_of(status, "version"));
	out_fact("known as", "%s, MAIL FROM:<%s>", text_of(status, "helo"),
	    text_of(status, "sender"));
	out_fact("clients", "%lld", (long long)val_int(status, "clients"));
	tell_consent(status);
	tell_standing(status);
	tell_probes(jval_get(status, "probes"));
	tell_budget(jval_get(status, "budget"));
	tell_work(status);
	sources_tell(jval_get(status, "sources"));
	providers_tell(jval_get(status, "providers"));
	hosts_tell(jval_get(status, "mail_hosts"));
}

/* NULL: dead, and said so. */
static struct jval *
ask_probe(const struct conf *conf, int *error)
{
	struct wire_client *client;
	struct wire_message answer;
	struct jval *status = NULL;
	const char *json;

	if ((*error = talk_open(conf, &client)) != EX_OK)
		return NULL;
	*error = talk_ask(client, "status", STATUS_MS, &answer);
	if (*error == EX_OK) {
		json = wire_get(&answer, "status");
		if (json != NULL)
			status = jval_parse(json, strlen(json));
		if (status == NULL) {
			out_warn("%s", client_status_text(CLIENT_GARBAGE));
			*error = EX_UNAVAILABLE;
		}
	}
	wire_client_close(client);
	return status;
}

/* --- the milter --------------------------------------------------------- */

struct milter {
	pid_t pid;			/* 0: not running, -1: cannot tell */
	int error;
};

static struct milter
find_milter(const struct conf *conf)
{
	struct milter m = { -1, ENOMEM };
	char *path = conf_milter_lock(conf);

	if (path == NULL)
		return m;
	errno = 0;
	m.pid = lock_holder(path);
	m.error = errno;
	/* It runs, but in another container. */
	if (m.pid == -1 && m.error == EAGAIN)
		m.error = 0;
	free(path);
	return m;
}

static void
tell_milter(const struct milter *m)
{
	if (m->pid > 0)
		out_line("rcptguard-milter: running as process %ld",
		    (long)m->pid);
	else if (m->pid == 0)
		out_line("rcptguard-milter: not running; start it");
	else if (m->error == 0)
		out_line("rcptguard-milter: running out of sight");
	else
		out_line("rcptguard-milter: cannot tell (%s); ask as root",
		    strerror(m->error));
}

static struct jval *
milter_json(const struct milter *m)
{
	struct jval *o = jval_object();

	if (m->pid > 0)
		(void)jval_put_int(o, "pid", m->pid);
	(void)jval_put_text(o, "state", m->pid > 0 || (m->pid == -1 &&
	    m->error == 0) ? "running" : m->pid == 0 ? "stopped" : "unknown");
	return o;
}

/* --- bounce attacks ------------------------------------------------------ */

static bool
add_attack(void *arg, const struct attack *a)
{
	return jval_add(arg, attack_value(a));
}

/*
 * Those under way, as the milter last told of them. Whether the store can be
 * read is told elsewhere.
 */
static struct jval *
find_attacks(const struct conf *conf)
{
	struct jval *list = jval_array();
	struct store *store;

	if (talk_store(conf, &store) == STORE_OK)
		(void)attack_walk(store, clock_wall_s(), add_attack, list);
	store_close(store);
	return list;
}

static void
tell_attacks(const struct jval *list)
{
	char began[TIMES_LOCAL_SIZE], until[TIMES_LOCAL_SIZE];
	const struct jval *a;
	const char *auth;
	size_t i;

	for (i = 0; i < jval_count(list); i++) {
		a = jval_at(list, i);
		auth = text_of(a, "auth");
		times_local(val_int(a, "began"), began);
		times_local(val_int(a, "until"), until);
		out_fact("attack", "on guard %s by %s%s, %lld of %lld "
		    "recipients undeliverable, since %s, held until %s (%s)",
		    text_of(a, "guard"), auth[0] != '\0' ? "login " : "",
		    auth[0] != '\0' ? auth : text_of(a, "client"),
		    (long long)val_int(a, "undeliverable"),
		    (long long)val_int(a, "judged"), began, until,
		    text_of(a, "id"));
	}
}

/* --- all together ------------------------------------------------------- */

/* Takes probe, which may be NULL, attacks and store. */
static void
print_json(struct jval *probe, const struct milter *m, struct jval *attacks,
    struct jval *store)
{
	struct jval *o = jval_object();
	const char *state = probe != NULL ? "running" : "unavailable";
	bool ok;

	if (probe == NULL)
		probe = jval_object();
	ok = jval_put_text(probe, "state", state);
	ok = jval_put(o, "probe", probe) && ok;
	ok = jval_put(o, "milter", milter_json(m)) && ok;
	ok = jval_put(o, "attacks", attacks) && ok;
	ok = jval_put(o, "store", store) && ok;
	out_value(ok ? o : NULL);
	jval_free(o);
}

static void
print(const struct args *a, const struct conf *conf, struct jval *probe,
    const struct milter *m)
{
	struct jval *attacks = find_attacks(conf);
	struct stats stats;

	stats_read(conf, false, &stats);
	if (a->values[JSON] != NULL) {
		print_json(probe, m, attacks, stats_json(&stats));
		return;
	}
	if (probe != NULL)
		tell_probe(probe);
	else
		out_line("rcptguard-probe: no answer");
	jval_free(probe);
	tell_milter(m);
	tell_attacks(attacks);
	jval_free(attacks);
	stats_tell(conf, &stats);
}

static int
run(const struct args *a)
{
	const struct conf *conf = talk_conf(a->config);
	struct jval *probe;
	struct milter m;
	int error;

	if (conf == NULL)
		return EX_CONFIG;
	probe = ask_probe(conf, &error);
	m = find_milter(conf);
	print(a, conf, probe, &m);
	conf_unref(conf);
	return error == EX_OK && m.pid == 0 ? EX_UNAVAILABLE : error;
}

const struct command cmd_status = {
	.name = "status",
	.synopsis = "[--json]",
	.help = "how the daemons and the store are",
	.more = "Exit status: 0 all is well, 69 a daemon does not run or "
	    "answer.",
	.options = rows,
	.least = 0,
	.most = 0,
	.run = run,
};
