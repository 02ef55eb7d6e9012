#include "common/address.h"

#include <stdio.h>
#include <string.h>

#include "common/address_local.h"
#include "common/text.h"

struct alias_rule {
	const char *domain;
	const char *same_as;	/* a mailbox has one name in both; or NULL */
	const char *ignored;	/* characters that name no other mailbox */
	const char *hyphens;	/* characters that stand for a hyphen */
	bool user_hosts;	/* anything@user.domain is user's */
};

/*
 * Only what the provider itself publishes (the page stands above its rows),
 * and only where two people can never be taken for one. So Outlook and Zoho
 * have no row (a plus tag is all they have), and Yahoo's "base-keyword" has
 * none either: the base is not the mailbox, and old names hold hyphens.
 */
static const struct alias_rule rules[] = {
	/* support.google.com/mail/answer/7436150 and /10313 */
	{ "gmail.com", NULL, ".", "", false },
	{ "googlemail.com", "gmail.com", ".", "", false },
	/* support.apple.com/118230: an old account has two or three of them */
	{ "me.com", "icloud.com", "", "", false },
	{ "mac.com", "icloud.com", "", "", false },
	/* www.fastmail.help/hc/en-us/articles/360060591053 */
	{ "fastmail.com", NULL, "", "", true },
	{ "fastmail.fm", NULL, "", "", true },
	/* proton.me/support/addresses-and-aliases and /change-username */
	{ "proton.me", NULL, "._-", "", false },
	{ "protonmail.com", "proton.me", "._-", "", false },
	{ "protonmail.ch", "proton.me", "._-", "", false },
	{ "pm.me", "proton.me", "._-", "", false },
	/* yandex.com/support/domain/additional/mailbox-alias.xml and
	 * yandex.com/support/passport/authorization/registration.html */
	{ "yandex.ru", NULL, "", ".", false },
	{ "yandex.com", "yandex.ru", "", ".", false },
	{ "yandex.by", "yandex.ru", "", ".", false },
	{ "yandex.kz", "yandex.ru", "", ".", false },
	{ "yandex.ua", "yandex.ru", "", ".", false },
	{ "ya.ru", "yandex.ru", "", ".", false },
};

/* The length of "user" in "user.domain"; 0 if domain is another's. */
static size_t
user_host(const char *domain, const struct alias_rule *rule)
{
	size_t label = strcspn(domain, ".");

	if (!rule->user_hosts || domain[label] == '\0' ||
	    strcmp(domain + label + 1, rule->domain) != 0)
		return 0;
	return label;
}

static const struct alias_rule *
find_rule(const char *domain)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((domain[0] == rules[i].domain[0] &&
		    strcmp(domain, rules[i].domain) == 0) ||
		    (rules[i].user_hosts && user_host(domain, &rules[i]) > 0))
			return &rules[i];
	return NULL;
}

/*
 * Plus is what RFC 5233 shows and what nearly every server that has tags uses,
 * and hardly a person has it in a name. Any other separator ("-", "=", "_")
 * is common in names, and would make one mailbox of two people.
 */
static void
cut_tag(char *content)
{
	char *plus;

	/* A plus at the start leaves no name: it is one. */
	plus = content[0] == '\0' ? NULL : strchr(content + 1, '+');
	if (plus != NULL)
		*plus = '\0';
}

static void
apply_rule(const struct alias_rule *rule, char *content)
{
	char *from, *to = content;

	for (from = content; *from != '\0'; from++) {
		if (strchr(rule->ignored, *from) != NULL)
			continue;
		*to++ = strchr(rule->hyphens, *from) != NULL ? '-' : *from;
	}
	*to = '\0';
}

size_t
address_mailbox(const struct address *addr, char out[ADDRESS_MAX + 1])
{
	const struct alias_rule *rule = find_rule(addr->domain);
	const char *domain = addr->domain;
	char content[ADDRESS_LOCAL_SIZE], local[ADDRESS_LOCAL_SIZE];
	char canonical[ADDRESS_LOCAL_SIZE];
	size_t user;

	/* Most addresses are a mailbox's only name. */
	if (rule == NULL && addr->local[0] != '"' &&
	    strchr(addr->local, '+') == NULL)
		return address_canonical(addr, out);
	address_local_content(addr->local, content);
	text_lower(content);
	if (!address_local_write(content, canonical))
		text_copy(canonical, addr->local, sizeof(canonical));
	user = rule == NULL ? 0 : user_host(domain, rule);
	if (user > 0) {
		memcpy(content, domain, user);
		content[user] = '\0';
		domain = rule->domain;
	} else {
		cut_tag(content);
		if (rule != NULL)
			apply_rule(rule, content);
		if (rule != NULL && rule->same_as != NULL)
			domain = rule->same_as;
	}
	/* What is left may want quotes ("a.+"), or be nothing (".+"). */
	if (content[0] == '\0' || !address_local_write(content, local) ||
	    (user == 0 && strlen(local) > strlen(canonical)))
		text_copy(local, canonical, sizeof(local));
	return (size_t)snprintf(out, ADDRESS_MAX + 1, "%s@%s", local, domain);
}
