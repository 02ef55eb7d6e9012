#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/classify.h"
#include "common/jval.h"
#include "common/table.h"
#include "common/text.h"
#include "probe/exclusion.h"

#define MX_PREFIX	"mx:"
#define MX_PREFIX_LEN	3

struct entry {
	struct exclusion e;
	struct entry *next_of_kind;	/* of mx, or of networks */
	UT_hash_handle hh;		/* by e.text */
};

struct exclusions {
	struct entry *table;
	struct entry *mx, *networks;	/* those that a hash cannot find */
};

/* --- one entry ----------------------------------------------------------- */

static const char *
parse_network(const char *text, struct exclusion *out)
{
	char addr[NET_TEXT_SIZE];
	size_t len;

	if (!net_cidr_parse(text, &out->network))
		return "is no network; write ADDRESS/BITS with all host bits "
		    "zero, such as 192.0.2.0/24";
	if (out->network.prefix == 0)
		return "is the whole Internet; stop rcptguard-probe instead";
	out->kind = EXCLUDE_NETWORK;
	net_addr_text(&out->network.addr, addr);
	len = text_copy(out->text, addr, sizeof out->text);
	if (out->network.prefix == (out->network.addr.family == AF_INET ?
	    32 : 128))
		return NULL;
	out->text[len++] = '/';
	if (out->network.prefix >= 100)
		out->text[len++] = '1';
	if (out->network.prefix >= 10)
		out->text[len++] = (char)('0' + out->network.prefix / 10 % 10);
	out->text[len++] = (char)('0' + out->network.prefix % 10);
	out->text[len] = '\0';
	return NULL;
}

static const char *
parse_mx(const char *pattern, struct exclusion *out)
{
	size_t len;

	out->kind = EXCLUDE_MX;
	memcpy(out->text, MX_PREFIX, MX_PREFIX_LEN + 1);
	len = text_copy(out->text + MX_PREFIX_LEN, pattern,
	    sizeof out->text - MX_PREFIX_LEN);
	if (len >= sizeof out->text - MX_PREFIX_LEN)
		return "is too long for the name of a host";
	text_lower(out->text);
	if (len > 0 && out->text[MX_PREFIX_LEN + len - 1] == '.')
		out->text[MX_PREFIX_LEN + --len] = '\0';
	pattern = out->text + MX_PREFIX_LEN;
	if (strspn(pattern, "abcdefghijklmnopqrstuvwxyz0123456789-._*?") != len)
		return "is no pattern of a mail host; it has letters, digits, "
		    "\"-\", \".\", \"*\" and \"?\" (U-labels as xn--)";
	if (strspn(pattern, "*?.") == len)
		return "is every mail host; stop rcptguard-probe instead";
	if (strchr(pattern, '.') == NULL)
		return "is no pattern of a mail host: it lacks a dot";
	return NULL;
}

static const char *
parse_domain(const char *text, bool tree, struct exclusion *out)
{
	char mailbox[ADDRESS_DOMAIN_MAX + 8] = "x@";
	struct address addr;
	enum address_status status;

	if (text_copy(mailbox + 2, text + tree, sizeof mailbox - 2) >=
	    sizeof mailbox - 2)
		return "is too long for a domain";
	if (strchr(text, '@') != NULL)
		return "is a mailbox; an exclusion is for its domain";
	if (strchr(text, '.' ) == NULL || (tree && strchr(text + 1, '.') ==
	    NULL))
		return "is one label, and a whole top-level domain at most; "
		    "write a domain such as example.com";
	status = address_parse(mailbox, strlen(mailbox), &addr);
	if (status != ADDRESS_OK)
		return address_status_text(status);
	if (addr.literal)
		return "is an address literal; write the address without "
		    "brackets";
	out->kind = tree ? EXCLUDE_TREE : EXCLUDE_DOMAIN;
	out->text[0] = '.';
	if (text_copy(out->text + tree, addr.domain, sizeof out->text - tree) >=
	    sizeof out->text - tree)
		return "is too long for a domain";
	return NULL;
}

