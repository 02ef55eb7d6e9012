#include "probe/preflight.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/psl.h"
#include "common/text.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* Words that receivers take for an address that is lent for a day. */
static const char *const dynamic_words[] = {
	"dyn", "dynamic", "dynip", "dhcp", "dial", "dialup", "dialin", "ppp",
	"pppoe", "dsl", "adsl", "vdsl", "xdsl", "cable", "pool", "broadband",
	"catv", "customer", "client"
};

static bool
has_word(const char *name, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = name; *at != '\0'; at++)
		if ((at == name || !isalpha((unsigned char)at[-1])) &&
		    strncasecmp(at, word, len) == 0 &&
		    !isalpha((unsigned char)at[len]))
			return true;
	return false;
}

/* The four numbers of an address in a row, whatever stands between. */
static bool
has_numbers(const char *name, const unsigned n[4])
{
	unsigned got[16];
	size_t count = 0, i;

	while (*name != '\0' && count < COUNT(got)) {
		unsigned value = 0;

		if (!isdigit((unsigned char)*name)) {
			name++;
			continue;
		}
		for (; isdigit((unsigned char)*name); name++)
			value = value > 9999 ? value :
			    value * 10 + (unsigned)(*name - '0');
		got[count++] = value;
	}
	for (i = 0; i + 4 <= count; i++)
		if (memcmp(got + i, n, sizeof got[0] * 4) == 0)
			return true;
	return false;
}

static bool
has_address(const char *name, const uint8_t *o)
{
	const unsigned forth[4] = { o[0], o[1], o[2], o[3] };
	const unsigned back[4] = { o[3], o[2], o[1], o[0] };
	char hex[9];

	snprintf(hex, sizeof hex, "%02x%02x%02x%02x", o[0], o[1], o[2], o[3]);
	return has_numbers(name, forth) || has_numbers(name, back) ||
	    strcasestr(name, hex) != NULL;
}

bool
preflight_looks_dynamic(const char *name, const struct net_addr *addr)
{
	size_t i;

	for (i = 0; i < COUNT(dynamic_words); i++)
		if (has_word(name, dynamic_words[i]))
			return true;
	return addr != NULL && addr->family == AF_INET &&
	    has_address(name, addr->octets);
}

const char *
preflight_sender_domain(const struct conf *c)
{
	const char *at = strrchr(c->identity.sender, '@');

	return at != NULL ? at + 1 : c->identity.helo;
}

/* --- HELO names ---------------------------------------------------------- */

static void
add_helo(const char *helo, const char *out[PREFLIGHT_HELOS_MAX], size_t *n)
{
	size_t i;

	if (helo[0] == '\0' || *n == PREFLIGHT_HELOS_MAX)
		return;
	for (i = 0; i < *n; i++)
		if (strcasecmp(out[i], helo) == 0)
			return;
	out[(*n)++] = helo;
}

size_t
preflight_helos(const struct conf *c, const char *out[PREFLIGHT_HELOS_MAX])
{
	size_t n = 0, i;

	add_helo(c->identity.helo, out, &n);
	for (i = 0; i < c->identity.source_count; i++)
		add_helo(c->identity.sources[i].helo, out, &n);
	return n;
}

/* --- mailboxes ----------------------------------------------------------- */

static void
add_mailbox(struct preflight_mailbox *out, size_t *n,
    enum preflight_role role, const char *local, const char *domain)
{
	struct preflight_mailbox *box = &out[*n];
	size_t i;

	if (*n == PREFLIGHT_MAILBOXES_MAX)
		return;
	box->role = role;
	snprintf(box->address, sizeof box->address, "%s@%s", local, domain);
	for (i = 0; i < *n; i++)
		if (out[i].role == role &&
		    strcasecmp(out[i].address, box->address) == 0)
			return;
	(*n)++;
}

/* RFC 2142, 4 and 5 */
static void
add_roles(struct preflight_mailbox *out, size_t *n, const char *domain)
{
	add_mailbox(out, n, ROLE_POSTMASTER, "postmaster", domain);
	add_mailbox(out, n, ROLE_ABUSE, "abuse", domain);
}

size_t
preflight_mailboxes(const struct conf *c,
    struct preflight_mailbox out[PREFLIGHT_MAILBOXES_MAX])
{
	const char *helos[PREFLIGHT_HELOS_MAX];
	size_t n = 0, i, count = preflight_helos(c, helos);
	char name[256];

	add_roles(out, &n, preflight_sender_domain(c));
	out[n].role = ROLE_BOUNCES;
	text_copy(out[n++].address, c->identity.sender,
	    sizeof out[0].address);
	for (i = 0; i < count; i++) {
		text_copy(name, helos[i], sizeof name);
		text_lower(name);
		add_roles(out, &n, registrable_part(name));
	}
	return n;
}
