/*
 * rules_grammar: user names that cannot exist at their provider.
 *
 *   { id = "grammar.google"; domains = [ "gmail.com" ]; tag = "+";
 *     ignore = "."; user = "[a-z0-9]{1,30}"; }
 *
 * What a provider asks of new names is not enough for a grammar: it must hold
 * for every mailbox that was ever made there.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/rules_internal.h"

#define WHY_SIZE	256

/* --- reading ------------------------------------------------------------- */

/* A setting that is one character; absent: 0. */
static bool
read_octet(struct rules_loader *l, const struct conf_node *n, const char *key,
    char *out)
{
	const char *text;
	bool ok = true;

	text = rules_string(l, n, key, &ok);
	if (!ok)
		return false;
	if (text == NULL)
		return true;
	if (strlen(text) != 1 || strchr("+-_.=", text[0]) == NULL)
		return rules_complain(l, n, "%s must be one of + - _ . =",
		    key);
	*out = text[0];
	return true;
}

/* Names are compared in lower case: a capital would refuse everybody. */
static bool
has_capital(const char *regex)
{
	size_t i;

	for (i = 0; regex[i] != '\0'; i++) {
		if (regex[i] == '\\' && regex[i + 1] != '\0')
			i++;
		else if (isupper((unsigned char)regex[i]))
			return true;
	}
	return false;
}

static bool
read_user(struct rules_loader *l, const struct conf_node *n,
    struct grammar *out)
{
	const char *text;
	char why[WHY_SIZE], *regex = NULL;
	bool ok = true;

	text = rules_string(l, n, "user", &ok);
	if (!ok)
		return false;
	if (text == NULL || *text == '\0')
		return rules_complain(l, n, "grammar \"%s\" needs user: a "
		    "regular expression for its user names", out->id);
	if (has_capital(text))
		return rules_complain(l, n, "grammar \"%s\": names are "
		    "compared in lower case; write user without capitals",
		    out->id);
	if (!rule_pattern_alone(text, why, sizeof(why)))
		return rules_complain(l, n, "user: \"%s\": %s", text, why);
	if (asprintf(&regex, "\\A(?:%s)\\z", text) == -1)
		return rules_complain(l, n, "no memory");
	out->user = pattern_compile(regex, why, sizeof(why));
	free(regex);
	return out->user != NULL || rules_complain(l, n, "user: %s", why);
}

static bool
read_grammar(struct rules_loader *l, const struct conf_node *n,
    struct grammar *out)
{
	static const char *const keys[] = { "id", "domains", "tag", "ignore",
	    "user", NULL };

	if (conf_node_type(n) != CONF_GROUP)
		return rules_complain(l, n, "a grammar is a group: "
		    "{ id = ...; domains = [ ... ]; user = ...; }");
	if (!rules_known_keys(l, n, keys) ||
	    !rules_read_id(l, n, "a grammar", &out->id) ||
	    !name_list_read(l, n, "domains", &out->domains))
		return false;
	if (out->domains.count == 0)
		return rules_complain(l, n, "grammar \"%s\" names no domains",
		    out->id);
	return read_octet(l, n, "tag", &out->tag) &&
	    read_octet(l, n, "ignore", &out->ignore) && read_user(l, n, out);
}

static void
grammar_clear(struct grammar *g)
{
	free(g->id);
	name_list_clear(&g->domains);
	pattern_free(g->user);
	memset(g, 0, sizeof(*g));
}

bool
grammars_read(struct rules_loader *l, const struct conf_node *list)
{
	struct rules *set = l->set;
	size_t i, count;
	bool ok = true;

	if (list == NULL)
		return true;
	if (conf_node_type(list) != CONF_LIST)
		return rules_complain(l, list, "grammars must be a list: "
		    "( { ... }, { ... } )");
	count = conf_node_count(list);
	set->grammars = calloc(count + 1, sizeof(set->grammars[0]));
	if (set->grammars == NULL)
		return rules_complain(l, list, "no memory");
	for (i = 0; i < count; i++) {
		if (read_grammar(l, conf_node_at(list, i),
		    &set->grammars[set->grammar_count])) {
			set->grammar_count++;
			continue;
		}
		grammar_clear(&set->grammars[set->grammar_count]);
		ok = false;
	}
	return ok;
}

void
grammars_clear(struct rules *set)
{
	size_t i;

	for (i = 0; i < set->grammar_count; i++)
		grammar_clear(&set->grammars[i]);
	free(set->grammars);
}

/* --- judging ------------------------------------------------------------- */

static bool
cannot_exist(const struct grammar *g, const char *local, size_t len)
{
	char user[ADDRESS_LOCAL_MAX + 1];
	struct pattern_scratch *scratch;
	enum pattern_answer answer;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (g->tag != '\0' && local[i] == g->tag)
			break;
		if (g->ignore == '\0' || local[i] != g->ignore)
			user[n++] = local[i];
	}
	user[n] = '\0';
	scratch = pattern_scratch_new();
	answer = pattern_match(g->user, user, n, scratch);
	pattern_scratch_free(scratch);
	switch (answer) {
	case PATTERN_NO:
		return true;
	case PATTERN_YES:
	case PATTERN_DOUBT:
		return false;
	}
	return false;
}

const char *
rules_impossible(const struct rules *r, const struct address *addr)
{
	char canonical[ADDRESS_MAX + 1];
	const char *at;
	size_t i;

	if (r == NULL || addr->literal)
		return NULL;
	(void)address_canonical(addr, canonical);
	at = strrchr(canonical, '@');
	if (at == NULL || canonical[0] == '"' ||
	    (size_t)(at - canonical) > ADDRESS_LOCAL_MAX)
		return NULL;
	for (i = 0; i < r->grammar_count; i++)
		if (name_list_has(&r->grammars[i].domains, addr->domain) &&
		    cannot_exist(&r->grammars[i], canonical,
		    (size_t)(at - canonical)))
			return r->grammars[i].id;
	return NULL;
}