const char *
exclusion_parse(const char *text, struct exclusion *out)
{
	struct net_addr addr;
	const char *wrong;

	memset(out, 0, sizeof *out);
	if (text[0] == '\0')
		return "is empty; write a domain, .domain, mx:pattern, address "
		    "or network";
	if (strncasecmp(text, MX_PREFIX, MX_PREFIX_LEN) == 0 &&
	    !net_addr_parse(text, &addr))
		wrong = parse_mx(text + MX_PREFIX_LEN, out);
	else if (strchr(text, '/') != NULL || strchr(text, ':') != NULL ||
	    net_addr_parse(text, &addr))
		wrong = parse_network(text, out);
	else
		wrong = parse_domain(text, text[0] == '.', out);
	if (wrong != NULL)
		memset(out, 0, sizeof *out);
	return wrong;
}

static bool
set_text(const char *text, char *out, size_t size)
{
	if (strlen(text) >= size || !text_is_plain(text))
		return false;
	text_copy(out, text, size);
	return true;
}

bool
exclusion_set_note(struct exclusion *e, const char *note)
{
	return set_text(note, e->note, sizeof e->note);
}

bool
exclusion_set_ticket(struct exclusion *e, const char *ticket)
{
	return set_text(ticket, e->ticket, sizeof e->ticket);
}

char *
exclusion_to_json(const struct exclusion *e)
{
	struct jval *o = jval_object();
	char *json = NULL;

	if (jval_put_text(o, "text", e->text) &&
	    jval_put_text(o, "note", e->note) &&
	    jval_put_text(o, "ticket", e->ticket) &&
	    jval_put_int(o, "since", e->since) &&
	    jval_put_int(o, "until", e->until) &&
	    jval_put_int(o, "uid", e->uid))
		json = jval_print(o);
	jval_free(o);
	return json;
}

static bool
take_text(const struct jval *o, const char *name, char *out, size_t size)
{
	const char *text = jval_text(jval_get(o, name));

	return text != NULL && set_text(text, out, size);
}

static bool
read_members(const struct jval *o, struct exclusion *out)
{
	const char *text = jval_text(jval_get(o, "text"));
	int64_t uid;

	if (text == NULL || exclusion_parse(text, out) != NULL ||
	    strcmp(text, out->text) != 0 ||
	    !take_text(o, "note", out->note, sizeof out->note) ||
	    !take_text(o, "ticket", out->ticket, sizeof out->ticket) ||
	    !jval_int(jval_get(o, "since"), &out->since) ||
	    !jval_int(jval_get(o, "until"), &out->until) ||
	    !jval_int(jval_get(o, "uid"), &uid) || uid < 0 ||
	    uid > UINT32_MAX || out->since < 0 || out->until < 0)
		return false;
	out->uid = (uint32_t)uid;
	return true;
}

bool
exclusion_from_json(const char *json, size_t len, struct exclusion *out)
{
	struct jval *o = jval_parse(json, len);
	bool good = jval_is_object(o) && read_members(o, out);

	jval_free(o);
	if (!good)
		memset(out, 0, sizeof *out);
	return good;
}

bool
exclusion_has_domain(const struct exclusion *e, const char *domain)
{
	size_t below = strlen(e->text), len = strlen(domain);

	switch (e->kind) {
	case EXCLUDE_DOMAIN:
		return strcmp(e->text, domain) == 0;
	case EXCLUDE_TREE:
		return strcmp(e->text + 1, domain) == 0 || (len > below &&
		    strcmp(domain + len - below, e->text) == 0);
	case EXCLUDE_MX:
	case EXCLUDE_NETWORK:
		break;
	}
	return false;
}

bool
exclusion_has_host(const struct exclusion *e, const char *host,
    const struct net_addr *addr)
{
	switch (e->kind) {
	case EXCLUDE_MX:
		return rule_mx_matches(e->text + MX_PREFIX_LEN, host);
	case EXCLUDE_NETWORK:
		return net_cidr_contains(&e->network, addr);
	case EXCLUDE_DOMAIN:
	case EXCLUDE_TREE:
		break;
	}
	return false;
}

/* --- the table ----------------------------------------------------------- */

