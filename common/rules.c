/*
 * rules: replies.conf and providers.conf, read, checked and frozen. A set
 * loads as a whole or not at all, so that a bad file leaves the old one in
 * force.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rules_internal.h"

#define NAME_MAX_LEN	31		/* fits evidence's provider field */
#define COUNT_MAX	1000

bool
rules_complain(struct rules_loader *l, const struct conf_node *n,
    const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	conf_errors_add(l->errors, conf_node_file(n), conf_node_line(n), "%s",
	    what);
	return false;
}

bool
rules_known_keys(struct rules_loader *l, const struct conf_node *group,
    const char *const *keys)
{
	const struct conf_node *n;
	size_t i, k;

	for (i = 0; i < conf_node_count(group); i++) {
		n = conf_node_at(group, i);
		for (k = 0; keys[k] != NULL; k++)
			if (strcmp(keys[k], conf_node_name(n)) == 0)
				break;
		if (keys[k] == NULL)
			return rules_complain(l, n, "\"%s\" is not known here",
			    conf_node_name(n));
	}
	return true;
}

const char *
rules_string(struct rules_loader *l, const struct conf_node *group,
    const char *key, bool *ok)
{
	const struct conf_node *n = conf_node_child(group, key);

	if (n == NULL)
		return NULL;
	if (conf_node_type(n) == CONF_STRING)
		return conf_node_string(n);
	*ok = rules_complain(l, n, "%s must be a string", key);
	return NULL;
}

/* classes: { name = [ "word", "word" ]; }; later ones may use earlier ones. */
static bool
read_class(struct rules_loader *l, const struct conf_node *n)
{
	struct word_class *c = &l->classes.items[l->classes.count];
	const struct conf_node *word;
	char *text, *at, why[256];
	size_t i, len = 0, count = conf_node_count(n);

	if (!islower((unsigned char)conf_node_name(n)[0]))
		return rules_complain(l, n, "class %s: its name must begin "
		    "with a lower case letter", conf_node_name(n));
	if (conf_node_type(n) != CONF_ARRAY || count == 0 ||
	    conf_node_type(conf_node_at(n, 0)) != CONF_STRING)
		return rules_complain(l, n, "class %s must be an array of "
		    "strings", conf_node_name(n));
	for (i = 0; i < count; i++) {
		word = conf_node_at(n, i);
		if (!rule_pattern_alone(conf_node_string(word), why,
		    sizeof(why)))
			return rules_complain(l, n, "class %s: \"%s\": %s",
			    conf_node_name(n), conf_node_string(word), why);
		len += strlen(conf_node_string(word)) + 1;
	}
	at = text = malloc(len + 1);
	if (text == NULL)
		return rules_complain(l, n, "no memory");
	for (i = 0; i < count; i++) {
		word = conf_node_at(n, i);
		at += sprintf(at, "%s%s", i > 0 ? "|" : "",
		    conf_node_string(word));
	}
	c->regex = rule_pattern_expand(&l->classes, text, false, why,
	    sizeof(why));
	free(text);
	if (c->regex == NULL)
		return rules_complain(l, n, "class %s: %s", conf_node_name(n),
		    why);
	c->name = strdup(conf_node_name(n));
	if (c->name == NULL) {
		free(c->regex);
		return rules_complain(l, n, "no memory");
	}
	l->classes.count++;
	return true;
}

static bool
read_classes(struct rules_loader *l, const struct conf_node *group)
{
	size_t i;
	bool ok = true;

	if (group == NULL)
		return true;
	if (conf_node_type(group) != CONF_GROUP)
		return rules_complain(l, group, "classes must be a group");
	l->classes.items = calloc(conf_node_count(group) + 1,
	    sizeof(l->classes.items[0]));
	if (l->classes.items == NULL)
		return rules_complain(l, group, "no memory");
	for (i = 0; i < conf_node_count(group); i++)
		if (!read_class(l, conf_node_at(group, i)))
			ok = false;
	return ok;
}

static bool
read_list(struct rules_loader *l, const struct conf_node *n,
    enum rule_section section, struct rule_list *out)
{
	size_t i, count;
	bool ok = true;

	if (n == NULL)
		return true;
	if (conf_node_type(n) != CONF_LIST)
		return rules_complain(l, n, "%s must be a list: ( { ... }, "
		    "{ ... } )", conf_node_name(n));
	count = conf_node_count(n);
	if (count > RULES_MAX)
		return rules_complain(l, n, "more than %d rules", RULES_MAX);
	out->items = calloc(count + 1, sizeof(out->items[0]));
	if (out->items == NULL)
		return rules_complain(l, n, "no memory");
	for (i = 0; i < count; i++) {
		if (rule_read(l, conf_node_at(n, i), section,
		    &out->items[out->count])) {
			out->count++;
			continue;
		}
		rule_clear(&out->items[out->count]);
		memset(&out->items[out->count], 0, sizeof(out->items[0]));
		ok = false;
	}
	return ok;
}

