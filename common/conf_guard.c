/*
 * conf_guard: the keys of a guard, and what they say of a verdict.
 */
#include "common/conf_check.h"
#include "common/conf_reasons.h"
#include "common/conf_rows.h"

static const char *const action_words[] = {
	"accept", "tempfail", "reject", "hold", "tag", NULL
};
/* The number less one is the guard_action. */
static const char *const reason_action_words[] = {
	"state", "accept", "tempfail", "reject", "hold", "tag", NULL
};
static const char *const mode_words[] = { "observe", "enforce", NULL };
static const char *const verify_words[] = { "recipient", "sender", NULL };

#define AT(field)	.at = offsetof(struct conf_guard, field)
#define ACTION(state, word, check_fn, text) \
	.kind = KIND_CHOICE, AT(actions[state]), .dflt = word, \
	.words = action_words, .check = check_fn, .help = text
#define REASON_KEY(reason, word, check_fn) \
	{ .name = "actions." word, .kind = KIND_CHOICE, \
	    AT(by_reason[reason]), .dflt = "state", \
	    .words = reason_action_words, .check = check_fn, \
	    .family = "actions.REASON", \
	    .help = "The same for one reason, whatever its state says. " \
	    "Each reason is a key;\nrcptguard(8) lists them. " \
	    "state: as the state says." },
#define BY_REASON(reason, word)		REASON_KEY(reason, word, NULL)
#define BY_REASON_MILD(reason, word) \
	REASON_KEY(reason, word, conf_check_mild_action)
