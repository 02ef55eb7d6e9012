/*
 * daemon_internal: what daemon.c (the parts), daemon_reload.c (settings read
 * again) and daemon_tell.c (what is said of them) share.
 */
#ifndef RCPTGUARD_DAEMON_INTERNAL_H
#define RCPTGUARD_DAEMON_INTERNAL_H

#include "common/store.h"
#include "probe/canary.h"
#include "probe/daemon.h"
#include "probe/notices.h"
#include "probe/preflight_run.h"
#include "probe/retired.h"
#include "probe/server.h"
#include "probe/settings.h"
#include "probe/tally.h"
#include "probe/watch.h"
#include "probe/web.h"

#define INTERFACES_MAX		1024	/* addresses of this machine */
#define OWN_ADDRESSES_MAX	(INTERFACES_MAX + 256)	/* and sources */

struct daemon {
	const char *file;
	const struct conf *conf;
	int64_t started_at;
	struct event_base *base;
	struct event *signals[4];
	struct event *watchdog;
	struct store *store;
	const char *store_trouble;
	bool ledgers_lost;
	struct clerk *clerk;
	struct rules *rules;		/* job_tools holds it const */
	struct lists *lists;		/* so it does these */
	struct resolver *resolver;
	struct job_tools tools;
	struct net_addr own[OWN_ADDRESSES_MAX];
	size_t interfaces;		/* the first of own */
	struct wishes *wishes;
	struct verifier *verifier;
	struct canaries *canaries;
	struct source_pool pool;
	struct retired retired;
	struct notices *notices;
	struct watch *watch;
	struct preflight_run *preflight;
	struct server *server;
	struct web *web;
	struct tally tally;
	struct settings_reader *reader;
	/* Who waits for what is being read, and for what is read after it. */
	struct reload_wait *reload_told, *reload_next;
};

/* Both malloc'd, or NULL without memory; arg is the daemon. */
char *daemon_status(void *arg);
char *daemon_metrics(void *arg);

/* A start and a reload: what may be dialled, by the addresses of this host. */
void daemon_find_targets(struct daemon *d);

/*
 * Reads settings, rules and lists again; if they cannot be used the old ones
 * stay in force. w: who is told then (server.h), or NULL. arg is the daemon.
 */
void daemon_reload(void *arg, struct reload_wait *w);
/* settings_read_fn. */
void daemon_settings_read(void *arg, struct settings *s);

#endif