static bool
read_retries(struct rules_loader *l, const struct conf_node *n)
{
	struct rules *set = l->set;
	size_t i, count;
	bool ok = true;

	if (n == NULL)
		return true;
	if (conf_node_type(n) != CONF_LIST)
		return rules_complain(l, n, "retry must be a list");
	count = conf_node_count(n);
	set->retries = calloc(count + 1, sizeof(set->retries[0]));
	if (set->retries == NULL)
		return rules_complain(l, n, "no memory");
	for (i = 0; i < count; i++)
		if (!retry_read(l, conf_node_at(n, i),
		    &set->retries[set->retry_count++]))
			ok = false;
	return ok;
}

static bool
read_replies(struct rules_loader *l, const struct conf_node *root)
{
	static const char *const keys[] = { "classes", "rules", "enhanced",
	    "words", "codes", "retry", NULL };
	struct rules *set = l->set;
	bool ok;

	ok = rules_known_keys(l, root, keys);
	/* Without its classes every rule would fail: one message will do. */
	if (!read_classes(l, conf_node_child(root, "classes")))
		return false;
	ok = read_list(l, conf_node_child(root, "rules"), SECTION_TEXT,
	    &set->rules) && ok;
	ok = read_list(l, conf_node_child(root, "enhanced"), SECTION_ENHANCED,
	    &set->enhanced) && ok;
	ok = read_list(l, conf_node_child(root, "words"), SECTION_TEXT,
	    &set->words) && ok;
	ok = read_list(l, conf_node_child(root, "codes"), SECTION_CODES,
	    &set->codes) && ok;
	return read_retries(l, conf_node_child(root, "retry")) && ok;
}

static bool
read_count(struct rules_loader *l, const struct conf_node *group,
    const char *key, unsigned *out)
{
	const struct conf_node *n = conf_node_child(group, key);

	if (n == NULL)
		return true;
	if (conf_node_type(n) != CONF_INT || conf_node_int(n) < 1 ||
	    conf_node_int(n) > COUNT_MAX)
		return rules_complain(l, n, "%s must be 1 to %d", key,
		    COUNT_MAX);
	*out = (unsigned)conf_node_int(n);
	return true;
}

static bool
read_flag(struct rules_loader *l, const struct conf_node *group,
    struct provider *out)
{
	const struct conf_node *n;

	n = conf_node_child(group, "accepts_everything");
	if (n == NULL)
		return true;
	if (conf_node_type(n) != CONF_BOOL)
		return rules_complain(l, n, "accepts_everything must be true "
		    "or false");
	out->accepts_everything = conf_node_bool(n);
	return !out->accepts_everything || out->method != METHOD_HTTP ||
	    rules_complain(l, n, "with accepts_everything nobody is asked, "
	    "also no endpoint; take it or method = \"http\" away");
}

static bool
read_name(struct rules_loader *l, const struct conf_node *group,
    struct family *out)
{
	const char *name;
	bool ok = true;
	size_t i;

	name = rules_string(l, group, "name", &ok);
	if (!ok)
		return false;
	if (name == NULL || !*name || strlen(name) > NAME_MAX_LEN ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	    strlen(name))
		return rules_complain(l, group, "name must be 1 to %d lower "
		    "case letters, digits and \"-\"", NAME_MAX_LEN);
	for (i = 0; i < l->set->family_count; i++)
		if (l->set->families[i].pub.name != NULL &&
		    strcmp(l->set->families[i].pub.name, name) == 0)
			return rules_complain(l, group, "provider \"%s\" is "
			    "given twice", name);
	out->pub.name = strdup(name);
	return out->pub.name != NULL || rules_complain(l, group, "no memory");
}

static bool
read_budget(struct rules_loader *l, const struct conf_node *group,
    const char *key, const char *instead, struct rates *out)
{
	const char *text;
	char why[256];
	bool ok = true;

	text = rules_string(l, group, key, &ok);
	if (!ok || text == NULL)
		return ok;
	if (!rates_parse(text, out, why, sizeof(why)))
		return rules_complain(l, conf_node_child(group, key),
		    "%s: \"%s\" %s", key, text, why);
	return out->count > 0 || rules_complain(l,
	    conf_node_child(group, key), "%s is empty; leave it out for %s",
	    key, instead);
}

static bool
read_family(struct rules_loader *l, const struct conf_node *n,
    struct family *out)
{
	static const char *const keys[] = { "name", "mx", "domains", "method",
	    "http", "http_header_file", "http_ca_file", "http_timeout",
	    "accepts_everything", "rcpts_per_session", "connections",
	    "budget", "source_budget", "rules", NULL };
	bool ok;

