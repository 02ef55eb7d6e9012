#include <string.h>

#include "common/text.h"
#include "probe/walk.h"

_Static_assert(MX_HOSTS_MAX * MX_ADDRS_MAX <= 32, "walk.done has a bit each");

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

static bool
remember(struct walk *w, const struct reply_meaning *m)
{
	if (w->have_best && telling(&w->best) >= telling(m))
		return false;
	w->best = *m;
	if (m->rule != NULL) {
		text_copy(w->best_rule, m->rule, sizeof w->best_rule);
		w->best.rule = w->best_rule;
	}
	w->have_best = true;
	return true;
}

/* --- addresses ----------------------------------------------------------- */

static uint32_t
bit(size_t host, size_t addr)
{
	return 1u << (host * MX_ADDRS_MAX + addr);
}

static void
host_done(struct walk *w, size_t host)
{
	size_t i;

	for (i = 0; i < MX_ADDRS_MAX; i++)
		w->done |= bit(host, i);
}

void
walk_tried(struct walk *w, const struct net_addr *addr,
    const struct net_addr *other)
{
	const struct mx_host *h = &w->route->hosts[w->host];
	size_t i;

	w->done &= ~bit(w->host, w->addr);
	for (i = 0; i < h->addr_count; i++) {
		if (net_addr_equal(&h->addrs[i], addr))
			w->addr = i;
		if (net_addr_equal(&h->addrs[i], other))
			w->done |= bit(w->host, i);
	}
	w->done |= bit(w->host, w->addr);
}

/* What may never be dialled is counted, and done with. */
static void
leave_out_forbidden(struct walk *w)
{
	const struct mx_route *r = w->route;
	const char *why;
	size_t i, j;

	for (i = 0; i < r->host_count; i++)
		for (j = 0; j < r->hosts[i].addr_count; j++) {
			switch (target_check(w->rules, &r->hosts[i].addrs[j],
			    &why)) {
			case TARGET_OK:
				continue;
			case TARGET_NOT_PUBLIC:
				w->not_public++;
				break;
			case TARGET_OURSELVES:
				w->ourselves++;
				break;
			}
			w->done |= bit(i, j);
		}
}

static bool
may_ask(const struct walk *w, size_t host, size_t addr, int64_t now)
{
	return (w->done & bit(host, addr)) == 0 && hostmem_rests(w->memory,
	    &w->route->hosts[host].addrs[addr], now) == NULL;
}

static const struct net_addr *
other_family(const struct walk *w, int64_t now)
{
	const struct mx_host *h = &w->route->hosts[w->host];
	size_t i;

	for (i = 0; i < h->addr_count; i++)
		if (h->addrs[i].family != h->addrs[w->addr].family &&
		    may_ask(w, w->host, i, now))
			return &h->addrs[i];
	return NULL;
}

/* --- the end ------------------------------------------------------------- */

/* Whether DNS named all hosts and addresses that there are (rule R1). */
static bool
is_whole(const struct mx_route *route)
{
	return !route->bad_names && !route->incomplete &&
	    !mx_route_has_failed(route);
}

/*
 * Nobody can deliver to a local part in UTF-8 where no host takes one (RFC
 * 6531, 3.2). That is known only if every host of the domain said so.
 */
