/*
 * conf_reasons: the keys of guards.actions that are named as a reason, one row
 * for each of the table in verdict.c. A test compares the two.
 *
 * Private to common/conf_schema.c.
 */
#ifndef RCPTGUARD_CONF_REASONS_H
#define RCPTGUARD_CONF_REASONS_H

/* MAY: the action can be any; MILD: rule R1, never reject. */
#define CONF_REASONS(MAY, MILD) \
	MILD(REASON_ACCEPTED, "accepted") \
	MILD(REASON_ACCEPTED_RATE_LIMITED_MAILBOX, \
	    "accepted_rate_limited_mailbox") \
	MILD(REASON_KNOWN_BY_SIGNAL, "known_by_signal") \
	MAY(REASON_BAD_SYNTAX, "bad_syntax") \
	MAY(REASON_NO_SUCH_DOMAIN, "no_such_domain") \
	MAY(REASON_NULL_MX, "null_mx") \
	MAY(REASON_NO_MAIL_HOST, "no_mail_host") \
	MAY(REASON_UNROUTABLE_MX, "unroutable_mx") \
	MAY(REASON_NO_SUCH_USER, "no_such_user") \
	MAY(REASON_MAILBOX_DISABLED, "mailbox_disabled") \
	MAY(REASON_MAILBOX_MOVED, "mailbox_moved") \
	MILD(REASON_CATCH_ALL, "catch_all") \
	MILD(REASON_MAILBOX_FULL, "mailbox_full") \
	MILD(REASON_MAILBOX_FULL_LONG, "mailbox_full_long") \
	MILD(REASON_DISPOSABLE, "disposable") \
	MILD(REASON_ROLE, "role") \
	MILD(REASON_POSSIBLE_TYPO, "possible_typo") \
	MILD(REASON_POSSIBLE_TRAP, "possible_trap") \
	MILD(REASON_DOMAIN_TOO_NEW, "domain_too_new") \
	MILD(REASON_PROVIDER_ACCEPTS_EVERYTHING, \
	    "provider_accepts_everything") \
	MILD(REASON_DENIED, "denied") \
	MILD(REASON_GREYLISTED, "greylisted") \
	MILD(REASON_TEMPORARY_ERROR, "temporary_error") \
	MILD(REASON_TIMEOUT, "timeout") \
	MILD(REASON_NO_CONNECT, "no_connect") \
	MILD(REASON_CLOSED_EARLY, "closed_early") \
	MILD(REASON_DNS_FAILURE, "dns_failure") \
	MILD(REASON_RECIPIENT_FLOODED, "recipient_flooded") \
	MILD(REASON_RELAY_DENIED, "relay_denied") \
	MILD(REASON_TLS_REQUIRED, "tls_required") \
	MILD(REASON_BLOCKED_POLICY, "blocked_policy") \
	MILD(REASON_BLOCKED_IP_LISTED, "blocked_ip_listed") \
	MILD(REASON_BLOCKED_NO_PTR, "blocked_no_ptr") \
	MILD(REASON_BLOCKED_AUTH, "blocked_auth") \
	MILD(REASON_BLOCKED_HELO, "blocked_helo") \
	MILD(REASON_RATE_LIMITED, "rate_limited") \
	MILD(REASON_PORT25_BLOCKED, "port25_blocked") \
	MILD(REASON_AMBIGUOUS_REFUSAL, "ambiguous_refusal") \
	MILD(REASON_PROBE_UNAVAILABLE, "probe_unavailable") \
	MILD(REASON_EXCLUDED_BY_REQUEST, "excluded_by_request") \
	MILD(REASON_PROVIDER_SIGNALS_ONLY, "provider_signals_only") \
	MILD(REASON_BUDGET_EXHAUSTED, "budget_exhausted") \
	MILD(REASON_WARMUP_LIMIT, "warmup_limit") \
	MILD(REASON_ALL_SOURCES_RESTING, "all_sources_resting") \
	MILD(REASON_PREFLIGHT_FAILED, "preflight_failed") \
	MILD(REASON_SUBMITTER_NOT_ALLOWED, "submitter_not_allowed") \
	MILD(REASON_PROBE_RUNNING, "probe_running")

#endif
