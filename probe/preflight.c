#include "probe/preflight_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "probe/mail_record.h"

#define AGE_BLOCKED_DAYS	7
#define AGE_YOUNG_DAYS		14

/* Points: 0 name, 1 ptr, 2 spf, 3 dkim, 4 dmarc, 5 mail, 6 page, 7 sender,
   8 port, 9 apart and unlisted. */
static const struct {
	const char *name, *practice;
	unsigned point;
	bool hard;
} checks[] = {
	[CHECK_HELO_NAME] = { "helo_name", "P36", 0, true },
	[CHECK_HELO_ADDRESS] = { "helo_address", "P36", 0, true },
	[CHECK_PTR] = { "ptr", "P37", 1, true },
	[CHECK_SPF] = { "spf", "P39", 2, true },
	[CHECK_DKIM] = { "dkim", "P39", 3, false },
	[CHECK_DMARC] = { "dmarc", "P39", 4, false },
	[CHECK_MX] = { "sender_mx", "P43", 5, false },
	[CHECK_POSTMASTER] = { "postmaster", "P5", 5, false },
	[CHECK_ABUSE] = { "abuse", "P5", 5, false },
	[CHECK_POLICY] = { "policy_page", "P1", 6, false },
	[CHECK_CONTACT] = { "contact", "P5", 6, false },
	[CHECK_SENDER] = { "sender", "P43", 7, true },
	[CHECK_AGE] = { "domain_age", "P35", 7, true },
	[CHECK_PORT] = { "port25", "P38", 8, false },
	[CHECK_APART] = { "apart", "P32", 9, false },
	[CHECK_LISTED] = { "listed", "P33", 9, false },
};

const char *
check_result_word(enum check_result result)
{
	switch (result) {
	case CHECK_OK:
		return "ok";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_SKIPPED:
		return "skipped";
	}
	return "?";
}

/* --- the report ---------------------------------------------------------- */

struct preflight_check *
preflight_say(struct judge *j, enum check_id id, enum check_result result,
    const struct net_addr *source, const char *fmt, ...)
{
	struct preflight_report *r = j->out;
	struct preflight_check *c = &r->checks[r->count];
	va_list ap;

	/* More sources than a report holds: the last line is written over. */
	if (r->count + 1 < PREFLIGHT_CHECKS_MAX)
		r->count++;
	memset(c, 0, sizeof *c);
	c->name = checks[id].name;
	c->practice = checks[id].practice;
	c->point = checks[id].point;
	c->hard = checks[id].hard;
	c->result = result;
	if (source != NULL)
		net_addr_text(source, c->source);
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof c->text, fmt, ap);
	va_end(ap);
	return c;
}

void
preflight_fix(struct preflight_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->fix, sizeof c->fix, fmt, ap);
	va_end(ap);
}

const struct fact_answer *
preflight_ask(struct judge *j, enum fact_type type, const char *name)
{
	const struct fact_answer *a = facts_get(j->facts, type, name);

	if (a == NULL)
		j->out->pending = true;
	return a;
}

const char *
preflight_safe(const char *text, char out[128])
{
	text_escape(text, strlen(text), out, 128);
	return out;
}

/* --- the name ------------------------------------------------------------ */

/*
 * The addresses of a host, and what can be said of it: DNS_OK if it has any.
 * False: pending.
 */
static bool
host_status(struct judge *j, const char *host, enum dns_status *out)
{
	const struct fact_answer *v4 = preflight_ask(j, FACT_A, host);
	const struct fact_answer *v6 = preflight_ask(j, FACT_AAAA, host);

	if (v4 == NULL || v6 == NULL)
		return false;
	if (v4->count + v6->count > 0)
		*out = DNS_OK;
	else if (v4->status == DNS_FAILED || v6->status == DNS_FAILED)
		*out = DNS_FAILED;
	else
		*out = v4->status;
	return true;
}

static void
judge_helo(struct judge *j, const char *helo)
{
	enum dns_status status;
	struct preflight_check *c;

	if (strchr(helo, '.') == NULL || preflight_free_mail(helo))
		preflight_fix(preflight_say(j, CHECK_HELO_NAME, CHECK_FAIL,
		    NULL, "%s is no name of a mail host of ours", helo),
		    "set identity.helo to a full name in a domain of yours");
	else if (preflight_looks_dynamic(helo, NULL))
		preflight_fix(preflight_say(j, CHECK_HELO_NAME, CHECK_FAIL,
		    NULL, "%s looks like a dialled-in address", helo),
		    "choose a name such as verify.example.com as "
		    "identity.helo");
	else
		preflight_say(j, CHECK_HELO_NAME, CHECK_OK, NULL,
		    "%s is a full name", helo);
	if (!host_status(j, helo, &status))
		return;
	if (status == DNS_OK) {
		preflight_say(j, CHECK_HELO_ADDRESS, CHECK_OK, NULL,
		    "%s has an address", helo);
		return;
	}
	c = preflight_say(j, CHECK_HELO_ADDRESS, status == DNS_FAILED ?
	    CHECK_WARN : CHECK_FAIL, NULL, "%s: DNS gave no address", helo);
	preflight_fix(c, status == DNS_FAILED ?
	    "look after the name servers of %s" :
	    "add an A or AAAA record to %s", helo);
}

