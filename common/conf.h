/*
 * conf: rcptguard.conf, read, checked and frozen.
 *
 * One schema table (conf_schema.c) knows every key: name, type, unit, default,
 * least, most, help. An unknown key, a bad value and a combination that cannot
 * work are errors with file and line. FILE is read first, then conf.d/ *.conf
 * beside it in order of name; later wins, a list replaces a list.
 *
 * A struct conf never changes. It is shared by count: take one with conf_ref,
 * give it back with conf_unref, any thread.
 */
#ifndef RCPTGUARD_CONF_H
#define RCPTGUARD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/conf_tree.h"
#include "common/net.h"
#include "common/verdict.h"

/* Durations are milliseconds (_ms) or seconds (_s); sizes are octets. */

struct conf_strings {
	char **items;
	size_t count;
};

struct conf_networks {
	struct net_cidr *items;
	size_t count;
};

/* Where a key was set; file NULL: nowhere, the default is in force. */
struct conf_origin {
	const char *file;		/* one of conf.files */
	int line;
};

struct conf_source {
	struct net_addr address;
	char *address_text;
	char *since;			/* "YYYY-MM-DD", or "" */
	char *helo;			/* "" : identity.helo */
	struct conf_origin *origins;	/* for conf_print */
};

struct conf_endpoint {
	struct net_addr address;
	uint16_t port;
};

enum guard_action {
	ACTION_ACCEPT,
	ACTION_TEMPFAIL,
	ACTION_REJECT,
	ACTION_HOLD,
	ACTION_TAG,
	ACTION_COUNT
};
const char *guard_action_word(enum guard_action action);

enum guard_mode { MODE_OBSERVE, MODE_ENFORCE };
const char *guard_mode_word(enum guard_mode mode);

enum guard_verify { VERIFY_RECIPIENT, VERIFY_SENDER };

/* Where the addresses come from that somebody brings. */
enum guard_origin {
	ORIGIN_SIGNUP,			/* typed in by the person */
	ORIGIN_IMPORT,			/* a list that the site holds */
	ORIGIN_OPERATOR,		/* the admin, by hand */
	ORIGIN_MAIL,			/* the sender of mail to us */
	ORIGIN_COUNT
};
const char *guard_origin_word(enum guard_origin origin);

struct conf_flood {
	bool enabled;
	int64_t window_s;
	int64_t min_recipients;
	double undeliverable_ratio;
	int64_t per_mailbox;
	int64_t per_mailbox_window_s;
	int64_t hold_s;
};

struct conf_guard {
	char *name;
	/* match: an empty list matches all; all given lists must match */
	struct conf_strings auth;	/* SASL logins */
	struct conf_networks client;
	struct conf_strings listener;	/* {daemon_name} */
	struct conf_strings sender;	/* addresses, "@domain", ".domain" */
	char *submitter;		/* "": name */
	char *purpose;			/* a few words for the policy page */
	enum guard_origin origin;	/* see conf_guard_origin */
	char *consent;			/* consent.h; "": none */
	enum guard_verify verify;
	enum guard_mode mode;
	int64_t wait_ms;
	enum guard_action actions[STATE_COUNT];
	/* 0: as the state says; else 1 more than the guard_action */
	unsigned by_reason[REASON_MAX + 1];
	struct conf_flood flood;
	struct conf_origin *origins;	/* for conf_print */
};

/* What the table says of a reason: its own action goes before its state's. */
enum guard_action conf_guard_action(const struct conf_guard *g,
    enum verdict_reason reason);

/* A guard that verifies senders has them from the mail itself. */
enum guard_origin conf_guard_origin(const struct conf_guard *g);

/* One who asks by the probe's socket, or whom several guards share. */
struct conf_submitter {
	char *name;
	enum guard_origin origin;
	char *consent;			/* consent.h; "": none */
	struct conf_origin *origins;	/* for conf_print */
};

/* What a list's word is worth. */
enum conf_list_use { LIST_USE_RISKY, LIST_USE_IGNORE };

struct conf_canary {
	char *provider;
	char *good, *bad;		/* addresses */
	int64_t every_s;
	int64_t rounds;			/* in a row: lower, and raise again */
	struct conf_origin *origins;	/* for conf_print */
};

/* What `complaint add` does unasked. */
enum conf_complaints { COMPLAINTS_REGISTER, COMPLAINTS_EXCLUDE };

enum conf_tls { TLS_NEVER, TLS_MAY };
enum conf_preflight { PREFLIGHT_OFF, PREFLIGHT_WARN, PREFLIGHT_ENFORCE };

struct conf {
	char *file;			/* the path given to conf_load */
	char *state_dir;
	char *run_dir;