static struct entry **
list_of(struct exclusions *x, enum exclusion_kind kind)
{
	switch (kind) {
	case EXCLUDE_MX:
		return &x->mx;
	case EXCLUDE_NETWORK:
		return &x->networks;
	case EXCLUDE_DOMAIN:
	case EXCLUDE_TREE:
		break;
	}
	return NULL;
}

struct exclusions *
exclusions_create(void)
{
	return calloc(1, sizeof(struct exclusions));
}

void
exclusions_destroy(struct exclusions *x)
{
	struct entry *n, *next;

	if (x == NULL)
		return;
	HASH_ITER(hh, x->table, n, next) {
		HASH_DEL(x->table, n);
		free(n);
	}
	free(x);
}

static struct entry *
entry_of(const struct exclusions *x, const char *text)
{
	struct entry *n;

	HASH_FIND_STR(x->table, text, n);
	return n;
}

enum exclusions_status
exclusions_put(struct exclusions *x, const struct exclusion *e)
{
	struct entry *n = entry_of(x, e->text), **list;

	if (n != NULL) {
		n->e = *e;
		return EXCLUSIONS_OK;
	}
	if (HASH_COUNT(x->table) >= EXCLUSIONS_MAX)
		return EXCLUSIONS_FULL;
	if ((n = calloc(1, sizeof *n)) == NULL)
		return EXCLUSIONS_NO_MEMORY;
	n->e = *e;
	HASH_ADD_STR(x->table, e.text, n);
	if (!TABLE_HAS(n)) {
		free(n);
		return EXCLUSIONS_NO_MEMORY;
	}
	if ((list = list_of(x, e->kind)) != NULL) {
		n->next_of_kind = *list;
		*list = n;
	}
	return EXCLUSIONS_OK;
}

bool
exclusions_remove(struct exclusions *x, const char *text)
{
	struct entry *n = entry_of(x, text), **at;

	if (n == NULL)
		return false;
	at = list_of(x, n->e.kind);
	while (at != NULL && *at != n)
		at = &(*at)->next_of_kind;
	if (at != NULL)
		*at = n->next_of_kind;
	HASH_DEL(x->table, n);
	free(n);
	return true;
}

size_t
exclusions_count(const struct exclusions *x)
{
	return HASH_COUNT(x->table);
}

const struct exclusion *
exclusions_find(const struct exclusions *x, const char *text)
{
	struct entry *n = entry_of(x, text);

	return n != NULL ? &n->e : NULL;
}

const struct exclusion *
exclusions_next(const struct exclusions *x, const struct exclusion *after)
{
	struct entry *n = x->table;

	if (after != NULL && (n = entry_of(x, after->text)) != NULL)
		n = n->hh.next;
	return n != NULL ? &n->e : NULL;
}

static const struct exclusion *
in_force(const struct entry *n, int64_t now)
{
	return n != NULL && (n->e.until == 0 || now < n->e.until) ? &n->e :
	    NULL;
}

const struct exclusion *
exclusions_domain(const struct exclusions *x, const char *domain, int64_t now)
{
	char dotted[EXCLUSION_TEXT_MAX + 2] = ".";
	const struct exclusion *e;
	const char *at;

	if (x == NULL || x->table == NULL)
		return NULL;
	if ((e = in_force(entry_of(x, domain), now)) != NULL)
		return exclusion_has_domain(e, domain) ? e : NULL;
	text_copy(dotted + 1, domain, sizeof dotted - 1);
	for (at = dotted; at != NULL; at = strchr(at + 1, '.'))
		if ((e = in_force(entry_of(x, at), now)) != NULL)
			return e;
	return NULL;
}

const struct exclusion *
exclusions_host(const struct exclusions *x, const char *host,
    const struct net_addr *addr, int64_t now)
{
	const struct entry *n;

	if (x == NULL)
		return NULL;
	for (n = x->mx; n != NULL; n = n->next_of_kind)
		if (in_force(n, now) != NULL &&
		    exclusion_has_host(&n->e, host, addr))
			return &n->e;
	for (n = x->networks; n != NULL; n = n->next_of_kind)
		if (in_force(n, now) != NULL &&
		    exclusion_has_host(&n->e, host, addr))
			return &n->e;
	return NULL;
}