static bool
smtputf8_nowhere(const struct walk *w)
{
	return w->no_smtputf8 > 0 && is_whole(w->route) &&
	    w->no_smtputf8 == w->route->host_count;
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
	if (smtputf8_nowhere(w)) {
		step->reason = REASON_NO_MAIL_HOST;
		step->rule = "smtputf8.nowhere";
	} else if (w->have_best) {
		step->reason = w->best.reason;
		step->rule = w->best.rule;
	} else if (w->tries == 0 && !w->passed && w->ourselves == 0 &&
	    w->not_public > 0) {
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

/*
 * Nobody may be asked any more. Of what the resting ones did, the first of
 * the most telling is kept, if it tells more than what was heard.
 */
static void
end_by_memory(struct walk *w, int64_t now, struct walk_step *step)
{
	const struct mx_route *r = w->route;
	const struct mx_host *host = NULL;
	const struct net_addr *addr = NULL;
	const struct host_did *did = NULL, *d;
	size_t i, j;

	for (i = 0; i < r->host_count; i++)
		for (j = 0; j < r->hosts[i].addr_count; j++) {
			struct reply_meaning m = { .rule = NULL };

			if ((w->done & bit(i, j)) != 0)
				continue;
			d = hostmem_rests(w->memory, &r->hosts[i].addrs[j],
			    now);
			if (d == NULL)
				continue;
			m.reason = d->reason;
			m.rule = d->rule[0] != '\0' ? d->rule : NULL;
			if (!remember(w, &m))
				continue;
			did = d;
			host = &r->hosts[i];
			addr = &r->hosts[i].addrs[j];
		}
	walk_give_up(w, REASON_NO_CONNECT, step);
	step->host = host;
	step->addr = addr;
	step->did = did;
}

/* --- steps --------------------------------------------------------------- */

static void
ask(struct walk *w, size_t host, size_t addr, int64_t now,
    struct walk_step *step)
{
	memset(step, 0, sizeof *step);
	w->host = host;
	w->addr = addr;
	w->done |= bit(host, addr);
	w->tries++;
	step->act = WALK_ASK;
	step->host = &w->route->hosts[host];
	step->addr = &step->host->addrs[addr];
	step->other = other_family(w, now);
}

static void
find(struct walk *w, int64_t now, struct walk_step *step)
{
	const struct mx_route *r = w->route;
	size_t i, j;

	for (i = 0; i < r->host_count && w->tries < WALK_TRIES_MAX; i++)
		for (j = 0; j < r->hosts[i].addr_count; j++)
			if (may_ask(w, i, j, now)) {
				ask(w, i, j, now, step);
				return;
			}
	end_by_memory(w, now, step);
}

void
walk_begin(struct walk *w, const struct mx_route *route,
    const struct target_rules *rules, const struct hostmem *memory,
    int64_t now_ms, struct walk_step *step)
{
	memset(w, 0, sizeof *w);
	w->route = route;
	w->rules = rules;
	w->memory = memory;
	leave_out_forbidden(w);
	find(w, now_ms, step);
}

/* It was no try, and so none shows that nobody can be dialled. */
static void
pass_on(struct walk *w, int64_t now_ms, struct walk_step *step)
{
	w->tries--;
	w->passed = true;
	find(w, now_ms, step);
}

void
walk_pass(struct walk *w, int64_t now_ms, struct walk_step *step)
{
	host_done(w, w->host);
	pass_on(w, now_ms, step);
}

void
walk_skip(struct walk *w, int64_t now_ms, struct walk_step *step)
{
	w->failed |= bit(w->host, w->addr);
	pass_on(w, now_ms, step);
}

/* By what it did just now, or by what is remembered. */
static bool
has_failed(const struct walk *w, size_t host, int64_t now)
{
	const struct mx_host *h = &w->route->hosts[host];
	size_t i;

	for (i = 0; i < h->addr_count; i++)
		if ((w->failed & bit(host, i)) != 0 ||
		    ((w->done & bit(host, i)) == 0 && hostmem_rests(w->memory,
		    &h->addrs[i], now) != NULL))
			return true;
	return false;
}

bool
walk_end_without(struct walk *w, int64_t now_ms, struct walk_step *step)
{
	const struct mx_route *r = w->route;
	uint16_t its = r->hosts[w->host].preference;
	bool better = false;
	size_t i;

	for (i = 0; i < r->host_count && r->hosts[i].preference < its; i++)
		better = better || has_failed(w, i, now_ms);
	if (!better)
		return false;
	/* What others of its kind would do is no better than its word. */
	for (; i < r->host_count; i++)
		host_done(w, i);
	end_by_memory(w, now_ms, step);
	return true;
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
    const struct reply_meaning *meaning, int64_t now_ms,
    struct walk_step *step)
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
	w->failed |= bit(w->host, w->addr);
	if (fault == FAULT_LOCAL) {
		end(&m, step);
		return;
	}
	w->no_smtputf8 += fault == FAULT_NO_SMTPUTF8;
	/* A host that spoke has spoken for all its addresses. */
	if (fault == FAULT_NONE || fault == FAULT_NO_SMTPUTF8)
		host_done(w, w->host);
	find(w, now_ms, step);
}