/* --- the sender's domain ------------------------------------------------- */

static void
judge_sender(struct judge *j)
{
	if (preflight_free_mail(j->domain))
		preflight_fix(preflight_say(j, CHECK_SENDER, CHECK_FAIL, NULL,
		    "%s is everybody's domain", j->domain),
		    "set identity.sender to an address in a domain of yours");
	else if (strchr(j->domain, '.') == NULL)
		preflight_fix(preflight_say(j, CHECK_SENDER, CHECK_FAIL, NULL,
		    "%s is no full domain", j->domain),
		    "set identity.sender to an address in a domain of yours");
	else
		preflight_say(j, CHECK_SENDER, CHECK_OK, NULL,
		    "%s is a sender of our own", j->conf->identity.sender);
}

static void
judge_age(struct judge *j)
{
	const char *since = j->conf->identity.domain_since;
	long long days;

	if (since[0] == '\0') {
		preflight_say(j, CHECK_AGE, CHECK_SKIPPED, NULL,
		    "identity.domain_since does not say how old %s is",
		    j->domain);
		return;
	}
	days = preflight_days_since(since, j->in->now);
	if (days >= AGE_YOUNG_DAYS)
		preflight_say(j, CHECK_AGE, CHECK_OK, NULL,
		    "%s is %lld days old", j->domain, days);
	else if (days >= AGE_BLOCKED_DAYS)
		preflight_fix(preflight_say(j, CHECK_AGE, CHECK_WARN, NULL,
		    "%s is %lld days old", j->domain, days),
		    "keep to the first step of the ramp until it is %d days "
		    "old", AGE_YOUNG_DAYS);
	else
		preflight_fix(preflight_say(j, CHECK_AGE, CHECK_FAIL, NULL,
		    "%s is %lld days old", j->domain, days < 0 ? 0 : days),
		    "wait until it is %d days old: newer domains are refused",
		    AGE_BLOCKED_DAYS);
}

static void
judge_mx(struct judge *j)
{
	const struct fact_answer *a = preflight_ask(j, FACT_MX, j->domain);
	enum dns_status status;
	char name[128];
	const char *host;

	if (a == NULL)
		return;
	if (a->status == DNS_FAILED) {
		preflight_fix(preflight_say(j, CHECK_MX, CHECK_WARN, NULL,
		    "%s: DNS gave no usable answer", j->domain),
		    "look after the name servers of %s", j->domain);
		return;
	}
	host = a->count > 0 ? a->items[0].text : j->domain;
	if (!host_status(j, host, &status))
		return;
	if (a->count > 0 && status == DNS_OK)
		preflight_say(j, CHECK_MX, CHECK_OK, NULL,
		    "%s has the mail host %s", j->domain,
		    preflight_safe(host, name));
	else
		preflight_fix(preflight_say(j, CHECK_MX, CHECK_FAIL, NULL,
		    a->count == 0 ? "%s has no MX record" :
		    "the mail host of %s has no address", j->domain),
		    "add an MX record to %s whose host has an address: mail "
		    "to the sender must arrive", j->domain);
}

static void
judge_dkim(struct judge *j)
{
	const char *selector = j->conf->identity.dkim_selector, *fault;
	const struct fact_answer *a;
	char name[FACTS_NAME_SIZE];

	if (selector[0] == '\0') {
		preflight_fix(preflight_say(j, CHECK_DKIM, CHECK_WARN, NULL,
		    "identity.dkim_selector names no key of %s", j->domain),
		    "publish a DKIM key for %s and set "
		    "identity.dkim_selector", j->domain);
		return;
	}
	snprintf(name, sizeof name, "%s._domainkey.%s", selector, j->domain);
	if ((a = preflight_ask(j, FACT_TXT, name)) == NULL)
		return;
	if (a->status == DNS_FAILED)
		fault = "DNS gave no usable answer";
	else if (a->count == 0)
		fault = "there is no such TXT record";
	else if (a->count > 1)
		fault = "it has several TXT records";
	else
		fault = dkim_record_fault(a->items[0].text);
	if (fault == NULL)
		preflight_say(j, CHECK_DKIM, CHECK_OK, NULL,
		    "%s is a good key", name);
	else
		preflight_fix(preflight_say(j, CHECK_DKIM,
		    a->status == DNS_FAILED ? CHECK_WARN : CHECK_FAIL, NULL,
		    "%s: %s", name, fault),
		    "publish one TXT record at %s, \"v=DKIM1; p=...\"", name);
}

