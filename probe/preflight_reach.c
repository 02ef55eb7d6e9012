/*
 * preflight_reach: whether those who see us can reach us, and we them.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/consent.h"
#include "common/psl.h"
#include "common/text.h"
#include "probe/preflight_internal.h"

/* --- the page and the contact -------------------------------------------- */

/* The host that a URL names; conf has checked that it is one. */
static void
url_host(const char *url, char out[FACTS_NAME_SIZE])
{
	const char *host = strstr(url, "://") + 3;

	snprintf(out, FACTS_NAME_SIZE, "%.*s", (int)strcspn(host, ":/?#"),
	    host);
	text_lower(out);
}

/* Whoever sees this HELO name should find the page by it. */
static void
judge_page_name(struct judge *j, const char *helo, const char *host)
{
	char name[FACTS_NAME_SIZE];

	text_copy(name, helo, sizeof name);
	text_lower(name);
	if (strcmp(registrable_part(name), registrable_part(host)) == 0) {
		preflight_say(j, CHECK_PAGE_NAME, CHECK_OK, NULL,
		    "%s leads to the page: both are in %s", helo,
		    registrable_part(host));
		return;
	}
	preflight_fix(preflight_say(j, CHECK_PAGE_NAME, CHECK_WARN, NULL,
	    "%s does not lead to the page, which is at %s", helo, host),
	    "put the page at a host in %s", registrable_part(name));
}

static void
judge_policy(struct judge *j)
{
	const char *url = j->conf->identity.policy_url;
	enum dns_status status = DNS_OK;
	struct net_addr addr = { 0 };
	const char *helos[PREFLIGHT_HELOS_MAX];
	char host[FACTS_NAME_SIZE];
	size_t n, i;

	if (url[0] == '\0') {
		preflight_fix(preflight_say(j, CHECK_POLICY, CHECK_WARN, NULL,
		    "no page explains the probes"), "publish what `rcptguard "
		    "policy-page` prints and set identity.policy_url");
		return;
	}
	url_host(url, host);
	n = preflight_helos(j->conf, helos);
	for (i = 0; i < n; i++)
		judge_page_name(j, helos[i], host);
	if (!net_addr_parse(host, &addr) && !preflight_host(j, host, &status))
		return;
	if (status == DNS_OK)
		preflight_say(j, CHECK_POLICY, CHECK_OK, NULL,
		    "the host of %s has an address", url);
	else
		preflight_fix(preflight_say(j, CHECK_POLICY,
		    status == DNS_FAILED ? CHECK_WARN : CHECK_FAIL, NULL,
		    "the host of %s has no address", url),
		    "add an address to %s, or correct identity.policy_url",
		    host);
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

/* Where terms are in force: those who have not agreed are not served. */
static void
judge_consent(struct judge *j)
{
	char text[CONSENT_TEXT_SIZE];
	size_t i, bad = 0;

	if (j->conf->identity.terms[0] == '\0')
		return;
	for (i = 0; i < j->conf->guard_count; i++) {
		consent_text(j->conf, j->conf->guards[i].name, j->in->now,
		    text);
		if (text[0] == '\0')
			continue;
		bad++;
		preflight_fix(preflight_say(j, CHECK_CONSENT, CHECK_WARN,
		    NULL, "%s", text), "set guards.consent of \"%s\" once "
		    "who brings its addresses has agreed",
		    j->conf->guards[i].name);
	}
	if (bad == 0)
		preflight_say(j, CHECK_CONSENT, CHECK_OK, NULL,
		    "all guards have agreed to the terms %s",
		    j->conf->identity.terms);
}

/* --- mailboxes and hosts ------------------------------------------------- */

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

static enum check_id
mailbox_check(enum preflight_role role)
{
	switch (role) {
	case ROLE_POSTMASTER:
		return CHECK_POSTMASTER;
	case ROLE_ABUSE:
		return CHECK_ABUSE;
	case ROLE_BOUNCES:
		break;
	}
	return CHECK_BOUNCES;
}

static void
judge_mailbox(struct judge *j, const struct preflight_mailbox *box)
{
	const struct preflight_contact *m = find_contact(j, CONTACT_MAILBOX,
	    box->address);
	struct preflight_check *c;

	c = preflight_say(j, mailbox_check(box->role), m != NULL ? m->result :
	    CHECK_SKIPPED, NULL, "%s: %s", box->address,
	    m != NULL ? m->text : "was not asked");
	if (c->result != CHECK_FAIL && c->result != CHECK_WARN)
		return;
	if (box->role == ROLE_BOUNCES)
		preflight_fix(c, "let its mail host accept mail to "
		    "identity.sender: bounces go there");
	else
		preflight_fix(c, "let the mail host of %s accept %s (RFC "
		    "2142)", strchr(box->address, '@') + 1, box->address);
}

static void
judge_mailboxes(struct judge *j)
{
	struct preflight_mailbox boxes[PREFLIGHT_MAILBOXES_MAX];
	size_t n = preflight_mailboxes(j->conf, boxes), i;

	for (i = 0; i < n; i++)
		judge_mailbox(j, &boxes[i]);
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

void
preflight_judge_reach(struct judge *j)
{
	judge_mailboxes(j);
	judge_policy(j);
	judge_contact(j);
	judge_consent(j);
	judge_ports(j);
}
