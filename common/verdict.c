#include "common/verdict.h"

#include <stddef.h>
#include <string.h>

#define MINUTE	60u
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

/*
 * Lifetimes, and why:
 * - What a server said for good lives as Postfix's verify(8) keeps it: good 7
 *   and 31 days, bad 3 hours and 3 days.
 * - What DNS said is cheap to ask again, and a typing error in a zone is often
 *   mended within the hour.
 * - Lists and rules change with their files, so what they say is renewed daily.
 * - Unknown has no refresh before it expires: to serve it again helps nobody,
 *   a new probe may. The time is what keeps us from hammering.
 * - Zero, never stored: what depends on the asker or on our state of the
 *   moment would be wrong for the next asker. An exclusion is obeyed by its
 *   own table; nothing about such an address is kept.
 */
#define POSITIVE	{ 7 * DAY, 31 * DAY }
#define NEGATIVE	{ 3 * HOUR, 3 * DAY }
/*
 * One wrong answer of DNS must not last: after a quarter of an hour it is asked
 * for again, after an hour it is gone. Refused: to believe it only once a
 * second answer has come a minute later. The second would come from the same
 * resolver's memory (RFC 2308) and prove nothing, and a mistyped domain could
 * no longer be told to who is still at the form. A resolver that validates, on
 * this machine, is what protects from forged answers; who fears them all the
 * same leaves "undeliverable" at tempfail.
 */
#define NEGATIVE_DNS	{ 15 * MINUTE, 1 * HOUR }
#define FROM_DOMAIN	{ 5 * DAY, 7 * DAY }
#define FROM_LIST	{ 1 * DAY, 7 * DAY }
#define SOON		{ 5 * MINUTE, 5 * MINUTE }
#define LATER		{ 15 * MINUTE, 15 * MINUTE }
#define NOT_STORED	{ 0, 0 }

struct row {
	const char *word;		/* NULL: no such reason */
	enum verdict_state state;
	struct verdict_lifetime life;
	const char *text;
};