static const struct conf_key guard_keys[] = {
	{ .name = "name", .kind = KIND_STRING, AT(name),
	    .check = conf_check_word, .required = true, .example = "signup",
	    .help = "The guard's name in logs and reports; each has its own." },
	{ .name = "match.auth", .kind = KIND_STRINGS, AT(auth),
	    .check = conf_check_login,
	    .help = "SASL logins of the client; empty: any, or none." },
	{ .name = "match.client", .kind = KIND_NETWORKS, AT(client),
	    .help = "Networks of the client; empty: any." },
	{ .name = "match.listener", .kind = KIND_STRINGS, AT(listener),
	    .check = conf_check_login,
	    .help = "Names of the MTA's listener, its {daemon_name}; "
	    "empty: any." },
	{ .name = "match.sender", .kind = KIND_STRINGS, AT(sender),
	    .check = conf_check_sender_pattern,
	    .help = "Envelope senders: an address, \"@domain\", or \".domain\" "
	    "for\nall domains below it; empty: any." },
	{ .name = "submitter", .kind = KIND_STRING, AT(submitter), .dflt = "",
	    .check = conf_check_word, .may_be_empty = true,
	    .help = "Who brings these addresses; empty: the guard's name. "
	    "Guards may share\none. Who brings lists is not served for an "
	    "hour." },
	{ .name = "purpose", .kind = KIND_STRING, AT(purpose), .dflt = "",
	    .may_be_empty = true,
	    .help = "What they are given for, in a few words for the policy "
	    "page." },
	{ .name = "origin", .kind = KIND_CHOICE, AT(origin),
	    .dflt = "signup", .words = conf_origin_words,
	    .help = "Where they come from: signup (typed in by the person), "
	    "import (a list\nthat the site holds) or operator. Of a guard "
	    "that verifies senders: mail." },
	{ .name = "consent", .kind = KIND_STRING, AT(consent), .dflt = "",
	    .check = conf_check_consent, .may_be_empty = true,
	    .help = "That whoever brings them agreed to identity.terms: day, "
	    "version, and who,\nas \"2026-01-15 v1 by Jo Doe\"; empty: that "
	    "of the submitter's entry." },
	{ .name = "verify", .kind = KIND_CHOICE, AT(verify),
	    .dflt = "recipient", .words = verify_words,
	    .help = "The address that is judged: recipient or sender." },
	{ .name = "mode", .kind = KIND_CHOICE, AT(mode), .dflt = "observe",
	    .words = mode_words,
	    .help = "observe: log what would be done and accept. "
	    "enforce: do it." },
	{ .name = "wait", .kind = KIND_MS, AT(wait_ms), .dflt = "3s",
	    .least = 0, .most = 8 * INT64_C(1000),
	    .help = "How long RCPT TO may wait for a probe; then the state is "
	    "pending." },
	{ .name = "actions.deliverable",
	    ACTION(STATE_DELIVERABLE, "accept", conf_check_mild_action,
	    "What is done with each state: accept, tempfail, hold (quarantine) "
	    "or\ntag (a header). Only undeliverable may say reject as "
	    "well.") },
	{ .name = "actions.undeliverable",
	    ACTION(STATE_UNDELIVERABLE, "tempfail", NULL,
	    "tempfail is the cautious start; reject once the log has "
	    "convinced you.") },
	{ .name = "actions.risky",
	    ACTION(STATE_RISKY, "accept", conf_check_mild_action,
	    "Catch-all domains, full mailboxes and the like.") },
	{ .name = "actions.unknown",
	    ACTION(STATE_UNKNOWN, "accept", conf_check_mild_action,
	    "Nothing could be found out; never a fault of the address.") },
	{ .name = "actions.not_checked",
	    ACTION(STATE_NOT_CHECKED, "accept", conf_check_mild_action,
	    "A probe was not allowed.") },
	{ .name = "actions.pending",
	    ACTION(STATE_PENDING, "tempfail", conf_check_mild_action,
	    "The probe still runs; the answer is there at the next try.") },
	CONF_REASONS(BY_REASON, BY_REASON_MILD)
	{ .name = "flood.enabled", .kind = KIND_BOOL, AT(flood.enabled),
	    .dflt = "true",
	    .help = "The limits below; false for a client that they shall "
	    "not bind." },
	{ .name = "flood.window", .kind = KIND_SECONDS, AT(flood.window_s),
	    .dflt = "10m", .least = 1, .most = 86400,
	    .help = "The time over which a client's fresh recipients are "
	    "counted, each once." },
	{ .name = "flood.min_recipients", .kind = KIND_INT,
	    AT(flood.min_recipients), .dflt = "20", .least = 1,
	    .most = 1000000,
	    .help = "Fewer judged ones than these in the window are never an "
	    "attack." },
	{ .name = "flood.undeliverable_ratio", .kind = KIND_FLOAT,
	    AT(flood.undeliverable_ratio), .dflt = "0.3", .least = 0,
	    .most = 1,
	    .help = "The share of undeliverable ones that makes an attack: "
	    "then only\naddresses known to be good pass, and the others are "
	    "deferred." },
	{ .name = "flood.per_mailbox", .kind = KIND_INT,
	    AT(flood.per_mailbox), .dflt = "3", .least = 1, .most = 1000000,
	    .help = "Messages to one mailbox, under all its names; the next "
	    "is deferred." },
	{ .name = "flood.per_mailbox_window", .kind = KIND_SECONDS,
	    AT(flood.per_mailbox_window_s), .dflt = "1h", .least = 1,
	    .most = 30 * 86400,
	    .help = "The time over which those are counted." },
	{ .name = "flood.hold", .kind = KIND_SECONDS, AT(flood.hold_s),
	    .dflt = "30m", .least = 1, .most = 7 * 86400,
	    .help = "How long an attack is taken to last after the last sign "
	    "of it." },
};
#undef ACTION
#undef BY_REASON
#undef BY_REASON_MILD
#undef REASON_KEY
#undef AT

const struct conf_table conf_guard_table = {
	"guards", guard_keys, sizeof guard_keys / sizeof guard_keys[0],
	sizeof(struct conf_guard), offsetof(struct conf_guard, origins)
};

const char *
guard_action_word(enum guard_action action)
{
	return action_words[action];
}

enum guard_action
conf_guard_action(const struct conf_guard *g, enum verdict_reason reason)
{
	unsigned own = (unsigned)reason <= REASON_MAX ? g->by_reason[reason] :
	    0;

	if (own > 0)
		return (enum guard_action)(own - 1);
	return g->actions[verdict_state_of(reason)];
}

enum guard_origin
conf_guard_origin(const struct conf_guard *g)
{
	return g->verify == VERIFY_SENDER ? ORIGIN_MAIL : g->origin;
}

const char *
guard_origin_word(enum guard_origin origin)
{
	return origin == ORIGIN_MAIL ? "mail" : conf_origin_words[origin];
}

const char *
guard_mode_word(enum guard_mode mode)
{
	return mode_words[mode];
}