static void
judge_dmarc(struct judge *j)
{
	const struct fact_answer *a;
	const char *record = NULL, *fault = NULL;
	char name[FACTS_NAME_SIZE];
	size_t i;

	snprintf(name, sizeof name, "_dmarc.%s", j->domain);
	if ((a = preflight_ask(j, FACT_TXT, name)) == NULL)
		return;
	for (i = 0; i < a->count; i++) {
		if (!dmarc_record_is(a->items[i].text))
			continue;
		if (record != NULL)
			fault = "it has two DMARC records, so none counts";
		record = a->items[i].text;
	}
	if (a->status == DNS_FAILED)
		fault = "DNS gave no usable answer";
	else if (record == NULL)
		fault = "there is no DMARC record";
	else if (fault == NULL)
		fault = dmarc_record_fault(record);
	if (fault == NULL)
		preflight_say(j, CHECK_DMARC, CHECK_OK, NULL,
		    "%s is a good record", name);
	else
		preflight_fix(preflight_say(j, CHECK_DMARC,
		    a->status == DNS_FAILED ? CHECK_WARN : CHECK_FAIL, NULL,
		    "%s: %s", name, fault),
		    "publish the TXT record \"v=DMARC1; p=none\" at %s", name);
}

/* --- the page, mailboxes and hosts --------------------------------------- */

static void
judge_policy(struct judge *j)
{
	const char *url = j->conf->identity.policy_url, *host;
	enum dns_status status;
	char name[FACTS_NAME_SIZE];
	struct net_addr addr;
	size_t len;

	if (url[0] == '\0') {
		preflight_fix(preflight_say(j, CHECK_POLICY, CHECK_WARN, NULL,
		    "no page explains the probes"), "publish what `rcptguard "
		    "policy-page` prints and set identity.policy_url");
		return;
	}
	host = strstr(url, "://") + 3;
	len = strcspn(host, ":/?#");
	snprintf(name, sizeof name, "%.*s", (int)len, host);
	if (!net_addr_parse(name, &addr) && !host_status(j, name, &status))
		return;
	if (addr.family != 0 || status == DNS_OK)
		preflight_say(j, CHECK_POLICY, CHECK_OK, NULL,
		    "the host of %s has an address", url);
	else
		preflight_fix(preflight_say(j, CHECK_POLICY,
		    status == DNS_FAILED ? CHECK_WARN : CHECK_FAIL, NULL,
		    "the host of %s has no address", url),
		    "add an address to %s, or correct identity.policy_url",
		    name);
}

static void
judge_contact(struct judge *j)
{
	if (j->conf->identity.contact[0] != '\0')
		preflight_say(j, CHECK_CONTACT, CHECK_OK, NULL,
		    "complaints go to %s", j->conf->identity.contact);
	else
		preflight_fix(preflight_say(j, CHECK_CONTACT, CHECK_WARN,
		    NULL, "identity.contact is not set"),
		    "set identity.contact to an address that somebody reads");
}

static const struct preflight_contact *
find_contact(const struct judge *j, enum contact_kind kind, const char *what)
{
	size_t i;

	for (i = 0; i < j->in->contact_count; i++)
		if (j->in->contacts[i].kind == kind &&
		    strcasecmp(j->in->contacts[i].what, what) == 0)
			return &j->in->contacts[i];
	return NULL;
}

static void
judge_mailbox(struct judge *j, enum check_id id, const char *local)
{
	const struct preflight_contact *m;
	struct preflight_check *c;
	char name[ADDRESS_MAX + 1];

	snprintf(name, sizeof name, "%s@%s", local, j->domain);
	m = find_contact(j, CONTACT_MAILBOX, name);
	c = preflight_say(j, id, m != NULL ? m->result : CHECK_SKIPPED, NULL,
	    "%s: %s", name, m != NULL ? m->text : "was not asked");
	if (c->result == CHECK_FAIL || c->result == CHECK_WARN)
		preflight_fix(c, "let the mail host of %s accept %s (RFC "
		    "2142)", j->domain, name);
}

