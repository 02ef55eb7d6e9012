#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "probe/preflight_internal.h"
#include "probe/spf.h"

/* --- forward-confirmed reverse DNS (RFC 8601, 2.7.3) --------------------- */

enum confirmed {
	CONFIRMED_YES,
	CONFIRMED_NO,
	CONFIRMED_UNANSWERED,
	CONFIRMED_PENDING
};

static enum confirmed
leads_back(struct judge *j, const char *name, const struct net_addr *addr)
{
	const struct fact_answer *a = preflight_ask(j,
	    addr->family == AF_INET ? FACT_A : FACT_AAAA, name);
	size_t i;

	if (a == NULL)
		return CONFIRMED_PENDING;
	for (i = 0; i < a->count; i++)
		if (net_addr_equal(&a->items[i].addr, addr))
			return CONFIRMED_YES;
	return a->status == DNS_FAILED ? CONFIRMED_UNANSWERED : CONFIRMED_NO;
}

static void
ptr_lost(struct judge *j, struct preflight_source *s, enum check_result result,
    const char *found)
{
	struct preflight_check *c;
	char ip[NET_TEXT_SIZE];

	net_addr_text(&s->addr, ip);
	c = preflight_say(j, CHECK_PTR, result, &s->addr, "%s %s", ip, found);
	preflight_fix(c, "have the provider of %s set its PTR record to %s, "
	    "and give %s the address %s", ip, s->helo, s->helo, ip);
	if (result == CHECK_FAIL)
		s->good = false;
}

static void
judge_name(struct judge *j, struct preflight_source *s, const char *ptr)
{
	char name[128], text[300];

	preflight_safe(ptr, name);
	switch (leads_back(j, ptr, &s->addr)) {
	case CONFIRMED_PENDING:
		return;
	case CONFIRMED_UNANSWERED:
		snprintf(text, sizeof text, "has the name %s, for which DNS "
		    "gave no usable answer", name);
		ptr_lost(j, s, CHECK_WARN, text);
		return;
	case CONFIRMED_NO:
		snprintf(text, sizeof text, "has the name %s, which does not "
		    "lead back to it", name);
		ptr_lost(j, s, CHECK_FAIL, text);
		return;
	case CONFIRMED_YES:
		break;
	}
	if (preflight_looks_dynamic(ptr, &s->addr)) {
		snprintf(text, sizeof text, "has the name %s, which looks "
		    "like a dialled-in address", name);
		ptr_lost(j, s, CHECK_FAIL, text);
	} else if (strcasecmp(ptr, s->helo) != 0) {
		snprintf(text, sizeof text, "has the name %s, but says EHLO "
		    "%s", name, s->helo);
		ptr_lost(j, s, CHECK_WARN, text);
	} else
		preflight_say(j, CHECK_PTR, CHECK_OK, &s->addr,
		    "its name %s leads back to it", name);
}

static void
judge_ptr(struct judge *j, struct preflight_source *s)
{
	char reverse[FACTS_NAME_SIZE];
	const struct fact_answer *a;
	const char *best;
	size_t i;

	if (!facts_reverse(&s->addr, facts_reverse_zone(&s->addr), reverse) ||
	    (a = preflight_ask(j, FACT_PTR, reverse)) == NULL)
		return;
	if (a->status == DNS_FAILED) {
		ptr_lost(j, s, CHECK_WARN, "cannot be looked up: DNS gave no "
		    "usable answer");
		return;
	}
	if (a->count == 0) {
		ptr_lost(j, s, CHECK_FAIL, "has no name (no PTR record)");
		return;
	}
	best = a->items[0].text;
	for (i = 0; i < a->count; i++)
		if (strcasecmp(a->items[i].text, s->helo) == 0)
			best = a->items[i].text;
	judge_name(j, s, best);
}

/* --- SPF ----------------------------------------------------------------- */

static void
judge_spf(struct judge *j, struct preflight_source *s)
{
	const char *sender = j->conf->identity.sender;
	char local[ADDRESS_MAX + 1], ip[NET_TEXT_SIZE];
	struct spf_input in = { s->addr, local, j->domain, s->helo };
	struct preflight_check *c;
	struct spf_verdict v;
	bool doubt;

	snprintf(local, sizeof local, "%.*s", (int)strcspn(sender, "@"),
	    sender);
	spf_check(&in, j->facts, &v);
	if (v.result == SPF_PENDING) {
		j->out->pending = true;
		return;
	}
	if (v.result == SPF_PASS) {
		preflight_say(j, CHECK_SPF, CHECK_OK, &s->addr,
		    "SPF of %s passes it (%s)", j->domain, v.why);
		return;
	}
	doubt = v.result == SPF_TEMPERROR;
	j->out->unanswered |= doubt;
	net_addr_text(&s->addr, ip);
	c = preflight_say(j, CHECK_SPF, doubt ? CHECK_WARN : CHECK_FAIL,
	    &s->addr, "SPF of %s: %s (%s)", j->domain, spf_word(v.result),
	    v.why);
	preflight_fix(c, doubt ? "look after the name servers of %s" :
	    "correct the SPF record of %s: it needs %s:%s", j->domain,
	    s->addr.family == AF_INET ? "ip4" : "ip6", ip);
	if (!doubt)
		s->good = false;
}

/* --- apart from the site's own mail -------------------------------------- */

static void
judge_apart(struct judge *j, struct preflight_source *s)
{
	const struct conf_networks *nets = &j->conf->identity.mail_sources;
	struct preflight_check *c;
	char ip[NET_TEXT_SIZE];
	size_t i;

	net_addr_text(&s->addr, ip);
	if (nets->count == 0) {
		preflight_say(j, CHECK_APART, CHECK_SKIPPED, &s->addr,
		    "identity.mail_sources does not say where mail is sent "
		    "from");
		return;
	}
	for (i = 0; i < nets->count; i++) {
		if (!net_cidr_contains(&nets->items[i], &s->addr))
			continue;
		c = preflight_say(j, CHECK_APART, CHECK_WARN, &s->addr,
		    "the mail server sends from %s as well", ip);
		preflight_fix(c, "probe from an address of its own: what "
		    "lists a probe would list your mail");
		return;
	}
	preflight_say(j, CHECK_APART, CHECK_OK, &s->addr,
	    "no mail is sent from %s", ip);
}

void
preflight_judge_source(struct judge *j, struct preflight_source *s)
{
	judge_ptr(j, s);
	judge_spf(j, s);
	judge_apart(j, s);
}