static const struct row table[REASON_MAX + 1] = {
[REASON_ACCEPTED] = { "accepted", STATE_DELIVERABLE, POSITIVE,
    "The recipient's mail server accepts this address, so the signup's mail "
    "should arrive." },
[REASON_ACCEPTED_RATE_LIMITED_MAILBOX] = { "accepted_rate_limited_mailbox",
    STATE_DELIVERABLE, POSITIVE,
    "The mailbox exists but gets more mail at the moment than its server "
    "lets in; the signup's mail should arrive, perhaps late." },
[REASON_KNOWN_BY_SIGNAL] = { "known_by_signal", STATE_DELIVERABLE, POSITIVE,
    "Mail to this address was delivered before, or another sign shows that "
    "somebody uses it; no probe was needed." },

[REASON_BAD_SYNTAX] = { "bad_syntax", STATE_UNDELIVERABLE, NEGATIVE,
    "This is not a valid e-mail address, so no mail can ever reach it; the "
    "person must correct it." },
[REASON_NO_SUCH_DOMAIN] = { "no_such_domain", STATE_UNDELIVERABLE,
    NEGATIVE_DNS,
    "The domain does not exist in DNS, so mail to it would bounce; most "
    "often the domain is mistyped." },
[REASON_NULL_MX] = { "null_mx", STATE_UNDELIVERABLE, NEGATIVE_DNS,
    "The domain's owner declares in DNS (null MX, RFC 7505) that it takes no "
    "mail, so mail to it would bounce." },
[REASON_NO_MAIL_HOST] = { "no_mail_host", STATE_UNDELIVERABLE, NEGATIVE_DNS,
    "The domain exists but has no server to deliver the mail to: neither an MX "
    "record nor an address, or none that takes an address in UTF-8." },
[REASON_UNROUTABLE_MX] = { "unroutable_mx", STATE_UNDELIVERABLE, NEGATIVE_DNS,
    "Every mail server that the domain names has a private, local or "
    "reserved address, so mail from the Internet cannot reach it." },
[REASON_NO_SUCH_USER] = { "no_such_user", STATE_UNDELIVERABLE, NEGATIVE,
    "The recipient's mail server says that it has no such mailbox, so the "
    "signup's mail would bounce." },
[REASON_MAILBOX_DISABLED] = { "mailbox_disabled", STATE_UNDELIVERABLE,
    NEGATIVE,
    "The mailbox exists but is disabled and takes no mail, so the signup's "
    "mail would bounce." },
[REASON_MAILBOX_MOVED] = { "mailbox_moved", STATE_UNDELIVERABLE, NEGATIVE,
    "The mailbox has moved away and its old address takes no more mail; the "
    "person must give the new one." },

[REASON_CATCH_ALL] = { "catch_all", STATE_RISKY, FROM_DOMAIN,
    "The domain accepts every address, even invented ones, so nothing shows "
    "whether this mailbox exists; only a confirmation mail can tell." },
[REASON_MAILBOX_FULL] = { "mailbox_full", STATE_RISKY,
    { 1 * HOUR, 6 * HOUR },
    "The mailbox exists but is full at the moment, so the signup's mail may "
    "be delayed or bounce." },
[REASON_MAILBOX_FULL_LONG] = { "mailbox_full_long", STATE_RISKY,
    { 1 * DAY, 7 * DAY },
    "The mailbox is full and its server refuses mail for good; it is likely "
    "abandoned, and the signup's mail would bounce." },
[REASON_DISPOSABLE] = { "disposable", STATE_RISKY, FROM_LIST,
    "The domain belongs to a service for throw-away addresses; mail arrives, "
    "but the person will not read it for long." },
[REASON_ROLE] = { "role", STATE_RISKY, FROM_LIST,
    "The address names a function such as info or sales, not a person; "
    "several people may read it, and none of them may have signed up." },
[REASON_POSSIBLE_TYPO] = { "possible_typo", STATE_RISKY, FROM_LIST,
    "The domain looks like a mistyped form of a well-known one, so the mail "
    "may reach nobody or a stranger; ask the person to check it." },
[REASON_POSSIBLE_TRAP] = { "possible_trap", STATE_RISKY, FROM_LIST,
    "The address looks like a spam trap; mail to it may put this site's "
    "servers on blocklists." },
[REASON_DOMAIN_TOO_NEW] = { "domain_too_new", STATE_RISKY,
    { 6 * HOUR, 1 * DAY },
    "The domain was registered a short time ago, as domains for abusive "
    "signups often are." },
[REASON_PROVIDER_ACCEPTS_EVERYTHING] = { "provider_accepts_everything",
    STATE_RISKY, FROM_DOMAIN,
    "This mail provider accepts every address at first and refuses later, so "
    "a probe cannot tell; only a confirmation mail can." },
[REASON_DENIED] = { "denied", STATE_RISKY, FROM_LIST,
    "This site's own deny list names the address or its domain, so it was not "
    "asked for." },

[REASON_GREYLISTED] = { "greylisted", STATE_UNKNOWN, SOON,
    "The recipient's server defers senders that it does not know yet "
    "(greylisting); the address will be asked again after the wait." },
[REASON_TEMPORARY_ERROR] = { "temporary_error", STATE_UNKNOWN, LATER,
    "The recipient's server reports a temporary problem of its own and says "
    "nothing about the address." },
[REASON_TIMEOUT] = { "timeout", STATE_UNKNOWN, LATER,
    "The recipient's server did not answer in time, so nothing is known "
    "about the address." },
[REASON_NO_CONNECT] = { "no_connect", STATE_UNKNOWN, LATER,
    "None of the domain's mail servers could be connected to, so nothing is "
    "known about the address." },
[REASON_CLOSED_EARLY] = { "closed_early", STATE_UNKNOWN, LATER,
    "The recipient's server closed the connection before it had said "
    "anything about the address." },
[REASON_DNS_FAILURE] = { "dns_failure", STATE_UNKNOWN, SOON,
    "DNS gave no usable answer for the domain (time out, server failure or "
    "broken zone), which is no proof that the domain is bad." },
[REASON_RECIPIENT_FLOODED] = { "recipient_flooded", STATE_UNKNOWN, LATER,
    "The recipient's server takes no more mail for this mailbox just now "
    "because too much arrived, and does not say more about it." },
[REASON_RELAY_DENIED] = { "relay_denied", STATE_UNKNOWN, LATER,
    "The server that DNS names for the domain says that it does not handle "
    "it; the domain's set-up is likely wrong, the address may be right." },
[REASON_TLS_REQUIRED] = { "tls_required", STATE_UNKNOWN, LATER,
    "The recipient's server asks for an encrypted connection that could not "
    "be set up, so nothing is known about the address." },

[REASON_BLOCKED_POLICY] = { "blocked_policy", STATE_UNKNOWN, LATER,
    "The recipient's server refused our probe by a policy against us as the "
    "sender; it says nothing about the address." },
[REASON_BLOCKED_IP_LISTED] = { "blocked_ip_listed", STATE_UNKNOWN, LATER,
    "The recipient's server refused us because our IP address is on a "
    "blocklist; it says nothing about the address, and the listing needs "
    "your care." },
[REASON_BLOCKED_NO_PTR] = { "blocked_no_ptr", STATE_UNKNOWN, LATER,
    "The recipient's server refused us because our IP address has no good "
    "reverse DNS name (PTR); it says nothing about the address." },
[REASON_BLOCKED_AUTH] = { "blocked_auth", STATE_UNKNOWN, LATER,
    "The recipient's server refused us because our sender domain fails SPF, "
    "DKIM or DMARC; it says nothing about the address." },
[REASON_BLOCKED_HELO] = { "blocked_helo", STATE_UNKNOWN, LATER,
    "The recipient's server did not like the name that we give in EHLO; it "
    "says nothing about the address." },
[REASON_RATE_LIMITED] = { "rate_limited", STATE_UNKNOWN,
    { 10 * MINUTE, 10 * MINUTE },
    "The recipient's server says that we ask too often; it says nothing "
    "about the address, and probes to it slow down." },
[REASON_PORT25_BLOCKED] = { "port25_blocked", STATE_UNKNOWN, SOON,
    "Our own network lets no connection out to port 25, so no address can be "
    "probed until the hosting provider opens it." },
[REASON_AMBIGUOUS_REFUSAL] = { "ambiguous_refusal", STATE_UNKNOWN, LATER,
    "The recipient's server refused without saying whether the address or we "
    "are the reason, and a guess must not cost a signup." },
[REASON_PROBE_UNAVAILABLE] = { "probe_unavailable", STATE_UNKNOWN, NOT_STORED,
    "Our own rcptguard-probe is not running, hangs or is full, so the "
    "address was not verified; see `rcptguard status`." },

[REASON_EXCLUDED_BY_REQUEST] = { "excluded_by_request", STATE_NOT_CHECKED,
    NOT_STORED,
    "The domain or its mail provider asked not to be probed, so the address "
    "was not verified." },
[REASON_PROVIDER_SIGNALS_ONLY] = { "provider_signals_only",
    STATE_NOT_CHECKED, LATER,
    "Addresses of this mail provider are not probed by rule, and no other "
    "sign is known; only a confirmation mail can tell." },
[REASON_BUDGET_EXHAUSTED] = { "budget_exhausted", STATE_NOT_CHECKED,
    NOT_STORED,
    "The budget of probes for this provider, domain or time is used up, so "
    "the address was not verified; that protects our reputation." },
[REASON_WARMUP_LIMIT] = { "warmup_limit", STATE_NOT_CHECKED, NOT_STORED,
    "Our source address is new and may send only few probes yet, so the "
    "address was not verified." },
[REASON_ALL_SOURCES_RESTING] = { "all_sources_resting", STATE_NOT_CHECKED,
    NOT_STORED,
    "All our source addresses rest because they are listed or were refused, "
    "so the address was not verified." },
[REASON_PREFLIGHT_FAILED] = { "preflight_failed", STATE_NOT_CHECKED,
    NOT_STORED,
    "Our own mail identity is not in order, so no probe is sent; see "
    "`rcptguard preflight` for what to mend." },
[REASON_SUBMITTER_NOT_ALLOWED] = { "submitter_not_allowed",
    STATE_NOT_CHECKED, NOT_STORED,
    "The client or login that submitted this mail may not ask for probes, so "
    "the address was not verified." },

[REASON_PROBE_RUNNING] = { "probe_running", STATE_PENDING, NOT_STORED,
    "The probe is still running; its verdict will be known when the same "
    "mail is tried again." },
};