	struct {
		char *helo, *sender, *contact, *policy_url;
		struct conf_source *sources;
		size_t source_count;
		enum conf_preflight preflight;
		char *dkim_selector;	/* "": none */
		char *domain_since;	/* "YYYY-MM-DD", or "" */
		char *rdap;		/* URL before a domain; "": none */
		struct conf_strings check_hosts;	/* names or addresses */
		char *blocklists;	/* file; "" : installed */
		struct conf_networks mail_sources;	/* of the mail server */
		char *terms;		/* version; "": nobody must agree */
		char *authserv_id;	/* RFC 8601; "": none is believed */
		enum conf_complaints complaints;
	} identity;
	struct {
		struct conf_endpoint *servers;	/* none: the system's */
		size_t server_count;
		int64_t timeout_ms;
		int64_t tries;
	} dns;
	struct {
		int64_t port;
		int64_t connect_timeout_ms, reply_timeout_ms, session_timeout_ms;
		enum conf_tls tls;
		struct conf_networks allow_networks;
		int64_t per_mx;		/* sessions side by side to one MX */
	} smtp;
	struct {
		char *path;
		int64_t max_size;
		char *shared;
		int64_t positive_refresh_s, positive_expire_s;
		int64_t negative_refresh_s, negative_expire_s;
		int64_t unknown_expire_s;
	} store;
	struct {
		bool enabled;
		/* rates as rate.h reads them; "" : no limit */
		char *all, *source, *provider, *domain, *mail_host;
		char *warmup;		/* steps; "" : no ramp */
		int64_t spacing_ms;
		int64_t unknown_per_domain;	/* in an hour */
		double unknown_ratio;	/* per source and provider, in a day */
	} budget;
	struct {
		char *dir;		/* "": only those installed */
		char *allow, *deny;	/* files; "": none */
		enum conf_list_use disposable, role, typo, trap;
		char *rdap;		/* as identity.rdap, for recipients */
		int64_t too_new_s;	/* 0: their age is not asked for */
	} lists;
	struct conf_submitter *submitters;
	size_t submitter_count;
	struct conf_canary *canaries;
	size_t canary_count;
	struct {
		char *facility;
		char *verdicts;		/* file; "" : none */
		char *notices;		/* directory; "" : none */
		bool addresses_clear;	/* "clear"; else "domain" */
		bool debug;
	} log;
	struct {
		char *socket;		/* as libmilter names it */
		char *group;
		int64_t max_holds;	/* misses waiting at once */
	} milter;
	struct {
		char *socket;		/* relative to run_dir, or absolute */
		char *group;
		struct conf_endpoint metrics;	/* port 0: none */
		struct conf_endpoint page;	/* the page alone; as metrics */
		int64_t queue;		/* addresses waiting for a probe */
		int64_t parallel;	/* sessions at once */
		char *providers, *replies;	/* rule files; "" : installed */
	} probe;
	struct conf_guard *guards;	/* first match applies */
	size_t guard_count;

	struct conf_strings files;	/* read, in this order */
	struct conf_origin *origins;	/* for conf_print */
};

/* NULL after at least one message in e. The count is one. */
const struct conf *conf_load(const char *path, struct conf_errors *e);
const struct conf *conf_load_text(const char *name, const char *text,
    size_t len, struct conf_errors *e);
const struct conf *conf_ref(const struct conf *c);
void conf_unref(const struct conf *c);	/* NULL is fine */

/*
 * What may stand but was hardly meant, such as no guard at all. For the log at
 * start and after a reload, and for `config --check`.
 */
void conf_warnings(const struct conf *c, struct conf_errors *w);

/* A whole commented file with every key at its default. */
void conf_print_defaults(FILE *out);
/*
 * The settings in force, one "key = value; # FILE:LINE" or "# default" a line,
 * in the order of the schema: a file that conf_load takes. With json one
 * object of the same shape, each value as {"value": ..., "origin": ...}.
 */
void conf_print(const struct conf *c, FILE *out, bool json);

/* "31d", "500ms": one whole number, one unit of ms s m h d w. */
bool conf_parse_duration_ms(const char *text, int64_t *ms);

/* Joined with run_dir or state_dir when relative. The caller frees. */
char *conf_probe_socket(const struct conf *c);
char *conf_store_path(const struct conf *c);
/* The milter's lock file, beside its socket, or in run_dir for inet. */
char *conf_milter_lock(const struct conf *c);
char *conf_probe_lock(const struct conf *c);

#define CONF_DEFAULT_FILE	SYSCONFDIR "/rcptguard/rcptguard.conf"

#endif
