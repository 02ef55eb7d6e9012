#include "probe/hearsay.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

#define SLOW_MS	(600 * 1000)	/* its other address is dialled first */

int64_t
hearsay_learn(struct hostmem *m, const struct ask_result *r,
    const struct reply_meaning *meaning, int64_t now_ms)
{
	struct host_did did = {
		.fault = r->fault,
		.stage = r->stage,
		.code = r->code,
	};
	int64_t rest_ms;

	if (r->fault == FAULT_NONE) {
		did.reason = meaning->reason;
		text_copy(did.rule, meaning->rule != NULL ? meaning->rule : "",
		    sizeof did.rule);
		text_copy(did.enhanced, r->enhanced, sizeof did.enhanced);
		text_copy(did.text, r->text, sizeof did.text);
	} else {
		did.reason = fault_reason(r->fault);
	}
	if (r->fault != FAULT_CONNECT && r->other.family != 0)
		hostmem_learn(m, &r->other, HABIT_SLOW, now_ms + SLOW_MS);
	if (!hostmem_is_failure(&did)) {
		if (r->fault == FAULT_NONE || r->fault == FAULT_NO_SMTPUTF8)
			hostmem_well(m, &r->addr);
		return 0;
	}
	rest_ms = hostmem_rest(m, &r->addr, &did, now_ms);
	if (r->fault == FAULT_CONNECT && r->other.family != 0)
		(void)hostmem_rest(m, &r->other, &did, now_ms);
	return rest_ms;
}

/* What the admin can do about a refusal of us; NULL: it passes by itself. */
static const char *
advice(enum verdict_reason reason)
{
	if (reason == REASON_BLOCKED_HELO || reason == REASON_BLOCKED_NO_PTR ||
	    reason == REASON_BLOCKED_AUTH)
		return "see \"rcptguard preflight\" for what to mend";
	if (reason == REASON_BLOCKED_IP_LISTED)
		return "see \"rcptguard status\" for our addresses on lists";
	if (reason == REASON_RATE_LIMITED)
		return "a lower budget in providers.conf keeps it calm";
	if (reason == REASON_BLOCKED_POLICY)
		return "see what it says of identity.sender or our address; "
		    "\"rcptguard exclude\" leaves it in peace";
	return NULL;
}

void
hearsay_log(const char *host, const struct ask_result *r,
    const struct reply_meaning *meaning, int64_t rest_ms)
{
	const char *what_to_do = advice(meaning->reason);
	char ip[NET_TEXT_SIZE], text[512];

	if (rest_ms == 0 || r->fault != FAULT_NONE || what_to_do == NULL)
		return;
	net_addr_text(&r->addr, ip);
	text_escape_utf8(r->text, strlen(r->text), text, sizeof text);
	log_info("%s [%s] refuses us at %s: %03u %s (%s, rule %s); it is not "
	    "asked for %lld s; %s", host, ip, stage_word(r->stage), r->code,
	    text, verdict_reason_word(meaning->reason), meaning->rule,
	    (long long)rest_ms / 1000, what_to_do);
}

static void
tell_one(const struct host_did *did, const struct mx_host *host,
    const struct net_addr *addr, int64_t now_ms, uint32_t at_ms,
    struct evidence *story)
{
	char ip[NET_TEXT_SIZE], what[256];

	net_addr_text(addr, ip);
	if (did->fault == FAULT_NONE)
		snprintf(what, sizeof what, "said %03u %s", did->code,
		    did->text);
	else
		snprintf(what, sizeof what, "%s", fault_text(did->fault));
	evidence_tell(story, at_ms, STORY_CONNECT,
	    "%s [%s] rests for %lld s more, remembered from %lld s ago: "
	    "at %s the host %s", host->name, ip,
	    (long long)((did->until_ms - now_ms + 999) / 1000),
	    (long long)((now_ms - did->at_ms) / 1000), stage_word(did->stage),
	    what);
}

void
hearsay_tell(const struct hostmem *m, const struct mx_route *route,
    int64_t now_ms, uint32_t at_ms, struct evidence *story)
{
	const struct host_did *did;
	size_t i, j;

	for (i = 0; i < route->host_count; i++)
		for (j = 0; j < route->hosts[i].addr_count; j++) {
			did = hostmem_rests(m, &route->hosts[i].addrs[j],
			    now_ms);
			if (did != NULL)
				tell_one(did, &route->hosts[i],
				    &route->hosts[i].addrs[j], now_ms, at_ms,
				    story);
		}
}

void
hearsay_evidence(const struct walk_step *step, struct evidence *ev)
{
	const struct host_did *did = step->did;

	ev->stage = did->stage;
	ev->code = did->code;
	text_copy(ev->enhanced, did->enhanced, sizeof ev->enhanced);
	text_escape_utf8(did->text, strlen(did->text), ev->text,
	    sizeof ev->text);
	ev->tls[0] = '\0';
	text_copy(ev->mx, step->host->name, sizeof ev->mx);
	net_addr_text(step->addr, ev->ip);
}