	if (conf_node_type(n) != CONF_GROUP)
		return rules_complain(l, n, "a provider is a group: "
		    "{ name = ...; mx = [ ... ]; }");
	ok = read_name(l, n, out);
	l->set->family_count++;
	return rules_known_keys(l, n, keys) && ok &&
	    family_read_hosts(l, n, out) &&
	    family_read_method(l, n, out) && read_flag(l, n, &out->pub) &&
	    read_count(l, n, "rcpts_per_session",
	    &out->pub.rcpts_per_session) &&
	    read_count(l, n, "connections", &out->pub.connections) &&
	    read_budget(l, n, "budget", "budget.provider of rcptguard.conf",
	    &out->pub.budget) &&
	    read_budget(l, n, "source_budget", "no limit of each source",
	    &out->pub.source_budget) &&
	    read_list(l, conf_node_child(n, "rules"), SECTION_TEXT,
	    &out->rules);
}

static bool
read_providers(struct rules_loader *l, const struct conf_node *root)
{
	static const char *const keys[] = { "grammars", "providers", NULL };
	const struct conf_node *list;
	size_t i, count;
	bool ok;

	if (!rules_known_keys(l, root, keys))
		return false;
	ok = grammars_read(l, conf_node_child(root, "grammars"));
	list = conf_node_child(root, "providers");
	if (list == NULL)
		return ok;
	if (conf_node_type(list) != CONF_LIST)
		return rules_complain(l, list, "providers must be a list");
	count = conf_node_count(list);
	l->set->families = calloc(count + 1, sizeof(l->set->families[0]));
	if (l->set->families == NULL)
		return rules_complain(l, list, "no memory");
	for (i = 0; i < count; i++)
		if (!read_family(l, conf_node_at(list, i),
		    &l->set->families[l->set->family_count]))
			ok = false;
	return ok;
}

static void
free_classes(struct word_classes *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		free(c->items[i].name);
		free(c->items[i].regex);
	}
	free(c->items);
}

struct rules *
rules_build(const struct conf_tree *replies, const struct conf_tree *providers,
    struct conf_errors *e)
{
	struct rules_loader l;
	bool ok;

	memset(&l, 0, sizeof(l));
	l.errors = e;
	l.set = calloc(1, sizeof(*l.set));
	if (l.set == NULL) {
		conf_errors_add(e, "rules", 0, "no memory");
		return NULL;
	}
	ok = read_replies(&l, conf_tree_root(replies));
	/* Its rules may use the classes of replies.conf. */
	ok = read_providers(&l, conf_tree_root(providers)) && ok;
	free_classes(&l.classes);
	if (ok)
		return l.set;
	rules_free(l.set);
	return NULL;
}

/* An empty one is what an editor or a copy has not written yet. */
static bool
holds_something(const struct conf_tree *t, const char *path,
    struct conf_errors *e)
{
	if (t == NULL)
		return false;
	if (conf_node_count(conf_tree_root(t)) > 0)
		return true;
	conf_errors_add(e, path, 0, "it has no settings; begin with a copy of "
	    "the installed one");
	return false;
}

struct rules *
rules_load(const char *replies, const char *providers, struct conf_errors *e)
{
	struct conf_tree *r, *p;
	struct rules *set = NULL;
	bool ok;

	if (replies == NULL || *replies == '\0')
		replies = PKGDATADIR "/replies.conf";
	if (providers == NULL || *providers == '\0')
		providers = PKGDATADIR "/providers.conf";
	r = conf_tree_read(replies, e);
	p = conf_tree_read(providers, e);
	ok = holds_something(r, replies, e);
	if (holds_something(p, providers, e) && ok)
		set = rules_build(r, p, e);
	conf_tree_free(r);
	conf_tree_free(p);
	return set;
}

static void
free_list(struct rule_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		rule_clear(&list->items[i]);
	free(list->items);
}

static void
free_family(struct family *f)
{
	name_list_clear(&f->mx);
	name_list_clear(&f->domains);
	free_list(&f->rules);
	free((void *)(uintptr_t)f->pub.name);
	http_endpoint_clear(&f->http);
}

void
rules_free(struct rules *r)
{
	size_t i;

	if (r == NULL)
		return;
	free_list(&r->rules);
	free_list(&r->enhanced);
	free_list(&r->words);
	free_list(&r->codes);
	for (i = 0; i < r->retry_count; i++)
		pattern_free(r->retries[i].text);
	free(r->retries);
	for (i = 0; i < r->family_count; i++)
		free_family(&r->families[i]);
	free(r->families);
	grammars_clear(r);
	free(r);
}