static const char *const state_words[STATE_COUNT] = {
	[STATE_DELIVERABLE] = "deliverable",
	[STATE_UNDELIVERABLE] = "undeliverable",
	[STATE_RISKY] = "risky",
	[STATE_UNKNOWN] = "unknown",
	[STATE_NOT_CHECKED] = "not_checked",
	[STATE_PENDING] = "pending",
};

static const struct row *
row_of(unsigned number)
{
	if (number > REASON_MAX || table[number].word == NULL)
		return NULL;
	return &table[number];
}

const char *
verdict_state_word(enum verdict_state state)
{
	if ((unsigned)state >= STATE_COUNT)
		return NULL;
	return state_words[state];
}

const char *
verdict_reason_word(enum verdict_reason reason)
{
	const struct row *row = row_of((unsigned)reason);

	return row == NULL ? NULL : row->word;
}

bool
verdict_reason_from_word(const char *word, enum verdict_reason *out)
{
	unsigned n;

	for (n = 0; n <= REASON_MAX; n++) {
		if (table[n].word != NULL && strcmp(table[n].word, word) == 0) {
			*out = (enum verdict_reason)n;
			return true;
		}
	}
	return false;
}

bool
verdict_reason_from_number(unsigned number, enum verdict_reason *out)
{
	if (row_of(number) == NULL)
		return false;
	*out = (enum verdict_reason)number;
	return true;
}

