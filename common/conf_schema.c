#include "common/conf_schema.h"

#include "common/conf_check.h"
#include "common/conf_rows.h"

#define SECOND	INT64_C(1000)
#define MINUTE	(60 * SECOND)
#define YEAR_S	(INT64_C(366) * 86400)
#define MIB	(INT64_C(1) << 20)
#define TIB	(INT64_C(1) << 40)

static const char *const list_words[] = { "risky", "ignore", NULL };
static const char *const preflight_words[] = {
	"off", "warn", "enforce", NULL
};
static const char *const complaints_words[] = {
	"register", "exclude", NULL
};
static const char *const tls_words[] = { "never", "may", NULL };
static const char *const addresses_words[] = { "domain", "clear", NULL };

#define AT(field)	.at = offsetof(struct conf, field)
static const struct conf_key keys[] = {
	{ .name = "state_dir", .kind = KIND_STRING, AT(state_dir),
	    .dflt = "/var/lib/rcptguard", .check = conf_check_path,
	    .help = "What must survive a restart." },
	{ .name = "run_dir", .kind = KIND_STRING, AT(run_dir),
	    .dflt = "/run/rcptguard", .check = conf_check_path,
	    .help = "Sockets and locks." },

	{ .name = "identity.helo", .kind = KIND_STRING, AT(identity.helo),
	    .check = conf_check_helo, .required = true,
	    .example = "verify.example.com",
	    .help = "Who we are to the world: the name given in EHLO. It must "
	    "resolve\nto the source address, and that address back to it." },
	{ .name = "identity.sender", .kind = KIND_STRING, AT(identity.sender),
	    .check = conf_check_sender, .required = true,
	    .example = "postmaster@verify.example.com",
	    .help = "The address in MAIL FROM of every probe. It must accept "
	    "mail. Addresses\nof its domain, and of helo, are not probed, "
	    "unless budgets are off." },
	{ .name = "identity.contact", .kind = KIND_STRING,
	    AT(identity.contact), .dflt = "", .check = conf_check_mailbox,
	    .may_be_empty = true,
	    .help = "Where those who see our probes can write to." },
	{ .name = "identity.policy_url", .kind = KIND_STRING,
	    AT(identity.policy_url), .dflt = "", .check = conf_check_url,
	    .may_be_empty = true,
	    .help = "The page that explains the probes to them." },
	{ .name = "identity.sources", .kind = KIND_GROUPS,
	    AT(identity.sources), .rows = &conf_source_table,
	    .help = "The addresses that probes come from; none: the system "
	    "chooses." },
	{ .name = "identity.preflight", .kind = KIND_CHOICE,
	    AT(identity.preflight), .dflt = "enforce",
	    .words = preflight_words,
	    .help = "What is done when we are not who we say we are. "
	    "enforce: no probe\nleaves from a source that fails a hard check "
	    "of rcptguard preflight, and\nwith a free-mail name in helo or "
	    "sender it does not start.\nwarn: it is only said. off: nothing is "
	    "checked unasked." },
	{ .name = "identity.dkim_selector", .kind = KIND_STRING,
	    AT(identity.dkim_selector), .dflt = "", .check = conf_check_label,
	    .may_be_empty = true,
	    .help = "The selector of a DKIM key of the sender's domain; "
	    "empty: none, which\ncosts a point. A key that is named and not "
	    "good is a hard fault." },
	{ .name = "identity.domain_since", .kind = KIND_STRING,
	    AT(identity.domain_since), .dflt = "", .check = conf_check_date,
	    .may_be_empty = true,
	    .help = "The day, YYYY-MM-DD, on which the sender's domain was "
	    "registered.\nNo probe leaves in the first 7 days; until it is 14 "
	    "days old every source\nis held to the first step of the ramp." },
	{ .name = "identity.rdap", .kind = KIND_STRING, AT(identity.rdap),
	    .dflt = "", .check = conf_check_rdap, .may_be_empty = true,
	    .help = "Where domain_since is empty: the URL of an RDAP server "
	    "that knows it, up to\nthe domain, such as "
	    "\"https://rdap.example/domain/\"; empty: it is not asked." },
	{ .name = "identity.check_hosts", .kind = KIND_STRINGS,
	    AT(identity.check_hosts), .check = conf_check_host,
	    .help = "Mail hosts, names or addresses, whose smtp.port is "
	    "connected to, to\nsee that it can be reached; none: not "
	    "tried." },
	{ .name = "identity.blocklists", .kind = KIND_STRING,
	    AT(identity.blocklists), .dflt = "", .check = conf_check_path,
	    .may_be_empty = true,
	    .help = "The lists that are asked about our sources and names; "
	    "empty: those\ninstalled." },
	{ .name = "identity.mail_sources", .kind = KIND_NETWORKS,
	    AT(identity.mail_sources),
	    .help = "Networks that the site's own mail is sent from: probes "
	    "should not\ncome from there." },
	{ .name = "identity.terms", .kind = KIND_STRING, AT(identity.terms),
	    .dflt = "", .check = conf_check_version, .may_be_empty = true,
	    .help = "The version of the terms that whoever brings addresses "
	    "must have agreed\nto (guards.consent); empty: nobody must." },
	{ .name = "identity.authserv_id", .kind = KIND_STRING,
	    AT(identity.authserv_id), .dflt = "",
	    .check = conf_check_authserv_id,
	    .may_be_empty = true,
	    .help = "The name by which our own mail server signs its "
	    "Authentication-Results\n(RFC 8601), which exclude --mail "
	    "believes; empty: none." },
	{ .name = "identity.complaints", .kind = KIND_CHOICE,
	    AT(identity.complaints), .dflt = "register",
	    .words = complaints_words,
	    .help = "What rcptguard complaint add does with what a complaint "
	    "is about.\nregister: it is only noted. exclude: it is excluded "
	    "as well." },

	{ .name = "dns.servers", .kind = KIND_ENDPOINTS, AT(dns.servers),
	    .port = 53,
	    .help = "Resolvers, \"address\" or \"address:port\"; none: those "
	    "of\n/etc/resolv.conf." },
	{ .name = "dns.timeout", .kind = KIND_MS, AT(dns.timeout_ms),
	    .dflt = "2s", .least = 100, .most = 30 * SECOND,
	    .help = "How long one try waits for an answer." },
	{ .name = "dns.tries", .kind = KIND_INT, AT(dns.tries), .dflt = "2",
	    .least = 1, .most = 5, .help = "Tries with each resolver." },

	{ .name = "smtp.port", .kind = KIND_INT, AT(smtp.port), .dflt = "25",
	    .least = 1, .most = 65535,
	    .help = "The port of the mail hosts that are asked." },
	{ .name = "smtp.connect_timeout", .kind = KIND_MS,
	    AT(smtp.connect_timeout_ms), .dflt = "5s", .least = 100,
	    .most = 5 * MINUTE, .help = "For one connection attempt." },
	{ .name = "smtp.reply_timeout", .kind = KIND_MS,
	    AT(smtp.reply_timeout_ms), .dflt = "10s", .least = 100,
	    .most = 10 * MINUTE, .help = "For one reply." },
	{ .name = "smtp.session_timeout", .kind = KIND_MS,
	    AT(smtp.session_timeout_ms), .dflt = "30s", .least = 100,
	    .most = 30 * MINUTE, .help = "For a whole SMTP session." },
	{ .name = "smtp.tls", .kind = KIND_CHOICE, AT(smtp.tls),
	    .dflt = "may", .words = tls_words,
	    .help = "may: STARTTLS where it is offered, plain if it fails. "
	    "never: plain." },
	{ .name = "smtp.allow_networks", .kind = KIND_NETWORKS,
	    AT(smtp.allow_networks),
	    .help = "Networks that are not public, but may be probed all the "
	    "same:\ninternal relays." },
	{ .name = "smtp.per_mx", .kind = KIND_INT, AT(smtp.per_mx),
	    .dflt = "2", .least = 1, .most = 20,
	    .help = "Sessions side by side to one mail host." },

	{ .name = "store.path", .kind = KIND_STRING, AT(store.path),
	    .dflt = "verdicts.mdb", .check = conf_check_any_path,
	    .help = "The file of verdicts; relative to state_dir." },
	{ .name = "store.max_size", .kind = KIND_SIZE, AT(store.max_size),
	    .dflt = "1GiB", .least = MIB, .most = TIB,
	    .help = "The file grows no larger; old verdicts make room." },
	{ .name = "store.shared", .kind = KIND_STRING, AT(store.shared),
	    .dflt = "", .check = conf_check_not_shared, .may_be_empty = true,
	    .help = "For a store that several hosts share. This version has "
	    "none:\nit must be empty." },
	{ .name = "store.positive_refresh", .kind = KIND_SECONDS,
	    AT(store.positive_refresh_s), .dflt = "7d", .least = 1,
	    .most = YEAR_S,
	    .help = "An older deliverable verdict is served, and asked again "
	    "meanwhile." },
	{ .name = "store.positive_expire", .kind = KIND_SECONDS,
	    AT(store.positive_expire_s), .dflt = "31d", .least = 1,
	    .most = YEAR_S, .help = "An older one is not served." },
	{ .name = "store.negative_refresh", .kind = KIND_SECONDS,
	    AT(store.negative_refresh_s), .dflt = "3h", .least = 1,
	    .most = YEAR_S, .help = "The same for undeliverable." },
	{ .name = "store.negative_expire", .kind = KIND_SECONDS,
	    AT(store.negative_expire_s), .dflt = "3d", .least = 1,
	    .most = YEAR_S, .help = "The same for undeliverable." },
	{ .name = "store.unknown_expire", .kind = KIND_SECONDS,
	    AT(store.unknown_expire_s), .dflt = "15m", .least = 1,
	    .most = YEAR_S,
	    .help = "How long an address that gave no answer is left alone." },

	{ .name = "budget.enabled", .kind = KIND_BOOL, AT(budget.enabled),
	    .dflt = "true",
	    .help = "Ramps, windows and breakers. Off only for a site's own "
	    "relays." },
	{ .name = "budget.all", .kind = KIND_STRING, AT(budget.all),
	    .dflt = "20/second 300/minute 5000/hour 50000/day",
	    .check = conf_check_rates, .may_be_empty = true,
	    .help = "Probes in all, as \"N/SPAN\" with a SPAN of second, "
	    "minute, hour, day,\nweek or month (30 days); rolling. "
	    "Empty: no limit." },
	{ .name = "budget.source", .kind = KIND_STRING, AT(budget.source),
	    .dflt = "10/second 200/minute 3000/hour 30000/day",
	    .check = conf_check_rates, .may_be_empty = true,
	    .help = "From one source address." },
	{ .name = "budget.provider", .kind = KIND_STRING,
	    AT(budget.provider), .dflt = "10/minute 100/hour 1000/day",
	    .check = conf_check_rates, .may_be_empty = true,
	    .help = "To one provider whose rules name no budget of its own." },
	{ .name = "budget.domain", .kind = KIND_STRING, AT(budget.domain),
	    .dflt = "10/minute 100/hour 500/day", .check = conf_check_rates,
	    .may_be_empty = true, .help = "To one domain." },
	{ .name = "budget.mail_host", .kind = KIND_STRING,
	    AT(budget.mail_host), .dflt = "20/minute 300/hour 2000/day",
	    .check = conf_check_rates, .may_be_empty = true,
	    .help = "To one mail host, whatever the domain." },
	{ .name = "budget.warmup", .kind = KIND_STRING, AT(budget.warmup),
	    .dflt = "100/day 1000/week 100000/month 100000/day",
	    .check = conf_check_steps, .may_be_empty = true,
	    .help = "The ramp of a source address, step by step. The next "
	    "step comes after\nas long as the step's SPAN without a "
	    "listing or refusals of us. Empty: none." },
	{ .name = "budget.spacing", .kind = KIND_MS, AT(budget.spacing_ms),
	    .dflt = "200ms", .least = 0, .most = 60 * SECOND,
	    .help = "Probes to one mail host begin at least so far apart, "
	    "and up to as much\nagain, by chance." },
	{ .name = "budget.unknown_per_domain", .kind = KIND_INT,
	    AT(budget.unknown_per_domain), .dflt = "5", .least = 1,
	    .most = 1000000,
	    .help = "Unknown users of one domain within an hour that stop "
	    "probes to it." },
	{ .name = "budget.unknown_ratio", .kind = KIND_FLOAT,
	    AT(budget.unknown_ratio), .dflt = "0.2", .least = 0, .most = 1,
	    .help = "The share of unknown users that stops probes from a "
	    "source to a provider,\nwhen they are ten or more in a day." },

	{ .name = "lists.dir", .kind = KIND_STRING, AT(lists.dir), .dflt = "",
	    .check = conf_check_path, .may_be_empty = true,
	    .help = "Where newer lists are; one that is not there, or empty: "
	    "those\ninstalled." },
	{ .name = "lists.allow", .kind = KIND_STRING, AT(lists.allow),
	    .dflt = "", .check = conf_check_path, .may_be_empty = true,
	    .help = "A file of addresses and domains that no list speaks "
	    "against." },
	{ .name = "lists.deny", .kind = KIND_STRING, AT(lists.deny),
	    .dflt = "", .check = conf_check_path, .may_be_empty = true,
	    .help = "A file of addresses and domains that are risky and not "
	    "asked for." },
	{ .name = "lists.disposable", .kind = KIND_CHOICE,
	    AT(lists.disposable), .dflt = "risky", .words = list_words,
	    .help = "Throwaway services: risky (and not probed), or ignore." },
	{ .name = "lists.role", .kind = KIND_CHOICE, AT(lists.role),
	    .dflt = "risky", .words = list_words,
	    .help = "Roles such as info: risky where the probe finds them "
	    "accepted,\nor ignore." },
	{ .name = "lists.typo", .kind = KIND_CHOICE, AT(lists.typo),
	    .dflt = "risky", .words = list_words,
	    .help = "Misspelt domains: risky (and not probed), or ignore." },
	{ .name = "lists.trap", .kind = KIND_CHOICE, AT(lists.trap),
	    .dflt = "risky", .words = list_words,
	    .help = "Traps, parked domains, services that closed long ago and "
	    "domains that are back\nafter months without mail: risky (and "
	    "not probed), or ignore." },
	{ .name = "lists.rdap", .kind = KIND_STRING, AT(lists.rdap),
	    .dflt = "", .check = conf_check_rdap, .may_be_empty = true,
	    .help = "The URL of an RDAP server that knows recipients' "
	    "domains, for too_new;\nit learns which domains sign up." },
	{ .name = "lists.too_new", .kind = KIND_SECONDS,
	    AT(lists.too_new_s), .dflt = "0s", .least = 0, .most = YEAR_S,
	    .help = "Domains registered less than so long ago are risky where "
	    "the probe finds\nthe address accepted; 0s: their age is not "
	    "asked for." },

	{ .name = "submitters", .kind = KIND_GROUPS, AT(submitters),
	    .rows = &conf_submitter_table,
	    .help = "Who asks by the probe's socket, or brings what several "
	    "guards see." },

	{ .name = "canaries", .kind = KIND_GROUPS, AT(canaries),
	    .rows = &conf_canary_table,
	    .help = "Addresses that show whether a provider's answers mean "
	    "anything." },

	{ .name = "log.facility", .kind = KIND_STRING, AT(log.facility),
	    .dflt = "mail", .check = conf_check_facility,
	    .help = "The syslog facility: mail, daemon, local0 to local7." },
	{ .name = "log.verdicts", .kind = KIND_STRING, AT(log.verdicts),
	    .dflt = "/var/log/rcptguard/verdicts.jsonl",
	    .check = conf_check_path, .may_be_empty = true,
	    .help = "The verdict log, one JSON object a line; empty: none." },
	{ .name = "log.notices", .kind = KIND_STRING, AT(log.notices),
	    .dflt = "", .check = conf_check_path, .may_be_empty = true,
	    .help = "A directory: each alarm is put there as a file, for a "
	    "program that\ntells somebody; empty: none." },
	{ .name = "log.addresses", .kind = KIND_EITHER,
	    AT(log.addresses_clear), .dflt = "clear", .words = addresses_words,
	    .help = "clear: logs name the whole address. domain: only its "
	    "domain." },
	{ .name = "log.debug", .kind = KIND_BOOL, AT(log.debug),
	    .dflt = "false", .help = "Log more, to find a fault: "
	    "which guard sees a message, and how each\nprobe ended." },

	{ .name = "milter.socket", .kind = KIND_STRING, AT(milter.socket),
	    .dflt = "unix:/var/spool/postfix/rcptguard/milter.sock",
	    .check = conf_check_milter_socket,
	    .help = "Where the MTA connects: \"unix:/path\", "
	    "\"inet:port@host\" or\n\"inet6:port@host\"." },
	{ .name = "milter.group", .kind = KIND_STRING, AT(milter.group),
	    .dflt = "postfix", .check = conf_check_group,
	    .may_be_empty = true,
	    .help = "The group that may connect to it; empty: the daemon's "
	    "own." },
	{ .name = "milter.max_holds", .kind = KIND_INT, AT(milter.max_holds),
	    .dflt = "50", .least = 1, .most = 100000,
	    .help = "RCPTs that may wait for a probe at once; the next is "
	    "unknown.\nAt most half of the MTA's processes." },

	{ .name = "probe.socket", .kind = KIND_STRING, AT(probe.socket),
	    .dflt = "probe.sock", .check = conf_check_any_path,
	    .help = "Where the milter and the command ask; relative to "
	    "run_dir." },
	{ .name = "probe.group", .kind = KIND_STRING, AT(probe.group),
	    .dflt = "rcptguard", .check = conf_check_group,
	    .may_be_empty = true,
	    .help = "The group that may ask; empty: the daemon's own." },
	{ .name = "probe.metrics", .kind = KIND_ENDPOINT, AT(probe.metrics),
	    .dflt = "127.0.0.1:9325", .may_be_empty = true,
	    .help = "Where metrics and the policy page are served, "
	    "\"address:port\"; empty:\nnowhere. Keep it where only you "
	    "can reach it." },
	{ .name = "probe.page", .kind = KIND_ENDPOINT, AT(probe.page),
	    .dflt = "", .may_be_empty = true,
	    .help = "Where the policy page alone is served, for everybody, "
	    "\"address:port\";\nempty: nowhere." },
	{ .name = "probe.queue", .kind = KIND_INT, AT(probe.queue),
	    .dflt = "5000", .least = 1, .most = 1000000,
	    .help = "Addresses that may wait for a probe; the next is "
	    "unknown." },
	{ .name = "probe.parallel", .kind = KIND_INT, AT(probe.parallel),
	    .dflt = "200", .least = 1, .most = 10000,
	    .help = "SMTP sessions at once." },
	{ .name = "probe.providers", .kind = KIND_STRING,
	    AT(probe.providers), .dflt = "", .check = conf_check_path,
	    .may_be_empty = true,
	    .help = "The provider rules; empty: those installed." },
	{ .name = "probe.replies", .kind = KIND_STRING, AT(probe.replies),
	    .dflt = "", .check = conf_check_path, .may_be_empty = true,
	    .help = "The reply rules; empty: those installed." },

	{ .name = "guards", .kind = KIND_GROUPS, AT(guards),
	    .rows = &conf_guard_table,
	    .help = "Who is guarded, and how. The first guard that matches "
	    "applies;\nall the lists of its match must match." },
};
#undef AT

const struct conf_table conf_schema = {
	"", keys, sizeof keys / sizeof keys[0], sizeof(struct conf),
	offsetof(struct conf, origins)
};
