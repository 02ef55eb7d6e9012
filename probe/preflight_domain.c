/*
 * preflight_domain: what is seen of the sender's domain.
 */
#include <stdio.h>

#include "common/clock.h"
#include "probe/domain_age.h"
#include "probe/mail_record.h"
#include "probe/preflight_internal.h"

static void
judge_sender(struct judge *j)
{
	if (preflight_is_shared(j, j->domain))
		preflight_fix(preflight_say(j, CHECK_SENDER, CHECK_FAIL, NULL,
		    "%s is everybody's domain", j->domain),
		    "set identity.sender to an address in a domain of yours");
	else
		preflight_say(j, CHECK_SENDER, CHECK_OK, NULL,
		    "%s is a sender of our own", j->conf->identity.sender);
}

static void
age_unknown(struct judge *j)
{
	const char *note = j->in->age_note;

	preflight_say(j, CHECK_AGE, CHECK_SKIPPED, NULL, "how old %s is, is "
	    "not known%s%s; identity.domain_since or identity.rdap would "
	    "tell", j->domain, note != NULL ? ": " : "",
	    note != NULL ? note : "");
}

static void
judge_age(struct judge *j)
{
	int64_t since = clock_day(j->conf->identity.domain_since);
	long long days;

	if (since == 0)
		since = j->in->domain_since;
	days = domain_age_days(since, j->in->now);
	switch (domain_age(since, j->in->now)) {
	case DOMAIN_AGE_UNKNOWN:
		age_unknown(j);
		return;
	case DOMAIN_AGE_BLOCKED:
		preflight_fix(preflight_say(j, CHECK_AGE, CHECK_FAIL, NULL,
		    "%s is %lld days old", j->domain, days),
		    "wait until it is %d days old: newer domains are refused",
		    DOMAIN_BLOCKED_DAYS);
		return;
	case DOMAIN_AGE_HELD:
		preflight_fix(preflight_say(j, CHECK_AGE, CHECK_WARN, NULL,
		    "%s is %lld days old, and held to the first step of the "
		    "ramp", j->domain, days), "wait until it is %d days old",
		    DOMAIN_HELD_DAYS);
		return;
	case DOMAIN_AGE_GROWN:
		preflight_say(j, CHECK_AGE, CHECK_OK, NULL,
		    "%s is %lld days old", j->domain, days);
		return;
	}
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
	if (!preflight_host(j, host, &status))
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
		    "%s: %s", name, fault), a->status == DNS_FAILED ?
		    "look after the name servers of %s" :
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
		    "%s: %s", name, fault), a->status == DNS_FAILED ?
		    "look after the name servers of %s" :
		    "publish the TXT record \"v=DMARC1; p=none\" at %s", name);
}

void
preflight_judge_domain(struct judge *j)
{
	judge_dkim(j);
	judge_dmarc(j);
	judge_mx(j);
	judge_sender(j);
	judge_age(j);
}