static void
judge_ports(struct judge *j)
{
	const struct conf_strings *hosts = &j->conf->identity.check_hosts;
	const struct preflight_contact *m;
	struct preflight_check *c;
	size_t i;

	if (hosts->count == 0)
		preflight_say(j, CHECK_PORT, CHECK_SKIPPED, NULL,
		    "identity.check_hosts names no host to try");
	for (i = 0; i < hosts->count; i++) {
		m = find_contact(j, CONTACT_PORT, hosts->items[i]);
		c = preflight_say(j, CHECK_PORT, m != NULL ? m->result :
		    CHECK_SKIPPED, NULL, "%s: %s", hosts->items[i],
		    m != NULL ? m->text : "was not tried");
		if (c->result == CHECK_FAIL || c->result == CHECK_WARN)
			preflight_fix(c, "let connections to port %lld out, "
			    "or ask the provider of this network to",
			    (long long)j->conf->smtp.port);
	}
}

/* --- all ----------------------------------------------------------------- */

static void
add_source(struct preflight_report *r, const struct net_addr *addr,
    const char *helo)
{
	struct preflight_source *s = &r->sources[r->source_count];

	if (r->source_count == PREFLIGHT_SOURCES_MAX)
		return;
	r->source_count++;
	s->addr = *addr;
	s->helo = helo;
	s->good = true;
}

/*
 * Where the system chooses the source, or a gateway translates it, the world
 * should see what the HELO name says.
 */
static void
find_sources(struct judge *j)
{
	static const enum fact_type types[] = { FACT_A, FACT_AAAA };
	const struct conf *c = j->conf;
	const struct fact_answer *a;
	size_t i, k;

	j->out->implied = c->identity.source_count == 0;
	for (i = 0; i < c->identity.source_count; i++)
		add_source(j->out, &c->identity.sources[i].address,
		    c->identity.sources[i].helo[0] != '\0' ?
		    c->identity.sources[i].helo : c->identity.helo);
	for (i = 0; j->out->implied && i < 2; i++) {
		a = preflight_ask(j, types[i], c->identity.helo);
		for (k = 0; a != NULL && k < a->count; k++)
			add_source(j->out, &a->items[k].addr,
			    c->identity.helo);
	}
}

static void
judge_helos(struct judge *j)
{
	const struct conf *c = j->conf;
	size_t i;

	judge_helo(j, c->identity.helo);
	for (i = 0; i < c->identity.source_count; i++)
		if (c->identity.sources[i].helo[0] != '\0' &&
		    strcasecmp(c->identity.sources[i].helo,
		    c->identity.helo) != 0)
			judge_helo(j, c->identity.sources[i].helo);
}

static void
judge_listings(struct judge *j)
{
	const struct preflight_listing *l;
	struct preflight_check *c;
	size_t i;

	for (i = 0; i < j->in->listing_count; i++) {
		l = &j->in->listings[i];
		c = preflight_say(j, CHECK_LISTED, CHECK_FAIL, NULL,
		    "%s is listed: %s", l->what, l->text);
		preflight_fix(c, "find the cause, have it removed from the "
		    "list, then `rcptguard source resume`");
	}
	if (j->in->listing_count == 0)
		preflight_say(j, CHECK_LISTED, CHECK_OK, NULL,
		    "no list that was asked names us");
}

static void
sum_up(struct preflight_report *r)
{
	bool lost[PREFLIGHT_POINTS] = { false };
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct preflight_check *c = &r->checks[i];

		if (c->result == CHECK_WARN || c->result == CHECK_FAIL)
			lost[c->point] = true;
		if (c->result == CHECK_FAIL && c->hard &&
		    c->source[0] == '\0')
			r->good = false;
	}
	for (i = 0, r->score = 0; i < PREFLIGHT_POINTS; i++)
		r->score += !lost[i];
}

void
preflight_judge(const struct preflight_input *in, struct facts *facts,
    struct preflight_report *out)
{
	struct judge j = { in, in->conf, facts, out,
	    preflight_sender_domain(in->conf) };
	size_t i;

	memset(out, 0, sizeof *out);
	out->good = true;
	find_sources(&j);
	judge_helos(&j);
	for (i = 0; i < out->source_count; i++)
		preflight_judge_source(&j, &out->sources[i]);
	judge_dkim(&j);
	judge_dmarc(&j);
	judge_mx(&j);
	judge_mailbox(&j, CHECK_POSTMASTER, "postmaster");
	judge_mailbox(&j, CHECK_ABUSE, "abuse");
	judge_policy(&j);
	judge_contact(&j);
	judge_sender(&j);
	judge_age(&j);
	judge_ports(&j);
	judge_listings(&j);
	sum_up(out);
}