bool
verdict_state_from_word(const char *word, enum verdict_state *out)
{
	unsigned n;

	for (n = 0; n < STATE_COUNT; n++) {
		if (strcmp(state_words[n], word) == 0) {
			*out = (enum verdict_state)n;
			return true;
		}
	}
	return false;
}

enum verdict_state
verdict_state_of(enum verdict_reason reason)
{
	const struct row *row = row_of((unsigned)reason);

	return row == NULL ? STATE_UNKNOWN : row->state;
}

const char *
verdict_reason_text(enum verdict_reason reason)
{
	const struct row *row = row_of((unsigned)reason);

	if (row == NULL)
		return "The reason is not known to this version of rcptguard.";
	return row->text;
}

struct verdict_lifetime
verdict_lifetime_of(enum verdict_reason reason)
{
	const struct row *row = row_of((unsigned)reason);

	if (row == NULL)
		return (struct verdict_lifetime){ 0, 0 };
	return row->life;
}

enum verdict_reason
verdict_reason_at(unsigned index)
{
	unsigned n;

	for (n = 0; n <= REASON_MAX; n++) {
		if (table[n].word != NULL && index-- == 0)
			return (enum verdict_reason)n;
	}
	return (enum verdict_reason)0;
}

int64_t
verdict_age(const struct verdict *v, int64_t now)
{
	return v->checked_at > now ? 0 : now - v->checked_at;
}

bool
verdict_is_expired(const struct verdict *v, int64_t now)
{
	return now >= v->expire_at || (v->checked_at > 0 &&
	    v->checked_at - VERDICT_CLOCK_SLACK_S > now);
}

bool
verdict_is_stale(const struct verdict *v, int64_t now)
{
	return now >= v->refresh_at || verdict_is_expired(v, now);
}

bool
verdict_state_is_knowledge(enum verdict_state state)
{
	switch (state) {
	case STATE_DELIVERABLE:
	case STATE_UNDELIVERABLE:
	case STATE_RISKY:
		return true;
	case STATE_UNKNOWN:
	case STATE_NOT_CHECKED:
	case STATE_PENDING:
	case STATE_COUNT:
		break;
	}
	return false;
}

bool
verdict_may_replace(const struct verdict *old, const struct verdict *next,
    int64_t now)
{
	if (verdict_lifetime_of(next->reason).expire_s == 0)
		return false;
	if (verdict_state_is_knowledge(verdict_state_of(next->reason)))
		return true;
	return verdict_is_expired(old, now) ||
	    !verdict_state_is_knowledge(verdict_state_of(old->reason));
}

struct verdict
verdict_kept(const struct verdict *old, const struct verdict *next)
{
	struct verdict v = *old;

	if (v.refresh_at < next->refresh_at)
		v.refresh_at = next->refresh_at;
	if (v.refresh_at > v.expire_at)
		v.refresh_at = v.expire_at;
	return v;
}
