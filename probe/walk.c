#include <string.h>

#include "common/text.h"
#include "probe/walk.h"

const char *
fault_text(enum fault fault)
{
	switch (fault) {
	case FAULT_NONE:
		return "answered";
	case FAULT_CONNECT:
		return "could not be connected to";
	case FAULT_TIMEOUT:
		return "did not answer in time";
	case FAULT_CLOSED:
		return "closed the connection";
	case FAULT_PROTOCOL:
		return "did not speak SMTP as it should";
	case FAULT_TLS:
		return "failed the TLS handshake";
	case FAULT_NO_SMTPUTF8:
		return "does not offer SMTPUTF8, which this address needs";
	case FAULT_LOCAL:
		return "could not be asked for want of memory or descriptors here";
	}
	return "?";
}

static enum verdict_reason
fault_reason(enum fault fault)
{
	switch (fault) {
	case FAULT_CONNECT:
		return REASON_NO_CONNECT;
	case FAULT_TIMEOUT:
		return REASON_TIMEOUT;
	case FAULT_CLOSED:
		return REASON_CLOSED_EARLY;
	case FAULT_PROTOCOL:
	case FAULT_TLS:
		return REASON_TEMPORARY_ERROR;
	case FAULT_NO_SMTPUTF8:
		return REASON_AMBIGUOUS_REFUSAL;
	case FAULT_LOCAL:
		return REASON_PROBE_UNAVAILABLE;
	case FAULT_NONE:
		break;
	}
	return REASON_AMBIGUOUS_REFUSAL;
}

/*
 * A reply (it has a rule) tells more than a silence, and a silence more than a
 * host that could not be reached: so a later "no connect" hides neither.
 */
static unsigned
telling(const struct reply_meaning *m)
{
	if (m->rule != NULL)
		return 2;
	return m->reason == REASON_NO_CONNECT ? 0 : 1;
}

static void
remember(struct walk *w, const struct reply_meaning *m)
{
	if (w->have_best && telling(&w->best) >= telling(m))
		return;
	w->best = *m;
	if (m->rule != NULL) {
		text_copy(w->best_rule, m->rule, sizeof w->best_rule);
		w->best.rule = w->best_rule;
	}
	w->have_best = true;
}

static bool
address_allowed(struct walk *w, const struct net_addr *addr)
{
	const char *why;

	switch (target_check(w->rules, addr, &why)) {
	case TARGET_OK:
		return true;
	case TARGET_NOT_PUBLIC:
		w->not_public++;
		return false;
	case TARGET_OURSELVES:
		w->ourselves++;
		return false;
	}
	return false;
}

/* Whether DNS named all hosts and addresses that there are (rule R1). */
static bool
is_whole(const struct mx_route *route)
{
	size_t i;

	if (route->bad_names || route->incomplete)
		return false;
	for (i = 0; i < route->host_count; i++)
		if (route->hosts[i].a == DNS_FAILED ||
		    route->hosts[i].aaaa == DNS_FAILED)
			return false;
	return true;
}

/*
 * Only a route that leads nowhere but to addresses which no one on the public
 * Internet can reach is undeliverable. Our own addresses are a doubt of ours:
 * the domain may well live on this very machine. So is a host whose addresses
 * DNS did not tell: it may be the one that takes the mail.
 */
void
walk_give_up(const struct walk *w, enum verdict_reason otherwise,
    struct walk_step *step)
{
	memset(step, 0, sizeof *step);
	step->act = WALK_END;
	if (w->have_best) {
		step->reason = w->best.reason;
		step->rule = w->best.rule;
	} else if (w->tries == 0 && w->ourselves == 0 && w->not_public > 0) {
		step->reason = is_whole(w->route) ? REASON_UNROUTABLE_MX :
		    REASON_DNS_FAILURE;
		step->rule = "target.not-public";
	} else if (w->ourselves > 0) {
		step->reason = REASON_NO_CONNECT;
		step->rule = "target.ourselves";
	} else {
		step->reason = otherwise;
	}
}

/* From (host, addr) on, the next address that may be dialled. */
static void
find(struct walk *w, struct walk_step *step)
{
	for (; w->host < w->route->host_count; w->host++, w->addr = 0) {
		const struct mx_host *h = &w->route->hosts[w->host];

		for (; w->addr < h->addr_count; w->addr++) {
			if (w->tries >= WALK_TRIES_MAX)
				break;
			if (!address_allowed(w, &h->addrs[w->addr]))
				continue;
			memset(step, 0, sizeof *step);
			step->act = WALK_ASK;
			step->host = h;
			step->addr = &h->addrs[w->addr];
			w->tries++;
			return;
		}
	}
	walk_give_up(w, REASON_NO_CONNECT, step);
}

void
walk_begin(struct walk *w, const struct mx_route *route,
    const struct target_rules *rules, struct walk_step *step)
{
	memset(w, 0, sizeof *w);
	w->route = route;
	w->rules = rules;
	find(w, step);
}

static void
end(const struct reply_meaning *m, struct walk_step *step)
{
	memset(step, 0, sizeof *step);
	step->act = WALK_END;
	step->reason = m->reason;
	step->rule = m->rule;
}

void
walk_next(struct walk *w, enum fault fault, enum stage stage,
    const struct reply_meaning *meaning, struct walk_step *step)
{
	struct reply_meaning m;

	memset(&m, 0, sizeof m);
	if (fault == FAULT_NONE) {
		m = *meaning;
		/*
		 * The greeting and EHLO speak for one host; from MAIL on the
		 * answer is that of the domain, and asking its other hosts
		 * the same again would be load without knowledge.
		 */
		if (stage >= STAGE_MAIL && !m.next_host) {
			end(&m, step);
			return;
		}
	} else {
		m.reason = fault_reason(fault);
	}
	remember(w, &m);
	if (fault == FAULT_LOCAL) {
		end(&m, step);
		return;
	}
	/* A host that spoke has spoken for all its addresses. */
	if (fault == FAULT_NONE || fault == FAULT_NO_SMTPUTF8) {
		w->host++;
		w->addr = 0;
	} else {
		w->addr++;
	}
	find(w, step);
}
